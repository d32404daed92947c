"""Somebody who may edit one namespace and nothing else: what a policy gives to such a user, with nothing of ours
running.

The rights are Kubernetes' own role `edit`, into which the base's roles are taken up; what reaches beyond the namespace
is refused by the API server itself (ValidatingAdmissionPolicy).
"""
import json
import unittest

from harness import manifests
from harness.kubectl import KubectlFailed
from harness.policy import policy
from harness.shared import ClusterTestCase, cluster
from harness.waiting import eventually

ROOT = manifests.ROOT_NAMESPACE
USER = "namespace-user"
READS_HOST = {
    "the environment": "%ENVIRONMENT(AWS_SECRET_ACCESS_KEY)%",
    "a part of it": "[%START_TIME%] %ENVIRONMENT(HOME):8%\n",
    "a file": "%FILE_CONTENT(/var/run/secrets/tokens/istio-token)%",
    "a secret": "%SECRET(default)%",
    "one within COALESCE": '%COALESCE({"operators": [{"command": "ENVIRONMENT", "param": "HOME"}]})%',
    "one within COALESCE, spelled otherwise":
        '%COALESCE({"operators": [{"command": "\\u0045NVIRONMENT", "param": "HOME"}]})%',
    "one within COALESCE, on another line": '%COALESCE({"operators":\n["SECRET"]})%',
}
HARMLESS = ("[%START_TIME%] %REQ(TRACEPARENT)% %REQ(X-SECRET)%\n", "%REQ(:PATH)% ENVIRONMENT(x) SECRET",
            '%COALESCE({"operators": ["REQUESTED_SERVER_NAME", {"command": "REQ", "param": ":authority"}]})%')
ROOT_ONLY = {"invalidTraceparent": "Remove", "duplicateContext": "PreferW3C", "maxBaggageBytes": 8192}


def logging(text):
    return {"proxy": {"accessLog": {"format": text}}}


def headers(**fields):
    return {"proxy": {"headers": fields}}


def setUpModule():
    kubectl = cluster().kubectl
    manifests.apply_foundation(kubectl)
    manifests.apply_mesh_rights(kubectl)
    reaching = policy("probe", "default", **headers(maxBaggageBytes=1))
    eventually(lambda: kubectl.run("create", "-f", "-", "--dry-run=server", stdin=reaching).returncode != 0,
               "the API server has taken the ValidatingAdmissionPolicy")


class NamespaceUserTestCase(ClusterTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kubectl.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": USER}},
                           "-n", cls.namespace)
        cls.kubectl("create", "rolebinding", USER, "--clusterrole=edit", f"--serviceaccount={cls.namespace}:{USER}",
                    "-n", cls.namespace)
        cls.user = cls.plane.as_service_account(cls.namespace, USER)
        eventually(lambda: cls.can("create", "tracingpolicies", cls.namespace), "the role edit has taken up policies")

    @classmethod
    def can(cls, verb, resource, namespace):
        return cls.user.run("auth", "can-i", verb, resource, "-n", namespace).returncode == 0

    def stored(self, name):
        return self.kubectl.get("tracingpolicy", name, "-n", self.namespace)


class AUserOfANamespace(NamespaceUserTestCase):
    def test_writes_reads_and_deletes_its_policies(self):
        self.user.apply(policy("own", self.namespace, **headers(maxRequestHeadersKb=96)))
        self.user.apply(policy("own", self.namespace, **headers(maxRequestHeadersKb=128)))
        self.assertEqual(self.user.get("tracingpolicy", "own", "-n", self.namespace)["spec"],
                         headers(maxRequestHeadersKb=128))
        self.user.delete("tracingpolicy", "own", "-n", self.namespace)

    def test_may_do_nothing_with_those_of_others(self):
        for verb in ("get", "list", "create", "update", "patch", "delete"):
            for namespace in (ROOT, "default"):
                self.assertFalse(self.can(verb, "tracingpolicies", namespace), f"{verb} in {namespace}")

    def test_cannot_write_a_status(self):
        """What status.targets holds is put back into the mesh when the policy goes."""
        self.user.apply(policy("claiming", self.namespace))
        forged = {"status": {"targets": [{"kind": "ConfigMap", "namespace": ROOT, "name": "istio", "state": "Applied",
                                          "field": "data.mesh.accessLogFormat", "previous": "\"mine\""}]}}
        with self.assertRaisesRegex(KubectlFailed, "forbidden"):
            self.user("patch", "tracingpolicy", "claiming", "-n", self.namespace, "--subresource=status",
                      "--type=merge", "-p", json.dumps(forged))
        self.user("patch", "tracingpolicy", "claiming", "-n", self.namespace, "--type=merge", "-p", json.dumps(forged))
        self.user.create(policy("born-with-it", self.namespace) | forged)
        self.assertNotIn("status", self.stored("claiming"))
        self.assertNotIn("status", self.stored("born-with-it"))

    def test_may_neither_see_nor_use_what_the_controller_has(self):
        for verb, resource, namespace in (
                ("get", "secrets", manifests.NAMESPACE), ("get", "configmaps", ROOT),
                ("create", "pods", manifests.NAMESPACE), ("update", "leases", manifests.NAMESPACE),
                ("patch", "mutatingwebhookconfigurations", self.namespace),
                ("patch", "validatingadmissionpolicies", self.namespace)):
            with self.subTest(f"{verb} {resource}"):
                self.assertFalse(self.can(verb, resource, namespace))

    def test_who_may_only_view_reads_policies(self):
        viewer = "viewer"
        self.kubectl.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": viewer}},
                            "-n", self.namespace)
        self.kubectl("create", "rolebinding", viewer, "--clusterrole=view",
                     f"--serviceaccount={self.namespace}:{viewer}", "-n", self.namespace)
        account = self.plane.as_service_account(self.namespace, viewer)
        eventually(lambda: account.run("get", "tracingpolicies", "-n", self.namespace).returncode == 0,
                   "the role view has taken up policies")
        for verb in ("create", "update", "patch", "delete"):
            may = account.run("auth", "can-i", verb, "tracingpolicies", "-n", self.namespace)
            self.assertNotEqual(may.returncode, 0, verb)


