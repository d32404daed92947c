"""Peers that are slow, silent, broken or many: they get a clear end, take nothing with them, and others are served."""

import json
import os
import resource
import socket
import ssl
import threading
import time
import unittest
import warnings

from harness import MEMORY_FACTOR, ServerTest, Webhook, pod, raw_request, read_response, review, wait_until

CROWD = 5_000


class Bystander:
    """A well-behaved client that asks all the time; each of its requests must succeed."""

    def __init__(self, webhook):
        self.webhook = webhook
        self.served = 0
        self.failures = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        body = json.dumps(review(pod())).encode()
        while not self._stop.is_set():
            try:
                status, _ = self.webhook.post("/mutate", body)
                if status != 200:
                    self.failures.append(status)
            except Exception as error:  # whatever it is, it is what the test is about
                self.failures.append(repr(error))
            self.served += 1

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()


class Hostile(ServerTest):
    def test_slow_peers_are_told_or_closed_while_others_are_served(self):
        """All at once, since each lasts as long as the server is patient."""
        silent_tcp = self.webhook.connect_raw()
        silent_tls = self.webhook.connect()
        slow_head = self.webhook.connect()
        slow_head.sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
        slow_body = self.webhook.connect()
        slow_body.sendall(raw_request("POST", "/mutate", b"x" * 1000)[:-900])
        never_reads = self.webhook.connect()
        never_reads.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        flood = raw_request("GET", "/metrics") * 2_000
        timeouts = self.webhook.metric("meshtrace_webhook_connection_timeouts_total")
        with Bystander(self.webhook) as bystander:
            flooder = threading.Thread(target=self._send_all_that_is_taken, args=(never_reads, flood))
            flooder.start()
            dripper = threading.Thread(target=self._drip, args=(slow_head,))
            dripper.start()
            self.assertEqual(read_response(slow_head)[0], 408)
            self.assertEqual(read_response(slow_body)[0], 408)
            self.assertEqual(silent_tcp.recv(1), b"")
            self.assertEqual(silent_tls.recv(1), b"")
            wait_until(lambda: self.webhook.metric("meshtrace_webhook_connection_timeouts_total") >= timeouts + 5,
                       "five connections timed out")
            flooder.join()
            dripper.join()
        self.assertEqual(bystander.failures, [])
        self.assertGreater(bystander.served, 10)
        for connection in (silent_tcp, silent_tls, slow_head, slow_body, never_reads):
            connection.close()

    @staticmethod
    def _send_all_that_is_taken(connection, data):
        try:
            connection.sendall(data)
        except OSError:
            pass

    @staticmethod
    def _drip(connection):
        """A header byte a while: patience is for the whole head, not for each byte."""
        try:
            for byte in b"alhost\r\n" + b"A: bcdefgh\r\n" * 5:
                connection.sendall(bytes([byte]))
                time.sleep(0.3)
        except OSError:
            pass

    def test_a_crowd_of_large_bodies_is_bounded_in_memory(self):
        part = raw_request("POST", "/mutate", b"x" * 8_000_000)[:7_900_000]
        before = self.webhook.resident_kib()
        crowd = [self.webhook.connect() for _ in range(20)]
        senders = [threading.Thread(target=self._send_all_that_is_taken, args=(one, part)) for one in crowd]
        with Bystander(self.webhook) as bystander:
            for sender in senders:
                sender.start()
            for sender in senders:
                sender.join()
            refused = self.webhook.metric('meshtrace_webhook_http_refused_total{code="503"}')
            self.assertLess(self.webhook.resident_kib() - before, 80_000 * MEMORY_FACTOR)
        self.assertGreaterEqual(refused, 20 - 4)
        self.assertEqual(bystander.failures, [])
        for connection in crowd:
            connection.close()

    def test_a_client_that_stops_sending_still_gets_its_answers(self):
        request = raw_request("POST", "/mutate", json.dumps(review(pod())).encode())
        for data, status in ((request, 200), (request[:-10], 400), (b"GET /hea", 400)):
            with self.subTest(status=status), self.webhook.connect() as connection:
                connection.sendall(data)
                socket.socket.shutdown(connection, socket.SHUT_WR)  # without close_notify
                self.assertEqual(read_response(connection)[0], status)

    def test_garbage_instead_of_tls(self):
        for data in (b"", b"\x00", b"\x16\x03\x01\xff\xff" + b"x" * 100, os.urandom(1000), b"\x80\x2e\x01\x00\x02",
                     b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03"):
            with self.subTest(data=data[:10]), self.webhook.connect_raw() as connection:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                try:
                    while connection.recv(4096):  # at most an alert
                        pass
                except ConnectionResetError:
                    pass

    def test_http_without_tls_is_told_to_use_https(self):
        with self.webhook.connect_raw() as connection:
            connection.sendall(raw_request("GET", "/healthz"))
            answer = b""
            while part := connection.recv(4096):
                answer += part
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
        self.assertIn(b"https://", answer)

    def test_old_tls_and_other_protocols_are_refused(self):
        old = self.webhook.tls_context()
        old.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings(action="ignore"):  # that these are deprecated is the point
            old.minimum_version = ssl.TLSVersion.TLSv1
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        http2 = self.webhook.tls_context()
        http2.set_alpn_protocols(["h2"])
        for context in (old, http2):
            with self.webhook.connect_raw() as raw, self.assertRaises(ssl.SSLError):
                context.wrap_socket(raw)
        both = self.webhook.tls_context()
        both.set_alpn_protocols(["h2", "http/1.1"])
        with self.webhook.connect_raw() as raw, both.wrap_socket(raw) as connection:
            self.assertEqual(connection.selected_alpn_protocol(), "http/1.1")

    def test_tls_broken_in_the_middle(self):
        for _ in range(20):
            with self.webhook.connect() as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\n")
                raw = connection.detach()
            with socket.socket(fileno=raw) as naked:
                naked.sendall(b"\x17\x03\x03\x00\x20" + os.urandom(32))

    def test_connections_that_are_reset_leak_nothing(self):
        for _ in range(200):
            connection = self.webhook.connect_raw()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            connection.close()


class Crowd(unittest.TestCase):
    """More connections than the server allows, all silent."""

    def setUp(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < CROWD + 200:
            self.fail(f"this test opens {CROWD} sockets, but the hard limit on open files is {hard}: raise it")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))

    def test_five_thousand_silent_connections_do_not_keep_others_out(self):
        with Webhook("--max-connections=1024") as webhook:
            base = webhook.descriptors()
            api_server = webhook.client()  # keep-alive, as an API server's

            def ask():
                api_server.request("POST", "/mutate", json.dumps(review(pod())), {"Content-Type": "application/json"})
                response = api_server.getresponse()
                response.read()
                return response.status

            self.assertEqual(ask(), 200)
            crowd = []
            try:
                for i in range(CROWD):
                    crowd.append(webhook.connect_raw())
                    if i % 250 == 0:
                        self.assertEqual(ask(), 200)  # on the connection that it had before the crowd came
                        self.assertEqual(webhook.get("/healthz")[0], 200)  # and on new ones
                self.assertEqual(ask(), 200)
                self.assertLessEqual(webhook.descriptors(), base + 1024 + 64)
                metrics = webhook.metrics()
                self.assertLessEqual(metrics["meshtrace_webhook_connections"], 1024)
                self.assertGreaterEqual(metrics["meshtrace_webhook_connections_evicted_total"], CROWD - 1024)
            finally:
                for connection in crowd:
                    connection.close()
            api_server.close()
            wait_until(lambda: webhook.descriptors() <= base, "descriptors back to base")
            self.assertIsNone(webhook.process.poll())

    def test_silent_clients_that_were_served_once_do_not_keep_others_out(self):
        with Webhook("--max-connections=64") as webhook:
            crowd = []
            for _ in range(200):
                connection = webhook.connect()
                connection.sendall(raw_request("GET", "/healthz"))
                self.assertEqual(read_response(connection)[0], 200)
                crowd.append(connection)
            self.assertEqual(webhook.get("/healthz")[0], 200)
            for connection in crowd:
                connection.close()

    def test_running_out_of_descriptors_neither_spins_nor_ends_it(self):
        with Webhook() as webhook:
            used = webhook.descriptors()
            resource.prlimit(webhook.process.pid, resource.RLIMIT_NOFILE, (used + 20, used + 20))
            crowd = [webhook.connect_raw() for _ in range(300)]
            before = cpu_ticks(webhook)
            time.sleep(1)
            self.assertLess(cpu_ticks(webhook) - before, os.sysconf("SC_CLK_TCK") / 2)
            self.assertEqual(webhook.get("/healthz")[0], 200)
            self.assertGreater(webhook.metric("meshtrace_webhook_accept_failures_total"), 0)
            for connection in crowd:
                connection.close()
            wait_until(lambda: webhook.descriptors() <= used, "descriptors back to base")


def cpu_ticks(webhook):
    with open(f"/proc/{webhook.process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


if __name__ == "__main__":
    unittest.main()
