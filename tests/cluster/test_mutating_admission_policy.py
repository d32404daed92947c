"""What `render --target mutatingadmissionpolicy` prints, on the real API server: pods come out as by our webhook.

Each pod is sent twice (dry run): with our webhook registered, and with the rendered policies and no webhook. Its
variables, in their order, must be the same, and so must the mark.
"""
import copy
import unittest

from harness import installed, kubectl_meshtrace, manifests
from harness.installed import AdmissionTestCase
from harness.kubectl import to_json
from harness.pods import IMAGE, MARK, container, mark, names, pod, values
from harness.policy import policy
from harness.shared import cluster
from harness.waiting import eventually

ROOT = "istio-system"
LABELS = {"app": "checkout", "app.kubernetes.io/name": "shop", "app.kubernetes.io/version": "7"}
EVERYTHING = {
    "sampling": {"owner": "SDK", "percentage": 12.5},
    "workload": {
        "containers": {"include": ["*", "setup"], "exclude": ["debug-?"]},
        "resourceAttributes": {"deployment.environment.name": "prod, eu", "service.version": "$1"},
        "propagators": ["tracecontext", "baggage"],
        "batchSpanProcessor": {"scheduleDelay": "2s", "exportTimeout": "30s", "maxQueueSize": "Auto"},
        "exporter": {"endpoint": "http://$(K8S_NODE_IP):4317", "protocol": "grpc"},
        "sdkDisabled": False,
    },
}
FEW = {"sampling": {"owner": "Proxy", "percentage": 1}, "workload": {"podIdentity": False}}
CANONICAL = {"workload": {"serviceName": {"from": "Canonical"}, "propagators": ["b3", "tracecontext"],
                          "batchSpanProcessor": {"profile": "HighThroughput"}}}
LABELLED = {"workload": {"serviceName": {"from": "Label", "key": "app", "useWellKnownLabels": True}}}
STATED = {"workload": {"serviceName": {"from": "Value", "value": "Checkout of the $hop"}, "sdkDisabled": True}}


def env(**variables):
    return [{"name": name, "value": value} for name, value in variables.items()]


def field(name, path):
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}


def owned(name, kind, owner, labels=None, **fields):
    made = pod(name, labels=labels, **fields)
    group = {"Job": "batch/v1", "ReplicationController": "v1"}.get(kind, "apps/v1")
    made["metadata"]["ownerReferences"] = [{"apiVersion": group, "kind": kind, "name": owner, "controller": True,
                                            "uid": "00000000-0000-0000-0000-000000000001"}]
    return made


def pods():
    """Ordinary and odd pods by name: what the rules of docs/injection.md speak of."""
    limits = {"limits": {"memory": "512Mi"}}
    own_list = env(OTEL_RESOURCE_ATTRIBUTES="team=checkout,, deployment.environment.name=dev", A="1")
    secret = {"valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    cases = [
        pod("plain"),
        pod("labelled", labels=LABELS),
        pod("two", container("one"), container("two", resources=limits)),
        pod("digest", container(image="registry.example:5000/shop@sha256:" + "a" * 64)),
        pod("untagged", container(image="registry.example:5000/shop")),
        pod("own", container(env=env(OTEL_PROPAGATORS="b3", OTEL_TRACES_SAMPLER="always_off", Z="1"))),
        pod("own-list", container(env=own_list)),
        pod("own-list-broken", container(env=env(OTEL_RESOURCE_ATTRIBUTES="a=b=c"))),
        pod("own-name-in-list", container(env=env(OTEL_RESOURCE_ATTRIBUTES="service.name=mine"))),
        pod("own-namespace", container(env=env(K8S_NAMESPACE="of the shop"))),
        pod("own-identity", container(env=[field("K8S_POD_NAME", "metadata.name")])),
        pod("own-identity-too-late", container(env=own_list + [field("K8S_POD_NAME", "metadata.name")])),
        pod("own-queue", container(env=env(OTEL_BSP_MAX_QUEUE_SIZE="100"))),
        pod("own-batch", container(env=env(OTEL_BSP_MAX_EXPORT_BATCH_SIZE="9000"))),
        pod("own-batch-odd", container(env=env(OTEL_BSP_MAX_EXPORT_BATCH_SIZE="many"))),
        pod("own-batch-secret", container(env=[{"name": "OTEL_BSP_MAX_QUEUE_SIZE", **secret}])),
        pod("own-endpoint", container(env=env(OTEL_EXPORTER_OTLP_ENDPOINT="http://mine:4317"))),
        pod("keep", annotations={"meshtrace.io/keep-env": "OTEL_PROPAGATORS, OTEL_TRACES_SAMPLER,K8S_POD_UID"}),
        pod("annotated", annotations={"resource.opentelemetry.io/service.name": "till $1",
                                      "resource.opentelemetry.io/k8s.pod.name": "a,b=c;d%e f\"g'h\\i",
                                      "resource.opentelemetry.io/zone": "z", "resource.opentelemetry.io/area": "a"}),
        pod("small", container(resources={"limits": {"memory": "1Mi"}})),
        pod("large", container(resources={"limits": {"memory": "1Ti"}})),
        pod("odd-quantity", container(resources={"limits": {"memory": "128974848000m"}})),
        pod("globs", container("debug-1"), container("debug-22"), container()),
        pod("proxies", container("istio-proxy"), container(), container("mine"),
            annotations={"sidecar.istio.io/status": '{"initContainers": ["x"], "containers": ["mine"]}'}),
        pod("init", initContainers=[container("setup"), container("other"),
                                    container("sidecar", restartPolicy="Always")]),
        owned("replicaset", "ReplicaSet", "web-5d9c7b", {"pod-template-hash": "5d9c7b"}),
        owned("replicaset-alone", "ReplicaSet", "web-5d9c7b"),
        owned("statefulset", "StatefulSet", "db"),
        owned("daemonset", "DaemonSet", "agent"),
        owned("job", "Job", "nightly-29381760"),
        owned("job-alone", "Job", "nightly-1"),
        owned("replicationcontroller", "ReplicationController", "old"),
        pod("opted-out", labels={"meshtrace.io/inject": "false"}),
    ]
    nameless = pod("nameless")
    del nameless["metadata"]["name"]
    nameless["metadata"]["generateName"] = "nameless-"
    return cases + [nameless]


