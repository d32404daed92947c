"""Our webhook installed in the shared cluster for the tests of one module, and taken out again after them."""
import contextlib
import json

from . import manifests
from .policy import policy
from .pods import mark, pod
from .shared import ClusterTestCase, cluster
from .waiting import eventually
from .webhook import Webhook

ROOT_NAMESPACE = "istio-system"
TAKES_EFFECT_S = 10  # milliseconds in fact; a loaded machine is given time


@contextlib.contextmanager
def webhook(server=None):
    """CRD, rights and registrations of the manifests, and the webhook running under their service account.

    `server` is where the webhook finds the API server, when not at its own address.
    """
    plane = cluster()
    # What is refused here is refused by the CRD or by the webhook: the rules have tests of their own.
    manifests.apply_foundation(plane.kubectl, with_user_rules=False)
    plane.kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ROOT_NAMESPACE}})
    installed = Webhook(plane, server).until_ready().register()
    try:
        yield installed
    finally:
        installed.unregister()
        installed.stop()
        plane.processes.remove(installed.process)
        plane.kubectl.delete("tracingpolicies", "--all", "-n", ROOT_NAMESPACE)


class AdmissionTestCase(ClusterTestCase):
    """`spec` of the class, if any, is a policy that is in force for the class's namespace before its first test."""

    spec = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.spec is not None:
            cls.set_policy("policy", cls.namespace, **cls.spec)
            cls.await_pod(mark, f"the policy takes effect in {cls.namespace}")

    @classmethod
    def set_policy(cls, name, namespace, **spec):
        cls.kubectl.apply(policy(name, namespace, **spec))

    @classmethod
    def await_pod(cls, check, what, namespace=None, probe=None):
        """Waits until a pod, were it created now, would satisfy check(); returns that pod."""
        probe = probe or pod("probe")

        def admitted():
            stored = cls.kubectl.create(probe, "-n", namespace or cls.namespace, "--dry-run=server")
            return stored if check(stored) else None
        return eventually(admitted, what, TAKES_EFFECT_S)

    def create(self, object_, *arguments):
        return self.kubectl.create(object_, "-n", self.namespace, *arguments)

    def create_with_warnings(self, object_):
        """The stored object and what kubectl shows of warnings."""
        done = self.kubectl.run("create", "-f", "-", "-o", "json", "-n", self.namespace, stdin=object_)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout), done.stderr
