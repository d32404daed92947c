"""Golden files: each case goes through the command and through the live webhook; both give the same environment.

A case is a folder in cases/ with input.yaml, policy.yaml and expected.yaml, what the command prints. The webhook is
sent the pods that the workloads' controllers would create; its result equals the command's but for the mark and for what
only a controller knows (the ReplicaSet's and the Job's name). Either result, mutated again, gives nothing.
`python3 tests/golden/test_golden.py --update-goldens` writes expected.yaml anew: read the diff before committing it.
"""
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "examples"))

from demo_parts import json_patch, pods, webhook  # noqa: E402 (the demo's client is the tests' too)

BIN = os.environ.get("MESHTRACE_BIN", os.path.join(ROOT, "build/bin"))
CASES = os.path.join(HERE, "cases")
MARK = "meshtrace.io/injected"
# Known to the controller that creates the pod, not to the template.
ONLY_AT_ADMISSION = re.compile(r"k8s\.(replicaset|job)\.name=[^,]*,")


def inject(case, source, output="yaml"):
    command = [os.path.join(BIN, "kubectl-meshtrace"), "inject", "-f", source, "-o", output, "--policy",
               os.path.join(CASES, case, "policy.yaml")]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise AssertionError(f"{case}: exit status {done.returncode}: {done.stderr.decode()}")
    return done.stdout


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def documents(text):
    document = json.loads(text)
    return document["items"] if document["kind"] == "List" else [document]


def containers(pod_spec):
    return (pod_spec.get("initContainers") or []) + (pod_spec.get("containers") or [])


def template_of(workload):
    spec = workload["spec"]
    if workload["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    return workload["spec"] if workload["kind"] == "Pod" else spec["template"]["spec"]


def comparable(pod_spec, kind):
    """The containers, without the attributes that only the controller of such a kind can know."""
    found = json.loads(json.dumps(containers(pod_spec)))
    for container in found:
        for variable in container.get("env") or []:
            if kind in ("Deployment", "CronJob") and "value" in variable:
                variable["value"] = ONLY_AT_ADMISSION.sub("", variable["value"])
    return found


class Golden(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="meshtrace-golden-")
        cls.addClassCleanup(cls.folder.cleanup)
        webhook.make_certificate(os.path.join(ROOT, "manifests/overlays/own-certificate/make-certificate.sh"),
                                 cls.folder.name)

    def for_each_case(self, check):
        names = sorted(os.listdir(CASES))
        self.assertGreater(len(names), 5)
        for name in names:
            with self.subTest(name):
                check(name, os.path.join(CASES, name, "input.yaml"), os.path.join(CASES, name, "expected.yaml"))

    def test_the_command_prints_what_the_golden_file_says(self):
        self.for_each_case(lambda name, source, golden: self.assertEqual(inject(name, source).decode(), read(golden)))

    def test_the_command_run_on_its_own_output_changes_nothing(self):
        self.for_each_case(lambda name, _, golden: self.assertEqual(inject(name, golden).decode(), read(golden)))

    def test_every_line_of_the_author_stays_in_its_order(self):
        def check(_, source, golden):
            if read(source).startswith("{"):
                return  # JSON on one line is edited within the line
            left = iter(read(golden).splitlines())
            # Completed in place, by the rules: a list of attributes, and an empty list of variables.
            lost = [line for line in read(source).splitlines()
                    if not re.match(r"\s*(value: .*=|env: \[\]|- name: OTEL_RESOURCE_ATTRIBUTES)", line)
                    and not any(line == kept for kept in left)]
            self.assertEqual(lost, [])

        self.for_each_case(check)

    def test_the_webhook_gives_the_same_environment(self):
        def check(name, source, golden):
            expected = [d for d in documents(inject(name, golden, "json")) if pods.is_workload(d)]
            before = [d for d in documents(self.as_json(source)) if pods.is_workload(d)]
            with self.webhook(name) as running:
                for workload, wanted in zip(before, expected, strict=True):
                    self.check(running, workload, wanted)

        self.for_each_case(check)

    def check(self, running, workload, wanted):
        pod = pods.pod_of(workload)
        patched = self.admit(running, pod)
        marked = MARK in (patched["metadata"].get("annotations") or {})
        opted_out = (pod["metadata"].get("labels") or {}).get("meshtrace.io/inject") == "false"
        self.assertNotEqual(marked, opted_out)
        kind = workload["kind"]
        self.assertEqual(comparable(patched["spec"], kind), comparable(template_of(wanted), kind))
        self.assertEqual(self.admit(running, patched), patched, "mutated again, nothing changes")

    def admit(self, running, pod):
        response, _ = running.review(pods.review_of(pod))
        self.assertTrue(response["allowed"])
        patch = json.loads(base64.b64decode(response["patch"])) if "patch" in response else []
        return json_patch.apply(pod, patch)

    def as_json(self, source):
        """The input as it is: a policy without `workload` and `sampling` touches no pod."""
        policy = os.path.join(self.folder.name, "none.yaml")
        with open(policy, "w", encoding="utf-8") as file:
            file.write('{"apiVersion": "meshtrace.io/v1alpha1", "kind": "TracingPolicy", "metadata": {"name": "none", '
                       '"namespace": "istio-system"}, "spec": {"proxy": {"accessLog": {"encoding": "JSON"}}}}')
        command = [os.path.join(BIN, "kubectl-meshtrace"), "inject", "-f", source, "-o", "json", "--policy", policy]
        return subprocess.run(command, capture_output=True, check=True).stdout

    def webhook(self, name):
        policies = os.path.join(self.folder.name, f"policies-{name}")
        os.mkdir(policies)
        os.symlink(os.path.join(CASES, name, "policy.yaml"), os.path.join(policies, "policy.yaml"))
        return webhook.Webhook(os.path.join(BIN, "meshtrace-webhook"), self.folder.name, policies, webhook.free_port())


def update():
    for name in sorted(os.listdir(CASES)):
        with open(os.path.join(CASES, name, "expected.yaml"), "wb") as golden:
            golden.write(inject(name, os.path.join(CASES, name, "input.yaml")))


if __name__ == "__main__":
    if "--update-goldens" in sys.argv:
        update()
    else:
        unittest.main()
