"""Istio installed by its own charts with Helm 4, in a cluster of its own: the mesh's text is Helm's, and stays so.

A write of ours would make the next upgrade fail (a test shows that). So what a policy wants there is said as values for
the chart, and taken as done when they have arrived.
"""
import re
import unittest

from harness import manifests
from harness.api import Api, config_maps
from harness.control_plane import ControlPlane
from harness.controlled import LOGS_W3C, ROOT, W3C, MeshMixin, controller
from harness.helm import ISTIOD, Helm, HelmFailed
from harness.waiting import eventually, throughout

# As somebody has it who uses the chart: some values of their own, which must survive.
USERS_VALUES = """\
meshConfig:
  accessLogFile: /dev/stdout
  extensionProviders:
  - name: otel
    opentelemetry: {service: otel-collector.observability.svc.cluster.local, port: 4317}
"""
LIMITS = {"proxy": {"headers": {"maxRequestHeadersKb": 96}}}
HOLDS_S = 2

plane = None
helm = None


def setUpModule():
    global plane, helm
    plane = unittest.enterModuleContext(ControlPlane())
    plane.start_controllers()
    helm = Helm(plane)
    helm.install("istio-base", "base", namespace=ROOT)
    helm.install("istiod", *ISTIOD, namespace=ROOT, values=USERS_VALUES)
    manifests.apply_foundation(plane.kubectl)
    manifests.apply_mesh_rights(plane.kubectl)


def fragment_in(message):
    """The values that a message shows: from the line `meshConfig:` on."""
    return re.search(r"^meshConfig:.*", message, re.DOTALL | re.MULTILINE)[0]


class HelmTestCase(MeshMixin, unittest.TestCase):
    maxDiff = None
    flags = {}
    namespace = "default"

    def setUp(self):
        self.api = Api(plane)
        self.enterContext(controller(plane=plane, **self.flags))
        self.addCleanup(self.delete, "mesh", ROOT)  # while the controller still runs


class WhereHelmInstalledIstio(HelmTestCase):
    def test_the_values_are_said_and_once_helm_has_them_the_policy_is_programmed(self):
        before = self.mesh()
        self.apply("mesh", ROOT, **LOGS_W3C)
        found = self.until_condition("Programmed", "False", "mesh", ROOT, "ManagedElsewhere")
        self.assertIn("istiod", found["message"])
        throughout(lambda: self.mesh() == before, "nothing is written", HOLDS_S)

        helm.upgrade("istiod", *ISTIOD, namespace=ROOT, values=fragment_in(found["message"]))
        self.until_programmed("mesh", ROOT)
        text = self.mesh_text()
        self.assertIn(W3C, text)
        self.assertIn("otel-collector.observability", text)
        throughout(lambda: self.mesh_text() == text, "nothing is written", HOLDS_S)

        # Nothing was ours to take back.
        self.delete("mesh", ROOT)
        self.assertEqual(self.mesh_text(), text)

    def test_an_upgrade_after_our_work_succeeds_and_loses_nothing_of_the_users(self):
        self.apply("mesh", ROOT, proxy=LOGS_W3C["proxy"] | LIMITS["proxy"])
        self.until_condition("Programmed", "False", "mesh", ROOT, "ManagedElsewhere")
        made, = eventually(lambda: list(self.envoy_filters(ROOT).values()), "what is no mesh text is written")
        helm.upgrade("istiod", *ISTIOD, namespace=ROOT, values="meshConfig: {enablePrometheusMerge: false}")
        text = self.mesh_text()
        self.assertIn("enablePrometheusMerge: false", text)
        for kept in ("accessLogFile: /dev/stdout", "otel-collector.observability"):
            self.assertIn(kept, text)
        self.assertEqual(list(self.envoy_filters(ROOT).values()), [made])


class WhereWeAreToldToWriteAllTheSame(HelmTestCase):
    flags = {"mesh_config_writes": "always"}

    def test_helms_next_upgrade_conflicts_until_the_policy_is_gone(self):
        before = self.mesh_text()
        self.apply("mesh", ROOT, proxy={"accessLog": {"traceHeaders": ["B3"]}})
        self.until_programmed("mesh", ROOT)
        with self.assertRaisesRegex(HelmFailed, "conflict with .*meshtrace-controller.*data.mesh"):
            helm.upgrade("istiod", *ISTIOD, namespace=ROOT, values="meshConfig: {enableTracing: true}")
        self.delete("mesh", ROOT)
        self.assertEqual(self.mesh_text(), before)


class WhereWeAreToldNotToWrite(HelmTestCase):
    flags = {"mesh_config_writes": "never"}

    def test_the_values_are_said(self):
        before = self.api.get(config_maps(ROOT, "istio"))
        self.apply("mesh", ROOT, proxy={"accessLog": {"traceHeaders": ["Datadog"]}})
        self.until_condition("Programmed", "False", "mesh", ROOT, "ManagedElsewhere")
        self.assertEqual(self.mesh(), before)


if __name__ == "__main__":
    unittest.main()
