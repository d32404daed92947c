"""A change of a policy, as the API server reports it, takes effect on the pods created after it, and on those alone."""
import unittest

from harness import installed
from harness.installed import ROOT_NAMESPACE, AdmissionTestCase
from harness.pods import mark, names, pod, values


def setUpModule():
    unittest.enterModuleContext(installed.webhook())


def propagates(*propagators):
    return lambda stored: values(stored).get("OTEL_PROPAGATORS") == ",".join(propagators)


class LaterPods(AdmissionTestCase):
    spec = {"workload": {"propagators": ["tracecontext"]}}

    def test_follow_an_edit_while_earlier_ones_keep_what_they_have(self):
        before = self.create(pod("before"))
        self.set_policy("policy", self.namespace, workload={"propagators": ["baggage"]})
        self.await_pod(propagates("baggage"), "the edit takes effect")
        after = self.create(pod("after"))
        self.assertNotEqual(mark(after), mark(before))
        unchanged = self.kubectl.get("pod", "before", "-n", self.namespace)
        self.assertEqual((mark(unchanged), values(unchanged)), (mark(before), values(before)))

    def test_are_left_alone_once_the_policy_is_deleted(self):
        namespace = self.new_namespace()
        self.set_policy("short", namespace, workload={})
        self.await_pod(mark, "the policy takes effect", namespace)
        self.kubectl("delete", "tracingpolicy", "short", "-n", namespace)
        self.await_pod(lambda stored: mark(stored) is None and names(stored) == [], "the deletion takes effect",
                       namespace)

    def test_are_left_alone_once_the_policy_only_audits(self):
        namespace = self.new_namespace()
        self.set_policy("policy", namespace, workload={})
        self.await_pod(mark, "the policy takes effect", namespace)
        self.set_policy("policy", namespace, mode="Audit", workload={})
        self.await_pod(lambda stored: mark(stored) is None, "Audit takes effect", namespace)

    def test_inherit_field_by_field_from_mesh_and_namespace(self):
        namespace = self.new_namespace()
        self.set_policy("mesh", ROOT_NAMESPACE, sampling={"owner": "SDK", "percentage": 1},
                        workload={"propagators": ["tracecontext"], "resourceAttributes": {"level": "mesh", "a": "1"}})
        self.addCleanup(self.kubectl.delete, "tracingpolicy", "mesh", "-n", ROOT_NAMESPACE)
        self.set_policy("here", namespace, workload={"resourceAttributes": {"level": "namespace", "b": "2"}})
        self.set_policy("checkout", namespace, selector={"matchLabels": {"app": "checkout"}},
                        workload={"propagators": ["baggage"]})
        stored = self.await_pod(propagates("baggage"), "the last of the three takes effect", namespace,
                                pod("probe", labels={"app": "checkout"}))
        found = values(stored)
        self.assertEqual(found["OTEL_TRACES_SAMPLER_ARG"], "0.01")
        for pair in ("level=namespace", "a=1", "b=2"):
            self.assertIn(pair, found["OTEL_RESOURCE_ATTRIBUTES"].split(","))
        other = self.kubectl.create(pod("other", labels={"app": "cart"}), "-n", namespace)
        self.assertEqual(values(other)["OTEL_PROPAGATORS"], "tracecontext")

    def test_follow_the_older_of_two_policies_that_claim_them(self):
        namespace = self.new_namespace()
        self.set_policy("z-older", namespace, workload={"propagators": ["tracecontext"]})
        self.await_pod(propagates("tracecontext"), "the older takes effect", namespace)
        # creationTimestamp counts seconds, and within one the name decides.
        older = self.kubectl.get("mtp", "z-older", "-n", namespace)["metadata"]["creationTimestamp"]
        younger = older
        while younger == older:
            self.kubectl.delete("mtp", "a-younger", "-n", namespace)
            self.set_policy("a-younger", namespace, workload={"propagators": ["baggage"]})
            younger = self.kubectl.get("mtp", "a-younger", "-n", namespace)["metadata"]["creationTimestamp"]
        self.set_policy("marker", namespace, selector={"matchLabels": {"app": "marker"}},
                        workload={"sdkDisabled": True})
        self.await_pod(lambda stored: "OTEL_SDK_DISABLED" in names(stored), "all policies are known", namespace,
                       pod("probe", labels={"app": "marker"}))
        self.assertTrue(propagates("tracecontext")(self.kubectl.create(pod("claimed"), "-n", namespace)))


if __name__ == "__main__":
    unittest.main()
