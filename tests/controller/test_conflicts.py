"""Other writers: busy ones, whose changes must all survive, and stubborn ones, with whom we do not fight."""
import threading
import unittest

from harness.api import Api, ApiFailed, config_maps, envoy_filters
from harness.controlled import LOGS_W3C, MESH_TEXT, ROOT, W3C, ControllerTestCase, controller
from harness.fault_proxy import FaultProxy
from harness.shared import cluster
from harness.waiting import eventually, throughout

LIMITS = {"proxy": {"headers": {"maxRequestHeadersKb": 96}}}
EDITS = 120  # of each writer
TOGGLES = 6  # of the policy meanwhile
REVERTS = 3  # after which we give up
HOLDS_S = 3
CONVERGES_S = 60

proxy = None
running = None


def setUpModule():
    global proxy, running
    proxy = FaultProxy(cluster())
    unittest.addModuleCleanup(proxy.stop)
    running = unittest.enterModuleContext(controller(proxy.url))


class Writer(threading.Thread):
    """Reads, edits and writes one object again and again, and never overwrites what it has not read."""

    def __init__(self, plane, path, edit):
        super().__init__(daemon=True)
        self._api = Api(plane)
        self._path = path
        self._edit = edit
        self.done = 0
        self.start()

    def run(self):
        while self.done < EDITS:
            stored = self._api.get(self._path)
            self._edit(stored, self.done)
            try:
                self._api.update(self._path, stored)
            except ApiFailed as failed:
                if failed.status != 409:
                    raise
                continue
            self.done += 1

    def finish(self):
        self.join(CONVERGES_S)
        assert self.done == EDITS, f"the writer made {self.done} of {EDITS} edits"


class Reverter:
    """Another manager that puts an object back as soon as it is other than it wants. As a context."""

    def __init__(self, plane, wanted_now, restore):
        self._api = Api(plane)
        self._wanted_now, self._restore = wanted_now, restore
        self.reverts = 0
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join()

    def _run(self):
        while not self._ends.wait(0.02):
            if not self._wanted_now(self._api):
                self._restore(self._api)
                self.reverts += 1


class ABusySecondWriter(ControllerTestCase):
    def test_of_other_keys_and_of_other_lines_loses_nothing_and_neither_do_we(self):
        path = config_maps(ROOT, "istio")

        def other_key(stored, number):
            stored["data"][f"key-{number}"] = f"value-{number}"

        def other_line(stored, number):
            stored["data"]["mesh"] += f"# line {number}\n"

        writers = [Writer(self.plane, path, other_key), Writer(self.plane, path, other_line)]
        for number in range(TOGGLES):
            self.apply("mesh", ROOT, proxy={"accessLog": {"traceHeaders": ["W3C", "B3"][:1 + number % 2]}})
        for writer in writers:
            writer.finish()
        self.until_programmed("mesh", ROOT, CONVERGES_S)
        stored = self.mesh()["data"]
        self.addCleanup(self.api.merge, path, {"data": {f"key-{number}": None for number in range(EDITS)}})
        self.assertEqual({key: stored.get(key) for key in (f"key-{number}" for number in range(EDITS))},
                         {f"key-{number}": f"value-{number}" for number in range(EDITS)})
        lines = [line for line in stored["mesh"].splitlines() if line.startswith("# line")]
        self.assertEqual(lines, [f"# line {number}" for number in range(EDITS)])
        self.assertIn(W3C, stored["mesh"])
        self.delete("mesh", ROOT)
        self.assertEqual(self.mesh_text(), MESH_TEXT + "\n".join(lines) + "\n")

    def test_of_our_own_objects_labels_loses_nothing(self):
        self.apply("limits", **LIMITS)
        self.until_programmed("limits")
        name, = self.envoy_filters()
        path = envoy_filters(self.namespace, name)

        def label(stored, number):
            stored["metadata"].setdefault("labels", {})[f"label-{number}"] = "there"

        writer = Writer(self.plane, path, label)
        for number in range(TOGGLES):
            self.apply("limits", proxy={"headers": {"maxRequestHeadersKb": 100 + number}})
        writer.finish()
        self.until_programmed("limits", seconds=CONVERGES_S)
        stored = self.api.get(path)
        labels = {f"label-{number}": "there" for number in range(EDITS)}
        self.assertLessEqual(labels.items(), stored["metadata"]["labels"].items())
        values = {patch["patch"]["value"]["typed_config"]["max_request_headers_kb"]
                  for patch in stored["spec"]["configPatches"]}
        self.assertEqual(values, {100 + TOGGLES - 1})


