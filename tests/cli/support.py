"""What every test of the command needs: the built program, run as its user runs it."""

import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("MESHTRACE_BIN", ROOT / "build" / "bin")) / "kubectl-meshtrace"

POLICY = """\
apiVersion: meshtrace.io/v1alpha1
kind: TracingPolicy
metadata: {name: mesh-default, namespace: istio-system}
spec:
  sampling: {owner: SDK, percentage: 10}
  workload:
    propagators: [tracecontext, baggage]
"""

POD = """\
# a pod of ours
apiVersion: v1
kind: Pod
metadata:
  name: web   # its name
spec:
  containers:
  - name: app
    image: shop/web:1
"""


class CommandTest(unittest.TestCase):
    """A folder of its own for each test, and the program run in it."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.write("policy.yaml", POLICY)
        self.write("pod.yaml", POD)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def run_command(self, *arguments, stdin=b"", env=None):
        """The finished process; its out and err as bytes."""
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", **(env or {})}
        return subprocess.run([str(BIN), *map(str, arguments)], input=stdin, capture_output=True, cwd=self.folder,
                              env=environment, timeout=60, check=False)

    def succeed(self, *arguments, **options):
        process = self.run_command(*arguments, **options)
        self.assertEqual(process.returncode, 0, process.stderr.decode())
        return process

    def refuse(self, *arguments, status=2, **options):
        """The message of a run that must fail without printing anything on standard output."""
        process = self.run_command(*arguments, **options)
        message = process.stderr.decode()
        self.assertEqual(process.returncode, status, message)
        self.assertEqual(process.stdout, b"")
        self.assertNotIn("internal error", message)
        return message

    def inject(self, *files, policy="policy.yaml", extra=(), **options):
        arguments = ["inject"]
        for file in files:
            arguments += ["-f", file]
        return self.succeed(*arguments, "--policy", policy, *extra, **options)
