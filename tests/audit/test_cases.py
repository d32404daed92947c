"""Every check by its cases: cases/MT0101-NAME/ has broken.yaml, in which the audit finds MT0101 and nothing else, and
fixed.yaml, in which it finds nothing. Where the printed fixes are commands, they are done to broken.yaml, which must
then be without findings, too. A file `arguments` has further flags, one a line.
"""
import json
import os
import unittest

import fixes
from harness import kubectl_meshtrace

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "cases")


def read(*path):
    with open(os.path.join(CASES, *path), encoding="utf-8") as file:
        return file.read()


def audit(text, arguments):
    done = kubectl_meshtrace.run("audit", "-f", "-", "-o", "json", *arguments, stdin=text)
    if done.returncode not in (0, 1):
        raise AssertionError(f"exit status {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)["findings"]


def told(findings):
    return [f"{one['code']} {one['object']['kind']}/{one['object']['name']} {one['field']}: {one['message']}"
            for one in findings]


def checks():
    """Every code, as the program lists them."""
    pages = kubectl_meshtrace.output("explain", "--all-checks")
    return {line.split()[1] for line in pages.splitlines() if line.startswith("### MT")}


class Cases(unittest.TestCase):
    def case(self, name):
        files = os.listdir(os.path.join(CASES, name))
        arguments = read(name, "arguments").split() if "arguments" in files else []
        return name.partition("-")[0], read(name, "broken.yaml"), read(name, "fixed.yaml"), arguments

    def mend(self, broken, arguments):
        """The broken text after the printed fixes, one after the other; None as soon as one is advice."""
        objects = fixes.read_yaml(broken)
        for _ in range(20):
            findings = audit(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}), arguments)
            if not findings:
                return []
            objects = fixes.apply(objects, findings[0]["fix"])
            if not objects:  # advice, or nothing is left that could be found fault with
                return objects
        return findings

    def test_each_case_is_found_and_mended(self):
        for name in sorted(os.listdir(CASES)):
            code, broken, fixed, arguments = self.case(name)
            with self.subTest(name):
                findings = audit(broken, arguments)
                self.assertEqual({one["code"] for one in findings}, {code}, told(findings))
                for one in findings:
                    self.assertTrue(one["message"] and one["fix"], one)
                self.assertEqual(told(audit(fixed, arguments)), [])
                self.assertIn(self.mend(broken, arguments), ([], None))

    def test_every_check_has_a_case(self):
        self.assertEqual(checks() - {name.partition("-")[0] for name in os.listdir(CASES)}, set())


if __name__ == "__main__":
    unittest.main()
