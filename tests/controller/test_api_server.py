"""The API server refusing, away, restarted, or with its history gone: the controller converges, and never hammers."""
import collections
import signal
import unittest

from harness.api_requests import WRITES
from harness.controlled import LOGS_W3C, MESH_TEXT, ROOT, W3C, ControllerTestCase, controller
from harness.fault_proxy import NO_REPLY, FaultProxy
from harness.shared import cluster
from harness.waiting import eventually, throughout

LIMITS = {"proxy": {"headers": {"maxRequestHeadersKb": 96}}}
# After an outage the longest pause of the back-off counts.
RECOVERS_S = 60
OBSERVED_S = 5

running = None
proxy = None


def setUpModule():
    global running, proxy
    proxy = FaultProxy(cluster())
    unittest.addModuleCleanup(proxy.stop)
    running = unittest.enterModuleContext(controller(proxy.url))


def is_write(request):
    return request.verb in WRITES and request.resource != "leases"


class ApiServerTestCase(ControllerTestCase):
    def assert_converges(self, what):
        """A policy comes and goes, in the text and in an object."""
        before = self.mesh_text()
        self.apply("mesh", ROOT, **LOGS_W3C)
        self.apply("limits", **LIMITS)
        self.until_programmed("mesh", ROOT, RECOVERS_S)
        self.until_programmed("limits", seconds=RECOVERS_S)
        self.assertIn(W3C, self.mesh_text(), what)
        self.assertTrue(self.envoy_filters(), what)
        self.delete("mesh", ROOT)
        self.delete("limits")
        self.until_text(lambda text: text == before, what)

    def assert_bounded(self, requests, seconds, per_second, what):
        self.assertLessEqual(len(requests), max(per_second * seconds, 1), f"{what}: {[str(each) for each in requests]}")


class WhenTheApiServer(ApiServerTestCase):
    def test_is_quiet_so_is_the_controller(self):
        self.apply("mesh", ROOT, **LOGS_W3C)
        self.until_programmed("mesh", ROOT)

        def at_rest():
            """What is said about it comes a moment later: its Event, and the figures of its pods."""
            proxy.clear()
            throughout(lambda: not any(map(is_write, proxy.writes())), "nothing is written", OBSERVED_S)
            return True
        eventually(at_rest, "it comes to rest")

    def test_restarts_the_watches_go_on(self):
        self.plane.restart_api_server(signal.SIGTERM)
        self.assert_converges("after a restart")

    def test_is_away_it_is_asked_ever_more_rarely_and_what_was_missed_is_done(self):
        self.apply("mesh", ROOT, **LOGS_W3C)
        self.until_programmed("mesh", ROOT)
        self.plane.api_server.stop(signal.SIGKILL)
        self.addCleanup(lambda: self.plane.api_server.running() or self.plane.restart_api_server())
        proxy.clear()
        first, second = self.attempts(OBSERVED_S), self.attempts(2 * OBSERVED_S)
        self.assertGreater(first, 0, "it does try")
        self.assertLess(second, 2 * first, "twice the time, and not twice the attempts")
        self.assertTrue(running.alive() and running.ready(), "with what it knows")
        self.plane.restart_api_server()
        self.delete("mesh", ROOT)
        self.until_text(lambda text: text == MESH_TEXT, "what was missed", seconds=RECOVERS_S)
        self.assert_converges("after an outage")

    def attempts(self, seconds):
        """To list or to watch; the lease is asked for by its own clock, leading or not."""
        proxy.clear()
        throughout(running.process.running, "the controller runs", seconds)
        return proxy.count(lambda request: request.status == NO_REPLY and request.resource != "leases")

    def test_has_forgotten_its_history_everything_is_listed_again(self):
        self.apply("mesh", ROOT, **LOGS_W3C)
        self.until_programmed("mesh", ROOT)
        proxy.watch_seconds = 0.1
        self.addCleanup(setattr, proxy, "watch_seconds", None)
        with proxy.answering(503, lambda request: request.verb == "watch"):
            self.set_mesh(self.mesh_text() + "# edited meanwhile\n")
            self.plane.compact_etcd()
            self.plane.restart_api_server()  # its watch cache begins after what was compacted away: 410 Gone
        proxy.watch_seconds = None
        self.delete("mesh", ROOT)
        self.until_text(lambda text: text == MESH_TEXT + "# edited meanwhile\n", "what was missed is seen")
        self.assert_converges("after a compaction")

    def test_drops_each_watch_every_second_nothing_is_missed_and_nothing_hammered(self):
        proxy.watch_seconds = 1
        self.addCleanup(setattr, proxy, "watch_seconds", None)
        proxy.clear()
        throughout(running.ready, "it stays ready", OBSERVED_S)
        watches = proxy.requests(lambda request: request.verb == "watch")
        kinds = {(each.resource, each.namespace, each.name) for each in watches}
        self.assert_bounded(watches, OBSERVED_S + 1, len(kinds), "one watch a second for each collection")
        # The audit's collections may be read for the first time meanwhile: what must not be is a second time.
        lists = collections.Counter((each.group, each.resource, each.namespace, each.name)
                                    for each in proxy.requests(lambda request: request.verb == "list"))
        self.assertEqual({each: count for each, count in lists.items() if count > 1}, {}, "no list again")
        self.assert_converges("with watches of a second")


