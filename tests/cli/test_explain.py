"""kubectl meshtrace explain: the effective policy with its origins, and why nothing is injected."""

import unittest

from support import POD, POLICY, CommandTest

TEAM = """\
apiVersion: meshtrace.io/v1alpha1
kind: TracingPolicy
metadata: {name: all, namespace: team}
spec:
  workload:
    resourceAttributes: {deployment.environment.name: prod}
---
apiVersion: meshtrace.io/v1alpha1
kind: TracingPolicy
metadata: {name: web, namespace: team}
spec:
  selector: {matchLabels: {app: web}}
  workload:
    containers: {exclude: [side]}
---
apiVersion: meshtrace.io/v1alpha1
kind: TracingPolicy
metadata: {name: tried, namespace: team, creationTimestamp: "2020-01-01T00:00:00Z"}
spec:
  mode: Audit
  workload: {sdkDisabled: true}
"""
WEB = POD.replace("  name: web", "  namespace: team\n  labels: {app: web}\n  name: web") + """\
    env:
    - {name: OTEL_PROPAGATORS, value: b3}
  - {name: side, image: x}
  - {name: istio-proxy, image: istio/proxyv2}
"""


class Explain(CommandTest):
    def explain(self, *arguments):
        return self.succeed("explain", "--policy", "policy.yaml", "--policy", "team.yaml", *arguments).stdout.decode()

    def setUp(self):
        super().setUp()
        self.write("team.yaml", TEAM)
        self.write("web.yaml", WEB)

    def test_names_the_origin_of_every_field(self):
        out = self.explain("-f", "web.yaml").split("Different if")[0]
        fields = {line.split()[0]: line.split(None, 1)[1] for line in out.splitlines() if line.startswith("  ") and "  " in line.strip()}
        self.assertRegex(fields["sampling.percentage"], r"^10 +mesh policy istio-system/mesh-default$")
        self.assertRegex(fields["workload.resourceAttributes[deployment.environment.name]"], r"^prod +namespace policy team/all$")
        self.assertRegex(fields["workload.containers.exclude"], r'^\["side"\] +workload policy team/web$')
        self.assertRegex(fields["workload.podIdentity"], r"^true +default$")

    def test_says_what_each_container_gets(self):
        out = self.explain("-f", "web.yaml")
        self.assertIn("Pod/web in the namespace team (web.yaml:2)", out)
        self.assertIn("app: gets K8S_POD_NAME", out)
        self.assertIn("keeps OTEL_PROPAGATORS: ", out)
        self.assertIn("side: left alone: not selected by workload.containers", out)
        self.assertIn("istio-proxy: left alone: a proxy's container", out)
        self.assertIn("team/tried (for the namespace, mode Audit: takes no part)", out)
        self.assertRegex(out, r"Different if the policies in mode Audit were enforced\n.*\n  workload.sdkDisabled +true +namespace policy team/tried\n"
                              r"  workload.resourceAttributes\[deployment.environment.name\] +\(absent\)")

    def test_says_why_nothing_is_injected(self):
        cases = {
            POD.replace("  name: web", "  namespace: kube-system\n  name: web"): "pods of the namespace kube-system are never covered",
            POD.replace("  name: web", '  labels: {meshtrace.io/inject: "false"}\n  name: web'): "it opts out",
        }
        for text, expected in cases.items():
            self.write("pod.yaml", text)
            self.assertIn("Nothing is injected: " + expected, self.explain("-f", "pod.yaml"))
        self.write("pod.yaml", POD)
        out = self.succeed("explain", "-f", "pod.yaml", "--policy", "team.yaml").stdout.decode()
        self.assertIn("Nothing is injected: no policy covers it in the namespace default.", out)

    def test_picks_one_workload_by_kubectls_names(self):
        self.write("two.yaml", POD + "---\n" + POD.replace("web", "api"))
        out = self.explain("-f", "two.yaml", "po/api")
        self.assertIn("Pod/api", out)
        self.assertNotIn("Pod/web", out)
        self.assertIn("deploy/x is not in these files; they have Pod/web, Pod/api",
                      self.refuse("explain", "-f", "two.yaml", "--policy", "policy.yaml", "deploy/x"))
        self.assertIn("unknown kind of workload", self.refuse("explain", "-f", "two.yaml", "--policy", "policy.yaml", "svc/x"))
        self.assertIn("is not KIND/NAME", self.refuse("explain", "-f", "two.yaml", "--policy", "policy.yaml", "web"))


class Validate(CommandTest):
    def test_valid_ones_are_named(self):
        self.write("team.yaml", TEAM)
        process = self.succeed("validate", "-f", "policy.yaml", "team.yaml", "pod.yaml")
        self.assertEqual(process.stdout.decode().splitlines(),
                         ["policy.yaml:1: TracingPolicy istio-system/mesh-default is valid",
                          "team.yaml:1: TracingPolicy team/all is valid", "team.yaml:8: TracingPolicy team/web is valid",
                          "team.yaml:16: TracingPolicy team/tried is valid"])

    def test_every_error_of_every_policy_with_its_line(self):
        self.write("bad.yaml", POLICY.replace("owner: SDK", "owner: Prox") + "    podIdentity: maybe\n"
                   + "---\n" + POLICY.replace("percentage: 10", "percentage: 101").replace("mesh-default", "b"))
        process = self.run_command("validate", "-f", "bad.yaml")
        message = process.stderr.decode()
        self.assertEqual(process.returncode, 1, message)
        self.assertIn("error: bad.yaml:5: TracingPolicy/mesh-default: spec.sampling.owner: ", message)
        self.assertIn("error: bad.yaml:8: TracingPolicy/mesh-default: spec.workload.podIdentity: ", message)
        self.assertIn("error: bad.yaml:14: TracingPolicy/b: spec.sampling.percentage: ", message)

    def test_what_cannot_be_read_is_status_2(self):
        self.write("broken.yaml", "a: [\n")
        self.assertIn("broken.yaml:2: not valid YAML", self.refuse("validate", "-f", "broken.yaml"))
        self.assertIn("no TracingPolicy", self.refuse("validate", "-f", "pod.yaml"))

    def test_the_root_namespace_decides_what_a_mesh_policy_may(self):
        text = POLICY.replace("spec:\n", "spec:\n  selector: {matchLabels: {a: b}}\n")
        self.write("mesh.yaml", text)
        self.assertEqual(self.run_command("validate", "-f", "mesh.yaml").returncode, 1)
        self.succeed("validate", "-f", "mesh.yaml", "--root-namespace", "other")

    def test_an_older_policy_of_one_level_wins_with_a_warning(self):
        older = POLICY.replace("name: mesh-default", 'name: z, creationTimestamp: "2020-01-01T00:00:00Z"')
        self.write("two.yaml", POLICY + "---\n" + older)
        self.assertIn("warning: TracingPolicy istio-system/mesh-default has no effect: istio-system/z is the older one",
                      self.succeed("validate", "-f", "two.yaml").stderr.decode())


if __name__ == "__main__":
    unittest.main()
