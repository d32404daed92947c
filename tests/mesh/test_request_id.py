"""preserveExternalRequestId: a gateway keeps the x-request-id that a client sends, instead of replacing it."""
import unittest

from harness import traffic
from harness.mesh_case import MeshTestCase, gateways

EXTERNAL = "11111111-2222-4333-8444-555555555555"


def request_ids(proxy):
    """What the application gets of a client's x-request-id, by each version of HTTP."""
    headers = [["x-request-id", EXTERNAL]]
    replies = traffic.send([traffic.request(proxy.url, headers, version) for version in ("1.1", "2")])
    return {value for reply in replies for value in traffic.received(reply, "x-request-id")}


class RequestId(MeshTestCase):
    def test_of_a_client_is_kept_by_gateways_while_a_policy_says_so(self):
        sidecar = self.sidecar("inside").until_serving()
        self.until_settled()
        before = sidecar.config()
        for proxy in gateways().values():
            self.assertNotIn(EXTERNAL, request_ids(proxy))
        self.enforce("request-id", proxy={"headers": {"preserveExternalRequestId": True}})
        self.until_preserving(True)
        for proxy in gateways().values():
            with self.subTest(proxy.version):
                self.assertEqual(request_ids(proxy), {EXTERNAL})
        self.assertEqual(sidecar.config(), before)
        self.delete_policy("request-id")
        self.until_preserving(False)
        for proxy in gateways().values():
            self.assertNotIn(EXTERNAL, request_ids(proxy))

    def until_preserving(self, whether):
        self.until_all(gateways().values(),
                       lambda manager: manager.get("preserve_external_request_id", False) == whether,
                       f"preserving is {whether}")


if __name__ == "__main__":
    unittest.main()
