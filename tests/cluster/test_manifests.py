"""The manifests, applied by kubectl to a real API server that treats every warning as an error."""
import base64
import copy
import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import manifests, parts
from harness.kubectl import KubectlFailed
from harness.pods import container, pod
from harness.shared import ClusterTestCase, cluster
from harness.waiting import eventually

ACCOUNT = f"system:serviceaccount:{manifests.NAMESPACE}:{manifests.ACCOUNT}"
POD_TEMPLATE_KINDS = ("Deployment", "DaemonSet", "StatefulSet", "Job", "CronJob")


def template_of(workload):
    spec = workload["spec"]
    return spec["jobTemplate"]["spec"]["template"] if workload["kind"] == "CronJob" else spec["template"]


class InstalledTestCase(ClusterTestCase):
    """Applies `folder` before the first test of a class and deletes it after the last."""

    folder = manifests.BASE

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.objects = manifests.rendered(cls.kubectl, cls.folder)
        cls.kubectl("apply", "-k", cls.folder, "--warnings-as-errors")
        cls.addClassCleanup(cls.kubectl, "delete", "-k", cls.folder, "--ignore-not-found")

    def of_kind(self, kind):
        return [item for item in self.objects if item["kind"] == kind]

    def deployment(self, name):
        found, = (item for item in self.of_kind("Deployment") if item["metadata"]["name"] == name)
        return found


