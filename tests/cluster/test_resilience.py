"""The API server away, back again, or with its history gone; and our webhook away."""
import signal
import unittest

from harness import installed
from harness.forwarder import Forwarder
from harness.installed import AdmissionTestCase
from harness.pods import mark, names, pod, values
from harness.shared import cluster
from harness.waiting import eventually, throughout
from harness.webhook import Webhook

SPEC = {"workload": {"propagators": ["tracecontext"]}}
# After an outage the watch is taken up with a back-off, whose longest pause counts.
RECOVERS_S = 60
SETTLES_S = 2  # how long something must hold that could change with the next attempt to connect

webhook = None
to_api_server = None


def setUpModule():
    """Our webhook's way to the API server can be cut, and the API server's to our webhook stays."""
    global webhook, to_api_server
    to_api_server = Forwarder(cluster().port)
    webhook = unittest.enterModuleContext(installed.webhook(server=f"https://127.0.0.1:{to_api_server.port}"))
    unittest.addModuleCleanup(to_api_server.cut)


class ResilienceTestCase(AdmissionTestCase):
    spec = SPEC

    def assert_new_policies_take_effect(self, what):
        """A new policy, and the deletion of one that is in force now."""
        namespace = self.new_namespace()
        self.set_policy("new", namespace, workload={"propagators": ["baggage"]})
        eventually(lambda: values(self.admitted(namespace)).get("OTEL_PROPAGATORS") == "baggage",
                   f"a new policy takes effect after {what}", RECOVERS_S)
        self.kubectl("delete", "tracingpolicy", "new", "-n", namespace)
        eventually(lambda: mark(self.admitted(namespace)) is None, f"a deletion takes effect after {what}", RECOVERS_S)

    def admitted(self, namespace=None):
        return self.kubectl.create(pod("probe"), "-n", namespace or self.namespace, "--dry-run=server")


class WhenTheApiServer(ResilienceTestCase):
    def test_restarts_the_watch_goes_on(self):
        self.plane.restart_api_server(signal.SIGTERM)
        self.assert_new_policies_take_effect("a restart")

    def test_is_killed_and_comes_back_the_watch_goes_on(self):
        self.plane.restart_api_server(signal.SIGKILL)
        self.assert_new_policies_take_effect("a crash")

    def test_is_away_the_webhook_stays_ready_with_what_it_knows(self):
        to_api_server.cut()
        self.addCleanup(to_api_server.mend)
        throughout(webhook.ready, "ready without the API server", SETTLES_S)
        self.assertEqual(values(self.admitted())["OTEL_PROPAGATORS"], "tracecontext")

    def test_has_forgotten_what_the_watch_missed_it_lists_again(self):
        deleted, added = self.new_namespace(), self.new_namespace()
        self.set_policy("deleted-meanwhile", deleted, workload={})
        self.await_pod(mark, "the policy takes effect", deleted)

        to_api_server.cut()
        self.kubectl("delete", "tracingpolicy", "deleted-meanwhile", "-n", deleted)
        self.set_policy("added-meanwhile", added, workload={"sdkDisabled": True})
        self.plane.compact_etcd()
        self.plane.restart_api_server()  # its watch cache begins after what was compacted away: 410 Gone
        self.assertTrue(mark(self.admitted(deleted)), "known to be deleted without a way to know")
        to_api_server.mend()

        eventually(lambda: mark(self.admitted(deleted)) is None, "the missed deletion takes effect", RECOVERS_S)
        eventually(lambda: "OTEL_SDK_DISABLED" in names(self.admitted(added)), "the missed policy takes effect",
                   RECOVERS_S)
        self.assertIn("410", webhook.process.text())
        self.assert_new_policies_take_effect("a compaction")


class BeforeItsFirstList(ResilienceTestCase):
    def test_the_webhook_is_alive_but_not_ready(self):
        way = Forwarder(self.plane.port)
        way.cut()
        young = Webhook(self.plane, f"https://127.0.0.1:{way.port}", name="young-webhook")
        self.addCleanup(self.plane.processes.remove, young.process)
        self.addCleanup(young.stop)
        eventually(young.alive, "alive")
        throughout(lambda: young.alive() and not young.ready(), "alive and not ready", SETTLES_S)
        way.mend()
        self.addCleanup(way.cut)
        eventually(young.ready, "ready once it has listed", RECOVERS_S)


class WhenTheWebhook(ResilienceTestCase):
    def test_is_killed_pods_are_created_all_the_same_and_injected_once_it_is_back(self):
        webhook.process.stop(signal.SIGKILL)
        self.addCleanup(lambda: webhook.process.running() or webhook.process.start())
        self.assertIsNone(mark(self.create(pod("without"))))
        webhook.process.start()
        webhook.until_ready()
        self.await_pod(mark, "injected again")

    def test_hangs_pods_are_created_after_its_timeout(self):
        webhook.process.send(signal.SIGSTOP)
        self.addCleanup(webhook.process.send, signal.SIGCONT)
        self.assertIsNone(mark(self.create(pod("patient"))))

    def test_is_told_to_end_it_ends_well(self):
        other = Webhook(self.plane, name="ending-webhook").until_ready()
        self.addCleanup(self.plane.processes.remove, other.process)
        self.assertEqual(other.stop(), 0)


if __name__ == "__main__":
    unittest.main()
