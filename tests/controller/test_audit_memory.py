"""Pods' specs are read and not held: with forty megabytes of them in the cluster the controller is hardly larger."""
import concurrent.futures
import re
import unittest
from pathlib import Path

from harness import audited_kinds
from harness.api import reports
from harness.controlled import ControllerTestCase, controller, prepare
from harness.crowd import CLIENTS
from harness.pods import pod
from harness.shared import cluster
from harness.waiting import eventually

PODS, SPEC_BYTES = 2_000, 20_000
INTERVAL = "2s"
AUDITED_S = 60
FILLER = {"name": "FILLER", "value": "x" * SPEC_BYTES}
# A sampler argument over 1, in the pod that is listed last: what shows that all were read.
BROKEN = [{"name": "OTEL_TRACES_SAMPLER", "value": "traceidratio"}, {"name": "OTEL_TRACES_SAMPLER_ARG", "value": "10"}]

running = None


def setUpModule():
    global running
    prepare(cluster())
    audited_kinds.apply_open_reports(cluster().kubectl)
    unittest.addModuleCleanup(audited_kinds.delete_open_reports, cluster().kubectl)
    running = unittest.enterModuleContext(controller(audit_interval=INTERVAL))


def peak_bytes():
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) * 1024


class LargePods(ControllerTestCase):
    def create(self, name, *environment):
        made = pod(name, {"name": "app", "image": "registry.example/shop:1", "env": [FILLER, *environment]},
                   labels={"app": name}, automountServiceAccountToken=False)
        self.api.create(f"/api/v1/namespaces/{self.namespace}/pods", made)

    def is_reported(self):
        return any(result["policy"] == "MT0405" for report in self.api.items(reports(self.namespace))
                   for result in report["results"])

    def test_are_read_and_not_held(self):
        before = peak_bytes()
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda number: self.create(f"pod-{number}"), range(PODS)))
        self.create("zzz", *BROKEN)
        eventually(self.is_reported, "the last pod was read", AUDITED_S)
        self.kubectl("delete", "pod", "zzz", "-n", self.namespace, "--grace-period=0", "--force")
        eventually(lambda: not self.is_reported(), "it was read again that it is gone", AUDITED_S)
        self.assertLess(peak_bytes() - before, PODS * SPEC_BYTES)


if __name__ == "__main__":
    unittest.main()