class AnotherManagerThatKeepsReverting(ControllerTestCase):
    """As GitOps does with what is other in the cluster than in its repository."""

    MANAGER = "argocd-controller"

    def reverting_the_text(self):
        path = config_maps(ROOT, "istio")
        return Reverter(self.plane, lambda api: api.get(path)["data"]["mesh"] == MESH_TEXT,
                        lambda api: api.merge(path, {"data": {"mesh": MESH_TEXT}}, self.MANAGER))

    def writes(self, resource):
        return proxy.requests(lambda each: each.writes and each.resource == resource and each.status < 300)

    def test_the_meshs_text_is_named_and_not_fought(self):
        with self.reverting_the_text() as other:
            proxy.clear()
            self.apply("mesh", ROOT, **LOGS_W3C)
            found = self.until_condition("Programmed", "False", "mesh", ROOT, "Reverted")
            self.assertIn(self.MANAGER, found["message"])
            self.assertIn("Reverted", self.targets("mesh", ROOT).values())
            written = len(self.writes("configmaps"))
            self.assertGreaterEqual(other.reverts, REVERTS)
            self.assertLessEqual(written, REVERTS + 1, "one write, and one for each revert but the last")
            throughout(lambda: len(self.writes("configmaps")) == written, "no further write", HOLDS_S)
        self.assertEqual(self.mesh_text(), MESH_TEXT)
        # The other manager is told otherwise, and the policy changes: a new attempt.
        self.apply("mesh", ROOT, proxy={"accessLog": {"traceHeaders": ["W3C", "B3"]}})
        self.until_programmed("mesh", ROOT)
        self.assertIn("B3", self.mesh_text())

    def test_stays_given_up_after_a_restart(self):
        with self.reverting_the_text():
            self.apply("mesh", ROOT, **LOGS_W3C)
            self.until_condition("Programmed", "False", "mesh", ROOT, "Reverted")
            running.kill()
            running.start().until_ready()
            proxy.clear()
            throughout(lambda: not self.writes("configmaps"), "no further write", HOLDS_S)
            self.assertEqual(self.condition("Programmed", "mesh", ROOT)["reason"], "Reverted")

    def test_an_object_is_named_and_not_fought_and_the_others_are_kept(self):
        path = envoy_filters(self.namespace, "meshtrace-limits")
        theirs = {"apiVersion": "networking.istio.io/v1alpha3", "kind": "EnvoyFilter",
                  "metadata": {"name": "meshtrace-limits"}, "spec": {"configPatches": []}}

        def as_they_want(api):
            stored = api.find(path)
            return stored is None or stored["spec"].get("configPatches", []) == []

        with Reverter(self.plane, as_they_want, lambda api: api.apply(path, theirs, self.MANAGER)):
            proxy.clear()
            self.apply("limits", **LIMITS)
            found = self.until_condition("Programmed", "False", "limits", reason="Reverted")
            self.assertIn(self.MANAGER, found["message"])
            written = len(self.writes("envoyfilters"))
            throughout(lambda: len(self.writes("envoyfilters")) == written, "no further write", HOLDS_S)
        other = self.new_namespace()
        self.apply("limits", other, **LIMITS)
        self.until_programmed("limits", other)

    def test_a_single_revert_is_put_right(self):
        self.apply("mesh", ROOT, **LOGS_W3C)
        self.until_programmed("mesh", ROOT)
        self.set_mesh(MESH_TEXT, manager=self.MANAGER)
        self.until_text(lambda text: W3C in text, "it is put right")
        eventually(lambda: any(name.startswith("meshtrace_controller_drift") and value > 0
                               for name, value in running.metrics().items()), "the drift is counted")


if __name__ == "__main__":
    unittest.main()
