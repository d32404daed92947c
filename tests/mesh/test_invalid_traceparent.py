"""What the application behind a real Envoy with its tracer on receives of every kind of traceparent.

With invalidTraceparent: Remove a broken one goes, with its tracestate, before the tracer reads it: the request gets a
fresh root. The tracer itself repairs nothing: test_without_the_rule_is_passed_on says what it does when left alone.
Source: W3C Trace Context, section 3.2.
"""
import unittest

from harness import traffic
from harness.mesh import TRACING_PROVIDER
from harness.mesh_case import MeshTestCase, gateways, has_rules

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
VALID = f"00-{TRACE}-{SPAN}-01"
OTHER = f"00-{TRACE[::-1]}-{SPAN}-01"
TRACESTATE = "vendor=1"


def utf8(text):
    return traffic.as_bytes(text)


# Each the values of the traceparent lines of one request.
CONTINUED = {
    "sampled": [VALID],
    "not sampled": [f"00-{TRACE}-{SPAN}-00"],
    "flags of the future, sampled": [f"00-{TRACE}-{SPAN}-03"],
    "all flags": [f"00-{TRACE}-{SPAN}-ff"],
    "flags of the future, not sampled": [f"00-{TRACE}-{SPAN}-02"],
    "version 01 as long as 00": [f"01-{TRACE}-{SPAN}-01"],
    "version fe as long as 00": [f"fe-{TRACE}-{SPAN}-00"],
}
# Around a value of HTTP/1.1 they are no part of it; HTTP/2 forbids them, and there they are a part that is wrong.
PADDED = {"spaces and tabs around": [f" \t{VALID} "]}
# Valid for the specification; Envoy's tracer does not read them, and leaves them to the application.
PASSED_ON = {
    "version 01 with a tail": [f"01-{TRACE}-{SPAN}-01-what-comes-then"],
    "version fe with a tail": [f"fe-{TRACE}-{SPAN}-00-x"],
    "version 01 with an empty tail": [f"01-{TRACE}-{SPAN}-01-"],
    "version 01 with a long tail": [f"01-{TRACE}-{SPAN}-01-{'x' * 4000}"],
}
INVALID = {
    "empty": [""],
    "one character": ["0"],
    "garbage": ["garbage"],
    "dashes": ["-" * 55],
    "10,000 zeros": ["0" * 10000],
    "too short by one": [VALID[:-1]],
    "without flags": [VALID[:-3]],
    "too long by one": [VALID + "0"],
    "version 00 with a tail": [VALID + "-x"],
    "version 00 with an empty tail": [VALID + "-"],
    "version 01 with a tail without its dash": [f"01-{TRACE}-{SPAN}-01x"],
    "version ff": [f"ff-{TRACE}-{SPAN}-01"],
    "version ff with a tail": [f"ff-{TRACE}-{SPAN}-01-x"],
    "version in upper case": [f"0A-{TRACE}-{SPAN}-01"],
    "version that is no number": [f"0g-{TRACE}-{SPAN}-01"],
    "version of one digit": [f"0-{TRACE}-{SPAN}-011"],
    "trace id in upper case": [f"00-{TRACE.upper()}-{SPAN}-01"],
    "trace id with one upper-case digit": [f"00-{TRACE[:-1]}C-{SPAN}-01"],
    "trace id of zeros": [f"00-{'0' * 32}-{SPAN}-01"],
    "trace id of zeros in version 01": [f"01-{'0' * 32}-{SPAN}-01-x"],
    "trace id with another letter": [f"00-{'g' * 32}-{SPAN}-01"],
    "trace id too short": [f"00-{TRACE[:-1]}-{SPAN}-01"],
    "trace id that takes a digit of the span id": [f"00-{TRACE}{SPAN[0]}-{SPAN[1:]}-01"],
    "span id in upper case": [f"00-{TRACE}-{SPAN.upper()}-01"],
    "span id of zeros": [f"00-{TRACE}-{'0' * 16}-01"],
    "span id of zeros in version 01": [f"01-{TRACE}-{'0' * 16}-01"],
    "span id with another letter": [f"00-{TRACE}-{'z' * 16}-01"],
    "flags in upper case": [f"00-{TRACE}-{SPAN}-0A"],
    "flags that are no number": [f"00-{TRACE}-{SPAN}-0g"],
    "underscores": [VALID.replace("-", "_")],
    "a space inside": [f"00 -{TRACE}-{SPAN}-01"],
    "non-ASCII first": [utf8("é") + VALID[2:]],
    "non-ASCII in the trace id": [f"00-{utf8('é')}{TRACE[2:]}-{SPAN}-01"],
    "one byte that is no UTF-8": [f"00-\xff{TRACE[1:]}-{SPAN}-01"],
    "only bytes that are no UTF-8": ["\xfe" * 55],
    "two that are equal": [VALID, VALID],
    "two that differ": [VALID, OTHER],
    "two of version 01": [f"01-{TRACE}-{SPAN}-01", f"01-{TRACE}-{SPAN}-01"],
    "two with tails": [f"01-{TRACE}-{SPAN}-01-a", f"01-{TRACE}-{SPAN}-01-b"],
    "two in one line": [f"{VALID},{OTHER}"],
    "a valid one after an empty one": ["", VALID],
    "a valid one before an empty one": [VALID, ""],
    "three": [VALID, "garbage", OTHER],
}
# Some of these are read by Envoy's tracer all the same (the first of two lines, capitals); these are not.
IGNORED_BY_THE_TRACER = ("empty", "garbage", "too short by one", "too long by one", "version 00 with a tail",
                         "trace id of zeros", "span id of zeros", "a valid one after an empty one")


