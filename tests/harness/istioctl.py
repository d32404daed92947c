"""istioctl without a cluster: what Istio's own tools say of files."""
import os
import subprocess
import tempfile

from . import parts

TIMEOUT_S = 120


def run(*arguments, stdin=""):
    """The finished process. It reads no kubeconfig, and its folder for plugins and caches goes away with it."""
    program = parts.folder_of("istioctl") / "istioctl"
    with tempfile.TemporaryDirectory(prefix="meshtrace-istioctl-") as home:
        environment = {"HOME": home, "PATH": os.environ["PATH"], "KUBECONFIG": os.devnull}
        return subprocess.run([program, *map(str, arguments)], input=stdin, capture_output=True, text=True,
                              timeout=TIMEOUT_S, env=environment, check=False)
