"""Our webhook with policies from files: for measuring how their number matters."""
from harness import parts
from harness.http import answers, trusting
from harness.process import free_port

from .review import FOLDER

PATH = "/mutate?timeout=3s"  # as the API server calls it
POLICIES_PER_FILE = 1000  # some 600 KB; the webhook takes files of 1 MiB


def write_policies(folder, others):
    """policy.yaml, and `others` of the same content in as many other namespaces."""
    folder.mkdir()
    policy = (FOLDER / "policy.yaml").read_text()
    (folder / "shop.yaml").write_text(policy)
    for first in range(0, others, POLICIES_PER_FILE):
        names = (f"team-{number}" for number in range(first, min(first + POLICIES_PER_FILE, others)))
        texts = (policy.replace("namespace: shop", f"namespace: {name}") for name in names)
        (folder / f"others-{first}.yaml").write_text("---\n".join(texts))
    return folder


class FileWebhook:
    def __init__(self, plane, others):
        name = f"webhook-{others}"
        certificate, key = plane.authority.issue(name)
        port = free_port()
        self._ready_url = f"https://127.0.0.1:{port}/readyz"
        self._trust = trusting(plane.authority.certificate)
        self.url = f"https://127.0.0.1:{port}{PATH}"
        self.process = plane.add(name, [
            parts.our("meshtrace-webhook"), "--bind-address=127.0.0.1", f"--secure-port={port}",
            f"--tls-cert-file={certificate}", f"--tls-private-key-file={key}",
            f"--policy-dir={write_policies(plane.folder / f'{name}-policies', others)}", "--drain-delay=0"])

    def until_ready(self):
        self.process.until(lambda: answers(self._ready_url, self._trust), "the webhook has read its policies")
        return self
