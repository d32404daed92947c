"""A mesh ConfigMap that the Sail operator made: recognised by its owner, and left to it."""
import unittest

from harness.api import config_maps
from harness.controlled import LOGS_W3C, MESH_TEXT, ROOT, ControllerTestCase, controller, mesh_config
from harness.waiting import throughout

HOLDS_S = 2
# Such an object need not exist for the reference to stand; its garbage collector would need a known kind to act.
OWNER = {"apiVersion": "sailoperator.io/v1", "kind": "IstioRevision", "name": "default", "controller": True,
         "uid": "6b2f6e7e-0000-4000-8000-000000000001"}


def setUpModule():
    unittest.enterModuleContext(controller())


class WhereSailInstalledIstio(ControllerTestCase):
    def test_nothing_is_written_and_the_fragment_for_its_resource_is_said(self):
        owned = mesh_config(MESH_TEXT, "istio-sail")
        owned["metadata"]["ownerReferences"] = [OWNER]
        stored = self.api.create(config_maps(ROOT), owned)
        self.addCleanup(self.api.delete, config_maps(ROOT, "istio-sail"))
        self.apply("mesh", ROOT, **LOGS_W3C)
        found = self.until_condition("Programmed", "False", "mesh", ROOT, "ManagedElsewhere")
        self.assertIn("IstioRevision default", found["message"])
        self.assertIn("values:", found["message"])
        self.assertIn("TRACEPARENT", found["message"])
        throughout(lambda: self.mesh("istio-sail") == stored, "nothing is written", HOLDS_S)


if __name__ == "__main__":
    unittest.main()
