"""The one cluster of a test process: started when the first test asks for it, ended with the process."""
import atexit
import contextlib
import functools
import itertools
import signal
import sys
import unittest

from .control_plane import ControlPlane
from .waiting import eventually

LOG_LINES = 12  # of each program, after a failed test

_numbers = itertools.count(1)
_until_exit = contextlib.ExitStack()
atexit.register(_until_exit.close)


@functools.lru_cache(maxsize=None)
def cluster():
    """A control plane with controllers; namespaces, and what tests leave in them, are never cleaned up."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what is to run at exit does run
    plane = _until_exit.enter_context(ControlPlane())
    plane.start_controllers()
    return plane


class ClusterTestCase(unittest.TestCase):
    """Gives each test class a namespace of its own, in which pods can be created at once."""

    maxDiff = None
    namespace_labels = {}

    def run(self, result=None):
        """Where a test fails, what the programs said last is shown with it."""
        failed = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > failed:
            print(f"\n=== {self.id()} failed", file=sys.stderr)
            for process in self.plane.processes:
                print(f"--- the end of {process.log.name}\n{process.tail(LOG_LINES)}", file=sys.stderr)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plane = cls.control_plane()
        cls.kubectl = cls.plane.kubectl
        cls.namespace = cls.new_namespace(cls.namespace_labels)

    @classmethod
    def control_plane(cls):
        """The shared one; a class whose tests need an untouched cluster makes its own."""
        return cluster()

    @classmethod
    def new_namespace(cls, labels=None):
        name = f"test-{next(_numbers)}"
        metadata = {"name": name, "labels": labels or {}}
        cls.kubectl.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        eventually(lambda: cls.kubectl.run("get", "serviceaccount", "default", "-n", name).returncode == 0,
                   f"service account default of {name}")
        return name
