"""The CRD in a real API server, with nothing of ours running: what it takes, and how it shows it."""
import json
import unittest

from harness import manifests
from harness.policy import EVERY_FIELD, JSON_LOG, OTHER_FIELDS, policy
from harness.shared import ClusterTestCase, cluster

EDGES = {
    "an empty spec": {},
    "a selector without labels": {"selector": {}},
    "percentage 0": {"sampling": {"owner": "SDK", "percentage": 0}},
    "percentage 100": {"sampling": {"owner": "Proxy", "percentage": 100}},
    "one decimal": {"sampling": {"owner": "SDK", "percentage": 0.5}},
    "two decimals": {"sampling": {"owner": "SDK", "percentage": 0.01}},
    "two decimals that binary fractions miss": {"sampling": {"owner": "SDK", "percentage": 33.33}},
    "the highest two decimals": {"sampling": {"owner": "SDK", "percentage": 99.99}},
    "a duration of several units": {"workload": {"batchSpanProcessor": {"scheduleDelay": "1m30s500ms"}}},
    "the shortest duration": {"workload": {"batchSpanProcessor": {"exportTimeout": "1ms"}}},
    "the longest duration": {"workload": {"batchSpanProcessor": {"exportTimeout": "10m"}}},
    "a queue as a number": {"workload": {"batchSpanProcessor": {"maxQueueSize": 4096}}},
    "a batch as large as its queue": {"workload": {"batchSpanProcessor": {"maxQueueSize": 8, "maxExportBatchSize": 8}}},
    "a batch and Auto": {"workload": {"batchSpanProcessor": {"maxQueueSize": "Auto", "maxExportBatchSize": 65536}}},
    "all propagators there may be": {"workload": {"propagators": [f"propagator-{number}" for number in range(16)]}},
    "all attributes there may be": {"workload": {"resourceAttributes": {f"key{n}": "v" * 1024 for n in range(64)}}},
    "an empty attribute's neighbour": {"workload": {"resourceAttributes": {"a/b-c_d.E9": "x, y=z; 100 % ü"}}},
    "an endpoint on the node": {"workload": {"exporter": {"endpoint": "http://$(K8S_NODE_IP):4317"}}},
    "headers at their lower bounds": {"proxy": {"headers": {"maxRequestHeadersKb": 1, "maxRequestHeadersCount": 1}}},
    "headers at the upper bound": {"proxy": {"headers": {"maxRequestHeadersKb": 8192}}},
}


def setUpModule():
    manifests.apply_crds(cluster().kubectl)


class Stores(ClusterTestCase):
    def stored(self, name, spec):
        return self.kubectl.create(policy(name, self.namespace, **spec))["spec"]

    def test_every_field_unchanged_without_defaults(self):
        for name, spec in (("every", EVERY_FIELD), ("other", OTHER_FIELDS), ("json-log", JSON_LOG)):
            with self.subTest(name):
                self.assertEqual(self.stored(name, spec), spec)

    def test_values_at_their_edges_unchanged(self):
        for number, (what, spec) in enumerate(EDGES.items()):
            with self.subTest(what):
                self.assertEqual(self.stored(f"edge-{number}", spec), spec)

    def test_null_as_an_absent_field(self):
        spec = {"mode": None, "workload": {"podIdentity": None, "propagators": ["tracecontext"]}}
        self.assertEqual(self.stored("nulls", spec), {"workload": {"propagators": ["tracecontext"]}})

    def test_status_apart_from_spec(self):
        created = self.kubectl.create(policy("status", self.namespace, mode="Audit"))
        status = {"observedGeneration": 1, "workloads": {"matched": 14, "injected": 12, "stale": 2, "missed": 0}}
        for subresource, kept in (((), False), (("--subresource=status",), True)):
            self.kubectl("patch", "tracingpolicy", "status", "-n", self.namespace, "--type=merge", *subresource,
                         "-p", json.dumps({"status": status}))
            stored = self.kubectl.get("tracingpolicy", "status", "-n", self.namespace)
            self.assertEqual(stored.get("status"), status if kept else None)
        self.assertEqual(stored["metadata"]["generation"], created["metadata"]["generation"])

    def test_condition_with_its_reason_in_status(self):
        self.kubectl.create(policy("conditions", self.namespace))
        condition = {"type": "Accepted", "status": "True", "reason": "Accepted", "message": "all is well",
                     "lastTransitionTime": "2026-01-02T03:04:05Z", "observedGeneration": 1}
        target = {"kind": "Telemetry", "namespace": "istio-system", "name": "mesh", "field": "spec.tracing",
                  "state": "Applied", "previous": "absent"}
        status = {"conditions": [condition], "targets": [target]}
        self.kubectl("patch", "tracingpolicy", "conditions", "-n", self.namespace, "--type=merge",
                     "--subresource=status", "-p", json.dumps({"status": status}))
        self.assertEqual(self.kubectl.get("mtp", "conditions", "-n", self.namespace)["status"], status)


class Shows(ClusterTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kubectl.create(policy("shown", cls.namespace, mode="Audit"))
        status = {"workloads": {"matched": 14, "injected": 12, "stale": 2, "summary": "12/14"}}
        cls.kubectl("patch", "mtp", "shown", "-n", cls.namespace, "--subresource=status", "--type=merge", "-p",
                    json.dumps({"status": status}))

    def test_the_columns_of_the_api(self):
        header, row = self.kubectl("get", "tracingpolicies", "-n", self.namespace).splitlines()
        self.assertEqual(header.split(), ["NAME", "MODE", "ACCEPTED", "PROGRAMMED", "INJECTED", "STALE", "AGE"])
        self.assertEqual(row.split()[:-1], ["shown", "Audit", "12/14", "2"])  # no condition is set

    def test_itself_under_short_name_and_categories(self):
        for name in ("mtp", "tracingpolicy", "meshtrace", "istio-io"):
            with self.subTest(name):
                self.assertIn("shown", self.kubectl("get", name, "-n", self.namespace, "-o", "name"))

    def test_a_description_of_every_field_that_explain_names(self):
        for path in described_paths(EVERY_FIELD, OTHER_FIELDS, JSON_LOG):
            with self.subTest(path):
                text = self.kubectl("explain", f"tracingpolicy.spec.{path}")
                description = text.split("DESCRIPTION:", 1)[1].split("\nFIELDS:")[0].strip()
                self.assertNotIn("<empty>", description)
                self.assertGreater(len(description.split()), 3, description)

    def test_the_tree_of_fields(self):
        tree = self.kubectl("explain", "tracingpolicy.spec.workload", "--recursive")
        for field in ("propagators", "batchSpanProcessor", "maxQueueSize", "useWellKnownLabels", "sdkDisabled"):
            self.assertIn(field, tree)


def described_paths(*specs):
    """The dotted path of each group of fields in these specs; a group's page shows its members as well."""
    paths = {}
    for spec in specs:
        _add_paths(spec, "", paths)
    return list(paths)


FREE_MAPS = ("matchLabels", "resourceAttributes", "jsonFormat")


def _add_paths(value, prefix, paths):
    for key, inner in value.items():
        paths[prefix + key] = True
        if isinstance(inner, dict) and key not in FREE_MAPS:
            _add_paths(inner, f"{prefix}{key}.", paths)


if __name__ == "__main__":
    unittest.main()
