"""Our controller as its manifests run it, with the rights of its service account, on a port of 127.0.0.1."""
import signal

from . import manifests, parts
from .http import answers, metrics, trusting_anybody
from .process import free_port

DEPLOYMENT = "meshtrace-controller"


def flag(name):
    """leader_elect_lease_duration: --leader-elect-lease-duration."""
    return "--" + name.replace("_", "-")


class Controller:
    """One replica. `server` is where it finds the API server (default: the control plane's own address); further flags
    by their names with underscores: Controller(plane, dry_run=True, resync_period="1s")."""

    def __init__(self, plane, server=None, name=DEPLOYMENT, **flags):
        self.name = name
        account = plane.as_service_account(manifests.NAMESPACE, manifests.CONTROLLER_ACCOUNT, server)
        port = free_port()
        self._trust = trusting_anybody()
        self.url = f"https://127.0.0.1:{port}"
        # The Deployment's own flags, so that a test fails where the program does not know them.
        arguments = manifests.arguments(plane.kubectl, DEPLOYMENT) | {
            "--bind-address": "127.0.0.1", "--secure-port": port, "--kubeconfig": account.kubeconfig}
        arguments |= {flag(key): _text(value) for key, value in flags.items()}
        self.process = plane.add(name, [
            parts.our("meshtrace-controller"), *(f"{key}={value}" for key, value in arguments.items())])

    def until_ready(self):
        self.process.until(self.ready, "the controller is ready")
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

    def kill(self):
        self.process.stop(signal.SIGKILL)

    def pause(self):
        """Stops its clock's hands, so to say: it does nothing until resume()."""
        self.process.send(signal.SIGSTOP)

    def resume(self):
        self.process.send(signal.SIGCONT)

    def start(self):
        """Once more, after stop() or kill()."""
        self.process.start()
        return self


def _text(value):
    return str(value).lower() if isinstance(value, bool) else value