class TheBase(InstalledTestCase):
    def test_shows_no_drift_once_it_is_applied(self):
        self.assertEqual(self.kubectl("diff", "-k", self.folder), "")

    def test_holds_no_policy_and_no_certificate(self):
        kinds = {item["kind"] for item in self.objects}
        self.assertTrue(kinds.isdisjoint({"TracingPolicy", "Secret", "ConfigMap"}), kinds)
        for kind in manifests.WEBHOOK_KINDS:
            for configuration in self.of_kind(kind):
                for webhook in configuration["webhooks"]:
                    self.assertNotIn("caBundle", webhook["clientConfig"])

    def test_has_a_pod_admitted_of_each_template(self):
        templates = [item for item in self.objects if item["kind"] in POD_TEMPLATE_KINDS]
        self.assertGreater(len(templates), 0)
        for workload in templates:
            name = workload["metadata"]["name"]
            with self.subTest(name):
                instance = {"apiVersion": "v1", "kind": "Pod"} | template_of(workload)
                instance["metadata"]["name"] = f"{name}-instance"
                self.kubectl("create", "-f", "-", "-n", manifests.NAMESPACE, "--dry-run=server", "--warnings-as-errors",
                             stdin=instance)

    def test_refuses_other_pods_in_its_namespace(self):
        with self.assertRaisesRegex(KubectlFailed, 'violates PodSecurity "restricted'):
            self.kubectl.create(pod("careless"), "-n", manifests.NAMESPACE, "--dry-run=server")

    def test_makes_as_many_pods_as_its_deployments_say(self):
        wanted = sum(deployment["spec"]["replicas"] for deployment in self.of_kind("Deployment"))
        eventually(lambda: len(self.kubectl.items("pods", "-n", manifests.NAMESPACE)) == wanted,
                   "its pods are created under Pod Security")

    def test_hardens_both_programs_alike(self):
        """What differs between them is what they do: their names, flags, memory, and the webhook's key and priority."""
        def hardening(name):
            spec = copy.deepcopy(self.deployment(name)["spec"]["template"]["spec"])
            container, = spec["containers"]
            spread = [{**each, "labelSelector": None} for each in spec["topologySpreadConstraints"]]
            self.assertLess({"memory"}, container["resources"]["requests"].keys())
            self.assertEqual(container["resources"]["limits"].keys(), {"memory"})
            probes = [container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")]
            return spec["securityContext"], container["securityContext"], spread, probes
        self.assertEqual(hardening("meshtrace-controller"), hardening("meshtrace-webhook"))
        budgets = {budget["metadata"]["name"] for budget in self.of_kind("PodDisruptionBudget")}
        self.assertEqual(budgets, {deployment["metadata"]["name"] for deployment in self.of_kind("Deployment")})

    def test_runs_programs_of_the_image_with_flags_that_they_know(self):
        dockerfile = (parts.REPOSITORY / "Dockerfile").read_text()
        entry_point = json.loads(re.search(r"^ENTRYPOINT (.*)$", dockerfile, re.MULTILINE)[1])
        for deployment in self.of_kind("Deployment"):
            container, = deployment["spec"]["template"]["spec"]["containers"]
            program, = container.get("command", entry_point)
            with self.subTest(program):
                self.assertEqual(program, f"/usr/bin/{deployment['metadata']['name']}")
                usage = subprocess.run([parts.our(Path(program).name), "--help"], capture_output=True, text=True).stdout
                for argument in container["args"]:
                    self.assertIn(argument.split("=")[0], usage)

    def test_has_each_deployment_and_budget_select_its_own_pods(self):
        for item in self.of_kind("Deployment") + self.of_kind("PodDisruptionBudget"):
            name = item["metadata"]["name"]
            with self.subTest(f"{item['kind']} {name}"):
                labels = self.deployment(name)["spec"]["template"]["metadata"]["labels"]
                self.assertLessEqual(item["spec"]["selector"]["matchLabels"].items(), labels.items())
                self.assertIn(("app.kubernetes.io/name", name), item["spec"]["selector"]["matchLabels"].items())

    def test_names_service_and_port_that_there_are(self):
        services = {item["metadata"]["name"]: item for item in self.of_kind("Service")}
        deployment = self.deployment("meshtrace-webhook")
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        ports = {port["name"] for port in deployment["spec"]["template"]["spec"]["containers"][0]["ports"]}
        for kind in manifests.WEBHOOK_KINDS:
            for webhook in self.of_kind(kind)[0]["webhooks"]:
                service = services[webhook["clientConfig"]["service"]["name"]]
                port, = (each for each in service["spec"]["ports"]
                         if each["port"] == webhook["clientConfig"]["service"]["port"])
                self.assertIn(port["targetPort"], ports)
                self.assertLessEqual(service["spec"]["selector"].items(), labels.items())

    def test_leaves_pods_elsewhere_alone_before_there_is_a_webhook(self):
        self.kubectl.create(pod("bystander", container()), "-n", self.namespace)

    def rights(self, *arguments):
        lines = self.kubectl("auth", "can-i", "--list", "--no-headers", "-n", self.namespace, *arguments).splitlines()
        return {" ".join(line.split()) for line in lines}

    def test_lets_the_webhooks_account_read_policies_and_nothing_else(self):
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{manifests.NAMESPACE}", "system:authenticated")
        as_groups = [f"--as-group={group}" for group in groups]
        ours = self.rights(f"--as={ACCOUNT}", *as_groups)
        nobodys = self.rights(f"--as=system:serviceaccount:{manifests.NAMESPACE}:nobody", *as_groups)
        self.assertEqual(ours - nobodys, {"tracingpolicies.meshtrace.io [] [] [get list watch]"})

    def test_lets_the_accounts_token_list_policies_of_all_namespaces(self):
        account = self.plane.as_service_account(manifests.NAMESPACE, manifests.ACCOUNT)
        account("get", "tracingpolicies", "-A")
        for refused in (("get", "pods", "-A"), ("get", "secrets", "-n", manifests.NAMESPACE),
                        ("delete", "tracingpolicy", "some", "-n", self.namespace)):
            with self.subTest(refused), self.assertRaisesRegex(KubectlFailed, "Forbidden|forbidden"):
                account(*refused)


class TheRightsInTheMesh(InstalledTestCase):
    folder = manifests.MESH

    @classmethod
    def setUpClass(cls):
        manifests.apply_mesh_rights(cluster().kubectl)
        super().setUpClass()

    def test_are_of_one_namespace_alone(self):
        account = f"--as=system:serviceaccount:{manifests.NAMESPACE}:{manifests.CONTROLLER_ACCOUNT}"
        for verb in ("list", "watch", "patch"):
            for namespace, expected in ((manifests.ROOT_NAMESPACE, 0), (manifests.NAMESPACE, 1), (self.namespace, 1)):
                answer = self.kubectl.run("auth", "can-i", verb, "configmaps", "-n", namespace, account)
                self.assertEqual(answer.returncode, expected, f"{verb} in {namespace}")

    def test_name_no_namespace_that_deleting_them_would_take_along(self):
        self.assertEqual({item["kind"] for item in self.objects}, {"Role", "RoleBinding"})


class TheOverlayForOnesOwnCertificate(InstalledTestCase):
    @classmethod
    def setUpClass(cls):
        # In a copy: the script writes beside the overlay.
        copy = Path(tempfile.mkdtemp(prefix="meshtrace-overlay-"))
        cls.addClassCleanup(shutil.rmtree, copy)
        for folder in ("manifests", "crds"):
            shutil.copytree(parts.REPOSITORY / folder, copy / folder)
        cls.folder = copy / "manifests" / "overlays" / "own-certificate"
        for made in cls.folder.glob("*.[ck][re][ty]"):
            made.unlink()
        subprocess.run([cls.folder / "make-certificate.sh"], check=True, capture_output=True)
        super().setUpClass()

    def test_has_the_api_server_trust_the_certificates_authority(self):
        authority = base64.b64encode((self.folder / "ca.crt").read_bytes()).decode()
        for kind in manifests.WEBHOOK_KINDS:
            stored = self.kubectl.get(kind, "meshtrace-webhook")
            self.assertEqual([item["clientConfig"]["caBundle"] for item in stored["webhooks"]], [authority])

    def test_gives_the_webhook_its_certificate_under_the_name_that_it_mounts(self):
        deployment = self.deployment("meshtrace-webhook")
        volume, = (item for item in deployment["spec"]["template"]["spec"]["volumes"] if "secret" in item)
        secret = self.kubectl.get("secret", volume["secret"]["secretName"], "-n", manifests.NAMESPACE)
        self.assertEqual(secret["type"], "kubernetes.io/tls")
        self.assertEqual(base64.b64decode(secret["data"]["tls.crt"]), (self.folder / "tls.crt").read_bytes())
        self.assertNotIn("ca.key", secret["data"])

    def test_has_the_controller_leave_it_alone(self):
        container, = self.deployment("meshtrace-controller")["spec"]["template"]["spec"]["containers"]
        self.assertIn("--manage-certificates=false", container["args"])

    def test_certifies_the_name_by_which_the_api_server_calls(self):
        service = self.of_kind("MutatingWebhookConfiguration")[0]["webhooks"][0]["clientConfig"]["service"]
        name = f"{service['name']}.{service['namespace']}.svc"
        verified = subprocess.run(
            ["openssl", "verify", "-CAfile", self.folder / "ca.crt", "-verify_hostname", name, "-purpose", "sslserver",
             self.folder / "tls.crt"], capture_output=True, text=True)
        self.assertEqual(verified.returncode, 0, verified.stderr)


class Uninstalling(InstalledTestCase):
    def test_leaves_nothing(self):
        self.kubectl.create({"apiVersion": "meshtrace.io/v1alpha1", "kind": "TracingPolicy", "spec": {},
                             "metadata": {"name": "left-over", "namespace": self.namespace}})
        self.kubectl("delete", "-k", self.folder)
        for item in self.objects:
            kind, metadata = item["kind"], item["metadata"]
            with self.subTest(f"{kind} {metadata['name']}"):
                place = ["-n", metadata["namespace"]] if "namespace" in metadata else []
                gone = self.kubectl.run("get", kind, metadata["name"], *place)
                self.assertIn("NotFound", gone.stderr)
        self.assertNotIn("meshtrace", self.kubectl("api-resources", "-o", "name"))


if __name__ == "__main__":
    unittest.main()
