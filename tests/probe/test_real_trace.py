"""`probe` through real Envoys to a real Jaeger: it finds every hop, and says where a trace is lost."""
import json
import subprocess
import unittest

from harness.parts import our
from path import Path

# Every case that must find a trace ends as soon as it is there; those that must not wait for this.
NOT_THERE = ("--timeout", "3s")


def setUpModule():
    global path
    path = Path()


def tearDownModule():
    path.stop()


class RealTrace(unittest.TestCase):
    maxDiff = None

    def run_probe(self, route, *arguments, status=0, store=None):
        command = [our("kubectl-meshtrace"), "probe", path.url + route, "--jaeger", store or path.jaeger.url, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def probe(self, route, *arguments, **options):
        return json.loads(self.run_probe(route, *arguments, "-o", "json", **options))

    def assert_path(self, trace):
        """gateway's server and client span, below them cart's two."""
        self.assertEqual([(span["service"], span["kind"]) for span in trace["spans"]],
                         [("gateway", "server"), ("gateway", "client"), ("cart", "server"), ("cart", "client")])
        self.assertEqual([span["depth"] for span in trace["spans"]], [0, 1, 2, 3])
        self.assertEqual([fragment["start"] for fragment in trace["fragments"]], ["Request"])
        self.assertTrue(all(span["durationNanos"] > 0 for span in trace["spans"]))

    def test_finds_every_hop_by_both_versions_of_the_api(self):
        for store, version in ((path.jaeger.url, "v3"), (path.old_jaeger, "v1")):
            with self.subTest(version):
                trace = self.probe("/whole", "--expect", "gateway,cart", store=store)["trace"]
                self.assertEqual((trace["result"], trace["api"]), ("Whole", version))
                self.assert_path(self.probe("/whole", "--settle", "500ms", store=store)["trace"])

    def test_prints_the_waterfall(self):
        out = self.run_probe("/whole", "--settle", "500ms")
        self.assertRegex(out, r"\ngateway: .*  server   \+0 µs ")
        self.assertRegex(out, r"\n    cart: .*\|")
        self.assertIn("Result: Whole", out)

    def test_a_hop_that_is_expected_and_not_there(self):
        trace = self.probe("/whole", "--expect", "gateway,cart,mail", *NOT_THERE, status=1)["trace"]
        self.assertEqual(trace["result"], "HopsMissing")
        self.assertIn("the trace ends between cart and mail", trace["reasons"][0])

    def test_a_proxy_that_strips_traceparent_is_told_by_the_hops_beside_it(self):
        trace = self.probe("/strip", "--expect", "gateway,cart", *NOT_THERE, status=1)["trace"]
        self.assertEqual(trace["result"], "HopsMissing")
        self.assertEqual(trace["services"], ["gateway"])
        self.assertIn("the trace ends between gateway and cart; the call", trace["reasons"][0])
        self.assertIn("of gateway to stripper has nothing behind it", trace["reasons"][0])

    def test_a_hop_whose_spans_do_not_arrive_leaves_the_next_one_in_the_air(self):
        trace = self.probe("/silent", "--expect", "gateway,cart", *NOT_THERE, status=1)["trace"]
        self.assertEqual(trace["result"], "Fragmented")
        self.assertEqual([fragment["start"] for fragment in trace["fragments"]], ["Request", "Orphan"])
        self.assertIn("of gateway to silent has nothing behind it", trace["reasons"][0])
        self.assertIn("cart", trace["reasons"][1])
        self.assertIn("hangs in the air", trace["reasons"][1])

    def test_a_trace_that_no_hop_knows_is_not_found(self):
        # Sent to the application itself, past both proxies.
        command = [our("kubectl-meshtrace"), "probe", path.application, "--jaeger", path.jaeger.url, *NOT_THERE]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("Result: NotFound", done.stdout)
