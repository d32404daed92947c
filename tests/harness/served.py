"""What our two served programs have in common: started with the flags of their Deployment, asked for health and
metrics over TLS, stopped."""
from . import manifests, parts
from .http import answers, metrics


class Served:
    """One replica of `program` with the rights of its service account, named `name` among the plane's processes.
    `flags` go over the Deployment's own, so that a test fails where the program does not know one of those."""

    def __init__(self, plane, program, account, port, trust, flags, name):
        self.url = f"https://127.0.0.1:{port}"
        self._trust = trust
        arguments = manifests.arguments(plane.kubectl, program) | {
            "--bind-address": "127.0.0.1", "--secure-port": port, "--kubeconfig": account.kubeconfig} | flags
        self.process = plane.add(name, [
            parts.our(program), *(f"{flag}={value}" for flag, value in arguments.items())])

    def until_ready(self):
        self.process.until(self.ready, f"{self.process.name} is ready")
        return self

    def ready(self):
        return answers(f"{self.url}/readyz", self._trust)

    def alive(self):
        return answers(f"{self.url}/healthz", self._trust)

    def metrics(self):
        """Prometheus samples by their text up to the value."""
        return metrics(f"{self.url}/metrics", self._trust)

    def stop(self):
        """Ends it gracefully; returns the exit status."""
        return self.process.stop()
