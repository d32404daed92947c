"""kubectl meshtrace inject: what comes out, byte for byte."""

import json
import unittest

from support import POD, POLICY, CommandTest

OPTED_OUT = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: quiet, labels: {meshtrace.io/inject: "false"}}\n'
TEMPLATE = "metadata: {labels: {app: a}}, spec: {containers: [{name: app, image: x}]}"


def workload(kind, version, spec, namespace="default"):
    return (f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: thing, namespace: {namespace}}}\n"
            f"spec: {spec}\n")


class Inject(CommandTest):
    def names(self, container):
        return [entry["name"] for entry in container.get("env", [])]

    def objects(self, *files, **options):
        value = json.loads(self.inject(*files, extra=("-o", "json"), **options).stdout)
        return value["items"] if value["kind"] == "List" else [value]

    def test_adds_the_variables_and_keeps_the_rest_of_the_text(self):
        out = self.inject("pod.yaml").stdout.decode()
        self.assertTrue(out.startswith(POD), out)
        self.assertIn("    env:\n    - name: K8S_POD_NAME\n      valueFrom:\n        fieldRef:\n"
                      "          fieldPath: metadata.name\n", out)
        self.assertIn('    - name: OTEL_TRACES_SAMPLER_ARG\n      value: "0.1"\n', out)

    def test_run_on_its_own_output_gives_the_same_bytes(self):
        once = self.inject("pod.yaml").stdout
        twice = self.inject("-", stdin=once)
        self.assertEqual(twice.stdout, once)
        self.assertEqual(twice.stderr, b"")

    def test_never_sets_the_mark(self):
        self.assertNotIn(b"meshtrace.io/injected", self.inject("pod.yaml").stdout)

    def test_reaches_the_template_of_every_kind(self):
        template = "{template: {" + TEMPLATE + "}}"
        cron = "{jobTemplate: {spec: " + template + "}}"
        kinds = [("Deployment", "apps/v1", template), ("StatefulSet", "apps/v1", template),
                 ("DaemonSet", "apps/v1", template), ("ReplicaSet", "apps/v1", template),
                 ("Job", "batch/v1", template), ("CronJob", "batch/v1", cron), ("ReplicationController", "v1", template)]
        for kind, version, spec in kinds:
            with self.subTest(kind):
                self.write("workload.yaml", workload(kind, version, spec))
                spec = self.objects("workload.yaml")[0]["spec"]
                spec = spec["jobTemplate"]["spec"] if kind == "CronJob" else spec
                container = spec["template"]["spec"]["containers"][0]
                self.assertIn("OTEL_PROPAGATORS", self.names(container))
                attributes = {e["name"]: e.get("value", "") for e in container["env"]}["OTEL_RESOURCE_ATTRIBUTES"]
                self.assertIn("k8s.container.name=app", attributes)

    def test_leaves_a_kind_of_another_group_alone(self):
        text = workload("Job", "batch.volcano.sh/v1alpha1", "{template: {" + TEMPLATE + "}}")
        self.write("job.yaml", text)
        self.assertEqual(self.inject("job.yaml").stdout.decode(), text)

    def test_passes_other_documents_through_byte_for_byte(self):
        other = ("# head\n%s---\napiVersion: v1\nkind:   ConfigMap\nmetadata: {name: 'x'}\ndata:\n  a: |\n    ---\n    b  \n"
                 "  on: 'yes'   # odd   \n\n\n---\n# nothing\n---\n" % "") + POLICY + "...\n# tail"
        self.write("other.yaml", other)
        self.assertEqual(self.inject("other.yaml").stdout.decode(), other)

    def test_keeps_crlf(self):
        self.write("crlf.yaml", POD.replace("\n", "\r\n"))
        out = self.inject("crlf.yaml").stdout
        self.assertEqual(out.replace(b"\r\n", b"\n"), self.inject("pod.yaml").stdout)
        self.assertEqual(out.count(b"\n"), out.count(b"\r\n"))

    def test_keeps_a_missing_last_line_end(self):
        self.write("short.yaml", POD.rstrip("\n"))
        self.assertEqual(self.inject("short.yaml").stdout + b"\n", self.inject("pod.yaml").stdout)

    def test_policies_among_the_manifests_are_documents_and_no_policies(self):
        self.write("both.yaml", POLICY.replace("tracecontext, baggage", "b3") + "---\n" + POD)
        out = self.inject("both.yaml").stdout.decode()
        self.assertIn("propagators: [b3]", out)
        self.assertIn('value: "tracecontext,baggage"', out)

    def test_separates_files_and_adds_nothing_else(self):
        self.write("a.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: a}")
        self.write("b.yaml", "# b\napiVersion: v1\nkind: Service\nmetadata: {name: b}\n")
        self.write("c.yaml", "# c\n---\napiVersion: v1\nkind: Service\nmetadata: {name: c}\n")
        out = self.inject("a.yaml", "b.yaml", "c.yaml").stdout.decode()
        self.assertEqual(out, "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\n"
                              "# b\napiVersion: v1\nkind: Service\nmetadata: {name: b}\n"
                              "# c\n---\napiVersion: v1\nkind: Service\nmetadata: {name: c}\n")

    def test_reads_standard_input_of_several_documents(self):
        out = self.inject("-", stdin=(POD + "---\n" + POD.replace("web", "api")).encode()).stdout.decode()
        self.assertEqual(out.count("K8S_POD_NAME\n"), 2)

    def test_reads_a_folder_by_name_and_below_only_with_r(self):
        for name in ("b.yml", "a.yaml", "c.json", "sub/d.yaml"):
            self.write("in/" + name, json.dumps({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}}))
        self.write("in/ignored.txt", "{not read")

        def names(*extra):
            items = json.loads(self.inject("in", extra=("-o", "json", *extra)).stdout)["items"]
            return [item["metadata"]["name"] for item in items]

        self.assertEqual(names(), ["a.yaml", "b.yml", "c.json"])
        self.assertEqual(names("-R"), ["a.yaml", "b.yml", "c.json", "sub/d.yaml"])

    def test_opens_lists(self):
        items = [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": n},
                  "spec": {"containers": [{"name": "app", "image": "x"}]}} for n in ("a", "b")]
        self.write("list.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=4))
        out = self.inject("list.json").stdout
        value = json.loads(out)
        self.assertEqual(value["kind"], "List")
        for item in value["items"]:
            self.assertIn("OTEL_PROPAGATORS", self.names(item["spec"]["containers"][0]))
        self.assertIn(b'\n                        "env": [\n', out)
        self.assertEqual(self.inject("-", stdin=out).stdout, out)

    def test_json_output_is_one_object_or_a_list(self):
        self.assertEqual(json.loads(self.inject("pod.yaml", extra=("-o", "json")).stdout)["kind"], "Pod")
        two = json.loads(self.inject("pod.yaml", "pod.yaml", extra=("-o", "json")).stdout)
        self.assertEqual((two["apiVersion"], two["kind"], len(two["items"])), ("v1", "List", 2))
        self.assertEqual(json.loads(self.inject("pod.yaml", extra=("-o=json",)).stdout)["kind"], "Pod")
        self.assertEqual(self.inject("pod.yaml", extra=("-o", "yaml")).stdout, self.inject("pod.yaml").stdout)

    def test_the_namespace_option_is_for_objects_that_name_none(self):
        self.write("team.yaml", POLICY.replace("istio-system", "team").replace("percentage: 10", "percentage: 20"))
        self.assertIn(b'value: "0.2"', self.inject("pod.yaml", policy="team.yaml", extra=("-n", "team")).stdout)
        process = self.inject("pod.yaml", policy="team.yaml")
        self.assertEqual(process.stdout.decode(), POD)
        self.assertEqual(process.stderr.decode(),
                         "note: pod.yaml:2: Pod/web is not injected: no policy covers it in the namespace default\n")

    def test_the_root_namespace_is_an_option_or_in_the_mesh_config(self):
        self.write("mesh.yaml", POLICY.replace("istio-system", "my-mesh"))
        config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio-1-27}\ndata:\n  mesh: |\n    rootNamespace: my-mesh\n"
        self.write("config.yaml", config)
        self.assertEqual(self.inject("pod.yaml", policy="mesh.yaml").stdout.decode(), POD)
        self.assertIn(b"OTEL_", self.inject("pod.yaml", policy="mesh.yaml", extra=("--root-namespace", "my-mesh")).stdout)
        self.assertIn(b"OTEL_", self.inject("pod.yaml", "config.yaml", policy="mesh.yaml").stdout)
        self.write("other.yaml", config.replace("istio-1-27", "istio").replace("my-mesh", "third"))
        message = self.refuse("inject", "-f", "config.yaml", "-f", "other.yaml", "--policy", "mesh.yaml")
        self.assertEqual(message, "error: other.yaml:5: rootNamespace is third here and my-mesh at config.yaml:5: "
                                  "say which by --root-namespace\n")

    def test_opting_out_is_said_and_keeps_the_bytes(self):
        pod = POD.replace("metadata:\n", "metadata:\n  namespace: quiet\n")
        self.write("quiet.yaml", OPTED_OUT + "---\n" + pod)
        process = self.inject("quiet.yaml")
        self.assertEqual(process.stdout.decode(), OPTED_OUT + "---\n" + pod)
        self.assertIn("Pod/web is not injected: the Namespace at quiet.yaml:1 opts out", process.stderr.decode())
        self.write("pod.yaml", POD.replace("  name: web", '  labels: {meshtrace.io/inject: "false"}\n  name: web'))
        self.assertIn(b"note: pod.yaml:2: Pod/web is not injected: it opts out", self.inject("pod.yaml").stderr)

    def test_warnings_name_file_and_line_and_no_value(self):
        self.write("pod.yaml", POD + "    envFrom: [{secretRef: {name: s}}]\n    env: [{name: A, value: hunter2}]\n")
        message = self.inject("pod.yaml").stderr.decode()
        self.assertTrue(message.startswith("warning: pod.yaml:2: Pod/web: container \"app\":"), message)
        self.assertNotIn("hunter2", message)

    def test_diff_shows_the_change(self):
        out = self.inject("pod.yaml", extra=("--diff",)).stdout.decode()
        self.assertTrue(out.startswith("--- pod.yaml\n+++ pod.yaml (injected)\n@@ -7,3 +7,"), out)
        self.assertIn("\n   - name: app\n     image: shop/web:1\n+    env:\n+    - name: K8S_POD_NAME\n", out)
        self.assertNotIn("\n-", out.replace("\n--- ", "\n"))
        self.assertNotIn("\x1b", out)
        done = self.inject("pod.yaml").stdout
        self.assertEqual(self.inject("-", stdin=done, extra=("--diff",)).stdout, b"")


if __name__ == "__main__":
    unittest.main()