def as_new(stored):
    """The pod as it came out, to be created once more: what a controller that copies pods does."""
    made = copy.deepcopy(stored)
    for key in ("uid", "resourceVersion", "creationTimestamp", "managedFields"):
        made["metadata"].pop(key, None)
    return made


def what_was_put_in(stored):
    spec = stored["spec"]
    containers = spec["containers"] + spec.get("initContainers", [])
    return {"mark": mark(stored), "env": {item["name"]: item.get("env", []) for item in containers}}


def render(policies):
    return kubectl_meshtrace.output("render", "-f", "-", "--target", "mutatingadmissionpolicy",
                                    stdin=to_json(policies))


def forget_rendered(kubectl):
    for kind in ("mutatingadmissionpolicybindings", "mutatingadmissionpolicies"):
        kubectl.delete(kind, "-l", "app.kubernetes.io/name=meshtrace")


class RenderedTestCase(AdmissionTestCase):
    """Policies by name and namespace; each test class has its own, and none when it is done."""

    def tearDown(self):
        forget_rendered(self.kubectl)

    def apply_rendered(self, *policies):
        self.kubectl.apply(render(list(policies)))

    def dry_all(self, made):
        """Every pod as it would be stored, by one call."""
        return manifests.documents(self.kubectl("create", "-f", "-", "-o", "json", "-n", self.namespace,
                                                "--dry-run=server", stdin=list(made)))

    def dry(self, made, namespace=None):
        return self.kubectl.create(made, "-n", namespace or self.namespace, "--dry-run=server")


class ByTheWebhookAndByThePolicy(RenderedTestCase):
    """One comparison for each policy, of all pods."""

    def compare(self, spec):
        stated = policy("policy", self.namespace, **spec)
        with installed.webhook():
            self.kubectl.apply(stated)
            hash_ = mark(self.await_pod(mark, "the webhook injects"))
            by_webhook = list(map(what_was_put_in, self.dry_all(pods())))
            self.kubectl.delete("tracingpolicies", "policy", "-n", self.namespace)
        self.assertIsNone(mark(self.dry(pod("plain"))), "the webhook is gone")

        self.apply_rendered(stated)
        self.await_pod(lambda stored: mark(stored) == hash_, "the rendered policy injects")
        stored = self.dry_all(pods())
        again = self.dry_all(map(as_new, stored))
        for made, once, twice, expected in zip(pods(), stored, again, by_webhook, strict=True):
            with self.subTest(made["metadata"].get("name", "nameless")):
                self.assertEqual(what_was_put_in(once), expected)
                self.assertEqual(what_was_put_in(twice), expected, "admitted again")

    def test_with_everything_that_a_policy_can_state(self):
        self.compare(EVERYTHING)

    def test_without_identity(self):
        self.compare(FEW)

    def test_with_istios_canonical_service(self):
        self.compare(CANONICAL)

    def test_with_well_known_labels(self):
        self.compare(LABELLED)

    def test_with_a_stated_service_name(self):
        self.compare(STATED)


