"""Our webhook as its manifests run it, with the rights of their service account, on a port of 127.0.0.1."""
from . import manifests
from .http import trusting, trusting_anybody
from .process import free_port
from .served import Served

DEPLOYMENT = "meshtrace-webhook"


class Webhook(Served):
    """Reads policies from the API server at `server` (default: the control plane's own address), its certificate from
    the folder `mounted` (default: one that is issued for it and stays)."""

    def __init__(self, plane, server=None, name=DEPLOYMENT, mounted=None):
        self._plane = plane
        self.port = free_port()
        certificate, key = (mounted / "tls.crt", mounted / "tls.key") if mounted else plane.authority.issue(name)
        account = plane.as_service_account(manifests.NAMESPACE, manifests.ACCOUNT, server)
        trust = trusting_anybody() if mounted else trusting(plane.authority.certificate)
        super().__init__(plane, DEPLOYMENT, account, self.port, trust,
                         {"--tls-cert-file": certificate, "--tls-private-key-file": key, "--drain-delay": 0}, name)

    def register(self):
        self._plane.kubectl.apply(
            manifests.registrations(self._plane.kubectl, self.url, self._plane.authority.certificate))
        return self

    def unregister(self):
        for kind in manifests.WEBHOOK_KINDS:
            self._plane.kubectl.delete(kind, "meshtrace-webhook")
