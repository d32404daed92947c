"""--dry-run: what would be written is printed, and nothing is."""
import json
import unittest

from harness.api import Api, policies
from harness.controlled import LOGS_W3C, MESH_TEXT, ROOT, W3C, ControllerTestCase, controller, prepare
from harness.fault_proxy import FaultProxy
from harness.policy import policy
from harness.shared import cluster
from harness.waiting import eventually, throughout

LIMITS = {"proxy": {"headers": {"maxRequestHeadersKb": 96}}}
HOLDS_S = 3


class ADryRun(ControllerTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        prepare(cls.plane)

    def printed(self, running):
        """The JSON lines of its standard output and its log."""
        lines = []
        for line in running.process.text().splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                self.fail(f"no JSON line: {line}")
        return lines

    def test_prints_every_document_and_writes_nothing_at_all(self):
        for namespace, name, spec in ((self.namespace, "limits", LIMITS), (ROOT, "mesh", LOGS_W3C)):
            Api(self.plane).create(policies(namespace, name="") , policy(name, namespace, **spec))
            self.addCleanup(self.api.delete, policies(namespace, name))
        proxy = FaultProxy(cluster())
        self.addCleanup(proxy.stop)
        # With everything on that writes: lease, certificates, events, a short resync.
        with controller(proxy.url, dry_run=True, manage_certificates=True, resync_period="500ms") as running:
            eventually(lambda: "meshtrace-limits" in running.process.text() and W3C in running.process.text(),
                       "what would be written is printed")
            throughout(lambda: not proxy.writes(), "nothing is written", HOLDS_S)
            kinds = {found for line in self.printed(running) for found in _kinds(line)}
        self.assertLessEqual({"EnvoyFilter", "ConfigMap"}, kinds)
        self.assertEqual(self.mesh_text(), MESH_TEXT)
        self.assertNotIn("status", self.stored("limits"))


def _kinds(value):
    """Every `kind` within."""
    if isinstance(value, dict):
        if isinstance(value.get("kind"), str):
            yield value["kind"]
        for each in value.values():
            yield from _kinds(each)


if __name__ == "__main__":
    unittest.main()
