"""opentelemetry-operator, the peer: its real webhook, asked for the same work by instrumentation.yaml."""
import json
import os
import shutil
import subprocess
from pathlib import Path

from harness import parts
from harness.process import PartFailed, free_port
from harness.waiting import eventually

from .review import FOLDER, NAMESPACE, check_mutates, review

MODULE = "github.com/open-telemetry/opentelemetry-operator"
TOOLS = parts.REPOSITORY / "tests" / "tools"
PATH = "/mutate-v1-pod"


def module_folder(cache):
    """Where Go has unpacked the operator's sources, which hold its CRDs."""
    script = 'source "$0/go.sh" && cd "$0/peers" && "$(find_go go.mod "$1")" mod download -json "$2"'
    done = subprocess.run(["bash", "-c", script, TOOLS, cache, MODULE], capture_output=True, text=True,
                          env={**os.environ, "GOTOOLCHAIN": "local"})
    if done.returncode != 0:
        raise PartFailed(f"the sources of {MODULE} are not there: {done.stderr.strip()}")
    return Path(json.loads(done.stdout)["Dir"])


class Operator:
    """Runs on the control plane with all rights. Its metrics and probes are on 127.0.0.1; for its webhook server it has
    no such flag."""

    def __init__(self, plane):
        self._plane = plane
        self._folder = plane.folder / "operator"
        program = parts.folder_of("opentelemetry-operator") / "opentelemetry-operator"
        self._prepare(program.parent.parent)
        self.port = free_port()
        self.process = plane.add("opentelemetry-operator", [
            program, f"--webhook-port={self.port}", f"--metrics-addr=127.0.0.1:{free_port()}",
            f"--health-probe-addr=127.0.0.1:{free_port()}", "--ignore-missing-collector-crds",
            "--zap-log-level=error"],
            {"KUBECONFIG": str(plane.kubectl.kubeconfig), "TMPDIR": str(self._folder)})

    def _prepare(self, cache):
        """Its CRD, the Instrumentation, its certificate, and the ReplicaSet that it looks up in every request: without
        that it would retry for seconds."""
        # controller-runtime reads TMPDIR/k8s-webhook-server/serving-certs, and there is no flag for it.
        certificates = self._folder / "k8s-webhook-server" / "serving-certs"
        certificates.mkdir(parents=True)
        certificate, key = self._plane.authority.issue("operator")
        shutil.copy(certificate, certificates / "tls.crt")
        shutil.copy(key, certificates / "tls.key")
        crds = module_folder(cache) / "config" / "crd" / "bases"
        kubectl = self._plane.kubectl
        # Server-side: the annotation of a client-side apply could not hold a schema of that size.
        kubectl("apply", "--server-side", "-f", crds / "opentelemetry.io_instrumentations.yaml")
        # `kubectl wait` fails on a CRD that has no condition yet.
        eventually(lambda: kubectl("apply", "-f", FOLDER / "instrumentation.yaml"), "the Instrumentation is accepted")
        kubectl.create(_replica_set(review()["request"]["object"]))

    def until_ready(self):
        """Ready when it mutates: at first its cache does not know the namespace yet."""
        def mutates():
            try:
                return self.reply_bytes()
            except OSError:
                return False  # does not listen yet
        self.process.until(mutates, "opentelemetry-operator mutates the review")
        return self

    def reply_bytes(self):
        return check_mutates(self.port, PATH, self._plane.authority.certificate)

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}{PATH}"


def _replica_set(pod):
    owner = pod["metadata"]["ownerReferences"][0]
    labels = pod["metadata"]["labels"]
    return {
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": owner["name"], "namespace": NAMESPACE, "labels": labels, "ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "Deployment", "name": labels["app"], "uid": owner["uid"],
             "controller": True}]},
        "spec": {"replicas": 0, "selector": {"matchLabels": labels},
                 "template": {"metadata": {"labels": labels},
                              "spec": {"containers": [{"name": "app", "image": "example.com/app"}]}}}}
