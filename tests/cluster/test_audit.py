"""kubectl meshtrace audit of the real API server: what it reads, as whom, and what it says when that is not all."""
import itertools
import json
import re
import unittest

from harness import kubectl_meshtrace, manifests, parts
from harness.fault_proxy import FaultProxy
from harness.kubectl import write_kubeconfig
from harness.policy import policy
from harness.shared import ClusterTestCase
from harness.waiting import eventually

ROOT = "istio-system"
PAGE = 500  # objects in a page that the audit asks for


def ingress(namespace, name):
    """As etcd has it. Of a kind that nothing in the API server itself watches."""
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": name, "namespace": namespace, "uid": f"{namespace}-{name}",
                         "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"defaultBackend": {"service": {"name": name, "port": {"number": 80}}}}}


class AuditTestCase(ClusterTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        manifests.apply_crds(cls.kubectl)

    def audit(self, *arguments, kubeconfig=None):
        return kubectl_meshtrace.run("audit", *arguments, "-o", "json", kubeconfig=kubeconfig or self.kubectl.kubeconfig)

    def report(self, *arguments, status, kubeconfig=None):
        done = self.audit(*arguments, kubeconfig=kubeconfig)
        self.assertEqual(done.returncode, status, done.stderr)
        said = [line for line in done.stderr.splitlines(True) if not line.startswith("reading the cluster: ")]
        return json.loads(done.stdout), "".join(said)


class Rights(AuditTestCase):
    """A user who may do what --permissions prints, and nothing else."""

    numbers = itertools.count(1)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ROOT}})
        for name in ("first", "second"):
            cls.kubectl.apply(policy(name, cls.namespace, workload={}))
        lines = kubectl_meshtrace.output("audit", "--permissions").splitlines()
        cls.needed = [line.split()[3:] for line in lines]
        assert all(line.startswith("kubectl auth can-i ") for line in lines)

    def user(self, needed):
        """A service account with exactly these rights."""
        name = f"auditor-{next(self.numbers)}"
        subject = {"kind": "ServiceAccount", "name": name, "namespace": self.namespace}
        objects = [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": self.namespace}}]
        scopes = {}
        for verb, resource, *scope in needed:
            if resource.startswith("/"):
                continue  # discovery, which Kubernetes allows every user
            plural, _, group = resource.partition(".")
            namespace = scope[1] if scope[:1] == ["--namespace"] else ""
            scopes.setdefault(namespace, []).append({"apiGroups": [group], "resources": [plural], "verbs": [verb]})
        for namespace, rules in scopes.items():
            kind = "Role" if namespace else "ClusterRole"
            metadata = {"name": f"{self.namespace}-{name}", **({"namespace": namespace} if namespace else {})}
            reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": metadata["name"]}
            objects += [{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata, "rules": rules},
                        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": f"{kind}Binding", "metadata": metadata,
                         "roleRef": reference, "subjects": [subject]}]
        self.kubectl.apply(objects)
        return self.plane.as_service_account(self.namespace, name)

    def assert_may(self, user, needed):
        """kubectl can say so only of what the cluster serves."""
        answers = [(words, user.run("auth", "can-i", *words)) for words in needed]
        known = [(words, done.stdout.strip()) for words, done in answers if "have a resource type" not in done.stderr]
        self.assertGreater(len(known), 10)
        self.assertEqual([words for words, answer in known if answer != "yes"], [])

    def test_what_is_printed_is_enough_and_is_what_kubectl_asks(self):
        user = self.user(self.needed)
        self.assert_may(user, self.needed)
        report, err = self.report("-n", self.namespace, status=0, kubeconfig=user.kubeconfig)
        self.assertEqual((report["partial"], err), (False, ""))
        self.assertEqual([one["code"] for one in report["findings"]], ["MT1101"])

    def test_each_right_that_is_missing_makes_the_result_partial(self):
        for missing in (["list", "pods", "--all-namespaces"], ["list", "configmaps", "--namespace", ROOT],
                        ["list", "namespaces"]):
            with self.subTest(missing):
                self.assertIn(missing, self.needed)
                user = self.user([words for words in self.needed if words != missing])
                report, err = self.report("-A", status=3, kubeconfig=user.kubeconfig)
                self.assertTrue(report["partial"])
                self.assertRegex(err, rf"^error: {missing[1]}( in the namespace {ROOT})?: could not be read: 403 Forbidden")

    def test_the_cluster_role_of_the_docs_is_enough(self):
        docs = (parts.REPOSITORY / "docs" / "audit.md").read_text(encoding="utf-8")
        role, = re.findall(r"```yaml\n(apiVersion: rbac.*?)```", docs, re.DOTALL)
        self.kubectl("apply", "-f", "-", stdin=role)
        user = self.user([words for words in self.needed if words[1:] == ["configmaps", "--namespace", ROOT]])
        account = json.loads(user("auth", "whoami", "-o", "json"))["status"]["userInfo"]["username"]
        self.kubectl("create", "clusterrolebinding", self.namespace, "--clusterrole=meshtrace-audit", f"--user={account}")
        self.assert_may(user, self.needed)
        self.assertEqual(user.run("auth", "can-i", "list", "secrets", "-A").stdout.strip(), "no")

    def test_no_secret_is_ever_asked_for(self):
        self.assertFalse([words for words in self.needed if "secrets" in words[1]])

    def test_a_user_of_one_namespace_gets_what_is_there_marked_as_partial(self):
        needed = [[verb, resource, "--namespace", self.namespace] for verb, resource, *_ in self.needed
                  if not resource.startswith("/")]
        report, err = self.report("-n", self.namespace, status=3, kubeconfig=self.user(needed).kubeconfig)
        self.assertEqual([one["code"] for one in report["findings"]], ["MT1101"])
        self.assertIn("services: could not be read: 403 Forbidden", err)

    def test_include_asks_for_less(self):
        few = kubectl_meshtrace.output("audit", "--permissions", "--include", "MT1101").splitlines()
        self.assertLess(len(few), len(self.needed))
        user = self.user([line.split()[3:] for line in few])
        report, _ = self.report("-n", self.namespace, "--include", "MT1101", status=0, kubeconfig=user.kubeconfig)
        self.assertEqual([one["code"] for one in report["findings"]], ["MT1101"])

    def test_whom_nobody_knows(self):
        kubeconfig = write_kubeconfig(self.plane.folder / "stranger.kubeconfig", self.plane.server,
                                      self.plane.authority.certificate, "wrong")
        done = self.audit("-A", kubeconfig=kubeconfig)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("does not accept these credentials", done.stderr)


