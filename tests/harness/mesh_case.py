"""Test cases in the real mesh: TracingPolicies go in as a user's, our controller does its work, and Envoy is asked."""
import functools
import itertools
import json

from . import manifests, traffic
from .controller import Controller
from .envoy import VERSIONS
from .istiod import NAMESPACE
from .mesh import mesh
from .policy import policy
from .shared import ClusterTestCase, cluster
from .waiting import eventually

SETTLES_S = 30  # seconds in fact: three programs, two watches and a debounce between a policy and its proxies
ROOT_NAMESPACE = NAMESPACE
GATEWAYS = "gateways"

SHOWN_CHARACTERS = 500  # of a configuration that is not as it should be

_marks = itertools.count(1)


@functools.lru_cache(maxsize=None)
def controller():
    """The one controller of the test process, with the rights of its manifests alone."""
    mesh()
    manifests.apply_foundation(cluster().kubectl)
    manifests.apply_mesh_rights(cluster().kubectl)
    return Controller(cluster()).until_ready()


@functools.lru_cache(maxsize=None)
def gateways():
    """A gateway of each Envoy version, by version, straight before the application; started together."""
    mesh().kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": GATEWAYS}})
    started = {version: mesh().gateway(GATEWAYS, f"gateway-{version.replace('.', '-')}", version=version)
               for version in VERSIONS}
    for proxy in started.values():
        proxy.until_serving()
    return started


def has_rules(manager):
    """Whether a connection manager has header rules that run before tracing."""
    return bool(manager.get("early_header_mutation_extensions"))


class MeshTestCase(ClusterTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mesh = mesh()
        cls.controller = controller()

    @classmethod
    def sidecar(cls, name, namespace=None, **settings):
        """A sidecar in the class's namespace until the class ends; until_serving() when all are started."""
        return cls._until_the_end(cls.mesh.sidecar(namespace or cls.namespace, name, **settings))

    @classmethod
    def gateway(cls, name, **settings):
        return cls._until_the_end(cls.mesh.gateway(cls.namespace, name, **settings))

    @classmethod
    def _until_the_end(cls, proxy):
        cls.addClassCleanup(cls.mesh.remove, proxy)
        return proxy

    def apply_policy(self, name, namespace=ROOT_NAMESPACE, **spec):
        """In force until the test ends or deletes it."""
        self.kubectl.apply(policy(name, namespace, **spec))
        self.addCleanup(self.delete_policy, name, namespace)

    def delete_policy(self, name, namespace=ROOT_NAMESPACE):
        """Returns when the policy is gone, and with it what was written for it."""
        self.kubectl.delete("tracingpolicy", name, "-n", namespace)

    def condition(self, kind, name, namespace=ROOT_NAMESPACE):
        """A condition of the policy as it stands, of its newest generation; {} while there is none."""
        stored = self.kubectl.get("tracingpolicy", name, "-n", namespace)
        for condition in stored.get("status", {}).get("conditions", []):
            if condition["type"] == kind and condition["observedGeneration"] == stored["metadata"]["generation"]:
                return condition
        return {}

    def until_programmed(self, name, namespace=ROOT_NAMESPACE, reason="Programmed"):
        """The condition Programmed, when it has that reason."""
        def programmed():
            seen = self.condition("Programmed", name, namespace)
            assert seen.get("reason") == reason, seen
            return seen
        return eventually(programmed, f"{namespace}/{name} is {reason}", SETTLES_S)

    def enforce(self, name, namespace=ROOT_NAMESPACE, **spec):
        """Applies the policy and waits until it is programmed, and every proxy has taken its configuration."""
        self.apply_policy(name, namespace, **spec)
        self.until_programmed(name, namespace)
        self.until_settled()

    def until_settled(self):
        eventually(self.mesh.settled, "every proxy serves by the configuration that it was sent", SETTLES_S)

    def until_all(self, proxies, check, what):
        """Waits until check(manager) holds for every HTTP connection manager of these proxies, and is in force."""
        def hold():
            for proxy in proxies:
                for manager in proxy.connection_managers():
                    assert check(manager), f"{proxy.name}: {json.dumps(manager)[:SHOWN_CHARACTERS]}"
            return True
        self.until(hold, what)
        self.until_settled()

    def until(self, check, what):
        return eventually(check, what, SETTLES_S)

    def log_line(self, proxy, headers=(), version="1.1"):
        """What the proxy logs for one request with these headers; the application must have received it."""
        mark = f"mark-{next(_marks)}-"
        reply, = traffic.send([traffic.request(proxy.url + mark, headers, version)])
        self.assertEqual(reply.get("status"), 200, reply)
        line, = self.until(lambda: proxy.log_lines(mark), f"{proxy.name} logs the request")
        return line
