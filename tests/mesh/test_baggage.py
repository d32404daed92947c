"""maxBaggageBytes on real Envoys: a longer baggage header goes, the request goes on. Bytes count, not characters."""
import unittest

from harness import traffic
from harness.mesh_case import MeshTestCase, gateways, has_rules

LIMIT = 8192


def ascii_bytes(count):
    return "key=" + "v" * (count - 4)


def two_byte_characters(count):
    """A member of so many bytes, one more than its characters would say."""
    return "key=" + "v" * (count % 2) + traffic.as_bytes("é") * ((count - 4) // 2)


# Each the values of the baggage lines of one request.
KEPT = {
    "nothing": [],
    "one member": ["key=value"],
    "one byte less": [ascii_bytes(LIMIT - 1)],
    "the limit": [ascii_bytes(LIMIT)],
    "the limit in characters of two bytes": [two_byte_characters(LIMIT)],
    "one byte less in characters of two bytes": [two_byte_characters(LIMIT - 1)],
    "the limit in bytes that are no UTF-8": ["key=" + "\xff" * (LIMIT - 4)],
}
# Several lines are one list: what the application reads is what they say together.
JOINED = {
    "two lines": ["a=1", "b=2"],
    "two lines that together have the limit": [ascii_bytes(4095), ascii_bytes(4096)],
}
REMOVED = {
    "one byte more": [ascii_bytes(LIMIT + 1)],
    "as many characters of two bytes": ["key=" + traffic.as_bytes("é") * (LIMIT - 4)],
    "one byte more in characters of two bytes": [two_byte_characters(LIMIT + 1)],
    "one byte more in bytes that are no UTF-8": ["key=" + "\xff" * (LIMIT - 3)],
    "two lines that together have one more": [ascii_bytes(4096), ascii_bytes(4096)],
    "50,000 bytes": [ascii_bytes(50000)],
}


class Baggage(MeshTestCase):
    def test_is_looked_at_by_gateways_alone_unless_the_policy_says_all(self):
        sidecar = self.sidecar("inside").until_serving()
        everywhere = (sidecar, *gateways().values())
        for applies_to, proxies in (("Gateways", everywhere[1:]), ("All", everywhere)):
            self.enforce("baggage", proxy={"headers": {"maxBaggageBytes": LIMIT, "appliesTo": applies_to}})
            self.until_all(proxies, has_rules, "they have the rule")
            for proxy in everywhere:
                with self.subTest(applies_to, proxy=proxy.name):
                    reply, = traffic.send([traffic.request(proxy.url, [["baggage", ascii_bytes(LIMIT + 1)]])])
                    self.assertEqual(len(traffic.received(reply, "baggage")), 0 if proxy in proxies else 1)

    def test_over_the_limit_is_removed_and_other_baggage_stays(self):
        self.enforce("baggage", proxy={"headers": {"maxBaggageBytes": LIMIT}})
        proxies = gateways()
        self.until_all(proxies.values(), has_rules, "every gateway has the rule")
        for envoy, proxy in proxies.items():
            for version in ("1.1", "2"):
                for what, sent, got in received(proxy, version, KEPT | JOINED | REMOVED):
                    with self.subTest(what, envoy=envoy, http=version):
                        self.assertEqual(got, expected(what, sent))


def received(proxy, version, cases):
    replies = traffic.send([traffic.request(proxy.url, [["baggage", value] for value in values], version)
                            for values in cases.values()])
    return [(what, sent, traffic.received(reply, "baggage")) for (what, sent), reply in zip(cases.items(), replies)]


def expected(what, sent):
    if what in REMOVED:
        return []
    return [",".join(sent)] if sent else []


if __name__ == "__main__":
    unittest.main()