class Scopes(RenderedTestCase):
    """Exactly one of the rendered policies holds for a pod: the one that the webhook would ask."""

    def test_the_narrowest_policy_holds(self):
        other = self.new_namespace()
        opted_out = self.new_namespace({"meshtrace.io/inject": "false"})
        state = lambda value: {"workload": {"podIdentity": False, "resourceAttributes": {"from": value}}}
        old = {"creationTimestamp": "2020-01-01T00:00:00Z"}
        older = policy("older", self.namespace, selector={"matchLabels": {"tier": "gold"}}, **state("older"))
        older["metadata"] |= old
        self.apply_rendered(
            policy("mesh", ROOT, **state("mesh")), policy("all", self.namespace, **state("namespace")), older,
            policy("younger", self.namespace, selector={"matchLabels": {"app": "till"}}, **state("younger")),
            policy("only", other, selector={"matchLabels": {"app": "till"}}, **state("selector")),
            policy("audited", other, mode="Audit", **state("audited")))

        def origin(namespace, **labels):
            stored = self.dry(pod("p", labels=labels), namespace)
            if "env" not in stored["spec"]["containers"][0]:
                return None
            return dict(pair.split("=") for pair in values(stored)["OTEL_RESOURCE_ATTRIBUTES"].split(","))["from"]

        cases = [("namespace", self.namespace, {}), ("older", self.namespace, {"tier": "gold"}),
                 ("younger", self.namespace, {"app": "till"}),
                 ("older", self.namespace, {"app": "till", "tier": "gold"}), ("selector", other, {"app": "till"}),
                 ("mesh", other, {"app": "other"}), ("mesh", "default", {}), (None, opted_out, {}),
                 (None, "kube-public", {}), (None, "kube-system", {})]
        # The API server takes each policy up for itself; until then a pod of its scope is left alone.
        for expected, namespace, labels in cases:
            eventually(lambda: origin(namespace, **labels) == expected, f"{expected} for {labels} in {namespace}")
        self.assertEqual([origin(namespace, **labels) for _, namespace, labels in cases], [case[0] for case in cases])

    def test_mirror_pods_are_left_alone(self):
        self.apply_rendered(policy("mesh", ROOT, **FEW))
        self.await_pod(mark, "the rendered policy injects")
        mirror = pod("mirror", annotations={"kubernetes.io/config.mirror": "x"})
        done = self.kubectl.run("create", "-f", "-", "-o", "json", "-n", self.namespace, "--dry-run=server",
                                stdin=mirror)
        # Only a node may create one; whatever the API server says to that, it is not that the pod was injected.
        self.assertNotIn(MARK, done.stdout)


class BesideTheWebhook(RenderedTestCase):
    def test_both_together_give_what_each_gives(self):
        stated = policy("policy", self.namespace, **EVERYTHING)
        with installed.webhook():
            self.kubectl.apply(stated)
            alone = what_was_put_in(self.await_pod(mark, "the webhook injects"))
            self.apply_rendered(stated)
            name = f"meshtrace.{self.namespace}.policy"
            eventually(lambda: self.kubectl.get("mutatingadmissionpolicy", name), "the policy is there")
            self.assertEqual(what_was_put_in(self.dry(pod("probe"))), alone)
            self.kubectl.delete("tracingpolicies", "policy", "-n", self.namespace)


class AppliedAgain(RenderedTestCase):
    def test_nothing_changes(self):
        stated = policy("policy", self.namespace, **EVERYTHING)
        self.apply_rendered(stated)
        kinds = "mutatingadmissionpolicies,mutatingadmissionpolicybindings"
        versions = lambda: {(item["kind"], item["metadata"]["name"]): item["metadata"]["resourceVersion"]
                            for item in self.kubectl.items(kinds)}
        before = versions()
        self.assertGreaterEqual(len(before), 2)
        said = self.kubectl.apply(render([stated]))
        self.assertEqual(versions(), before)
        self.assertNotIn("configured", said)

    def test_a_stored_pod_is_as_the_dry_run_said(self):
        stated = policy("policy", self.namespace, **EVERYTHING)
        self.apply_rendered(stated)
        expected = what_was_put_in(self.await_pod(mark, "the rendered policy injects"))
        stored = self.create(pod("stored"))
        self.assertEqual(what_was_put_in(stored), expected)
        self.assertEqual(stored["spec"]["containers"][0]["image"], IMAGE)
        self.assertIn("OTEL_SDK_DISABLED", names(stored))


def setUpModule():
    cluster().kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ROOT}})


if __name__ == "__main__":
    unittest.main()
