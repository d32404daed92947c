"""The mesh's configuration text: edited where a policy says so and nowhere else, and put back byte for byte."""
import unittest

from harness.api import config_maps
from harness.controlled import (LOGS_W3C, MESH_NETWORKS, MESH_TEXT, ROOT, W3C, ControllerTestCase, controller,
                                mesh_config)
from harness.waiting import eventually, throughout

running = None
HOLDS_S = 2  # how long nothing may happen that would happen with the next reconcile

OWN_FORMAT = """\
accessLogFormat: |   # the platform team's
  [%START_TIME%] "%REQ(:METHOD)%" %RESPONSE_CODE% %RESPONSE_CODE_DETAILS%
accessLogFile: ""  # off until we ask for it
"""
# What stood there before, and must stand there again.
SHAPES = {
    "comments and quotes": MESH_TEXT,
    "a format of the user's": OWN_FORMAT,
    "empty": "",
    "comments alone": "# nothing is set yet\n",
    "flow style": '{accessLogFile: /dev/stdout, trustDomain: "cluster.local"}\n',
    "carriage returns": "accessLogFile: /dev/stdout\r\ntrustDomain: cluster.local\r\n",
    "no final newline": "trustDomain: cluster.local",
    "as Helm writes it": "defaultConfig:\n  discoveryAddress: istiod.istio-system.svc:15012\ndefaultProviders:\n"
                         "  metrics:\n  - prometheus\nenablePrometheusMerge: true\nrootNamespace: istio-system",
}


def setUpModule():
    global running
    running = unittest.enterModuleContext(controller())


class AMeshWidePolicy(ControllerTestCase):
    def test_is_written_into_every_shape_of_text_and_taken_out_byte_for_byte(self):
        for what, text in SHAPES.items():
            with self.subTest(what):
                self.set_mesh(text)
                self.apply("mesh", ROOT, **LOGS_W3C)
                self.until_programmed("mesh", ROOT)
                self.assertIn(W3C, self.mesh_text())
                self.delete("mesh", ROOT)
                self.assertEqual(self.mesh_text(), text)

    def test_leaves_the_rest_of_the_text_and_of_the_config_map(self):
        before = self.mesh()
        self.apply("mesh", ROOT, **LOGS_W3C)
        self.until_programmed("mesh", ROOT)
        lines = self.mesh_text().splitlines()
        self.assertEqual([line for line in lines if line in MESH_TEXT.splitlines()], MESH_TEXT.splitlines())
        after = self.mesh()
        self.assertEqual(after["data"]["meshNetworks"], MESH_NETWORKS)
        self.assertEqual({**after["metadata"], **_volatile(before)}, before["metadata"])

    def test_that_changes_changes_the_text_and_remembers_what_stood_there_first(self):
        self.set_mesh(OWN_FORMAT)
        self.apply("mesh", ROOT, **LOGS_W3C)
        self.until_programmed("mesh", ROOT)
        self.apply("mesh", ROOT, proxy={"accessLog": {"format": "%START_TIME% %REQ(B3)%\n"}})
        self.until_programmed("mesh", ROOT)
        self.assertIn("%REQ(B3)%", self.mesh_text())
        self.assertNotIn(W3C, self.mesh_text())
        self.delete("mesh", ROOT)
        self.assertEqual(self.mesh_text(), OWN_FORMAT)

    def test_that_no_longer_speaks_of_the_log_gives_it_back(self):
        self.apply("mesh", ROOT, **LOGS_W3C)
        self.until_programmed("mesh", ROOT)
        self.apply("mesh", ROOT, workload={})
        self.until_text(lambda text: text == MESH_TEXT, "the text is what it was")

    def test_lets_a_users_other_edits_stand_when_it_goes(self):
        self.apply("mesh", ROOT, **LOGS_W3C)
        self.until_programmed("mesh", ROOT)
        self.set_mesh(self.mesh_text() + "dnsRefreshRate: 5s  # new\n")
        self.until_programmed("mesh", ROOT)
        self.delete("mesh", ROOT)
        self.assertEqual(self.mesh_text(), MESH_TEXT + "dnsRefreshRate: 5s  # new\n")

    def test_survives_a_restart_with_what_stood_there_before(self):
        self.set_mesh(OWN_FORMAT)
        self.apply("mesh", ROOT, **LOGS_W3C)
        self.until_programmed("mesh", ROOT)
        running.kill()
        running.start().until_ready()
        self.delete("mesh", ROOT)
        self.assertEqual(self.mesh_text(), OWN_FORMAT)

    def test_deleted_while_the_controller_is_away_waits_for_it(self):
        self.apply("mesh", ROOT, **LOGS_W3C)
        self.until_programmed("mesh", ROOT)
        running.kill()
        self.kubectl("delete", "tracingpolicy", "mesh", "-n", ROOT, "--wait=false")
        running.start().until_ready()
        self.delete("mesh", ROOT)
        self.assertEqual(self.mesh_text(), MESH_TEXT)

    def test_reaches_every_revisions_config_map_and_one_that_comes_later(self):
        for revision in ("istio-stable", "istio-canary"):
            self.addCleanup(self.api.delete, config_maps(ROOT, revision))
        self.api.create(config_maps(ROOT), mesh_config(MESH_TEXT, "istio-stable"))
        self.apply("mesh", ROOT, **LOGS_W3C)
        self.until_text(lambda text: W3C in text, "the revision's text", "istio-stable")
        self.api.create(config_maps(ROOT), mesh_config(OWN_FORMAT, "istio-canary"))
        self.until_text(lambda text: W3C in text, "the later revision's text", "istio-canary")
        self.delete("mesh", ROOT)
        self.assertEqual([self.mesh_text(name) for name in ("istio", "istio-stable", "istio-canary")],
                         [MESH_TEXT, MESH_TEXT, OWN_FORMAT])