class WhenTheApiServerRefuses(ApiServerTestCase):
    def refuses(self, status, when, retry_after=None):
        """Lets it refuse for a while; returns the requests that were refused."""
        proxy.clear()
        with proxy.answering(status, when, retry_after):
            self.apply("mesh", ROOT, **LOGS_W3C)
            eventually(lambda: proxy.count(lambda each: each.status == status), f"a request is answered {status}")
            throughout(running.ready, "it stays ready", OBSERVED_S)
        return proxy.requests(lambda each: each.status == status)

    def test_writes_with_429_it_waits_as_long_as_it_is_told_and_then_goes_on(self):
        refused = self.refuses(429, is_write, retry_after=2)
        # Two objects at most are to be written at first, the policy and its status; each in two seconds once.
        self.assert_bounded(refused, OBSERVED_S, 2, "Retry-After is kept to")
        self.until_programmed("mesh", ROOT, RECOVERS_S)
        self.assertIn(W3C, self.mesh_text())

    def test_writes_with_500_it_backs_off_and_then_goes_on(self):
        refused = self.refuses(500, is_write)
        self.assert_bounded(refused, OBSERVED_S, 6, "it backs off")
        self.until_programmed("mesh", ROOT, RECOVERS_S)
        self.assertIn(W3C, self.mesh_text())

    def test_one_object_alone_the_others_do_not_wait_for_it(self):
        with proxy.answering(500, lambda each: each.resource == "envoyfilters" and each.verb in WRITES
                             and each.namespace == self.namespace):
            self.apply("limits", **LIMITS)
            eventually(lambda: proxy.count(lambda each: each.status == 500), "a request is refused")
            other = self.new_namespace()
            self.apply("limits", other, **LIMITS)
            self.until_programmed("limits", other)
        self.until_programmed("limits", seconds=RECOVERS_S)

    def test_everything_for_a_while_it_converges_without_a_hot_loop(self):
        proxy.watch_seconds = 0.5  # so that watches are asked for, and refused, too
        self.addCleanup(setattr, proxy, "watch_seconds", None)
        refused = self.refuses(500, lambda each: each.resource != "leases")
        self.assert_bounded(refused, OBSERVED_S, 20, "it backs off")
        proxy.watch_seconds = None
        self.until_programmed("mesh", ROOT, RECOVERS_S)

    def test_the_lease_alone_it_no_longer_writes(self):
        """Who cannot renew no longer leads; nor may it write on the strength of having led."""
        self.apply("mesh", ROOT, **LOGS_W3C)
        self.until_programmed("mesh", ROOT)
        with proxy.answering(500, lambda each: each.resource == "leases"):
            eventually(lambda: running.metrics()["meshtrace_controller_leader"] == 0, "it gives up leading", RECOVERS_S)
            proxy.clear()
            self.set_mesh(MESH_TEXT)
            throughout(lambda: not any(map(is_write, proxy.writes())), "nothing is written", OBSERVED_S)
        self.until_text(lambda text: W3C in text, "it leads again and puts it right", seconds=RECOVERS_S)


if __name__ == "__main__":
    unittest.main()