class APolicyThatReachesBeyondItsNamespace(NamespaceUserTestCase):
    def assert_refused(self, spec, path):
        for user in (self.user, self.kubectl):  # nor do administrators by mistake
            with self.assertRaisesRegex(KubectlFailed, path.replace(".", r"\.") + ": .*root namespace"):
                user.create(policy("reaching", self.namespace, **spec))

    def test_by_a_setting_that_no_narrower_policy_could_undo_is_refused(self):
        for field, value in ROOT_ONLY.items():
            with self.subTest(field):
                self.assert_refused(headers(**{field: value}), f"spec.proxy.headers.{field}")

    def test_by_reading_its_proxys_host_is_refused(self):
        for what, text in READS_HOST.items():
            with self.subTest(what):
                self.assert_refused(logging(text), "spec.proxy.accessLog.format")
                self.assert_refused({"proxy": {"accessLog": {"jsonFormat": {"a": "b", "field": text}}}},
                                    "spec.proxy.accessLog.jsonFormat")

    def test_is_refused_as_a_change_of_one_that_did_not(self):
        self.user.apply(policy("growing", self.namespace, mode="Audit"))
        for spec in (headers(maxBaggageBytes=1), logging(READS_HOST["a file"])):
            with self.assertRaisesRegex(KubectlFailed, "root namespace"):
                self.user.apply(policy("growing", self.namespace, mode="Audit", **spec))

    def test_that_only_looks_so_is_stored(self):
        for number, text in enumerate(HARMLESS):
            self.user.create(policy(f"harmless-{number}", self.namespace, **logging(text)))

    def test_of_the_largest_size_is_judged_all_the_same(self):
        """The rules' cost has a bound, beyond which the API server refuses: what the schema admits must stay below it."""
        line = "%REQ(TRACEPARENT)% "
        self.user.create(policy("long", self.namespace, **logging(line * (8192 // len(line)))))
        fields = {f"field-{number}": (line * 60)[:1024] for number in range(64)}
        self.user.create(policy("wide", self.namespace, proxy={"accessLog": {"jsonFormat": fields}}))
        self.assert_refused({"proxy": {"accessLog": {"jsonFormat": fields | {"field-63": READS_HOST["a secret"]}}}},
                            "spec.proxy.accessLog.jsonFormat")


class InTheRootNamespace(NamespaceUserTestCase):
    def tearDown(self):
        self.kubectl.delete("tracingpolicies", "--all", "-n", ROOT)

    def test_an_administrator_may_set_all_of_it(self):
        self.kubectl.create(policy("mesh", ROOT, **headers(**ROOT_ONLY)))
        for number, text in enumerate(READS_HOST.values()):
            self.kubectl.create(policy(f"host-{number}", ROOT, **logging(text)))

    def test_a_selector_is_refused(self):
        with self.assertRaisesRegex(KubectlFailed, r"spec\.selector: .*root namespace"):
            self.kubectl.create(policy("selecting", ROOT, selector={"matchLabels": {"app": "a"}}))
        self.kubectl.create(policy("selecting-all", ROOT, selector={}))
        self.kubectl.create(policy("selecting-nothing-in-particular", ROOT, selector={"matchLabels": {}}))


class APolicyFromBeforeTheRule(NamespaceUserTestCase):
    """It cannot be told anew, but it can go: else it would hold up its namespace for ever."""

    def setUp(self):
        binding = "validatingadmissionpolicybinding"
        name = "tracingpolicies.meshtrace.io"
        self.kubectl.delete(binding, name)
        self.addCleanup(manifests.apply_foundation, self.kubectl)
        reaching = policy("old", self.namespace, **headers(maxBaggageBytes=1))
        reaching["metadata"]["finalizers"] = ["meshtrace.io/mesh"]
        eventually(lambda: self.kubectl.run("create", "-f", "-", stdin=reaching).returncode == 0, "the rule is away")
        manifests.apply_foundation(self.kubectl)
        other = policy("other", self.namespace, **headers(maxBaggageBytes=1))
        eventually(lambda: self.kubectl.run("create", "-f", "-", "--dry-run=server", stdin=other).returncode != 0,
                   "the rule is back")

    def test_can_be_labelled_deleted_and_let_go(self):
        self.kubectl("label", "tracingpolicy", "old", "-n", self.namespace, "team=shop")
        with self.assertRaisesRegex(KubectlFailed, "root namespace"):
            self.kubectl.apply(policy("old", self.namespace, **headers(maxBaggageBytes=2)))
        self.kubectl("delete", "tracingpolicy", "old", "-n", self.namespace, "--wait=false")
        self.kubectl("patch", "tracingpolicy", "old", "-n", self.namespace, "--type=merge", "-p",
                     '{"metadata": {"finalizers": null}}')
        self.assertIn("NotFound", self.kubectl.run("get", "tracingpolicy", "old", "-n", self.namespace).stderr)


if __name__ == "__main__":
    unittest.main()
