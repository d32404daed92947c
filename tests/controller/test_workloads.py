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

    def create(self, *pods, namespace=None):
        for each in pods:
            self.kubectl.create(each, "-n", namespace or self.namespace)

    def create_without_webhook(self, name, **metadata):
        """A pod of which the webhook never hears: as if it had been away."""
        self.create(pod(name, **metadata))

    def counts(self, name, namespace=None):
        return self.stored(name, namespace).get("status", {}).get("workloads")

    def until_counts(self, name, matched, injected, stale, missed, namespace=None):
        expected = {"matched": matched, "injected": injected, "stale": stale, "missed": missed,
                    "summary": f"{injected}/{matched}"}

        def so():
            self.assertEqual(self.counts(name, namespace), expected)
            return True
        eventually(so, f"the counts of {name}", COUNTED_S)

    def test_tell_injected_from_stale_and_missed(self):
        self.create_without_webhook("older")
        self.apply("policy", **INJECTS)
        self.until_counts("policy", 1, 0, 1, 0)
        with webhook():
            admitted = self.until_marked("injected")
            self.until_counts("policy", 2, 1, 1, 0)
        self.create_without_webhook("missed")
        self.create_without_webhook("forged", annotations={MARK: "0123456789abcdef"})
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
        self.apply("proxies", selector={"matchLabels": {"app": "other"}}, **INJECTS)
        self.create(pod("a", labels={"app": "checkout"}), pod("b", labels={"app": "cart"}))
        self.until_counts("checkout", 1, 0, 0, 1)
        self.until_counts("whole", 2, 0, 0, 2)
        self.until_counts("proxies", 0, 0, 0, 0)

    def test_leave_out_what_opted_out(self):
        self.apply("policy", **INJECTS)
        self.create(pod("in"), pod("out", labels={"meshtrace.io/inject": "false"}))
        self.until_counts("policy", 1, 0, 0, 1)
        self.kubectl("label", "namespace", self.namespace, "meshtrace.io/inject=false")
        self.until_counts("policy", 0, 0, 0, 0)
        self.kubectl("label", "namespace", self.namespace, "meshtrace.io/inject-")
        self.until_counts("policy", 1, 0, 0, 1)

    def test_show_in_the_column_of_kubectl_get(self):
        self.apply("policy", **INJECTS)
        self.create(pod("a"))
        self.until_counts("policy", 1, 0, 0, 1)
        header, row = self.kubectl("get", "tracingpolicy", "policy", "-n", self.namespace).splitlines()
        self.assertEqual(dict(zip(header.split(), row.split()))["INJECTED"], "0/1")


if __name__ == "__main__":
    unittest.main()
