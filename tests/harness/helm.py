"""Helm 4, as an administrator of one cluster uses it."""
import os
import subprocess

from . import parts
from .istio_files import charts

ISTIOD = ("istio-control", "istio-discovery")  # the chart's folder among Istio's
TIMEOUT_S = 120


class HelmFailed(AssertionError):
    """helm ended with another status than 0; the message is its standard error."""


class Helm:
    def __init__(self, plane):
        self._program = parts.folder_of("helm") / "helm"
        self._environment = {"HOME": str(plane.folder), "PATH": os.environ["PATH"],
                             "KUBECONFIG": str(plane.kubectl.kubeconfig)}

    def __call__(self, *arguments, stdin=""):
        done = subprocess.run([self._program, *map(str, arguments)], input=stdin, capture_output=True, text=True,
                              timeout=TIMEOUT_S, env=self._environment)
        if done.returncode != 0:
            raise HelmFailed(f"helm {' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return done.stdout

    def install(self, release, *chart, namespace, values=""):
        return self("install", release, charts().joinpath(*chart), "-n", namespace, "--create-namespace", "-f", "-",
                    stdin=values)

    def upgrade(self, release, *chart, namespace, values=""):
        """Keeps the values of before, as most do, and adds these."""
        return self("upgrade", release, charts().joinpath(*chart), "-n", namespace, "--reuse-values", "-f", "-",
                    stdin=values)
