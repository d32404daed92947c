"""Two replicas: one leads and writes, the other stands by; whatever happens to the leader, never do both write."""
import contextlib
import datetime
import threading
import unittest

from harness.api import Api, ApiFailed, leases
from harness.controlled import ROOT, W3C, LOGS_W3C, ControllerTestCase, controller, prepare
from harness.fault_proxy import FaultProxy
from harness.manifests import NAMESPACE
from harness.shared import cluster
from harness.waiting import eventually, throughout

LEASE = "meshtrace-controller"
LEASE_S = 4
FLAGS = {"leader_elect_lease_duration": f"{LEASE_S}s", "leader_elect_renew_deadline": "3s",
         "leader_elect_retry_period": "1s"}
TAKES_OVER_S = 10 * LEASE_S  # two leases in fact; a loaded machine is given time
HOLDS_S = 2 * LEASE_S
LIMITS = {"proxy": {"headers": {"maxRequestHeadersKb": 96}}}


def setUpModule():
    prepare(cluster())


class Replica:
    """A controller with a way to the API server of its own, by which its writes are known."""

    def __init__(self, name):
        self.proxy = FaultProxy(cluster(), f"{name}-proxy")
        self._context = controller(self.proxy.url, name, **FLAGS)
        self.controller = self._context.__enter__()

    def end(self):
        self.controller.kill()
        self._context.__exit__(None, None, None)
        self.proxy.stop()

    def leads(self):
        return self.controller.metrics()["meshtrace_controller_leader"] == 1

    def writes(self):
        """What it has changed; its claims to the lease apart."""
        return self.proxy.requests(lambda each: each.writes and each.succeeded and each.resource != "leases")


class LeaderTestCase(ControllerTestCase):
    def setUp(self):
        self.lease = leases(NAMESPACE, LEASE)
        with contextlib.suppress(ApiFailed):
            Api(self.plane).delete(self.lease)
        super().setUp()

    def start(self, *names):
        replicas = []
        for name in names:
            replicas.append(Replica(name))
            self.addCleanup(self.end, replicas[-1])
        return replicas

    def end(self, replica):
        self.delete_applied()  # while there is one who takes back what was written
        replica.end()

    def delete_applied(self):
        for namespace, name in self._applied:
            self.delete(name, namespace)
        self._applied = []

    def two(self):
        """The leader and the other."""
        replicas = self.start("replica-a", "replica-b")
        leader = eventually(lambda: next((each for each in replicas if each.leads()), None), "one leads", TAKES_OVER_S)
        other, = (each for each in replicas if each is not leader)
        return leader, other

    def holder(self):
        return self.api.get(self.lease)["spec"].get("holderIdentity", "")

    def make_work(self, prefix, count=5):
        for number in range(count):
            self.apply(f"{prefix}-{number}", selector={"matchLabels": {"app": f"{prefix}-{number}"}}, **LIMITS)

    def until_done(self, prefix, count=5):
        for number in range(count):
            self.until_programmed(f"{prefix}-{number}", seconds=TAKES_OVER_S)

    def assert_one_after_the_other(self, first, then):
        """All that `first` wrote, it wrote before `then` began to."""
        last = max((write.at for write in first.writes()), default=0)
        begins = min(write.at for write in then.writes())
        self.assertLess(last, begins, "both wrote")


