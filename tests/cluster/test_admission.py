"""Pods that kubectl creates, as the API server stores them after our webhook."""
import json
import unittest

from harness import installed
from harness.installed import AdmissionTestCase
from harness.pods import attributes, container, container_of, mark, names, pod, values

IDENTITY = ["K8S_POD_NAME", "K8S_NODE_NAME", "K8S_NAMESPACE", "K8S_POD_UID", "K8S_POD_IP"]
EVERYTHING = {
    "sampling": {"owner": "SDK", "percentage": 12.5},
    "workload": {
        "resourceAttributes": {"deployment.environment.name": "prod, eu"},
        "propagators": ["tracecontext", "baggage"],
        "batchSpanProcessor": {"scheduleDelay": "2s", "exportTimeout": "30s", "maxQueueSize": "Auto"},
        "exporter": {"endpoint": "http://otel-collector.observability:4317", "protocol": "grpc"},
        "sdkDisabled": False,
    },
}


def setUpModule():
    unittest.enterModuleContext(installed.webhook())


class APodOfAPolicy(AdmissionTestCase):
    spec = EVERYTHING

    def test_has_all_variables_in_the_order_in_which_the_kubelet_expands_them(self):
        stored = self.create(pod("all"))
        self.assertEqual(names(stored), IDENTITY + [
            "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_PROPAGATORS", "OTEL_TRACES_SAMPLER",
            "OTEL_TRACES_SAMPLER_ARG", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BSP_MAX_QUEUE_SIZE",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL",
            "OTEL_SDK_DISABLED"])

    def test_has_the_values_that_the_policy_states(self):
        limited = container(resources={"limits": {"memory": "512Mi"}})
        found = values(self.create(pod("stated", limited)))
        expected = {
            "K8S_POD_NAME": "metadata.name", "K8S_NODE_NAME": "spec.nodeName", "K8S_NAMESPACE": "metadata.namespace",
            "K8S_POD_UID": "metadata.uid", "K8S_POD_IP": "status.podIP", "OTEL_SERVICE_NAME": "$(K8S_POD_NAME)",
            "OTEL_PROPAGATORS": "tracecontext,baggage", "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
            "OTEL_TRACES_SAMPLER_ARG": "0.125", "OTEL_BSP_SCHEDULE_DELAY": "2000", "OTEL_BSP_EXPORT_TIMEOUT": "30000",
            "OTEL_BSP_MAX_QUEUE_SIZE": "2199", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "512",
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel-collector.observability:4317",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_SDK_DISABLED": "false"}
        self.assertEqual({name: found[name] for name in expected}, expected)

    def test_has_its_identity_and_the_policys_attributes(self):
        self.assertEqual(attributes(self.create(pod("attributes"))), {
            "k8s.pod.name": "$(K8S_POD_NAME)", "k8s.node.name": "$(K8S_NODE_NAME)",
            "k8s.namespace.name": "$(K8S_NAMESPACE)", "k8s.pod.uid": "$(K8S_POD_UID)", "k8s.container.name": "app",
            "service.version": "1.2.3", "service.namespace": "$(K8S_NAMESPACE)",
            "service.instance.id": "$(K8S_NAMESPACE).$(K8S_POD_NAME).app",
            "deployment.environment.name": "prod%2C%20eu"})

    def test_without_a_name_yet_gets_no_constant_for_it(self):
        nameless = pod("nameless")
        nameless["metadata"] = {"generateName": "web-"}
        stored = self.create(nameless)
        self.assertTrue(stored["metadata"]["name"].startswith("web-"))
        self.assertNotIn(stored["metadata"]["name"], json.dumps(stored["spec"]))
        self.assertEqual(attributes(stored)["k8s.pod.name"], "$(K8S_POD_NAME)")

    def test_keeps_what_its_container_says(self):
        own = [{"name": "OTEL_PROPAGATORS", "value": "b3"}, {"name": "OTEL_TRACES_SAMPLER", "value": "always_off"},
               {"name": "OTEL_RESOURCE_ATTRIBUTES", "value": "team=checkout,deployment.environment.name=dev"}]
        stored = self.create(pod("own", container(env=own)))
        found = values(stored)
        self.assertEqual(found["OTEL_PROPAGATORS"], "b3")
        self.assertEqual(found["OTEL_TRACES_SAMPLER"], "always_off")
        self.assertNotIn("OTEL_TRACES_SAMPLER_ARG", found)
        self.assertEqual(attributes(stored)["team"], "checkout")
        self.assertEqual(attributes(stored)["deployment.environment.name"], "dev")

    def test_is_the_same_but_for_environment_and_mark(self):
        native = container("sidecar", restartPolicy="Always")
        bare = pod("same", container(), container("second"), initContainers=[native], hostNetwork=False)
        uncovered = self.kubectl.create(bare, "-n", self.new_namespace(), "--dry-run=server")
        covered = self.create(bare, "--dry-run=server")
        self.assertTrue(mark(covered))
        for stored in (covered, uncovered):
            for item in stored["spec"]["containers"] + stored["spec"]["initContainers"]:
                item.pop("env", None)
        self.assertEqual(_without_account_volume(covered), _without_account_volume(uncovered))

    def test_gets_them_into_a_native_sidecar_but_into_no_plain_init_container(self):
        stored = self.create(pod("init", container(), initContainers=[
            container("sidecar", restartPolicy="Always"), container("setup")]))
        sidecar, setup = stored["spec"]["initContainers"]
        self.assertIn("OTEL_PROPAGATORS", [entry["name"] for entry in sidecar["env"]])
        self.assertNotIn("env", setup)

    def test_is_not_stored_by_a_dry_run(self):
        self.assertTrue(mark(self.create(pod("dry"), "--dry-run=server")))
        self.assertEqual(self.kubectl.run("get", "pod", "dry", "-n", self.namespace).returncode, 1)

    def test_stays_as_it_is_with_the_opt_out_label(self):
        stored = self.create(pod("opted-out", labels={"meshtrace.io/inject": "false"}))
        self.assertIsNone(mark(stored))
        self.assertNotIn("env", container_of(stored))


