"""kubectl meshtrace audit on files: what is read, which findings are told, and the exit status."""
import json
import unittest

from audit_support import CLEAN, CODES, DEPLOYMENT, ERROR, INFO, SHOP, USER, WARNING, AuditTest
from support import ROOT


def as_list(*items, kind="List"):
    return json.dumps({"apiVersion": "v1", "items": items, "kind": kind, "metadata": {}}, indent=4)


class Inputs(AuditTest):
    def test_files_folders_and_standard_input_say_the_same(self):
        self.write("parts/1.yaml", ERROR)
        self.write("parts/2.yml", WARNING + "---\n" + INFO)
        self.write("parts/below/3.yaml", USER)
        self.write("parts/notes.txt", "not: [yaml")
        self.assertEqual(self.codes("-f", "shop.yaml", status=1), CODES)
        self.assertEqual(self.codes("-f", "parts", "-R", status=1), CODES)
        self.assertEqual(self.codes("-f", "parts", "-f", "parts/below", status=1), CODES)
        self.assertEqual(self.codes("-f", "-", status=1, stdin=SHOP.encode()), CODES)
        self.assertEqual(self.report("-f", "parts", status=1)["summary"]["objects"], 3)  # without -R

    def test_dumps_of_kubectl_know_each_object_and_its_line(self):
        self.write("dump.json", as_list({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}, DEPLOYMENT))
        report = self.report("-f", "dump.json", status=1)
        finding, = report["findings"]
        lines = (self.folder / "dump.json").read_text().splitlines()
        self.assertIn("NODE_IP", "".join(lines[finding["line"] - 3:finding["line"] + 2]))
        self.assertEqual(report["summary"]["objects"], 2)

    def test_items_of_a_typed_list_have_its_kind(self):
        item = {key: value for key, value in DEPLOYMENT.items() if key not in ("apiVersion", "kind")}
        text = as_list(item, kind="DeploymentList").replace('"v1"', '"apps/v1"', 1)
        self.assertEqual(self.codes("-f", "-", status=1, stdin=text.encode()), ["MT0705"])

    def test_helm_and_kustomize_on_standard_input(self):
        text = f"---\n# Source: shop/templates/a.yaml\n---\n# Source: shop/templates/b.yaml\n{ERROR}---\n\n---\n"
        report = self.report("-f", "-", status=1, stdin=text.encode())
        self.assertEqual([(one["code"], one["file"]) for one in report["findings"]], [("MT0705", "standard input")])
        self.assertFalse(report["partial"])

    def test_objects_that_name_no_namespace_are_in_the_given_one(self):
        self.write("bare.yaml", ERROR.replace(", namespace: shop", ""))
        for arguments, expected in (((), "default"), (("-n", "team"), "team")):
            finding, = self.report("-f", "bare.yaml", *arguments, status=1)["findings"]
            self.assertEqual(finding["object"]["namespace"], expected)

    def test_what_cannot_be_run(self):
        self.write("empty.yaml", "# nothing\n---\n")
        cases = {
            ("-f", "none.yaml"): "none.yaml: no such file or folder",
            ("-f", "empty.yaml"): "empty.yaml: no Kubernetes object in what -f names",
            ("-f", "shop.yaml", "--include", "MT0101,MT011"): '--include: no check or group has the code "MT011"; did you mean "MT01',
            ("-f", "shop.yaml", "--exclude", "X"): '--exclude: no check or group has the code "X"',
            ("-f", "shop.yaml", "--fail-on", "fatal"): '"fatal" is not one of: error, warning, info, never',
            ("-f", "shop.yaml", "-o", "xml"): '"xml" is not one of: table, wide, json, yaml, sarif, junit, html, github',
            ("-f", "shop.yaml", "--istio-version", "new"): '"new" is no version, such as 1.30',
            ("-f", "shop.yaml", "-n", "A/b"): '"A/b" is no name of a namespace',
            ("-f", "shop.yaml", "--context", "prod"): "give one of them",
            ("-A", "-n", "shop"): "give one of them",
            ("-f", "-", "-f", "-"): "standard input (-) can be read only once",
            ("-f", "shop.yaml", "--baseline", "shop.yaml"): "shop.yaml: not JSON",
            ("--kubeconfig", "none"): "none",
        }
        for arguments, expected in cases.items():
            with self.subTest(arguments):
                self.assertIn(expected, self.refuse("audit", *arguments))


