"""kubectl as a function: one user of one cluster."""
import json
import os
import subprocess
from pathlib import Path

KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters:
- name: meshtrace
  cluster:
    server: {server}
    certificate-authority: {authority}
users:
- name: user
  user:
    token: {token}
contexts:
- name: meshtrace
  context:
    cluster: meshtrace
    user: user
current-context: meshtrace
"""
TIMEOUT_S = 60


def write_kubeconfig(path, server, authority, token):
    path = Path(path)
    path.touch(mode=0o600)
    path.write_text(KUBECONFIG.format(server=server, authority=authority, token=token))
    return path


class KubectlFailed(AssertionError):
    """kubectl ended with another status than 0; the message is its standard error."""


class Kubectl:
    """kubectl("get", "pods") gives standard output and raises KubectlFailed; run() gives everything."""

    def __init__(self, program, kubeconfig):
        self.kubeconfig = Path(kubeconfig)
        self._program = program
        # Discovery is cached on disk: beside the kubeconfig, so that clusters on the same port do not mix.
        self._environment = {"KUBECONFIG": str(kubeconfig), "KUBECACHEDIR": str(kubeconfig) + ".cache",
                             "HOME": str(self.kubeconfig.parent), "PATH": os.environ["PATH"]}

    def run(self, *arguments, stdin=None):
        if isinstance(stdin, (dict, list)):
            stdin = to_json(stdin)
        return subprocess.run([self._program, *map(str, arguments)], input=stdin or "", capture_output=True, text=True,
                              timeout=TIMEOUT_S, env=self._environment)

    def __call__(self, *arguments, stdin=None):
        done = self.run(*arguments, stdin=stdin)
        if done.returncode != 0:
            raise KubectlFailed(f"kubectl {' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return done.stdout

    def shell(self, command):
        """Does what somebody would paste into a shell, as this user."""
        path = f"{Path(self._program).parent}:{self._environment['PATH']}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
                              env={**self._environment, "PATH": path})
        if done.returncode != 0:
            raise KubectlFailed(f"{command}: {done.stderr.strip()}")

    def get(self, *arguments):
        return json.loads(self("get", *arguments, "-o", "json"))

    def items(self, *arguments):
        return self.get(*arguments)["items"]

    def create(self, objects, *arguments):
        """Creates one object or a list of them, and returns what the API server stored (the last one)."""
        return _last_object(self("create", "-f", "-", "-o", "json", *arguments, stdin=objects))

    def apply(self, objects, *arguments):
        return self("apply", "-f", "-", *arguments, stdin=objects)

    def delete(self, *arguments):
        self("delete", *arguments, "--ignore-not-found", "--wait=true")


def to_json(objects):
    if isinstance(objects, list):
        objects = {"apiVersion": "v1", "kind": "List", "items": objects}
    return json.dumps(objects)


def _last_object(text):
    decoded = json.loads(text)
    return decoded["items"][-1] if decoded.get("kind") == "List" else decoded
