"""Our webhook as its manifests run it, with the rights of their service account, on a port of 127.0.0.1."""
from . import manifests, parts
from .http import answers, metrics, trusting, trusting_anybody
from .process import free_port


class Webhook:
    """Reads policies from the API server at `server` (default: the control plane's own address), its certificate from
    the folder `mounted` (default: one that is issued for it and stays)."""

    def __init__(self, plane, server=None, name="meshtrace-webhook", mounted=None):
        self._plane = plane
        self._trust = trusting_anybody() if mounted else trusting(plane.authority.certificate)
        account = plane.as_service_account(manifests.NAMESPACE, manifests.ACCOUNT, server)
        port = free_port()
        self.port = port
        self.url = f"https://127.0.0.1:{port}"
        certificate, key = (mounted / "tls.crt", mounted / "tls.key") if mounted else plane.authority.issue(name)
        # The Deployment's own flags, so that a test fails where the program does not know them.
        flags = manifests.arguments(plane.kubectl, "meshtrace-webhook") | {
            "--bind-address": "127.0.0.1", "--secure-port": port, "--tls-cert-file": certificate,
            "--tls-private-key-file": key, "--kubeconfig": account.kubeconfig, "--drain-delay": 0}
        self.process = plane.add(name, [
            parts.our("meshtrace-webhook"), *(f"{flag}={value}" for flag, value in flags.items())])

    def until_ready(self):
        self.process.until(self.ready, "the webhook is ready")
        return self

    def ready(self):
        return answers(f"{self.url}/readyz", self._trust)

    def alive(self):
        return answers(f"{self.url}/healthz", self._trust)

    def metrics(self):
        """Prometheus samples by their text up to the value."""
        return metrics(f"{self.url}/metrics", self._trust)

    def register(self):
        self._plane.kubectl.apply(
            manifests.registrations(self._plane.kubectl, self.url, self._plane.authority.certificate))
        return self

    def unregister(self):
        for kind in manifests.WEBHOOK_KINDS:
            self._plane.kubectl.delete(kind, "meshtrace-webhook")

    def stop(self):
        return self.process.stop()
