"""`make cluster`: the cluster for trying things by hand, used as its own words say."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from harness import parts
from harness.kubectl import Kubectl
from harness.pods import mark, values
from harness.waiting import eventually

RUN = Path(__file__).with_name("run.py")
STARTS_S = 120
ENDS_S = 60


class TheClusterForTryingThings(unittest.TestCase):
    def start(self, **environment):
        log = tempfile.NamedTemporaryFile(mode="w+", prefix="meshtrace-run-")
        self.addCleanup(log.close)
        started = subprocess.Popen([sys.executable, RUN], stdout=log, stderr=log, text=True,
                                   env={**os.environ, **environment})
        self.addCleanup(started.wait, ENDS_S)
        self.addCleanup(lambda: started.poll() is None and started.send_signal(signal.SIGINT))
        return started, lambda: Path(log.name).read_text()

    def exported(self, printed, variable):
        return re.search(rf"^export {variable}=(\S+)$", printed, re.MULTILINE).group(1)

    def test_does_what_it_says_and_ends_without_a_trace(self):
        started, printed = self.start()
        eventually(lambda: "Ctrl-C" in printed() or started.poll() is not None, "it says what to try", STARTS_S)
        self.assertIsNone(started.poll(), printed())
        kubeconfig = self.exported(printed(), "KUBECONFIG")
        folder = Path(kubeconfig).parent
        kubectl = Kubectl(parts.folder_of(*parts.CONTROL_PLANE) / "kubectl", kubeconfig)
        path = os.pathsep.join([self.exported(printed(), "PATH").removesuffix(":$PATH"), os.environ["PATH"]])

        shell = {**os.environ, "KUBECONFIG": kubeconfig, "PATH": path, "HOME": str(folder)}
        tried = subprocess.run(["bash", "-e"], input=self.commands(printed()), capture_output=True, text=True,
                               env=shell)
        self.assertEqual(tried.returncode, 0, tried.stderr)
        kubectl("rollout", "status", "deployment/web", "--timeout=30s")
        stored, = kubectl.items("pods")
        self.assertEqual(stored["status"]["phase"], "Running")
        self.assertTrue(mark(stored))
        self.assertEqual(values(stored, "nginx")["OTEL_SERVICE_NAME"], "web")

        children = self.children_of(started.pid)
        self.assertGreaterEqual(len(children), 5)
        started.send_signal(signal.SIGINT)
        self.assertEqual(started.wait(ENDS_S), 0, printed())
        self.assertEqual([pid for pid in children if Path(f"/proc/{pid}").exists()], [])
        self.assertFalse(folder.exists())

    def test_says_in_one_sentence_what_is_missing(self):
        with tempfile.TemporaryDirectory() as empty:
            (Path(empty) / "cache").write_text("a file where a folder would have to be")
            started, printed = self.start(MESHTRACE_CACHE=f"{empty}/cache")
            self.assertEqual(started.wait(ENDS_S), 1)
        self.assertNotIn("Traceback", printed())
        self.assertIn("make cluster: etcd, kube-apiserver, kubectl", printed())

    def commands(self, printed):
        """What the reader is told to type, from the first command to the last."""
        return printed[printed.index("kubectl apply"):printed.index("Logs:")]

    def children_of(self, pid):
        return [process.name for process in Path("/proc").glob("[0-9]*") if parent_of(process) == pid]


def parent_of(process):
    try:
        # After the name, which stands in parentheses and may hold spaces, come the state and the parent.
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None  # it has ended meanwhile


if __name__ == "__main__":
    unittest.main()
