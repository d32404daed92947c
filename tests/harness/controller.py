"""Our controller as its manifests run it, with the rights of its service account, on a port of 127.0.0.1."""
import signal

from . import manifests
from .http import trusting_anybody
from .process import free_port
from .served import Served

DEPLOYMENT = "meshtrace-controller"


def flag(name):
    """leader_elect_lease_duration: --leader-elect-lease-duration."""
    return "--" + name.replace("_", "-")


class Controller(Served):
    """One replica. `server` is where it finds the API server (default: the control plane's own address); further flags
    by their names with underscores: Controller(plane, dry_run=True, resync_period="1s")."""

    def __init__(self, plane, server=None, name=DEPLOYMENT, **flags):
        self.name = name
        account = plane.as_service_account(manifests.NAMESPACE, manifests.CONTROLLER_ACCOUNT, server)
        super().__init__(plane, DEPLOYMENT, account, free_port(), trusting_anybody(),
                         {flag(key): _text(value) for key, value in flags.items()}, name)

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