class Lists(AuditTestCase):
    """Kinds of many pages, and what can happen between two of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.proxy = FaultProxy(cls.plane, "audit-proxy")
        cls.addClassCleanup(cls.proxy.stop)
        cls.through_proxy = write_kubeconfig(cls.plane.folder / "audit.kubeconfig", cls.proxy.url,
                                             cls.plane.authority.certificate, "admin")

    def whole(self, status=0, kubeconfig=None):
        """Of all namespaces, whatever is found in those of other tests."""
        return self.report("-A", "--fail-on", "never", status=status, kubeconfig=kubeconfig)

    def with_ingresses(self, count):
        """That many, until the test has ended."""
        self.addCleanup(self.plane.delete_from_etcd, f"ingress/{self.namespace}/")
        names = [f"i-{number:05}" for number in range(count)]
        self.plane.put_into_etcd({f"ingress/{self.namespace}/{name}": ingress(self.namespace, name) for name in names})
        path = f"/apis/networking.k8s.io/v1/namespaces/{self.namespace}/ingresses?limit=1"

        def are_seen():
            done = self.kubectl.run("get", "--raw", path)
            return done.returncode == 0 and json.loads(done.stdout)["metadata"].get("remainingItemCount") == count - 1
        eventually(are_seen, "the API server has seen them", 200)

    def before_page(self, number, action):
        """Does `action` when the audit asks for that page of the Ingresses, from 1; once. As answering() takes it."""
        asked = itertools.count(1)

        def when(request):
            if (request.verb, request.resource) != ("list", "ingresses") or next(asked) != number:
                return False
            return action() is not False
        return when

    def test_fifty_thousand_objects(self):
        before = self.whole()[0]["summary"]["objects"]
        self.with_ingresses(50_000)
        report, _ = self.whole()
        self.assertFalse(report["partial"])
        self.assertGreaterEqual(report["summary"]["objects"], before + 50_000)

    def test_an_object_that_changes_meanwhile_is_one_of_its_versions(self):
        self.with_ingresses(3 * PAGE)
        objects = self.whole()[0]["summary"]["objects"]

        def change():
            self.kubectl("label", "ingress", f"i-{2 * PAGE:05}", "-n", self.namespace, "changed=yes")
            return False
        with self.proxy.answering(500, when=self.before_page(2, change)):
            report, _ = self.whole(kubeconfig=self.through_proxy)
        self.assertEqual((report["summary"]["objects"], report["partial"]), (objects, False))
        self.assertEqual(self.kubectl.get("ingress", f"i-{2 * PAGE:05}", "-n", self.namespace)["metadata"]["labels"],
                         {"changed": "yes"})

    def test_a_token_that_expires_begins_the_list_anew(self):
        self.with_ingresses(3 * PAGE)
        objects = self.whole()[0]["summary"]["objects"]
        self.proxy.clear()
        with self.proxy.answering(410, when=self.before_page(3, lambda: True)):
            report, _ = self.whole(kubeconfig=self.through_proxy)
        self.assertEqual((report["summary"]["objects"], report["partial"]), (objects, False))
        refused = self.proxy.count(lambda request: request.status == 410)
        self.assertEqual(refused, 1)

    def test_a_busy_server_is_waited_for(self):
        with self.proxy.answering(429, when=self.before_page(1, lambda: True), retry_after=0):
            report, _ = self.whole(kubeconfig=self.through_proxy)
        self.assertFalse(report["partial"])

    def test_a_server_that_dies_half_way_makes_the_result_partial(self):
        self.with_ingresses(3 * PAGE)
        self.addCleanup(self.plane.restart_api_server)

        def die():
            self.plane.api_server.stop(9)
            return False
        with self.proxy.answering(500, when=self.before_page(3, die)):
            report, err = self.whole(status=3, kubeconfig=self.through_proxy)
        self.assertTrue(report["partial"])
        self.assertIn(f"error: ingresses.networking.k8s.io: were read up to {2 * PAGE}: ", err)
        self.assertGreaterEqual(report["summary"]["objects"], 2 * PAGE)

    def test_a_server_that_is_not_there(self):
        kubeconfig = write_kubeconfig(self.plane.folder / "nobody.kubeconfig", "https://127.0.0.1:1",
                                      self.plane.authority.certificate, "admin")
        done = self.audit("-A", kubeconfig=kubeconfig)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)


if __name__ == "__main__":
    unittest.main()