class OfTwoReplicas(LeaderTestCase):
    def test_one_writes_and_the_other_is_ready_to(self):
        leader, other = self.two()
        self.make_work("work")
        self.until_done("work")
        self.assertTrue(leader.writes())
        self.assertEqual(other.writes(), [])
        self.assertTrue(other.controller.ready())
        self.assertFalse(other.leads())

    def test_the_other_takes_over_when_the_leader_is_killed(self):
        leader, other = self.two()
        self.make_work("before")
        self.until_done("before")
        leader.controller.kill()
        self.make_work("after")
        self.until_done("after")
        self.assertTrue(other.leads())
        self.assert_one_after_the_other(leader, other)

    def test_the_other_takes_over_when_the_leader_ends_which_gives_the_lease_up(self):
        leader, other = self.two()
        self.assertEqual(leader.controller.stop(), 0)
        eventually(other.leads, "the other leads", TAKES_OVER_S)
        self.make_work("after")
        self.until_done("after")
        self.assertEqual(leader.writes(), [])

    def test_a_leader_that_was_paused_past_its_lease_writes_nothing_when_it_comes_back(self):
        leader, other = self.two()
        for round_ in range(3):
            self.make_work(f"before-{round_}", 3)  # so that it is in the middle of its work
            leader.controller.pause()
            self.make_work(f"meanwhile-{round_}", 3)
            self.until_done(f"meanwhile-{round_}", 3)
            self.until_done(f"before-{round_}", 3)
            self.assertTrue(other.leads())
            leader.proxy.clear()
            leader.controller.resume()
            eventually(lambda: not leader.leads(), "it knows that it leads no more")
            self.make_work(f"later-{round_}", 3)
            self.until_done(f"later-{round_}", 3)
            self.assertEqual([str(write) for write in leader.writes()], [])
            leader, other = other, leader

    def test_a_leader_that_cannot_renew_stops_writing_before_the_other_begins(self):
        leader, other = self.two()
        self.make_work("before")
        self.until_done("before")
        with leader.proxy.answering(500, lambda each: each.resource == "leases"):
            self.make_work("meanwhile", 10)
            eventually(other.leads, "the other leads", TAKES_OVER_S)
            self.make_work("after")
            self.until_done("after")
        throughout(lambda: not leader.leads(), "it stands by", HOLDS_S)
        self.assert_one_after_the_other(leader, other)


class TheLease(LeaderTestCase):
    """Held by somebody whose clock is wrong: only what is seen to change counts, by one's own clock."""

    def hold(self, renewed_at, duration_s=LEASE_S):
        stamp = renewed_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                 "metadata": {"name": LEASE, "namespace": NAMESPACE},
                 "spec": {"holderIdentity": "somebody", "leaseDurationSeconds": duration_s, "acquireTime": stamp,
                          "renewTime": stamp, "leaseTransitions": 7}}
        self.api.apply(self.lease, lease, "somebody")

    def test_of_a_clock_far_ahead_is_taken_over_when_it_is_not_renewed(self):
        self.hold(datetime.datetime(2099, 1, 1))
        replica, = self.start("replica-a")
        eventually(replica.leads, "it leads", TAKES_OVER_S)
        self.assertNotEqual(self.holder(), "somebody")
        self.assertEqual(self.api.get(self.lease)["spec"]["leaseTransitions"], 8)

    def test_of_a_clock_far_behind_is_respected_as_long_as_it_is_renewed(self):
        past = datetime.datetime(1999, 1, 1)
        self.hold(past)
        ends = threading.Event()

        def renew():
            seconds = 0
            while not ends.wait(0.3):
                seconds += 1
                self.hold(past + datetime.timedelta(seconds=seconds))

        renewing = threading.Thread(target=renew, daemon=True)
        renewing.start()
        self.addCleanup(ends.set)
        replica, = self.start("replica-a")
        self.make_work("work", 1)
        throughout(lambda: not replica.leads() and not replica.writes(), "it stands by", HOLDS_S)
        ends.set()
        renewing.join()
        eventually(replica.leads, "it leads once the other has stopped", TAKES_OVER_S)
        self.until_done("work", 1)

    def test_that_is_deleted_is_made_again(self):
        replica, = self.start("replica-a")
        eventually(replica.leads, "it leads", TAKES_OVER_S)
        self.api.delete(self.lease)
        eventually(lambda: self.api.find(self.lease), "the lease is there again", TAKES_OVER_S)
        eventually(replica.leads, "it leads", TAKES_OVER_S)

    def test_that_is_nonsense_does_not_stop_it(self):
        self.api.create(leases(NAMESPACE), {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                                            "metadata": {"name": LEASE, "namespace": NAMESPACE}, "spec": {}})
        replica, = self.start("replica-a")
        eventually(replica.leads, "it leads", TAKES_OVER_S)
        self.apply("mesh", ROOT, **LOGS_W3C)
        self.until_text(lambda text: W3C in text, "and writes")


if __name__ == "__main__":
    unittest.main()
