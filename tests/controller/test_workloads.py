"""status.workloads: pods with and without the webhook, before and after the policy, opted out, changed and gone."""
import unittest

from harness.controlled import ControllerTestCase, controller
from harness.installed import webhook
from harness.pods import MARK, mark, pod
from harness.waiting import eventually

INJECTS = {"workload": {"podIdentity": True}}
COUNTED_S = 30  # some seconds in fact: pods are counted every few seconds, not at each change


def setUpModule():
    unittest.enterModuleContext(controller())


class Workloads(ControllerTestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.kubectl, "delete", "pods", "--all", "-n", self.namespace, "--grace-period=0", "--force")

    def create(self, *pods):
        """Where no webhook is registered: as if it were away."""
        for each in pods:
            self.kubectl.create(each, "-n", self.namespace)

    def apply_before(self, name, **spec):
        """A policy that is older than whatever is created next: times have whole seconds, and a pod of the same second
        counts as older."""
        self.apply(name, **spec)

        def pod_is_younger():
            probe = self.kubectl.create(pod("probe"), "-n", self.namespace, "--dry-run=server")
            return probe["metadata"]["creationTimestamp"] > self.stored(name)["metadata"]["creationTimestamp"]
        eventually(pod_is_younger, "the next second")

    def until_counts(self, name, matched, injected, stale, missed):
        expected = {"matched": matched, "injected": injected, "stale": stale, "missed": missed,
                    "summary": f"{injected}/{matched}"}

        def so():
            self.assertEqual(self.stored(name).get("status", {}).get("workloads"), expected)
            return True
        eventually(so, f"the counts of {name}", COUNTED_S)

    def test_tell_injected_from_stale_and_missed(self):
        self.create(pod("older"))
        self.apply_before("policy", **INJECTS)
        self.until_counts("policy", 1, 0, 1, 0)
        with webhook():
            admitted = self.until_marked("injected")
            self.until_counts("policy", 2, 1, 1, 0)
        self.create(pod("missed"))
        self.create(pod("forged", annotations={MARK: "0123456789abcdef"}))
        self.until_counts("policy", 4, 1, 2, 1)
        # Another policy, another mark: who had the old one needs a rollout.
        self.apply("policy", workload={"podIdentity": False})
        self.until_counts("policy", 4, 0, 3, 1)
        self.kubectl("delete", "pod", "missed", "-n", self.namespace, "--grace-period=0", "--force")
        self.until_counts("policy", 3, 0, 3, 0)
        self.assertIsNotNone(mark(admitted))

    def until_marked(self, name):
        """A pod of that name that the webhook has marked; the webhook learns of a policy some milliseconds later."""
        def marked():
            return mark(self.kubectl.create(pod(name), "-n", self.namespace, "--dry-run=server"))
        eventually(marked, "the webhook knows the policy")
        return self.kubectl.create(pod(name), "-n", self.namespace)

    def test_count_for_every_policy_of_a_merge_and_for_no_other(self):
        self.apply("whole", **INJECTS)
        self.apply("checkout", selector={"matchLabels": {"app": "checkout"}}, **INJECTS)
        self.apply_before("elsewhere", selector={"matchLabels": {"app": "other"}}, **INJECTS)
        self.create(pod("a", labels={"app": "checkout"}), pod("b", labels={"app": "cart"}))
        self.until_counts("checkout", 1, 0, 0, 1)
        self.until_counts("whole", 2, 0, 0, 2)
        self.until_counts("elsewhere", 0, 0, 0, 0)

    def test_leave_out_what_opted_out(self):
        self.apply_before("policy", **INJECTS)
        self.create(pod("in"), pod("out", labels={"meshtrace.io/inject": "false"}))
        self.until_counts("policy", 1, 0, 0, 1)
        self.kubectl("label", "namespace", self.namespace, "meshtrace.io/inject=false")
        self.until_counts("policy", 0, 0, 0, 0)
        self.kubectl("label", "namespace", self.namespace, "meshtrace.io/inject-")
        self.until_counts("policy", 1, 0, 0, 1)

    def test_show_in_the_column_of_kubectl_get(self):
        self.apply_before("policy", **INJECTS)
        self.create(pod("a"))
        self.until_counts("policy", 1, 0, 0, 1)
        header, row = self.kubectl("get", "tracingpolicy", "policy", "-n", self.namespace).splitlines()
        self.assertEqual(row[header.index("INJECTED"):].split()[0], "0/1")  # other columns may be empty


if __name__ == "__main__":
    unittest.main()
