"""`kubectl apply -k manifests/base` in a cluster that has nothing yet, and Istio that comes afterwards."""
import unittest

from harness import istio_files, manifests
from harness.api import Api, config_maps
from harness.control_plane import ControlPlane
from harness.controlled import LOGS_W3C, MESH_TEXT, ROOT, W3C, MeshMixin, controller, mesh_config
from harness.waiting import eventually

LIMITS = {"proxy": {"headers": {"maxRequestHeadersKb": 96}}}
RETRIES_S = 90  # what could not be listed is tried again with a back-off of up to half a minute

plane = None


def setUpModule():
    global plane
    plane = unittest.enterModuleContext(ControlPlane())
    plane.start_controllers()
    plane.kubectl("apply", "-k", manifests.BASE, "--warnings-as-errors")


class AnEmptyCluster(MeshMixin, unittest.TestCase):
    maxDiff = None
    namespace = "default"

    def setUp(self):
        self.api = Api(plane)

    def test_is_complete_after_one_command_and_takes_istio_up_when_it_comes(self):
        with controller(plane=plane, manage_certificates=True) as running:
            for kind in manifests.WEBHOOK_KINDS:
                eventually(lambda: all("caBundle" in webhook["clientConfig"] for webhook in
                                       plane.kubectl.get(kind, "meshtrace-webhook")["webhooks"]),
                           f"the {kind} trusts the controller's authority")
            path = f"/api/v1/namespaces/{manifests.NAMESPACE}/secrets/meshtrace-webhook-tls"
            secret = eventually(lambda: self.api.find(path), "there is a certificate")
            self.assertEqual(secret["type"], "kubernetes.io/tls")

            self.apply("limits", **LIMITS)
            self.apply("logs", selector={"matchLabels": {"app": "a"}}, **LOGS_W3C)
            self.until_condition("Accepted", "True", "limits")
            self.assertIn("EnvoyFilter", self.until_condition("Programmed", "False", "limits")["message"]
                          + self.until_condition("ResolvedRefs", "False", "limits")["message"])
            self.until_condition("Programmed", "False", "logs")

            istio_files.apply_crds(plane.kubectl)
            manifests.apply_mesh_rights(plane.kubectl)
            self.api.create(config_maps(ROOT), mesh_config(MESH_TEXT))
            self.until_programmed("limits", seconds=RETRIES_S)
            self.until_programmed("logs", seconds=RETRIES_S)
            self.assertIn(W3C, self.mesh_text())
            self.assertTrue(running.ready())
            for name in ("limits", "logs"):
                self.delete(name)
            self.assertEqual(self.mesh_text(), MESH_TEXT)


if __name__ == "__main__":
    unittest.main()