class ATextThatCannotBeEdited(ControllerTestCase):
    def test_is_left_alone_and_its_line_is_named(self):
        broken = "accessLogFile: /dev/stdout\ndefaultConfig:\n  a: [1, 2\ntrustDomain: x\n"
        self.set_mesh(broken)
        self.apply("mesh", ROOT, **LOGS_W3C)
        found = self.until_condition("Programmed", "False", "mesh", ROOT)
        self.assertRegex(found["message"], r"ConfigMap istio-system/istio:\d+: ")
        throughout(lambda: self.mesh_text() == broken, "nothing is written", HOLDS_S)
        self.set_mesh(MESH_TEXT)
        self.until_programmed("mesh", ROOT)

    def test_of_other_config_maps_is_nobodys_business(self):
        name = "istio-leader"  # a lock of istiod's
        self.addCleanup(self.api.delete, config_maps(ROOT, name))
        lock = {"metadata": {"name": name, "namespace": ROOT}, "data": {"holder": "istiod-0"}}
        self.api.create(config_maps(ROOT), lock)
        self.apply("mesh", ROOT, **LOGS_W3C)
        self.until_programmed("mesh", ROOT)
        self.assertEqual(self.mesh(name)["data"], lock["data"])


class APolicyOfANamespace(ControllerTestCase):
    def test_is_a_provider_first_and_a_telemetry_then_and_the_reverse_when_it_goes(self):
        self.apply("logs", **LOGS_W3C)
        self.until_programmed("logs")
        telemetry, = self.telemetries().values()
        provider = telemetry["spec"]["accessLogging"][0]["providers"][-1]["name"]
        self.assertRegex(provider, "^meshtrace-")
        self.assertIn(provider, self.mesh_text())
        self.delete("logs")
        eventually(lambda: not self.telemetries(), "the Telemetry is gone")
        self.until_text(lambda text: text == MESH_TEXT, "the text is what it was")


def _volatile(config_map):
    """What every write changes."""
    return {key: value for key, value in config_map["metadata"].items() if key in ("resourceVersion", "managedFields")}


if __name__ == "__main__":
    unittest.main()
