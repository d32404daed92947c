"""A small real mesh on loopback addresses: API server, istiod, an application, and Envoys as sidecars and gateways.

Started when the first test asks for it, once for a test process. Namespaces of tests are their own; what a test changes
for the whole mesh it takes back itself.
"""
import functools
import itertools
import json

from . import istio_files, manifests
from .envoy import Envoy
from .http import answers
from .istiod import NAMESPACE, VERSION, Istiod, set_running
from .pods import container, pod
from .process import free_port
from .shared import cluster
from .traffic import Application

ISTIO = "networking.istio.io/v1"
OF_A_PROXY = "pod,sidecar,gateway,virtualservice,serviceentry"  # what each of them may have
PROXY_IMAGE = f"docker.io/istio/proxyv2:{VERSION}"
TRACING_PROVIDER = "otel"
COLLECTOR = "otel-collector.observability.svc.cluster.local"
COLLECTOR_PORT = free_port()  # sidecars of this mode open a listener for it; they share it among themselves
# As people write it: with comments, quotes, and more than one style.
MESH_TEXT = f"""\
# The shop's mesh. Whoever edits this: the comments are meant to stay.
accessLogFile: /dev/stdout   # fluent-bit reads it
defaultConfig:
    # indented by four, on purpose
    holdApplicationUntilProxyStarts: true
enableAutoMtls: false  # there are no certificates here
extensionProviders:
- name: "{TRACING_PROVIDER}"   # the collector of the platform team
  opentelemetry: {{service: {COLLECTOR}, port: {COLLECTOR_PORT}}}

rootNamespace: {NAMESPACE}
trustDomain: 'cluster.local'
# the end
"""

_addresses = (f"10.1.{number // 250}.{number % 250 + 1}" for number in itertools.count())


class Proxy(Envoy):
    """An Envoy with a listener `port` that leads to the application."""

    port = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def until_serving(self):
        self.until_ready()
        self.process.until(lambda: answers(self.url), f"{self.name} serves")
        return self


class Mesh:
    def __init__(self, plane):
        self.plane = plane
        self.kubectl = plane.kubectl
        istio_files.apply_crds(self.kubectl)
        manifests.apply_mesh_rights(self.kubectl)
        self.kubectl.apply([_namespace("observability"), _collector(), _clear_text(), _mesh_config(MESH_TEXT)])
        self.istiod = Istiod(plane).until_ready()
        self.application = Application(plane)
        self._proxies = []

    def text(self):
        """The mesh's configuration text as it is now."""
        return self.kubectl.get("configmap", "istio", "-n", NAMESPACE)["data"]["mesh"]

    def set_text(self, text):
        self.kubectl.apply(_mesh_config(text), "--server-side", "--force-conflicts", "--field-manager=tests")

    def sidecar(self, namespace, name, labels=None, **settings):
        """A sidecar whose inbound listener leads to the application."""
        labels = {"app": name} | (labels or {})
        port = free_port()
        self.kubectl.apply(_sidecar(namespace, name, port, self.application.port))
        return self._proxy("sidecar", namespace, name, labels, port, settings)

    def gateway(self, namespace, name, behind=None, **settings):
        """A gateway that leads to the proxy `behind` it (default: straight to the application)."""
        labels = {"istio": name}
        port = free_port()
        self.kubectl.apply(_gateway(namespace, name, port, behind.port if behind else self.application.port))
        return self._proxy("router", namespace, name, labels, port, settings)

    def _proxy(self, role, namespace, name, labels, port, settings):
        address = next(_addresses)
        self.kubectl.create(pod(name, container("istio-proxy", image=PROXY_IMAGE), labels=labels), "-n", namespace)
        set_running(self.kubectl, namespace, name, address)
        proxy = Proxy(self.plane, self.istiod, role, namespace, name, address, labels, **settings)
        proxy.port = port
        self._proxies.append(proxy)
        return proxy

    def remove(self, proxy):
        proxy.stop()
        self._proxies.remove(proxy)
        self.plane.processes.remove(proxy.process)
        self.kubectl.delete(OF_A_PROXY, proxy.name, "-n", proxy.namespace, "--force")

    def settled(self):
        """Whether every proxy has acknowledged what istiod sent it last, and serves all connections by it."""
        sent = json.loads(self.istiod.debug("syncz"))
        return all(map(_acknowledged, sent)) and not any(proxy.draining() for proxy in self._proxies)


@functools.lru_cache(maxsize=None)
def mesh():
    return Mesh(cluster())


def _acknowledged(proxy):
    return all(proxy.get(name.replace("_sent", "_acked")) == version
               for name, version in proxy.items() if name.endswith("_sent"))


def _namespace(name):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _collector():
    """A Service that nobody stands behind: it makes the proxies' tracers run; their spans go nowhere."""
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "otel-collector", "namespace": "observability"},
            "spec": {"ports": [{"name": "grpc-otlp", "port": COLLECTOR_PORT}]}}


def _clear_text():
    """Without it every inbound listener waits for a certificate."""
    return {"apiVersion": "security.istio.io/v1", "kind": "PeerAuthentication",
            "metadata": {"name": "default", "namespace": NAMESPACE}, "spec": {"mtls": {"mode": "DISABLE"}}}


def _mesh_config(text):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio", "namespace": NAMESPACE},
            "data": {"mesh": text}}


def _istio(kind, namespace, name, **spec):
    return {"apiVersion": ISTIO, "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def _sidecar(namespace, name, port, application):
    ingress = {"port": {"number": port, "protocol": "HTTP", "name": "http"}, "bind": "127.0.0.1", "captureMode": "NONE",
               "defaultEndpoint": f"127.0.0.1:{application}"}
    # One outbound listener, to the collector: without it the sidecar would not know the collector's cluster.
    egress = {"port": {"number": COLLECTOR_PORT, "protocol": "GRPC", "name": "grpc"}, "bind": "127.0.0.1",
              "captureMode": "NONE", "hosts": [f"observability/{COLLECTOR}"]}
    return [_istio("Sidecar", namespace, name, workloadSelector={"labels": {"app": name}}, ingress=[ingress],
                   egress=[egress])]


def _gateway(namespace, name, port, target):
    host = f"behind-{name}.{namespace}.test"
    server = {"port": {"number": port, "protocol": "HTTP", "name": "http"}, "bind": "127.0.0.1", "hosts": ["*"]}
    route = {"destination": {"host": host, "port": {"number": 80}}}
    entry = {"hosts": [host], "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}], "resolution": "STATIC",
             "location": "MESH_EXTERNAL", "endpoints": [{"address": "127.0.0.1", "ports": {"http": target}}]}
    return [_istio("Gateway", namespace, name, selector={"istio": name}, servers=[server]),
            _istio("ServiceEntry", namespace, name, **entry),
            _istio("VirtualService", namespace, name, hosts=["*"], gateways=[name], http=[{"route": [route]}])]
