"""HTTP/1.1 on the wire: keep-alive, pipelining, chunks, expectations, and everything that is not well-formed."""

import json
import socket
import unittest

from harness import PATIENCE, ServerTest, patch_of, pod, raw_request, read_response, review

GET = raw_request("GET", "/healthz")


def chunked(*chunks, path="/mutate", trailer=b""):
    head = raw_request("GET", path, headers=["Transfer-Encoding: chunked", "Content-Type: application/json"])
    head = head.replace(b"GET ", b"POST ", 1)
    return head + b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\n" + trailer + b"\r\n"


class Http(ServerTest):
    def exchange(self, data, answers=1):
        """The responses to bytes sent on one connection; fewer if the server ends it before."""
        with self.webhook.connect() as connection:
            connection.sendall(data)
            responses = []
            for _ in range(answers):
                try:
                    responses.append(read_response(connection))
                except (ConnectionError, OSError, ValueError):
                    break
                if responses[-1][1].get("Connection") == "close":
                    break
            return responses

    def status_of(self, data):
        responses = self.exchange(data)
        self.assertTrue(responses, data[:80])
        return responses[0][0]

    def test_one_connection_serves_many_requests(self):
        client = self.webhook.client()
        body = json.dumps(review(pod())).encode()
        accepted = self.webhook.metric("meshtrace_webhook_connections_total")
        for _ in range(50):
            client.request("POST", "/mutate", body, {"Content-Type": "application/json"})
            response = client.getresponse()
            self.assertEqual(response.status, 200)
            response.read()
        client.close()
        self.assertEqual(self.webhook.metric("meshtrace_webhook_connections_total"), accepted + 2)

    def test_pipelined_requests_are_answered_in_order(self):
        uids = [f"pipelined-{i}" for i in range(100)]
        data = b"".join(raw_request("POST", "/mutate", json.dumps(review(pod(), uid=uid)).encode()) for uid in uids)
        responses = self.exchange(data, answers=len(uids))
        self.assertEqual([json.loads(body)["response"]["uid"] for _, _, body in responses], uids)

    def test_a_request_may_come_byte_by_byte(self):
        with self.webhook.connect() as connection:
            for data in (raw_request("POST", "/mutate", json.dumps(review(pod())).encode()[:300]),
                         chunked(b"{}", b"{", trailer=b"X-Trailer: 1\r\n")):
                for i in range(len(data)):
                    connection.sendall(data[i:i + 1])
                self.assertEqual(read_response(connection)[0], 400)

    def test_chunked_bodies_are_read(self):
        body = json.dumps(review(pod())).encode()
        for chunks in ((body,), (body[:1], body[1:]), tuple(body[i:i + 100] for i in range(0, len(body), 100))):
            [(status, _, text)] = self.exchange(chunked(*chunks))
            self.assertEqual(status, 200, text)
            self.assertTrue(patch_of(json.loads(text)))

    def test_malformed_chunks_are_refused(self):
        head = chunked().removesuffix(b"0\r\n\r\n")
        for chunk in (b"-2\r\nab\r\n", b"zz\r\n", b"\r\n", b" 2\r\nab\r\n0\r\n\r\n", b"0x2\r\nab\r\n\r\n",
                      b"2\r\nabcd\r\n0\r\n\r\n", b"10000000000000000\r\na", b"ffffffffffffffffffffff\r\n",
                      b"2;" + b"x" * 100_000):
            with self.subTest(chunk=chunk[:30]):
                self.assertEqual(self.status_of(head + chunk), 400)

    def test_a_chunk_larger_than_any_body_is_refused_before_it_comes(self):
        head = chunked().removesuffix(b"0\r\n\r\n")
        for size in (b"ffffff0", b"7fffffffffffffff"):
            self.assertEqual(self.status_of(head + size + b"\r\n"), 413)

    def test_small_chunks_that_never_end_are_refused(self):
        head = chunked().removesuffix(b"0\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        with self.webhook.connect() as connection:
            connection.sendall(head)
            try:
                for _ in range(200):
                    connection.sendall(chunk)
            except OSError:
                pass
            self.assertEqual(read_response(connection)[0], 413)

    def test_trailers_without_end_are_refused(self):
        head = chunked().removesuffix(b"0\r\n\r\n")
        self.assertIn(self.status_of(head + b"0\r\n" + b"X: y\r\n" * 20_000), (400, 431))

    def test_expect_100_continue_is_answered(self):
        body = json.dumps(review(pod())).encode()
        with self.webhook.connect() as connection:
            request = raw_request("POST", "/mutate", body, ["Expect: 100-continue"])
            connection.sendall(request[:-len(body)])
            interim = b""
            while not interim.endswith(b"\r\n\r\n"):
                interim += connection.recv(1)
            self.assertEqual(interim, b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.sendall(body)
            self.assertEqual(read_response(connection)[0], 200)
            connection.sendall(GET)
            self.assertEqual(read_response(connection)[0], 200)

    def test_a_body_that_will_be_too_large_is_refused_before_it_comes(self):
        request = raw_request("POST", "/mutate", b"", ["Expect: 100-continue"])
        request = request.replace(b"Content-Length: 0", b"Content-Length: 10000000")
        self.assertEqual(self.status_of(request), 413)

    def test_head_on_a_connection_that_goes_on(self):
        with self.webhook.connect() as connection:
            connection.sendall(raw_request("HEAD", "/metrics") + GET)
            self.assertEqual(read_response(connection, "HEAD")[0], 200)
            self.assertEqual(read_response(connection)[2], b"ok\n")

    def test_a_client_that_wants_to_close_is_closed(self):
        for request in (raw_request("GET", "/healthz", headers=["Connection: close"]),
                        b"GET /healthz HTTP/1.0\r\n\r\n"):
            with self.webhook.connect() as connection:
                connection.sendall(request)
                status, headers, _ = read_response(connection)
                self.assertEqual((status, headers["Connection"]), (200, "close"))
                self.assertEqual(connection.recv(1), b"")

    def test_every_malformed_request_has_its_status(self):
        host = b"Host: localhost\r\n"
        cases = [
            (b"GARBAGE\r\n\r\n", 400),
            (b"\x00\x01\x02\x03\r\n\r\n", 400),
            (b"GET /healthz\r\n\r\n", 400),
            (b"GET /healthz HTTP/2.0\r\n" + host + b"\r\n", 505),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
            (b"GET healthz HTTP/1.1\r\n" + host + b"\r\n", 400),
            (b"GET http://localhost/healthz HTTP/1.1\r\n" + host + b"\r\n", 400),
            (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
            (b"GET /healthz HTTP/1.1\r\n" + host + host + b"\r\n", 400),
            (b"GET /healthz HTTP/1.1\r\n" + host + b"A : b\r\n\r\n", 400),
            (b"GET /healthz HTTP/1.1\nHost: localhost\n\n", 505),
            (b"GET /healthz HTTP/1.1\r\n" + host + b"A: \x00\r\n\r\n", 400),
            (b"GET /" + b"a" * 3_000 + b" HTTP/1.1\r\n" + host + b"\r\n", 414),
            (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + host + b"\r\n", 431),
            (b"GET /healthz HTTP/1.1\r\n" + host + b"A: " + b"b" * 20_000 + b"\r\n\r\n", 431),
            (b"GET /healthz HTTP/1.1\r\n" + host + b"A: b\r\n" * 100 + b"\r\n", 431),
            (b"A" * 100_000, 431),
            (b"POST /mutate HTTP/1.1\r\n" + host + b"\r\n", 411),
            (b"POST /mutate HTTP/1.1\r\n" + host + b"Content-Length: -1\r\n\r\n", 400),
            (b"POST /mutate HTTP/1.1\r\n" + host + b"Content-Length: x\r\n\r\n", 400),
            (b"POST /mutate HTTP/1.1\r\n" + host + b"Content-Length: 99999999999999999999999\r\n\r\n", 400),
            (b"POST /mutate HTTP/1.1\r\n" + host + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
            (b"POST /mutate HTTP/1.1\r\n" + host + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            (b"POST /mutate HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400),
            (b"POST /mutate HTTP/1.1\r\n" + host + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
            (b"POST /mutate HTTP/1.1\r\n" + host + b"Transfer-Encoding: identity\r\n\r\n", 501),
            (b"POST /mutate HTTP/1.1\r\n" + host + b"Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", 415),
            (b"POST /mutate HTTP/1.1\r\n" + host + b"Expect: coffee\r\nContent-Length: 1\r\n\r\nx", 417),
        ]
        for data, status in cases:
            with self.subTest(data=data[:60]):
                self.assertEqual(self.status_of(data), status)

    def test_refusals_are_counted_and_end_the_connection(self):
        name = 'meshtrace_webhook_http_refused_total{code="411"}'
        before = self.webhook.metric(name)
        responses = self.exchange(b"POST /mutate HTTP/1.1\r\nHost: a\r\n\r\n" + GET, answers=2)
        self.assertEqual([status for status, _, _ in responses], [411])
        self.assertEqual(self.webhook.metric(name), before + 1)

    def test_a_response_larger_than_a_socket_buffer_arrives_whole(self):
        document = pod()
        document["spec"]["containers"] = [{"name": f"c{i}", "image": "x"} for i in range(100)]
        with self.webhook.connect() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(raw_request("POST", "/mutate", json.dumps(review(document)).encode()))
            status, _, text = read_response(connection)
            self.assertEqual(status, 200)
            self.assertGreater(len(text), 100_000)
            self.assertTrue(patch_of(json.loads(text)))

    def test_an_answer_reaches_a_client_that_is_still_sending(self):
        """A reset by early close would take the 413 with it."""
        with self.webhook.connect() as connection:
            connection.settimeout(PATIENCE)
            connection.sendall(raw_request("POST", "/mutate", b"x" * 9_000_000))
            self.assertEqual(read_response(connection)[0], 413)


if __name__ == "__main__":
    unittest.main()
