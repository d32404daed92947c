"""kubectl meshtrace audit -o …: each output is what its readers take."""
import json
import re
import subprocess
import unittest
import xml.etree.ElementTree as xml

from audit_support import CLEAN, ERROR, SHOP, AuditTest

from harness import parts

HOSTILE = "shop\x1b]0;pwned\x07"


class Outputs(AuditTest):
    def output(self, name, *arguments, status=1, **options):
        return self.audit("-f", "shop.yaml", "-o", name, *arguments, status=status, **options).stdout.decode()

    def test_the_table_has_the_worst_first_and_a_summary(self):
        text = self.output("table")
        headings = re.findall(r"^(error|warning|info) (MT\d{4})", text, re.MULTILINE)
        self.assertEqual(headings, [("error", "MT0705"), ("warning", "MT1102"), ("info", "MT0803")])
        self.assertIn("  Deployment shop/checkout  shop.yaml:", text)
        self.assertRegex(text, r"\n    fix: ")
        self.assertTrue(text.endswith("1 error, 1 warning, 1 info; 4 objects looked at\n"), text)
        prose = [line for line in text.splitlines() if not line.startswith("    fix: kubectl ")]
        self.assertLessEqual(max(map(len, prose)), 100)
        self.assertNotIn("\x1b", text)

    def test_wide_adds_field_and_page(self):
        text = self.output("wide")
        self.assertIn("    field: spec.template.spec.containers[0].env[0]", text)
        self.assertIn("    docs: docs/checks.md#mt0705", text)

    def test_yaml_says_what_json_says(self):
        text = self.output("yaml")
        report = json.loads(self.output("json"))
        self.assertEqual(text.count("code: "), len(report["findings"]))
        self.assertIn("partial: false", text)

    def test_sarif_is_valid_by_its_schema(self):
        programs = parts.folder_of("sarif")
        for text in (SHOP, "a: [", SHOP + "---\na: [1"):
            self.write("shop.yaml", text)
            process = self.run_command("audit", "-f", "shop.yaml", "-f", "-", "-o", "sarif", stdin=ERROR.encode())
            checked = subprocess.run([programs / "meshtrace-sarif", programs / "sarif-schema" / "schema.go"],
                                     input=process.stdout, capture_output=True, timeout=60, check=False)
            self.assertEqual(checked.returncode, 0, checked.stderr.decode())

    def test_sarif_places_results_and_names_rules(self):
        run, = json.loads(self.output("sarif"))["runs"]
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        self.assertEqual(rules, sorted(rules))
        levels = {}
        for result in run["results"]:
            self.assertEqual(rules[result["ruleIndex"]], result["ruleId"])
            location, = result["locations"]
            self.assertEqual(location["physicalLocation"]["artifactLocation"]["uri"], "shop.yaml")
            levels[result["ruleId"]] = result["level"]
        self.assertEqual(levels, {"MT0705": "error", "MT0803": "note", "MT1102": "warning"})
        self.assertEqual(len({result["partialFingerprints"]["meshtraceFinding/v1"] for result in run["results"]}), 3)

    def test_junit_counts_what_fails(self):
        for fail_on, failures, status in (("error", 1, 1), ("info", 3, 1), ("never", 0, 0)):
            root = xml.fromstring(self.output("junit", "--fail-on", fail_on, status=status))
            suite, = root
            cases = suite.findall("testcase")
            self.assertEqual((int(suite.get("tests")), int(suite.get("failures")), int(suite.get("errors"))),
                             (len(cases), failures, 0))
            self.assertEqual(len(suite.findall("testcase/failure")), failures)
            self.assertTrue(all(case.get("classname") and case.get("name") for case in cases))
        case, = (case for case in cases if case.get("classname") == "MT0705")
        self.assertEqual((case.get("file"), case.get("name").split()[:2]), ("shop.yaml", ["Deployment", "shop/checkout"]))

    def test_github_annotations_are_one_line_each(self):
        self.write("a,b:c%.yaml", ERROR.replace("checkout", "basket"))
        lines = self.audit("-f", "a,b:c%.yaml", "-f", "shop.yaml", "-o", "github", status=1).stdout.decode().splitlines()
        self.assertEqual([line.split(" ")[0] for line in lines[:1]], ["::error"])
        self.assertIn("file=a%2Cb%3Ac%25.yaml,line=14,title=MT0705", lines[0])
        self.assertEqual({line.split(" ")[0] for line in lines}, {"::error", "::warning", "::notice"})
        text = self.audit("-f", "-", "-o", "github", status=1, stdin=ERROR.encode()).stdout.decode()
        self.assertNotIn("file=", text)  # standard input is no file of the repository

    def test_nothing_found_is_said_in_every_output(self):
        self.write("shop.yaml", CLEAN)
        self.assertEqual(self.output("table", status=0), "0 errors, 0 warnings, 0 info; 1 object looked at\n")
        self.assertEqual(json.loads(self.output("json", status=0))["findings"], [])
        self.assertEqual(self.output("github", status=0), "")
        root = xml.fromstring(self.output("junit", status=0))
        self.assertGreater(int(root.get("tests")), 50)  # every check passed
        self.assertEqual(json.loads(self.output("sarif", status=0))["runs"][0]["results"], [])


class HostileNames(AuditTest):
    def test_names_are_neutralised_everywhere(self):
        hostile = json.dumps(HOSTILE)
        self.write("x.yaml", ERROR.replace("name: checkout,", f"name: {hostile},").replace("NODE_IP", "N<script>&\\u009b"))
        for output in ("table", "wide", "json", "yaml", "sarif", "junit", "html", "github"):
            with self.subTest(output):
                text = self.audit("-f", "x.yaml", "-o", output, status=1).stdout.decode()
                self.assertNotRegex(text, r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")
                if output in ("html", "junit"):
                    self.assertNotIn("N<script>", text)
        report = self.report("-f", "x.yaml", status=1)
        self.assertEqual(report["findings"][0]["object"]["name"], HOSTILE)

    def test_a_files_name_may_be_any_bytes(self):
        path = self.folder / "x\udcff\x1b[31m.yaml"
        path.write_text(ERROR)
        for output in ("table", "json", "yaml", "sarif", "junit", "html", "github"):
            with self.subTest(output):
                text = self.audit("-f", path, "-o", output, status=1).stdout.decode()
                self.assertNotIn("\x1b", text)


if __name__ == "__main__":
    unittest.main()