class ANamespaceThatOptsOut(AdmissionTestCase):
    namespace_labels = {"meshtrace.io/inject": "false"}

    def test_keeps_its_pods_as_they_are(self):
        self.set_policy("policy", self.namespace, **EVERYTHING)
        covered = self.new_namespace()
        self.set_policy("policy", covered, **EVERYTHING)
        self.await_pod(mark, "the younger of both policies takes effect", covered)
        self.assertIsNone(mark(self.create(pod("here"))))


class TheMeshPolicy(AdmissionTestCase):
    def test_covers_every_namespace_but_the_excluded(self):
        self.set_policy("mesh-default", installed.ROOT_NAMESPACE, **EVERYTHING)
        self.addCleanup(self.kubectl.delete, "tracingpolicy", "mesh-default", "-n", installed.ROOT_NAMESPACE)
        self.await_pod(mark, "the mesh policy takes effect")
        for namespace in ("kube-system", "kube-public", installed.ROOT_NAMESPACE):
            with self.subTest(namespace):
                stored = self.kubectl.create(pod("excluded"), "-n", namespace, "--dry-run=server")
                self.assertIsNone(mark(stored))
                self.assertNotIn("env", container_of(stored))


def _without_account_volume(stored):
    """The spec less the token volume, whose name is random."""
    spec = {key: value for key, value in stored["spec"].items() if key != "volumes"}
    for kind in ("containers", "initContainers"):
        spec[kind] = [{key: value for key, value in item.items() if key != "volumeMounts"} for item in spec[kind]]
    return spec


if __name__ == "__main__":
    unittest.main()
