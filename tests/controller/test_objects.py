"""EnvoyFilters and Telemetries: made for a policy, kept as they should be, and gone with it."""
import unittest

from harness.api import ApiFailed, envoy_filters, policies, telemetries
from harness.controlled import LOGS_W3C, MANAGER, ROOT, ControllerTestCase, controller
from harness.policy import policy
from harness.waiting import eventually, throughout

LIMITS = {"proxy": {"headers": {"maxRequestHeadersKb": 96}}}
HOLDS_S = 2  # how long nothing may happen that would happen with the next reconcile

running = None


def setUpModule():
    global running
    running = unittest.enterModuleContext(controller())


def limit_of(envoy_filter):
    return [patch["patch"]["value"]["typed_config"].get("max_request_headers_kb")
            for patch in envoy_filter["spec"]["configPatches"]]


class ObjectsTestCase(ControllerTestCase):
    def until_one_filter(self, namespace=None):
        return eventually(lambda: list(self.envoy_filters(namespace).values()), "its EnvoyFilter is there")[0]

    def drift(self, kind):
        return sum(value for name, value in running.metrics().items()
                   if name.startswith("meshtrace_controller_drift") and f'"{kind}"' in name)


class APolicysEnvoyFilter(ObjectsTestCase):
    def setUp(self):
        # The next test's policy has the same name: it must not meet what is still to be collected of this one's.
        self.addCleanup(eventually, lambda: not self.envoy_filters(), "nothing is left of the test")
        super().setUp()

    def test_stands_in_its_namespace_is_its_own_and_goes_with_it(self):
        self.apply("limits", **LIMITS)
        self.until_programmed("limits")
        made = self.until_one_filter()
        self.assertEqual(made["metadata"]["name"], "meshtrace-limits")
        self.assertIn(96, limit_of(made))
        owner, = made["metadata"]["ownerReferences"]
        self.assertEqual((owner["kind"], owner["name"], owner["uid"]),
                         ("TracingPolicy", "limits", self.stored("limits")["metadata"]["uid"]))
        self.delete("limits")
        eventually(lambda: not self.envoy_filters(), "the EnvoyFilter is gone")

    def test_follows_the_policy(self):
        self.apply("limits", **LIMITS)
        self.until_programmed("limits")
        self.apply("limits", proxy={"headers": {"maxRequestHeadersKb": 128}})
        self.until_programmed("limits")
        self.assertIn(128, limit_of(self.until_one_filter()))
        self.apply("limits", workload={})
        eventually(lambda: not self.envoy_filters(), "it is gone when nothing asks for it")

    def test_is_put_right_when_somebody_changes_it_and_that_is_counted(self):
        self.apply("limits", **LIMITS)
        self.until_programmed("limits")
        made, before = self.until_one_filter(), self.drift("EnvoyFilter")
        path = envoy_filters(self.namespace, made["metadata"]["name"])
        made["spec"]["configPatches"][0]["patch"]["value"]["typed_config"]["max_request_headers_kb"] = 1
        self.api.update(path, made)
        eventually(lambda: limit_of(self.api.get(path)) == [96] * len(limit_of(made)), "it is put right")
        eventually(lambda: self.drift("EnvoyFilter") > before, "the drift is counted")

    def test_comes_back_when_somebody_deletes_it(self):
        self.apply("limits", **LIMITS)
        self.until_programmed("limits")
        first = self.until_one_filter()["metadata"]
        self.api.delete(envoy_filters(self.namespace, first["name"]))
        eventually(lambda: self.until_one_filter()["metadata"]["uid"] != first["uid"], "it is there again")

    def test_keeps_the_labels_that_others_put_on_it(self):
        self.apply("limits", **LIMITS)
        self.until_programmed("limits")
        path = envoy_filters(self.namespace, self.until_one_filter()["metadata"]["name"])
        self.api.merge(path, {"metadata": {"labels": {"team": "shop"}}})
        self.apply("limits", proxy={"headers": {"maxRequestHeadersKb": 128}})
        eventually(lambda: 128 in limit_of(self.api.get(path)), "it follows")
        self.assertEqual(self.api.get(path)["metadata"]["labels"]["team"], "shop")


class ObjectsOfOthers(ObjectsTestCase):
    def test_stay_as_they_are(self):
        own = {"apiVersion": "networking.istio.io/v1alpha3", "kind": "EnvoyFilter",
               "metadata": {"name": "users-own", "namespace": self.namespace}, "spec": {"configPatches": []}}
        telemetry = {"apiVersion": "telemetry.istio.io/v1alpha1", "kind": "Telemetry",
                     "metadata": {"name": "users-own", "namespace": self.namespace},
                     "spec": {"selector": {"matchLabels": {"app": "theirs"}}, "metrics": [{"reportingInterval": "5s"}]}}
        stored = [self.api.create(envoy_filters(self.namespace), own),
                  self.api.create(telemetries(self.namespace), telemetry)]
        self.apply("limits", **LIMITS)
        self.apply("logs", selector={"matchLabels": {"app": "a"}}, **LOGS_W3C)
        for name in ("limits", "logs"):
            self.until_programmed(name)
            self.delete(name)
        self.assertEqual([self.api.get(envoy_filters(self.namespace, "users-own")),
                          self.api.get(telemetries(self.namespace, "users-own"))], stored)


