"""kubectl meshtrace render on files: what is printed, what is said, and what is refused."""

import unittest

from support import POLICY, CommandTest

PROXY = """\
apiVersion: meshtrace.io/v1alpha1
kind: TracingPolicy
metadata: {name: proxies, namespace: istio-system}
spec:
  proxy:
    accessLog: {traceHeaders: [W3C]}
    headers: {maxRequestHeadersKb: 96, invalidTraceparent: Remove}
"""
MESH = """\
# kept
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    accessLogFile: /dev/stdout  # kept, too
    rootNamespace: istio-system
"""
FRAGMENTS = ("helm", "sail", "istiooperator")


class Render(CommandTest):
    def setUp(self):
        super().setUp()
        self.write("proxy.yaml", PROXY)
        self.write("mesh.yaml", MESH)

    def render(self, *files, target="configmap", extra=()):
        process = self.succeed("render", "-f", *files, "--target", target, *extra)
        return process.stdout.decode(), process.stderr.decode()

    def test_edits_the_mesh_and_nothing_else(self):
        out, err = self.render("proxy.yaml", "mesh.yaml")
        config_map = out.split("---\n")[0]
        self.assertTrue(config_map.startswith(MESH.split("    rootNamespace")[0]), config_map)
        self.assertIn("%REQ(TRACEPARENT)%", config_map)
        self.assertIn("kind: EnvoyFilter", out)
        self.assertEqual(err, "")

    def test_warns_where_it_has_no_mesh_to_edit(self):
        out, err = self.render("proxy.yaml")
        self.assertIn("kind: ConfigMap\nmetadata:\n  name: istio\n  namespace: istio-system\n", out)
        self.assertIn("Do not apply it over yours", err)
        self.assertEqual(self.render("policy.yaml", "mesh.yaml")[0].count("kind: ConfigMap"), 0)

    def test_fragments_hold_what_the_policies_want(self):
        for target in FRAGMENTS:
            out, err = self.render("proxy.yaml", "mesh.yaml", target=target)
            self.assertIn("meshConfig:\n", out)
            self.assertIn("%REQ(TRACEPARENT)%", out)
            self.assertIn("--target configmap prints them", err)
            self.write("nothing.yaml", POLICY.replace("  sampling: {owner: SDK, percentage: 10}\n", ""))
            out, err = self.render("nothing.yaml", target=target)
            self.assertEqual(out, "")
            self.assertIn("note: the policies want nothing in the mesh's configuration", err)

    def test_says_what_an_older_istio_cannot(self):
        new = self.render("proxy.yaml", "mesh.yaml")
        self.assertEqual(self.render("proxy.yaml", "mesh.yaml", extra=("--istio-version", "1.31")), new)
        out, err = self.render("proxy.yaml", "mesh.yaml", extra=("--istio-version", "1.20"))
        self.assertNotEqual(out, new[0])
        self.assertIn("warning: TracingPolicy istio-system/proxies: ResolvedRefs=False UnsupportedVersion: ", err)

    def test_the_same_input_gives_the_same_bytes(self):
        for target in ("configmap", *FRAGMENTS, "mutatingadmissionpolicy"):
            first = self.render("proxy.yaml", "policy.yaml", "mesh.yaml", target=target)
            self.assertEqual(first, self.render("proxy.yaml", "policy.yaml", "mesh.yaml", target=target))
            # The order of files does not matter to what is printed, but for the conflict's winner, which is by name.
            self.assertEqual(first[0], self.render("mesh.yaml", "policy.yaml", "proxy.yaml", target=target)[0])

    def test_admission_policies_say_what_they_cannot(self):
        out, err = self.render("policy.yaml", target="mutatingadmissionpolicy")
        self.assertIn("kind: MutatingAdmissionPolicyBinding", out)
        self.assertIn("# - ", out)
        self.assertIn("note: ", err)

    def test_refusals(self):
        self.write("bad.yaml", PROXY.replace("W3C", "W3D"))
        self.write("twice.yaml", MESH + "---\n" + MESH)
        self.write("broken.yaml", MESH.replace("accessLogFile: /dev/stdout", "accessLogFile: [").replace("    rootNamespace: istio-system\n", ""))
        self.write("number.yaml", MESH[:MESH.index("  mesh:")] + "  mesh: 5\n")
        for arguments, expected in (
                (("-f", "proxy.yaml"), "--target"), (("--target", "helm"), "--filename"),
                (("-f", "proxy.yaml", "--target", "flux"), '"flux" is not one of: configmap, helm, sail'),
                (("-f", "pod.yaml", "--target", "helm"), "no TracingPolicy in these files"),
                (("-f", "bad.yaml", "--target", "helm"), "bad.yaml:6: TracingPolicy/proxies: spec.proxy.accessLog.traceHeaders[0]: "),
                (("-f", "proxy.yaml", "twice.yaml", "--target", "helm"), "twice.yaml:11: ConfigMap istio is already at twice.yaml:2"),
                (("-f", "proxy.yaml", "broken.yaml", "--target", "helm"), "broken.yaml:6: data.mesh:"),
                (("-f", "proxy.yaml", "number.yaml", "--target", "helm"), "number.yaml:6: data.mesh must be a text"),
                (("-f", "proxy.yaml", "--target", "helm", "--istio-version", "latest"), '"latest" is no version'),
        ):
            with self.subTest(arguments):
                self.assertIn(expected, self.refuse("render", *arguments))

    def test_a_mesh_that_cannot_be_edited_is_told_and_not_printed(self):
        self.write("list.yaml", MESH.replace("accessLogFile: /dev/stdout  # kept, too\n    rootNamespace: istio-system", "- a list"))
        out, err = self.render("proxy.yaml", "list.yaml", extra=("--root-namespace", "istio-system"))
        self.assertNotIn("kind: ConfigMap", out)
        self.assertIn("Programmed=False InvalidMeshConfig", err)


class Status(CommandTest):
    """Without a cluster; with one: tests/cluster/test_status.py."""

    def test_needs_a_kubeconfig(self):
        self.assertIn("not found", self.refuse("status", env={"HOME": str(self.folder)}))
        self.assertIn("none.yaml", self.refuse("status", "--kubeconfig", "none.yaml"))

    def test_wrong_usage(self):
        for arguments, expected in ((("-A", "-n", "x"), "give one of them"), (("-n", "a/b"), "is no name of a namespace"),
                                    (("-o", "csv"), '"csv" is not one of: table, wide, json, yaml'), (("x",), "x")):
            with self.subTest(arguments):
                self.assertIn(expected, self.refuse("status", *arguments))


if __name__ == "__main__":
    unittest.main()
