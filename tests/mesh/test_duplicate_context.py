"""duplicateContext: PreferW3C on real Envoys: beside a valid traceparent the application sees no B3, in whatever form
it came; where traceparent is absent or broken, B3 stays, for it is all there is.
Source: https://github.com/openzipkin/b3-propagation
"""
import unittest

from harness import traffic
from harness.mesh_case import MeshTestCase, gateways, has_rules

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
VALID = f"00-{TRACE}-{SPAN}-01"
B3_HEADERS = ("b3", "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled", "x-b3-flags")
FORMS = {
    "single": [["b3", f"{TRACE}-{SPAN}-1"]],
    "single with a parent": [["b3", f"{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90"]],
    "single, only the decision": [["b3", "0"]],
    "single, only debug": [["b3", "d"]],
    "single, 64 bits": [["b3", f"{TRACE[16:]}-{SPAN}"]],
    "single in capitals": [["B3", f"{TRACE}-{SPAN}-1"]],
    "single, two lines": [["b3", "0"], ["b3", "1"]],
    "multiple": [["x-b3-traceid", TRACE], ["x-b3-spanid", SPAN], ["x-b3-sampled", "1"]],
    "multiple in capitals": [["X-B3-TraceId", TRACE], ["X-B3-SpanId", SPAN], ["X-B3-Sampled", "1"]],
    "multiple with a parent": [["x-b3-traceid", TRACE], ["x-b3-spanid", SPAN],
                               ["x-b3-parentspanid", "05e3ac9a4f6e3b90"], ["x-b3-flags", "1"]],
    "multiple, only the decision": [["x-b3-sampled", "0"]],
    "multiple, only debug": [["x-b3-flags", "1"]],
    "both forms": [["b3", f"{TRACE}-{SPAN}-1"], ["x-b3-traceid", TRACE], ["x-b3-spanid", SPAN]],
    "broken": [["b3", "garbage"], ["x-b3-traceid", "\xff"]],
}
NOT_VALID = {
    "absent": [],
    "empty": [["traceparent", ""]],
    "garbage": [["traceparent", "garbage"]],
    "of version ff": [["traceparent", f"ff-{TRACE}-{SPAN}-01"]],
    "there twice": [["traceparent", VALID], ["traceparent", VALID]],
}


def b3_of(reply):
    return [[name, value] for name, value in reply["echo"]["headers"] if name in B3_HEADERS]


def in_lower_case(fields):
    """As proxies pass them on: names in lower case, several lines of one name as a list."""
    joined = {}
    for name, value in fields:
        joined.setdefault(name.lower(), []).append(value)
    return sorted([name, ",".join(values)] for name, values in joined.items())


class DuplicateContext(MeshTestCase):
    def enforce_rule(self, **others):
        self.enforce("context", proxy={"headers": {"duplicateContext": "PreferW3C"} | others})
        self.until_all(gateways().values(), has_rules, "every gateway has the rule")

    def assert_forms(self):
        for envoy, proxy in gateways().items():
            for version in ("1.1", "2"):
                for form, fields in FORMS.items():
                    kept, *replies = traffic.send([
                        traffic.request(proxy.url, fields + more, version)
                        for more in ([["traceparent", VALID]], *NOT_VALID.values())])
                    with self.subTest(form, envoy=envoy, http=version):
                        self.assertEqual((b3_of(kept), traffic.received(kept, "traceparent")), ([], [VALID]))
                    for what, reply in zip(NOT_VALID, replies):
                        with self.subTest(form, traceparent=what, envoy=envoy, http=version):
                            self.assertEqual(b3_of(reply), in_lower_case(fields))

    def test_b3_goes_beside_a_valid_traceparent_alone(self):
        self.enforce_rule()
        self.assert_forms()

    def test_b3_stays_where_a_broken_traceparent_is_removed(self):
        self.enforce_rule(invalidTraceparent="Remove")
        self.assert_forms()
        for proxy in gateways().values():
            replies = traffic.send([traffic.request(proxy.url, fields) for fields in NOT_VALID.values()])
            for what, reply in zip(NOT_VALID, replies):
                with self.subTest(what, envoy=proxy.version):
                    self.assertEqual(traffic.received(reply, "traceparent"), [])


if __name__ == "__main__":
    unittest.main()