def sampled(traceparent):
    return int(traceparent[-2:], 16) & 1


class InvalidTraceparent(MeshTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.proxies = gateways()

    def setUp(self):
        self.tracing = {"sampling": {"owner": "Proxy", "percentage": 100},
                        "proxy": {"tracingProvider": TRACING_PROVIDER}}

    def enforce_with(self, **headers):
        self.tracing["proxy"]["headers"] = headers
        self.enforce("traceparent", **self.tracing)
        self.until_all(self.proxies.values(), lambda manager: manager.get("tracing", {}).get("provider")
                       and has_rules(manager) == bool(headers), "every gateway traces, and has the rules")

    def each(self, cases, check, version="1.1"):
        """check(sent, traceparent, tracestate) on what the application received, for each case on each Envoy."""
        for envoy, proxy in self.proxies.items():
            replies = traffic.send([traffic.request(proxy.url, request_headers(values), version)
                                    for values in cases.values()])
            for (what, values), reply in zip(cases.items(), replies):
                with self.subTest(what, envoy=envoy, http=version):
                    check(values, traffic.received(reply, "traceparent"), traffic.received(reply, "tracestate"))

    def assert_fresh_root(self, _, got, tracestate):
        self.assertEqual(len(got), 1, got)
        self.assertRegex(got[0], "^00-[0-9a-f]{32}-[0-9a-f]{16}-01$")
        self.assertNotIn(TRACE, got[0])
        self.assertNotIn(TRACE[::-1], got[0])
        # Envoy's tracer writes an empty tracestate where it has none.
        self.assertIn(tracestate, ([], [""]))

    def assert_continued(self, sent, got, tracestate):
        """The proxy's own span in the same trace; it writes the one version and the one flag that it knows."""
        self.assertEqual(len(got), 1, got)
        self.assertRegex(got[0], f"^00-{TRACE}-[0-9a-f]{{16}}-0{sampled(sent[0].strip())}$")
        self.assertNotIn(SPAN, got[0])
        self.assertEqual(tracestate, [TRACESTATE])

    def assert_passed_on(self, sent, got, tracestate):
        self.assertEqual((got, tracestate), (sent, [TRACESTATE]))

    def test_starts_a_fresh_root_and_a_valid_one_is_continued(self):
        self.enforce_with(invalidTraceparent="Remove")
        for version in ("1.1", "2"):
            self.each(INVALID, self.assert_fresh_root, version)
            self.each(CONTINUED, self.assert_continued, version)
            self.each(PASSED_ON, self.assert_passed_on, version)
        self.each(PADDED, self.assert_continued, "1.1")
        self.each(PADDED, self.assert_fresh_root, "2")

    def test_without_the_rule_is_passed_on(self):
        """Why there is the rule; and where this no longer holds, the rule is no longer needed."""
        self.enforce_with()
        self.each({what: INVALID[what] for what in IGNORED_BY_THE_TRACER}, self.assert_passed_on)

    def test_takes_only_its_own_tracestate_and_none_of_its_own_headers_from_a_client(self):
        self.enforce_with(invalidTraceparent="Remove")
        forged = [[f"x-meshtrace-{name}", value] for name, value in (
            ("tp", VALID), ("ts", "forged=1"), ("bg", "forged=1"), ("traceparent", VALID), ("tracestate", "forged=1"),
            ("baggage", "forged=1"), ("b3", "0"))]
        for proxy in self.proxies.values():
            without, with_valid, lines = traffic.send([
                traffic.request(proxy.url, forged, "2"),
                traffic.request(proxy.url, forged + [["traceparent", VALID]], "2"),
                traffic.request(proxy.url, [["traceparent", VALID], ["tracestate", "a=1"], ["tracestate", "b=2"]])])
            self.assert_fresh_root(forged, traffic.received(without, "traceparent"),
                                   traffic.received(without, "tracestate"))
            for reply in (without, with_valid):
                self.assertNotIn("forged", " ".join(traffic.received(reply, "tracestate")))
                self.assertEqual(traffic.received(reply, "baggage"), [])
            self.assertIn(TRACE, *traffic.received(with_valid, "traceparent"))
            self.assertEqual(",".join(traffic.received(lines, "tracestate")), "a=1,b=2")


def request_headers(values):
    return [["traceparent", value] for value in values] + [["tracestate", TRACESTATE]]


if __name__ == "__main__":
    unittest.main()
