"""Did it take? A policy that passes every check of ours, and that an Envoy refuses which is older than it says.

An Envoy that refuses a listener keeps the old one and blocks every later change: what it refused is taken back.
"""
import unittest

from harness.envoy import VERSIONS
from harness.mesh import MESH_TEXT
from harness.mesh_case import MeshTestCase

OLDEST = VERSIONS[0]
# An operator that the Envoys of Istio 1.31 know, and Envoy 1.36 does not.
NEWER_OPERATOR = "SPAN_ID"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Rejected(MeshTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # It says of itself what all of this mesh say: that it is of the newest Istio.
        cls.proxy = cls.sidecar("older", version=OLDEST).until_serving()

    def assert_rejected(self, name, namespace):
        rejected = self.until_programmed(name, namespace, "Rejected")
        self.assertEqual(rejected["status"], "False")
        self.assertIn(NEWER_OPERATOR, rejected["message"])  # Envoy's own words

    def assert_as_before(self, before):
        self.assertEqual(self.mesh.text(), MESH_TEXT)
        self.until_settled()
        self.assertEqual(self.proxy.config(), before)
        self.assertNotIn("refused", self.log_line(self.proxy))

    def test_format_of_the_mesh_is_taken_back_and_the_next_change_arrives(self):
        self.until_settled()
        before, refusals = self.proxy.config(), self.mesh.istiod.rejects()
        self.apply_policy("newer", proxy={"accessLog": {"format": f"refused %{NEWER_OPERATOR}%\n"}})
        self.assert_rejected("newer", "istio-system")
        self.assertGreater(self.mesh.istiod.rejects(), refusals)
        self.assert_as_before(before)
        self.delete_policy("newer")
        self.assert_as_before(before)
        self.enforce("good", proxy={"accessLog": {"traceHeaders": ["W3C"]}})
        headers = [["traceparent", TRACEPARENT]]
        self.until(lambda: TRACEPARENT in self.log_line(self.proxy, headers), "the log shows traceparent")

    def test_format_of_a_namespace_is_taken_back(self):
        self.until_settled()
        before = self.proxy.config()
        self.apply_policy("newer", self.namespace, proxy={"accessLog": {"format": f"refused %{NEWER_OPERATOR}%\n"}})
        self.assert_rejected("newer", self.namespace)
        self.until(lambda: self.mesh.text() == MESH_TEXT, "the text is as it was")
        self.assert_as_before(before)

    def test_policy_that_is_mended_is_tried_again(self):
        self.apply_policy("newer", proxy={"accessLog": {"format": f"refused %{NEWER_OPERATOR}%\n"}})
        self.assert_rejected("newer", "istio-system")
        self.enforce("newer", proxy={"accessLog": {"format": "mended %REQ(:PATH)%\n"}})
        self.until(lambda: "mended" in self.log_line(self.proxy), "the log has the mended format")


if __name__ == "__main__":
    unittest.main()
