"""kubectl meshtrace status on the real API server, with statuses that kubectl wrote."""
import json
import unittest

from harness import kubectl_meshtrace, manifests
from harness.certificates import Authority
from harness.kubectl import to_json, write_kubeconfig
from harness.policy import policy
from harness.process import free_port
from harness.shared import ClusterTestCase

WHEN = "2026-01-01T00:00:00Z"
HEADING = ["NAMESPACE", "NAME", "MODE", "ACCEPTED", "PROGRAMMED", "REFS", "CONFLICTED", "INJECTED", "STALE", "MISSED", "AGE"]
GOOD = {"Accepted": ("True", "Accepted", ""), "Programmed": ("True", "Programmed", ""),
        "ResolvedRefs": ("True", "ResolvedRefs", ""), "Conflicted": ("False", "NoConflict", "")}


def status(targets=(), workloads=None, **conditions):
    stated = GOOD | conditions
    return {"observedGeneration": 1, "targets": list(targets),
            "conditions": [{"type": name, "status": value, "reason": reason, "message": message,
                            "lastTransitionTime": WHEN} for name, (value, reason, message) in stated.items()],
            **({"workloads": workloads} if workloads else {})}


def target(state, **fields):
    return {"kind": "ConfigMap", "namespace": "istio-system", "name": "istio", "field": "data.mesh.accessLogFormat",
            "state": state, **fields}


