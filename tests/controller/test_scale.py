"""Many pods, namespaces and policies: nothing is written when nothing differs, and an edit for the whole mesh
converges.

Figures, and the numbers of a large cluster, are `make bench`'s.
"""
import unittest

from harness.api import Api, policies
from harness.api_requests import WRITES
from harness.controlled import LOGS_W3C, ROOT, ControllerTestCase, controller
from harness.crowd import Crowd
from harness.fault_proxy import FaultProxy
from harness.shared import cluster
from harness.waiting import eventually

NAMESPACES, PODS, POLICIES = 40, 400, 120
RESYNCS = 3
CONVERGES_S = 90
RECONCILES = "meshtrace_controller_reconciles_total"

proxy = None
running = None
crowd = None


def spec_of(number):
    """One in four writes something of its own; the first of a namespace holds for all of it."""
    spec = {"workload": {"resourceAttributes": {"team": f"team-{number}"}}}
    if number >= NAMESPACES:
        spec["selector"] = {"matchLabels": {"app": f"app-{number % 7}"}}
    if number % 4 == 0:
        spec["proxy"] = {"headers": {"maxRequestHeadersKb": 64 + number % 32}}
    return spec


def setUpModule():
    global proxy, running, crowd
    proxy = FaultProxy(cluster())
    unittest.addModuleCleanup(proxy.stop)
    running = unittest.enterModuleContext(controller(proxy.url, resync_period="1s"))
    crowd = Crowd(cluster())
    crowd.make_namespaces(NAMESPACES)
    crowd.make_pods(0, PODS)
    crowd.make_policies(0, POLICIES, spec_of)
    unittest.addModuleCleanup(delete_all)


def delete_all():
    cluster().kubectl("delete", "namespace", *crowd.namespaces, "--wait=false")


class ManyPolicies(ControllerTestCase):
    def all_said(self):
        """Each policy's status is about the policy as it is."""
        items = [item for item in Api(self.plane).items("/apis/meshtrace.io/v1alpha1/tracingpolicies")
                 if item["metadata"]["namespace"] in crowd.namespaces]
        behind = [item["metadata"]["name"] for item in items
                  if item.get("status", {}).get("observedGeneration") != item["metadata"]["generation"]]
        assert len(items) == POLICIES and not behind, f"{len(items)} policies, without status: {behind[:5]}"
        return items

    def writes(self):
        return proxy.requests(lambda each: each.verb in WRITES and each.resource != "leases")

    def until_settled(self):
        """Every status written, and for some resyncs nothing more."""
        eventually(self.all_said, "every policy has its status", CONVERGES_S)

        def quiet():
            proxy.clear()
            self.until_resynced()
            return not self.writes()
        eventually(quiet, "nothing more is written", CONVERGES_S)

    def until_resynced(self):
        before = running.metrics()[RECONCILES]
        eventually(lambda: running.metrics()[RECONCILES] >= before + RESYNCS, f"{RESYNCS} resyncs", CONVERGES_S)

    def test_in_steady_state_nothing_is_written(self):
        self.until_settled()
        proxy.clear()
        self.until_resynced()
        self.assertEqual([str(each) for each in self.writes()], [])

    def test_count_the_pods_that_they_cover(self):
        """Wider policies cover the pods of narrower ones, too: what these leave out comes from them."""
        self.until_settled()
        wrong = {}
        for item in self.all_said():
            labels = item["spec"].get("selector", {}).get("matchLabels", {})
            pods = [number for number in range(PODS)
                    if crowd.namespace_of(number) == item["metadata"]["namespace"]
                    and labels.items() <= crowd.labels_of(number).items()]
            if item["status"]["workloads"]["matched"] != len(pods):
                wrong[item["metadata"]["name"]] = (item["status"]["workloads"], len(pods))
        self.assertEqual(wrong, {})

    def test_an_edit_of_the_mesh_converges_and_is_written_once(self):
        self.until_settled()
        proxy.clear()
        self.apply("mesh", ROOT, workload={"propagators": ["tracecontext"]}, **LOGS_W3C)
        self.until_programmed("mesh", ROOT, CONVERGES_S)
        self.until_resynced()
        texts = [each for each in self.writes() if each.resource == "configmaps"]
        self.assertEqual(len(texts), 1, [str(each) for each in texts])
        # A namespace's filter says nothing that the mesh's policy changed: it is not touched.
        self.assertEqual([str(each) for each in self.writes() if each.resource == "envoyfilters"], [])

    def test_an_edit_of_one_policy_writes_for_that_one_alone(self):
        self.until_settled()
        proxy.clear()
        namespace = crowd.namespaces[0]
        self.api.merge(policies(namespace, "policy-0"), {"spec": {"proxy": {"headers": {"maxRequestHeadersKb": 100}}}})
        self.until_condition("Programmed", "True", "policy-0", namespace, seconds=CONVERGES_S)
        self.until_resynced()
        self.assertEqual({each.namespace for each in self.writes()}, {namespace})


if __name__ == "__main__":
    unittest.main()
