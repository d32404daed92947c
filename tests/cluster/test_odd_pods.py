"""Pods about which something is odd: created all the same, with a warning that kubectl shows and no value in it."""
import unittest

from harness import installed
from harness.installed import AdmissionTestCase
from harness.pods import container, mark, pod, values

SECRET = "s3cr3t-value"
SPEC = {"sampling": {"owner": "SDK", "percentage": 10},
        "workload": {"batchSpanProcessor": {"profile": "Default"},
                     "exporter": {"endpoint": "http://$(COLLECTOR):4317", "protocol": "grpc"}}}


def setUpModule():
    unittest.enterModuleContext(installed.webhook())


def env(**variables):
    return [{"name": name, "value": value} for name, value in variables.items()]


FROM_CONFIG_MAP = {"configMapKeyRef": {"name": "agent", "key": "attributes", "optional": True}}
# What is odd, the pod's container, and what its warning has to name.
WARNED = {
    "env-from": (container(envFrom=[{"secretRef": {"name": "settings"}}]), "envFrom"),
    "unreadable-list": (container(env=env(OTEL_RESOURCE_ATTRIBUTES=f"{SECRET} without an equals sign")),
                        "OTEL_RESOURCE_ATTRIBUTES"),
    "optional-list": (container(env=[{"name": "OTEL_RESOURCE_ATTRIBUTES", "valueFrom": FROM_CONFIG_MAP}]),
                      "OTEL_RESOURCE_ATTRIBUTES"),
    "big-batch": (container(env=env(OTEL_BSP_MAX_EXPORT_BATCH_SIZE="9999")), "OTEL_BSP_MAX_QUEUE_SIZE"),
    "undefined-reference": (container(), "COLLECTOR"),
}
UNWARNED = {
    "variable-twice": container(env=env(COLLECTOR="a") + env(COLLECTOR="b")),
    "empty-env": container(env=[]),
    "null-env": container(env=None),
    "reference-to-nothing": container(env=env(COLLECTOR="c", GREETING="$(NOBODY) and $$(NOBODY)")),
    "half-written-reference": container(env=env(COLLECTOR="c", GREETING="$( $(")),
    "value-beyond-ascii": container(env=env(COLLECTOR="c", GREETING="Grüße, 世界 \u0001")),
    "long-value": container(env=env(COLLECTOR="c", GREETING="x" * 100_000)),
    "many-variables": container(env=env(COLLECTOR="c", **{f"VARIABLE_{number}": "v" for number in range(1000)})),
}


class OddPods(AdmissionTestCase):
    spec = SPEC

    def test_are_created_with_a_warning_that_names_the_variable(self):
        for name, (odd, named) in WARNED.items():
            with self.subTest(name):
                stored, shown = self.create_with_warnings(pod(name, odd))
                self.assertTrue(mark(stored))
                self.assertRegex(shown, f"Warning: .*{named}")

    def test_are_created_with_every_variable_of_theirs_as_it_was(self):
        for name, odd in UNWARNED.items():
            with self.subTest(name):
                stored = self.create(pod(name, odd))
                self.assertTrue(mark(stored))
                for entry in odd["env"] or []:
                    self.assertIn(entry, stored["spec"]["containers"][0]["env"])

    def test_never_show_a_value_in_warnings_or_logs(self):
        webhook = next(process for process in self.plane.processes if process.name == "meshtrace-webhook")
        own = container(env=env(OTEL_RESOURCE_ATTRIBUTES=f"{SECRET}", PASSWORD=SECRET))
        _, shown = self.create_with_warnings(pod("secret", own, annotations={"meshtrace.io/keep-env": "A=B, ,,x"}))
        self.assertIn("OTEL_RESOURCE_ATTRIBUTES", shown)
        self.assertNotIn(SECRET, shown)
        self.assertNotIn(SECRET, webhook.text())

    def test_keep_what_their_annotation_names(self):
        kept = {"meshtrace.io/keep-env": "OTEL_PROPAGATORS,OTEL_TRACES_SAMPLER"}
        found = values(self.create(pod("keeps", annotations=kept)))
        self.assertTrue({"OTEL_PROPAGATORS", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"}.isdisjoint(found))
        self.assertIn("OTEL_SERVICE_NAME", found)


if __name__ == "__main__":
    unittest.main()
