"""Ours among other mutating webhooks, with the reinvocation policy and the conditions that the manifests state."""
import unittest

from harness import installed
from harness.installed import AdmissionTestCase
from harness.other_webhook import OtherWebhook
from harness.pods import MARK, container, container_of, mark, names, pod, values
from harness.waiting import eventually

SPEC = {"sampling": {"owner": "SDK", "percentage": 10}, "workload": {"resourceAttributes": {"team": "shop"}}}
ADDED = "added-later"
LAST, FIRST = "zz-later", "aa-earlier"


def setUpModule():
    unittest.enterModuleContext(installed.webhook())


def adds(*patch, unless=ADDED):
    """A patch for pods that have no container of that name yet."""
    def patch_of(object_):
        there = {item["name"] for item in object_["spec"]["containers"]}
        return [] if unless in there else list(patch)
    return patch_of


APPEND = {"op": "add", "path": "/spec/containers/-", "value": container(ADDED)}
PREPEND = {"op": "add", "path": "/spec/containers/0", "value": container(ADDED)}
PROXY = {"op": "add", "path": "/spec/containers/-", "value": container("istio-proxy")}
NATIVE_SIDECAR = {"op": "add", "path": "/spec/initContainers", "value": [container(ADDED, restartPolicy="Always")]}


class WithAnotherWebhook(AdmissionTestCase):
    spec = SPEC

    def with_other(self, name, patch_of, **options):
        other = OtherWebhook(self.plane, name, patch_of, **options).register(self.namespace)
        self.addCleanup(other.stop)
        eventually(lambda: self.create(pod("probe"), "--dry-run=server") and other.calls > 0, f"{name} is called")
        return other

    def assert_injected_once(self, stored, name):
        found = names(stored, name)
        self.assertIn("OTEL_PROPAGATORS", found)
        self.assertEqual(len(found), len(set(found)), f"doubled in {name}")

    def test_a_container_that_comes_after_ours_is_injected_and_nothing_is_doubled(self):
        for what, patch in (("behind", APPEND), ("before", PREPEND)):
            with self.subTest(what):
                self.with_other(LAST, adds(patch))
                stored = self.create(pod(f"container-{what}"))
                self.assertEqual({item["name"] for item in stored["spec"]["containers"]}, {"app", ADDED})
                for name in ("app", ADDED):
                    self.assert_injected_once(stored, name)
                self.assertEqual(values(stored, ADDED)["OTEL_RESOURCE_ATTRIBUTES"].count("k8s.container.name"), 1)
                self.doCleanups()

    def test_a_native_sidecar_that_comes_after_ours_is_injected(self):
        def patch_of(object_):
            return [] if object_["spec"].get("initContainers") else [NATIVE_SIDECAR]
        self.with_other(LAST, patch_of)
        sidecar, = self.create(pod("native-sidecar"))["spec"]["initContainers"]
        self.assertIn("OTEL_PROPAGATORS", [entry["name"] for entry in sidecar["env"]])

    def test_a_proxy_that_comes_after_ours_stays_bare(self):
        self.with_other(LAST, adds(PROXY, unless="istio-proxy"))
        stored = self.create(pod("proxy"))
        self.assertNotIn("env", container_of(stored, "istio-proxy"))
        self.assert_injected_once(stored, "app")

    def test_the_order_makes_no_difference(self):
        results = []
        for name in (FIRST, LAST):
            self.with_other(name, adds(APPEND))
            stored = self.create(pod("order"), "--dry-run=server")
            results.append({each: values(stored, each) for each in ("app", ADDED)})
            self.doCleanups()
        self.assertEqual(*results)

    def test_both_reinvoked_come_to_rest(self):
        self.with_other(LAST, adds(APPEND), reinvocation="IfNeeded")
        stored = self.create(pod("both"))
        for name in ("app", ADDED):
            self.assert_injected_once(stored, name)

    def test_a_variable_that_comes_after_ours_wins_where_its_author_replaces_ours(self):
        def patch_of(object_):
            env = object_["spec"]["containers"][0].get("env", [])
            at = [entry["name"] for entry in env].index("OTEL_PROPAGATORS")
            if env[at]["value"] == "xray":
                return []
            return [{"op": "replace", "path": f"/spec/containers/0/env/{at}/value", "value": "xray"}]
        self.with_other(LAST, patch_of)
        stored = self.create(pod("overruled"))
        self.assertEqual(values(stored)["OTEL_PROPAGATORS"], "xray")
        self.assert_injected_once(stored, "app")


class WhatMayNotEvade(AdmissionTestCase):
    spec = SPEC

    def test_a_forged_mark_is_replaced_and_its_pod_injected(self):
        genuine = mark(self.create(pod("genuine")))
        for name, forged in (("nonsense", "forged"), ("genuine-hash", genuine), ("empty", "")):
            with self.subTest(name):
                stored = self.create(pod(f"forged-{name}", annotations={MARK: forged}))
                self.assertEqual(mark(stored), genuine)
                self.assertIn("OTEL_PROPAGATORS", names(stored))

    def test_a_mirror_pod_is_left_as_the_kubelet_runs_it(self):
        mirror = pod("mirror", annotations={"kubernetes.io/config.mirror": "of-a-file"}, nodeName="node-1",
                     automountServiceAccountToken=False)
        stored = self.create(mirror)
        self.assertIsNone(mark(stored))
        self.assertNotIn("env", container_of(stored))

    def test_a_pod_without_annotations_or_labels_meets_no_error_of_the_conditions(self):
        bare = pod("bare")
        bare["metadata"] = {"name": "bare"}
        self.assertTrue(mark(self.create(bare)))


if __name__ == "__main__":
    unittest.main()