class Findings(AuditTest):
    def test_a_finding_says_what_where_and_what_to_do(self):
        report = self.report("-f", "shop.yaml", status=1)
        self.assertEqual(report["summary"], {"error": 1, "warning": 1, "info": 1, "suppressed": 0, "objects": 4})
        self.assertIs(report["partial"], False)
        finding = next(one for one in report["findings"] if one["code"] == "MT0705")
        self.assertEqual(finding["object"], {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": "checkout"})
        self.assertEqual((finding["severity"], finding["file"], finding["docs"]), ("error", "shop.yaml", "docs/checks.md#mt0705"))
        self.assertIn("NODE_IP", SHOP.splitlines()[finding["line"] - 1])
        self.assertTrue(finding["field"].startswith("spec.template.spec.containers[0].env[0]"), finding["field"])
        self.assertTrue(finding["message"] and finding["fix"])

    def test_fail_on_decides_the_exit_status_alone(self):
        self.write("warning.yaml", WARNING + "---\n" + CLEAN)
        for fail_on, shop, warning in (("error", 1, 0), ("warning", 1, 1), ("info", 1, 1), ("never", 0, 0)):
            with self.subTest(fail_on):
                self.assertEqual(self.codes("-f", "shop.yaml", "--fail-on", fail_on, status=shop), CODES)
                self.assertEqual(self.codes("-f", "warning.yaml", "--fail-on", fail_on, status=warning), ["MT1102"])

    def test_checks_are_chosen_by_code_and_group(self):
        cases = {
            ("--include", "MT07"): ["MT0705"],
            ("--include", "mt0803,MT1102"): ["MT0803", "MT1102"],
            ("--include", "MT08", "--include", "MT11"): ["MT0803", "MT1102"],
            ("--include", "MT02"): [],
        }
        for arguments, expected in cases.items():
            with self.subTest(arguments):
                self.assertEqual(self.codes("-f", "shop.yaml", *arguments, "--fail-on", "never", status=0), expected)

    def test_what_is_suppressed_is_counted(self):
        report = self.report("-f", "shop.yaml", "--exclude", "MT0705,MT11", status=0)
        self.assertEqual([one["code"] for one in report["findings"]], ["MT0803"])
        self.assertEqual(report["summary"]["suppressed"], 2)
        ignored = SHOP.replace("{name: checkout, namespace: shop}",
                               '{name: checkout, namespace: shop, annotations: {meshtrace.io/ignore: "MT0101, MT0705"}}')
        report = self.report("-f", "-", status=0, stdin=ignored.encode())
        self.assertEqual((len(report["findings"]), report["summary"]["suppressed"]), (2, 1))
        self.assertIn("1 suppressed", self.audit("-f", "-", status=0, stdin=ignored.encode()).stdout.decode())

    def test_a_baseline_leaves_only_what_is_new(self):
        self.write("before.json", self.audit("-f", "shop.yaml", "-o", "json", status=1).stdout)
        moved = "# a line more\n" + SHOP
        report = self.report("-f", "-", "--baseline", "before.json", status=0, stdin=moved.encode())
        self.assertEqual((report["findings"], report["summary"]["suppressed"]), ([], 3))
        new = SHOP + "---\n" + ERROR.replace("checkout", "basket")
        report = self.report("-f", "-", "--baseline", "before.json", status=1, stdin=new.encode())
        self.assertEqual([one["object"]["name"] for one in report["findings"]], ["basket"])

    def test_the_same_files_give_the_same_bytes(self):
        # Enough documents for every thread to have some.
        many = "---\n".join(ERROR.replace("checkout", f"checkout-{number}") for number in range(300))
        self.write("many.yaml", many)
        for output in ("table", "wide", "json", "yaml", "sarif", "junit", "html", "github"):
            with self.subTest(output):
                runs = {self.audit("-f", "many.yaml", "-f", "shop.yaml", "-o", output, status=1).stdout for _ in range(3)}
                self.assertEqual(len(runs), 1)


class Explain(AuditTest):
    def test_a_check_and_a_group(self):
        page = self.succeed("explain", "mt0705").stdout.decode()
        self.assertTrue(page.startswith("### MT0705\n"), page)
        self.assertIn("MT0701", self.succeed("explain", "MT07").stdout.decode())

    def test_what_is_no_code_says_the_nearest(self):
        self.assertIn('did you mean "MT0', self.refuse("explain", "MT0799"))
        self.assertIn("-f FILE and --policy FILE", self.refuse("explain", "pod/web"))

    def test_all_checks_are_the_docs(self):
        pages = self.succeed("explain", "--all-checks").stdout.decode()
        self.assertIn("\n### MT0101\n", pages)
        docs = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
        self.assertTrue(docs == pages, "write it anew: build/bin/kubectl-meshtrace explain --all-checks > docs/checks.md")


if __name__ == "__main__":
    unittest.main()
