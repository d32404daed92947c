"""`probe` against web servers and trace stores that do what real ones sometimes do: wait, redirect, lie, break off."""
import json
import time

from harness.certificates import Authority
from probe_servers import (NOT_FOUND, Server, Span, jaeger_v3, ok, path_of, redirect, tempo_v1, tempo_v2)
from support import CommandTest

EXPECT = ("--expect", "gateway,cart")


class Probe(CommandTest):
    def setUp(self):
        super().setUp()
        self.shop = Server(self, lambda request: ok(b"page", {"Server": "envoy", "Set-Cookie": "private"}))

    def store(self, answer):
        """A store whose answer is made from the path that was asked and the traceparent that the shop has got."""
        return Server(self, lambda request: answer(request.path, self.shop.header("traceparent")))

    def probe(self, *arguments, status=0, **options):
        process = self.run_command("probe", self.shop.url + "/buy?key=unshown", *arguments, **options)
        out, err = process.stdout.decode(), process.stderr.decode()
        self.assertEqual(process.returncode, status, out + err)
        self.assertNotIn("internal error", err)
        self.assertNotIn("unshown", out + err)
        return out, err

    def test_sends_a_context_and_shows_what_comes_back(self):
        out, err = self.probe("-H", "X-Key: k", "--baggage", "a=b", "--tracestate", "c=d", "--data", "x=1")
        request = self.shop.requests[0]
        self.assertEqual((request.command, request.path, request.body), ("POST", "/buy?key=unshown", b"x=1"))
        self.assertEqual([request.headers[name] for name in ("x-key", "baggage", "tracestate")], ["k", "a=b", "c=d"])
        self.assertRegex(request.headers["traceparent"], "^00-[0-9a-f]{32}-[0-9a-f]{16}-01$")
        self.assertIn(request.headers["traceparent"], out)
        self.assertIn("HTTP status 200\n  server: envoy\n", out)
        self.assertNotIn("private", out)
        self.assertEqual(err, "")

    def test_every_probe_has_a_trace_of_its_own_or_the_one_that_is_asked_for(self):
        self.probe()
        self.probe()
        self.assertNotEqual(self.shop.header("traceparent", 0), self.shop.header("traceparent", 1))
        synthetic = "0" * 31 + "1"
        self.probe("--trace-id", synthetic)
        self.assertIn(f"00-{synthetic}-", self.shop.header("traceparent"))

    def test_finds_the_trace_in_each_api(self):
        apis = {"--jaeger": {"/api/v3/traces/": jaeger_v3}, "--tempo": {"/api/v2/traces/": tempo_v2}}
        for flag, apis_of_store in [*apis.items(), ("--tempo", {"/api/traces/": tempo_v1})]:
            for prefix, shape in apis_of_store.items():
                def answer(path, traceparent, prefix=prefix, shape=shape):
                    known = path == prefix + traceparent.split("-")[1]
                    return shape(path_of(traceparent)) if known else NOT_FOUND
                out, _ = self.probe(flag, self.store(answer).url, *EXPECT)
                self.assertIn("Hops: gateway ok, cart ok\nResult: Whole\n", out)
                self.assertIn("\n    cart: GET /", out)

    def test_waits_while_a_trace_grows(self):
        polls = []

        def answer(_, traceparent):
            polls.append(1)
            return tempo_v2(path_of(traceparent)[:len(polls) // 2])
        self.probe("--tempo", self.store(answer).url, *EXPECT)

    def test_says_which_hop_is_missing_and_what_hangs_in_the_air(self):
        store = self.store(lambda _, traceparent: tempo_v2(path_of(traceparent)[:2] + [Span(9, "8" * 16, "mail")]))
        out, _ = self.probe("--tempo", store.url, *EXPECT, "--timeout", "500ms", status=1)
        self.assertIn("cart MISSING", out)
        self.assertIn("the trace ends between gateway and cart; the call \"egress\" of gateway has nothing behind it", out)
        self.assertIn("? mail: GET /", out)
        self.assertIn("no span here has the id of its parent, 8888888888888888", out)

    def test_a_trace_that_is_not_there_or_in_part(self):
        out, _ = self.probe("--tempo", self.store(lambda *_: NOT_FOUND).url, "--timeout", "500ms", status=1)
        self.assertIn("Result: NotFound", out)
        partial = self.store(lambda _, traceparent: tempo_v2(path_of(traceparent), "PARTIAL"))
        _, err = self.probe("--tempo", partial.url, *EXPECT)
        self.assertIn("Trace exceeds maximum size", err)

    def test_no_credentials_follow_a_redirect_to_another_host(self):
        other = Server(self, lambda request: ok())
        shop = Server(self, lambda request: redirect(f"{other.url.replace('127.0.0.1', 'localhost')}/landing?state=topsecret"))
        self.write("token", "topsecret\n")
        self.write("headers", "# for the shop\nCookie: session=hidden\n")
        process = self.succeed("probe", shop.url, "--token-file", "token", "-H", "@headers", "-H", "X-Api-Key: hidden",
                               "--host", "shop.example")
        self.assertEqual(shop.header("Authorization"), "Bearer topsecret")
        self.assertEqual((shop.header("Cookie"), shop.header("Host")), ("session=hidden", "shop.example"))
        self.assertEqual(other.header("traceparent"), shop.header("traceparent"))
        self.assertFalse({"authorization", "cookie", "x-api-key"} & {name.lower() for name in other.requests[0].headers})
        self.assertNotIn("shop.example", other.header("Host"))
        self.assertIn(b"stayed behind", process.stderr)
        self.assertNotIn(b"topsecret", process.stdout + process.stderr)

    def test_a_ring_of_redirects_and_a_body_for_another_host_are_refused(self):
        ring = Server(self, lambda request: redirect("/again"))
        self.assertIn("more than 5", self.refuse("probe", ring.url))
        elsewhere = Server(self, lambda request: redirect(self.shop.url, 307))
        self.assertIn("the body was not meant for", self.refuse("probe", elsewhere.url, "--data", "card=1"))
        self.assertEqual(self.shop.requests, [])

    def test_the_store_gets_its_own_token_and_no_redirect_takes_it_on(self):
        other = Server(self, lambda request: ok())
        store = self.store(lambda *_: redirect(other.url + "/login"))
        _, err = self.probe("--jaeger", store.url, env={"MESHTRACE_STORE_TOKEN": "topsecret"}, status=2)
        self.assertIn("it redirects", err)
        self.assertEqual(store.header("Authorization"), "Bearer topsecret")
        self.assertEqual(other.requests, [])
        self.assertIsNone(self.shop.header("Authorization"))
        self.assertNotIn("topsecret", err)
        self.assertIn("the token goes there in clear", err)

    def test_a_store_that_does_not_answer_costs_no_more_than_the_time_given(self):
        release = []
        self.addCleanup(release.append, True)

        def never(*_):
            while not release:
                time.sleep(0.05)
            return ok()
        _, err = self.probe("--jaeger", self.store(never).url, "--timeout", "2s", status=2)
        self.assertIn("no reply in time", err)

    def test_what_is_no_trace_is_told_and_bears_any_size_and_depth(self):
        for body, message in ((b"<html>", "no JSON"), (b"[" * 200_000, "no JSON"), (b'{"result":', "no JSON"),
                              (b'{"data": "none"}', "no trace"), (b"[]", "no trace"), (b"\xff\xfe", "no JSON")):
            store = self.store(lambda *_, body=body: ok(body))
            _, err = self.probe("--jaeger", store.url, "--timeout", "300ms", status=2)
            self.assertIn(message, err)
        _, err = self.probe("--jaeger", self.store(lambda *_: ok(b" " * (17 << 20))).url, status=2)
        self.assertIn("longer than 16 MiB", err)

    def test_names_from_a_store_never_steer_the_terminal(self):
        evil = Span(1, None, "\x1b]0;title\x07\u009b2Jcart\nResult: Whole", "\x1b[2J\r")
        store = self.store(lambda *_: tempo_v2([evil]))
        for output in ("table", "json", "yaml"):
            out, err = self.probe("--tempo", store.url, "--expect", "cart", "--timeout", "300ms", "-o", output, status=1)
            for character in ("\x1b", "\x07", "\u009b", "\r"):
                self.assertNotIn(character, out + err)
            self.assertNotIn("\nResult: Whole", out)

    def test_json_has_every_span(self):
        store = self.store(lambda _, traceparent: jaeger_v3(path_of(traceparent)))
        out, _ = self.probe("--jaeger", store.url, *EXPECT, "-o", "json")
        report = json.loads(out)
        self.assertEqual(report["trace"]["result"], "Whole")
        self.assertEqual([span["service"] for span in report["trace"]["spans"]], ["gateway", "gateway", "cart"])
        self.assertEqual(report["traceparent"], self.shop.header("traceparent"))

    def test_no_server_is_an_error(self):
        self.assertIn("http://127.0.0.1:1/", self.refuse("probe", "http://127.0.0.1:1/"))
        secret = "http://jane:topsecret@127.0.0.1/"
        for arguments in (("probe", secret), ("probe", self.shop.url, "--jaeger", secret)):
            message = self.refuse(*arguments)
            self.assertIn("user or a password", message)
            self.assertNotIn("topsecret", message)
        self.assertEqual(self.shop.requests, [])


class ProbeTls(CommandTest):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)
        self.certificate = self.authority.issue("shop")

    def test_trusts_whom_it_is_told_to(self):
        shop = Server(self, lambda request: ok(), self.certificate)
        self.assertIn("certificate", self.refuse("probe", shop.url))
        self.succeed("probe", shop.url, "--cacert", "ca.crt")
        self.succeed("probe", shop.url, "--certificate-authority", "ca.crt")
        self.succeed("probe", shop.url, "--insecure-skip-tls-verify")
        self.assertIn("hostname mismatch", self.refuse("probe", shop.url, "--cacert", "ca.crt", "--host", "other"))

    def test_the_store_has_a_trust_of_its_own(self):
        shop = Server(self, lambda request: ok())
        store = Server(self, lambda request: jaeger_v3(path_of(shop.header("traceparent"))), self.certificate)
        arguments = ("probe", shop.url, "--jaeger", store.url, *EXPECT)
        self.assertEqual(self.run_command(*arguments, "--cacert", "ca.crt", "--timeout", "1s").returncode, 2)
        self.succeed(*arguments, "--store-cacert", "ca.crt")

    def test_never_goes_from_https_to_http(self):
        plain = Server(self, lambda request: ok())
        shop = Server(self, lambda request: redirect(plain.url), self.certificate)
        self.assertIn("from https to http", self.refuse("probe", shop.url, "--cacert", "ca.crt"))
        self.assertEqual(plain.requests, [])
