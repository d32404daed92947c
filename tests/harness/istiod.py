"""istiod without a kubelet: its program on ports of 127.0.0.1, and the Pod object by which it is found.

Certificates are off (PILOT_CERT_PROVIDER=none): proxies and istiod speak clear text.
"""
from . import parts
from .http import answers, metrics, request
from .kubectl import to_json
from .process import free_port

NAMESPACE = "istio-system"
VERSION = "1.31.1"
PODS_IP = "127.0.0.1"
LABELS = {"app": "istiod", "istio": "pilot"}
# What istiod's pod gives it by the downward API, and what it is told to do without.
ENVIRONMENT = {
    "POD_NAMESPACE": NAMESPACE, "POD_NAME": "istiod-0", "CLUSTER_ID": "Kubernetes", "PILOT_CERT_PROVIDER": "none",
    "ENABLE_CA_SERVER": "false", "PILOT_ENABLE_ALPN_FILTER": "false", "PILOT_ENABLE_METADATA_EXCHANGE": "false",
    # It waits for more changes before it tells the proxies: by default 100 ms after each, which tests would feel.
    "PILOT_DEBOUNCE_AFTER": "10ms",
}


def pod(monitoring_port, image=f"docker.io/istio/pilot:{VERSION}"):
    """istiod's Pod as its Deployment makes it, as far as anybody looks at it from outside."""
    annotations = {"prometheus.io/port": str(monitoring_port), "prometheus.io/scrape": "true"}
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "istiod-0", "namespace": NAMESPACE, "labels": LABELS, "annotations": annotations},
            "spec": {"containers": [{"name": "discovery", "image": image}]}}


def set_running(kubectl, namespace, name, ip):
    """What a kubelet would report of a pod."""
    status = {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}],
              "conditions": [{"type": "Ready", "status": "True"}]}
    kubectl("patch", "pod", name, "-n", namespace, "--subresource=status", "--type=merge", "-p",
            to_json({"status": status}))


class Istiod:
    """`plane` is the control plane; Istio's CRDs and istio-system with its ConfigMap istio are there already."""

    def __init__(self, plane):
        self._plane = plane
        self.http_port, self.xds_port, self.monitoring_port = free_port(), free_port(), free_port()
        self._http = f"http://127.0.0.1:{self.http_port}"
        self.process = plane.add("istiod", [
            parts.folder_of("pilot-discovery") / "pilot-discovery", "discovery",
            f"--kubeconfig={plane.kubectl.kubeconfig}", f"--httpAddr=127.0.0.1:{self.http_port}",
            f"--grpcAddr=127.0.0.1:{self.xds_port}", f"--monitoringAddr=127.0.0.1:{self.monitoring_port}",
            f"--httpsAddr=127.0.0.1:{free_port()}", "--secureGRPCAddr="], ENVIRONMENT)
        plane.kubectl.create(pod(self.monitoring_port))
        set_running(plane.kubectl, NAMESPACE, "istiod-0", PODS_IP)

    def until_ready(self):
        self.process.until(lambda: answers(f"{self._http}/ready"), "istiod is ready")
        return self

    def metrics(self):
        return metrics(f"http://127.0.0.1:{self.monitoring_port}/metrics")

    def rejects(self):
        """How many configurations proxies have refused since istiod started."""
        return sum(value for name, value in self.metrics().items() if name.startswith("pilot_total_xds_rejects"))

    def debug(self, page):
        """A page of istiod's debug endpoint as text."""
        status, text = request(f"{self._http}/debug/{page}")
        assert status == 200, f"{page}: status {status}: {text}"
        return text
