"""Test cases in the real mesh whose objects are audited as they stand: what is broken is broken in traffic, the audit
finds that and nothing else, and its printed fix, pasted into a shell, mends both.
"""
import json

from . import kubectl_meshtrace, traffic
from .istiod import NAMESPACE as ROOT_NAMESPACE
from .mesh import mesh
from .shared import ClusterTestCase
from .waiting import eventually

SETTLES_S = 30
KINDS = "telemetry,service,pod,deployment"
COLLECTORS_NAMESPACE = "observability"


class AuditedMeshTestCase(ClusterTestCase):
    """Derived classes start their proxies in setUpClass."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mesh = mesh()

    @classmethod
    def until_the_end(cls, proxy):
        cls.addClassCleanup(cls.mesh.remove, proxy)
        return proxy.until_serving()

    def objects(self):
        """Everything of the test's namespace, the mesh's configuration and the collector, as the API server has it."""
        found = [self.kubectl.get("configmap", "istio", "-n", ROOT_NAMESPACE),
                 self.kubectl.get("namespace", self.namespace)]
        for namespace in (self.namespace, ROOT_NAMESPACE, COLLECTORS_NAMESPACE):
            found += self.kubectl.items(KINDS, "-n", namespace)
        return found

    def audit(self):
        """The findings about these objects."""
        done = kubectl_meshtrace.run("audit", "-f", "-", "-o", "json", "--fail-on=never",
                                     stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": self.objects()}))
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["findings"]

    def assert_sound(self):
        self.assertEqual(self.audit(), [])

    def assert_found(self, code):
        """The one finding, which has that code."""
        findings = self.audit()
        self.assertEqual([one["code"] for one in findings], [code], findings)
        return findings[0]

    def mend(self, code):
        """Asserts that the audit finds that code alone, and pastes its fix into a shell."""
        self.kubectl.shell(self.assert_found(code)["fix"])

    def until(self, check, what):
        return eventually(check, what, SETTLES_S)

    def until_received(self, proxy, check, what, name="traceparent", headers=()):
        """Waits until what the application gets of a header passes; requests do no harm."""
        def passes():
            reply, = traffic.send([traffic.request(proxy.url, headers)])
            seen = traffic.received(reply, name)
            assert check(seen), seen
            return True
        self.until(passes, what)