class Status(ClusterTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        manifests.apply_crds(cls.kubectl)
        cls.other = cls.new_namespace()
        counted = {"matched": 14, "injected": 12, "stale": 1, "missed": 1, "summary": "12/14"}
        cls.put(policy("fine", cls.namespace, workload={}), status([target("Applied")], counted))
        refused = status([target("Rejected", message="Envoy\x1b[31m said no")],
                         Programmed=("False", "Rejected", "the proxies refused it:\n  unknown \x1b]0;command\x07"))
        cls.put(policy("refused", cls.namespace, mode="Audit", workload={}), refused)
        cls.kubectl.apply(policy("new", cls.other, workload={}))

    @classmethod
    def put(cls, object_, status_):
        cls.kubectl.apply(object_)
        metadata = object_["metadata"]
        cls.kubectl("patch", "tracingpolicy", metadata["name"], "-n", metadata["namespace"], "--subresource=status",
                    "--type=merge", "-p", to_json({"status": status_}))

    def status(self, *arguments, kubeconfig=None):
        return kubectl_meshtrace.output("status", *arguments, kubeconfig=kubeconfig or self.kubectl.kubeconfig)

    def refused(self, *arguments, kubeconfig=None, environment=None):
        done = kubectl_meshtrace.run("status", *arguments, kubeconfig=kubeconfig, environment=environment)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        return done.stderr

    def row(self, text, name):
        """The table's row of that policy, by column; the age is left out."""
        lines = text.splitlines()
        self.assertEqual(lines[0].split(), HEADING)
        cells, = (line.split() for line in lines if line.split()[1:2] == [name])
        return cells[:-1]

    def test_shows_every_policy_of_a_namespace(self):
        text = self.status("-n", self.namespace)
        self.assertEqual(self.row(text, "fine"),
                         [self.namespace, "fine", "Enforce", "True", "True", "True", "False", "12/14", "1", "1"])
        self.assertEqual(self.row(text, "refused"),
                         [self.namespace, "refused", "Audit", "True", "False", "True", "False", "-", "-", "-"])
        self.assertNotIn(self.other, text)
        self.assertIn("Workloads: 12 of 14 pods injected, 1 stale", text)

    def test_shows_all_namespaces(self):
        text = self.status("-A")
        self.assertEqual(self.row(text, "new"), [self.other, "new", "Enforce"] + ["-"] * 7)
        self.assertIn(f"TracingPolicy {self.other}/new\n  has no status yet", text)

    def test_says_what_is_wrong_and_wide_says_everything(self):
        text = self.status("-n", self.namespace)
        self.assertIn("  Programmed=False Rejected\n      the proxies refused it:\n        unknown ", text)
        self.assertIn("data.mesh.accessLogFormat: Rejected\n      Envoy\\x1b[31m said no", text)
        self.assertNotIn(": Applied", text)
        self.assertIn("data.mesh.accessLogFormat: Applied", self.status("-n", self.namespace, "-o", "wide"))

    def test_prints_no_control_characters(self):
        for output in ("table", "wide", "json", "yaml"):
            self.assertNotRegex(self.status("-A", "-o", output), r"[\x00-\x08\x0b-\x1f\x7f]")

    def test_prints_objects_as_kubectl_does(self):
        found = json.loads(self.status("-n", self.namespace, "-o", "json"))
        expected = self.kubectl.get("tracingpolicies", "-n", self.namespace)
        self.assertEqual(found["items"], expected["items"])
        again = manifests.documents(self.kubectl("create", "--dry-run=client", "-o", "json", "-f", "-",
                                                 stdin=self.status("-n", self.namespace, "-o", "yaml")))
        self.assertEqual([item["status"] for item in again], [item["status"] for item in expected["items"]])

    def test_reads_more_than_one_page(self):
        crowd = self.new_namespace()
        self.kubectl.apply([policy(f"p{number}", crowd, workload={}) for number in range(501)])
        self.assertEqual(len(json.loads(self.status("-n", crowd, "-o", "json"))["items"]), 501)

    def test_takes_the_contexts_namespace_and_another_context(self):
        text = self.kubectl.kubeconfig.read_text()
        path = self.plane.folder / "context.kubeconfig"
        path.write_text(text.replace("    user: user\n", f"    user: user\n    namespace: {self.other}\n"))
        self.assertIn(f"{self.other} ", self.status("--kubeconfig", path))
        self.assertIn(f"{self.other} ", self.status("--context", "meshtrace", kubeconfig=path))
        self.assertIn("nobody", self.refused("--context", "nobody", kubeconfig=path))

    def test_says_that_nothing_is_there(self):
        done = kubectl_meshtrace.run("status", "-n", "kube-public", kubeconfig=self.kubectl.kubeconfig)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertEqual(done.stderr, "note: no TracingPolicy in the namespace kube-public; -A shows all\n")

    def test_says_why_it_cannot(self):
        self.kubectl.apply({"apiVersion": "v1", "kind": "ServiceAccount",
                            "metadata": {"name": "nobody", "namespace": self.namespace}})
        nobody = self.plane.as_service_account(self.namespace, "nobody").kubeconfig
        message = self.refused("-A", kubeconfig=nobody)
        self.assertIn("cannot be listed in all namespaces; -n NAMESPACE asks for one (403 Forbidden", message)
        stranger = write_kubeconfig(self.plane.folder / "stranger.kubeconfig", self.plane.server,
                                    self.plane.authority.certificate, "unknown-token")
        message = self.refused(kubeconfig=stranger)
        self.assertIn("does not accept these credentials", message)
        self.assertNotIn("unknown-token", message)
        away = write_kubeconfig(self.plane.folder / "away.kubeconfig", f"https://127.0.0.1:{free_port()}",
                                self.plane.authority.certificate, "admin")
        self.assertIn("127.0.0.1", self.refused(kubeconfig=away))
        (self.plane.folder / "other-ca").mkdir(exist_ok=True)
        distrusted = write_kubeconfig(self.plane.folder / "distrusted.kubeconfig", self.plane.server,
                                      Authority(self.plane.folder / "other-ca").certificate, "admin")
        self.assertIn("certificate", self.refused(kubeconfig=distrusted))
        self.assertIn("not found", self.refused(environment={"HOME": str(self.plane.folder / "nowhere")}))


class WithoutOurCrd(ClusterTestCase):
    """The last of this file: it takes the CRD away, and gives it back for the files behind."""

    def test_says_how_to_install_it(self):
        manifests.apply_crds(self.kubectl)
        self.kubectl("delete", "crd", "tracingpolicies.meshtrace.io", "--wait=true")
        try:
            done = kubectl_meshtrace.run("status", "-A", kubeconfig=self.kubectl.kubeconfig)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("does not know TracingPolicies (HTTP status 404", done.stderr)
            self.assertIn("kubectl apply -k crds", done.stderr)
        finally:
            manifests.apply_crds(self.kubectl)


if __name__ == "__main__":
    unittest.main()