class AnAuditPolicy(ObjectsTestCase):
    def test_says_what_it_would_write_and_writes_nothing_else(self):
        text = self.mesh_text()
        self.apply("audited", mode="Audit", **LIMITS)
        self.apply("audited-mesh", ROOT, mode="Audit", **LOGS_W3C)
        eventually(lambda: "WouldApply" in self.targets("audited").values(), "what it would write")
        eventually(lambda: "WouldApply" in self.targets("audited-mesh", ROOT).values(), "what it would write")
        throughout(lambda: not self.envoy_filters() and self.mesh_text() == text, "nothing is written", HOLDS_S)
        self.assertNotIn("finalizers", self.stored("audited")["metadata"])

    def test_takes_back_what_it_wrote_when_it_becomes_one(self):
        text = self.mesh_text()
        self.apply("turning", ROOT, **LOGS_W3C)
        self.until_programmed("turning", ROOT)
        self.apply("turning", ROOT, mode="Audit", **LOGS_W3C)
        self.until_text(lambda now: now == text, "the text is what it was")


class AnInvalidPolicy(ObjectsTestCase):
    """The schema admits it, and with the webhook away it is stored."""

    SPEC = {"proxy": {"accessLog": {"format": "%NO_SUCH_OPERATOR%\n"}, "headers": {"maxRequestHeadersKb": 96}}}

    def test_is_said_to_be_so_and_nothing_is_written_for_it(self):
        self.apply("invalid", **self.SPEC)
        found = self.until_condition("Accepted", "False", "invalid")
        self.assertIn("spec.proxy.accessLog.format", found["message"])
        throughout(lambda: not self.envoy_filters() and not self.telemetries(), "nothing is written", HOLDS_S)

    def test_does_not_stand_in_the_way_of_others_and_comes_into_force_once_it_is_mended(self):
        self.apply("invalid", **self.SPEC)
        self.until_condition("Accepted", "False", "invalid")
        other = self.new_namespace()
        self.apply("valid", other, **LIMITS)
        self.until_programmed("valid", other)
        self.apply("invalid", **LIMITS)
        self.until_programmed("invalid")

    def test_that_was_valid_before_is_taken_back_and_can_go(self):
        self.apply("turning", **LIMITS)
        self.until_programmed("turning")
        self.apply("turning", **self.SPEC)
        self.until_condition("Accepted", "False", "turning")
        eventually(lambda: not self.envoy_filters(), "what it had written is gone")
        self.delete("turning")


class TwoPoliciesOfOneScope(ObjectsTestCase):
    def test_the_older_wins_and_the_other_takes_over_when_it_goes(self):
        self.apply("older", **LIMITS)
        self.until_programmed("older")
        self.apply("younger", proxy={"headers": {"maxRequestHeadersKb": 128}})
        found = self.until_condition("Conflicted", "True", "younger")
        self.assertIn("older", found["message"])
        self.assertIn(96, limit_of(self.until_one_filter()))
        self.delete("older")
        self.until_condition("Conflicted", "False", "younger")
        self.until_programmed("younger")
        self.assertIn(128, limit_of(self.until_one_filter()))


class ANamespace(ObjectsTestCase):
    def test_can_be_deleted_with_its_policies_and_leaves_nothing_in_the_mesh(self):
        text = self.mesh_text()
        namespace = self.new_namespace()
        self.api.create(policies(namespace), policy("limits", namespace, **LIMITS))
        selector = {"matchLabels": {"app": "a"}}
        self.api.create(policies(namespace), policy("logs", namespace, selector=selector, **LOGS_W3C))
        for name in ("limits", "logs"):
            self.until_programmed(name, namespace)
        self.assertNotEqual(self.mesh_text(), text)
        self.kubectl("delete", "namespace", namespace, "--timeout=45s")
        self.until_text(lambda now: now == text, "the text is what it was")


class APolicyWhoseNamespaceIsBeingDeleted(ObjectsTestCase):
    def test_is_no_reason_for_errors_without_end(self):
        """Nothing can be created in such a namespace any more."""
        namespace = self.new_namespace()
        self.api.create(policies(namespace), policy("limits", namespace, **LIMITS))
        self.until_programmed("limits", namespace)
        self.api.create(f"/api/v1/namespaces/{namespace}/configmaps",
                        {"metadata": {"name": "holds-it", "finalizers": ["example.com/held"]}})
        self.kubectl("delete", "namespace", namespace, "--wait=false")
        eventually(lambda: self.api.find(policies(namespace, "limits")) is None, "the policy goes")
        with self.assertRaises(ApiFailed):
            self.api.create(policies(namespace), policy("late", namespace, **LIMITS))
        self.api.merge(f"/api/v1/namespaces/{namespace}/configmaps/holds-it", {"metadata": {"finalizers": None}})


class ALongName(ObjectsTestCase):
    def test_of_a_policy_gives_a_name_that_the_api_server_takes(self):
        name = ".".join(["x" * 63] * 3 + ["x" * 61])
        self.apply(name, **LIMITS)
        self.until_programmed(name)
        made = self.until_one_filter()
        self.assertLessEqual(len(made["metadata"]["name"]), 253)
        self.assertEqual(made["metadata"]["labels"]["app.kubernetes.io/managed-by"], MANAGER)


if __name__ == "__main__":
    unittest.main()
