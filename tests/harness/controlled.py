"""Our controller installed in the shared cluster, with Istio's CRDs and a mesh ConfigMap, but without istiod and Envoy:
what is looked at is what stands in the API server. What proxies make of it is tests/mesh's."""
import contextlib

from . import istio_files, manifests
from .api import Api, config_maps, envoy_filters, policies, telemetries
from .controller import Controller
from .policy import policy
from .shared import ClusterTestCase, cluster
from .waiting import eventually

ROOT = manifests.ROOT_NAMESPACE
MANAGER = "meshtrace-controller"  # as field manager, and in the label app.kubernetes.io/managed-by
MESH_TEXT = """\
# The shop's mesh. Whoever edits this: the comments are meant to stay.
accessLogFile: /dev/stdout   # fluent-bit reads it
defaultConfig:
    holdApplicationUntilProxyStarts: true   # indented by four, on purpose
extensionProviders:
- name: "otel"
  opentelemetry: {service: otel-collector.observability.svc.cluster.local, port: 4317}

trustDomain: 'cluster.local'
# the end
"""
MESH_NETWORKS = "networks: {}  # nobody's business here"
LOGS_W3C = {"proxy": {"accessLog": {"traceHeaders": ["W3C"]}}}
W3C = "traceparent=%REQ(TRACEPARENT)%"  # what is in the mesh's text, or in a provider, for it
SETTLES_S = 30  # tenths of a second in fact; a loaded machine is given time


def prepare(plane):
    """CRDs of ours and Istio's, rights, and the mesh's ConfigMap."""
    manifests.apply_foundation(plane.kubectl)
    istio_files.apply_crds(plane.kubectl)
    manifests.apply_mesh_rights(plane.kubectl)
    if Api(plane).find(config_maps(ROOT, "istio")) is None:
        Api(plane).create(config_maps(ROOT), mesh_config(MESH_TEXT))


def mesh_config(text, name="istio"):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": ROOT},
            "data": {"mesh": text, "meshNetworks": MESH_NETWORKS}}


@contextlib.contextmanager
def controller(server=None, name=MANAGER, plane=None, **flags):
    """A running controller, ended with the context; certificates are the business of tests of their own."""
    if plane is None:
        plane = cluster()
        prepare(plane)
    running = Controller(plane, server, name, **({"manage_certificates": False} | flags))
    try:
        yield running.until_ready()
    finally:
        running.process.stop()
        plane.processes.remove(running.process)


class MeshMixin:
    """What tests ask of `self.api`; policies are those of `self.namespace` where no other is named."""

    # Policies.

    def apply(self, name, namespace=None, **spec):
        """Puts it there as it is written here, fields that are not named here away."""
        namespace = namespace or self.namespace
        self.api.apply(policies(namespace, name), policy(name, namespace, **spec))

    def stored(self, name, namespace=None):
        return self.api.get(policies(namespace or self.namespace, name))

    def condition(self, kind, name, namespace=None):
        """The condition for the policy as it is now; None while its status is about an older one."""
        stored = self.stored(name, namespace)
        status = stored.get("status", {})
        if status.get("observedGeneration") != stored["metadata"]["generation"]:
            return None
        return next((each for each in status.get("conditions", []) if each["type"] == kind), None)

    def until_condition(self, kind, status, name, namespace=None, reason=None, seconds=SETTLES_S):
        """Returns the condition once it has this status (and reason)."""
        def so():
            found = self.condition(kind, name, namespace)
            if found and found["status"] == status and reason in (None, found["reason"]):
                return found
            raise AssertionError(self.stored(name, namespace).get("status"))
        return eventually(so, f"{kind}={status} {reason or ''} of {namespace or self.namespace}/{name}", seconds)

    def until_programmed(self, name, namespace=None, seconds=SETTLES_S):
        return self.until_condition("Programmed", "True", name, namespace, seconds=seconds)

    def targets(self, name, namespace=None):
        """State by kind, name and field."""
        return {(each["kind"], each["name"], each["field"]): each["state"]
                for each in self.stored(name, namespace).get("status", {}).get("targets", [])}

    def delete(self, name, namespace=None):
        """Returns when it is gone, with its finalizer."""
        path = policies(namespace or self.namespace, name)
        if self.api.find(path):
            self.api.delete(path)
        eventually(lambda: self.api.find(path) is None, f"{path} is gone", SETTLES_S)

    # The mesh's ConfigMap.

    def mesh(self, name="istio"):
        return self.api.get(config_maps(ROOT, name))

    def mesh_text(self, name="istio"):
        return self.mesh(name)["data"]["mesh"]

    def set_mesh(self, text, name="istio", manager="tests"):
        """As an administrator does: whole, and over whatever stands there."""
        return self.api.merge(config_maps(ROOT, name), {"data": {"mesh": text}}, manager)

    def until_text(self, check, what, name="istio", seconds=SETTLES_S):
        def so():
            text = self.mesh_text(name)
            if check(text):
                return text
            raise AssertionError(text)
        return eventually(so, what, seconds)

    # The objects that are ours.

    def envoy_filters(self, namespace=None):
        return _ours(self.api.items(envoy_filters(namespace or self.namespace)))

    def telemetries(self, namespace=None):
        return _ours(self.api.items(telemetries(namespace or self.namespace)))


class ControllerTestCase(MeshMixin, ClusterTestCase):
    """Every test begins with a mesh whose text is MESH_TEXT and ends with no policy left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.api = Api(cls.plane)

    def setUp(self):
        self._applied = []
        self.addCleanup(self._delete_applied)
        self.set_mesh(MESH_TEXT)

    def apply(self, name, namespace=None, **spec):
        super().apply(name, namespace, **spec)
        if (namespace, name) not in self._applied:
            self._applied.append((namespace, name))

    def _delete_applied(self):
        for namespace, name in reversed(self._applied):
            self.delete(name, namespace)


def _ours(items):
    return {item["metadata"]["name"]: item for item in items
            if item["metadata"].get("labels", {}).get("app.kubernetes.io/managed-by") == MANAGER}
