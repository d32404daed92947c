"""Requests of many and of large headers, before and after a policy raises the limits: the exact outcome, by protocol.

Envoy counts the host among the fields of HTTP/1.1, and the four pseudo-headers among those of HTTP/2. What is over a
limit is answered 431 there, and here its stream is reset.
"""
import unittest

from harness import traffic
from harness.mesh_case import MeshTestCase, gateways

KIB = 1024
DEFAULT_KIB, DEFAULT_COUNT = 60, 100
POLICY_KIB, POLICY_COUNT = 96, 200
# By HTTP version: how a request over a limit ends, and how many fields it has besides our own.
REFUSED = {"1.1": {"status": 431}, "2": {"reset": "INTERNAL_ERROR"}}
OWN_FIELDS = {"1.1": 1, "2": 4}
SIZES_KIB = (59, 61, 95, 97)
COUNTS = (99, 100, 101, 199, 200, 201)
FIELDS_OF_A_LARGE_REQUEST = 20
PREFIX = "x-test-"


def large(kib):
    """Fields of so many bytes in all, names and values."""
    size = kib * KIB // FIELDS_OF_A_LARGE_REQUEST
    names = [f"{PREFIX}large-{number}" for number in range(FIELDS_OF_A_LARGE_REQUEST)]
    return [[name, "v" * (size - len(name))] for name in names]


def many(count, version):
    return [[f"{PREFIX}many-{number}", "v"] for number in range(count - OWN_FIELDS[version])]


def limits(manager):
    return (manager.get("max_request_headers_kb"),
            manager.get("common_http_protocol_options", {}).get("max_headers_count"))


class HeaderLimits(MeshTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sidecar = cls.sidecar("limited").until_serving()
        cls.proxies = {f"sidecar, Envoy {cls.sidecar.version}": cls.sidecar}
        cls.proxies |= {f"gateway, Envoy {version}": proxy for version, proxy in gateways().items()}

    def assert_limits(self, kib, count):
        for name, proxy in self.proxies.items():
            for version, refused in REFUSED.items():
                cases = {f"{size} KiB": (large(size), size <= kib) for size in SIZES_KIB}
                cases |= {f"{number} fields": (many(number, version), number <= count) for number in COUNTS}
                replies = traffic.send([traffic.request(proxy.url, fields, version) for fields, _ in cases.values()])
                for (what, (fields, passes)), reply in zip(cases.items(), replies):
                    with self.subTest(f"{name}, HTTP/{version}, {what}"):
                        if passes:
                            self.assertEqual(reply.get("status"), 200, reply)
                            received = [field for field in reply["echo"]["headers"] if field[0].startswith(PREFIX)]
                            self.assertEqual(received, sorted(fields))
                        else:
                            self.assertEqual(reply, refused)

    def until_limits(self, kib, count):
        self.until_all(self.proxies.values(), lambda manager: limits(manager) == (kib, count),
                       f"every proxy has the limits {kib} and {count}")

    def test_are_those_of_the_policy_while_there_is_one(self):
        self.assert_limits(DEFAULT_KIB, DEFAULT_COUNT)
        headers = {"maxRequestHeadersKb": POLICY_KIB, "maxRequestHeadersCount": POLICY_COUNT}
        self.enforce("limits", proxy={"headers": headers})
        self.until_limits(POLICY_KIB, POLICY_COUNT)
        self.assert_limits(POLICY_KIB, POLICY_COUNT)
        self.delete_policy("limits")
        self.until_limits(None, None)
        self.assert_limits(DEFAULT_KIB, DEFAULT_COUNT)


if __name__ == "__main__":
    unittest.main()
