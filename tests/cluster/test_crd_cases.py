"""The cases that core/policy is tested with (tests/unit/policy/cases.json), sent to a real API server: the CRD refuses
what it must, and takes the rest, which only the webhook and the command line can judge."""
import json
import unittest

from harness import manifests, parts
from harness.policy import policy
from harness.shared import ClusterTestCase, cluster

CASES = parts.REPOSITORY / "tests" / "unit" / "policy" / "cases.json"


def setUpModule():
    manifests.apply_crds(cluster().kubectl)


def expanded(value):
    """$repeat and its like stand for what would be too long to read; tests/unit/policy/cases_test.cc has the same."""
    if isinstance(value, list):
        return [expanded(item) for item in value]
    if not isinstance(value, dict):
        return value
    value = {key: expanded(member) for key, member in value.items()}
    match list(value.items()):
        case [("$repeat", [text, times])]:
            return text * times
        case [("$items", [count, item])]:
            return [item] * count
        case [("$entries", [count, entry])]:
            return {f"key{number}": entry for number in range(count)}
        case [("$longKey", [length, entry])]:
            return {"k" * length: entry}
    return value


class Cases(ClusterTestCase):
    def test_are_taken_or_refused_as_they_say(self):
        cases = json.loads(CASES.read_text())
        self.assertGreater(len(cases), 100)
        objects = [policy(f"case-{number}", self.namespace, **expanded(case["spec"]))
                   for number, case in enumerate(cases)]
        # kubectl would stop at the first object that it finds wrong itself: here the server is to judge.
        done = self.kubectl.run("create", "--dry-run=server", "--validate=ignore", "-o", "name", "-f", "-",
                                stdin=objects)
        taken = {int(line.rpartition("case-")[2]) for line in done.stdout.splitlines()}
        refusals = done.stderr.split("Error from server")
        for number, case in enumerate(cases):
            with self.subTest(case["name"]):
                said = " ".join(text for text in refusals if f'"case-{number}"' in text)
                if case.get("refusedBy") != "schema":
                    self.assertIn(number, taken, said)
                else:
                    self.assertNotIn(number, taken)
                    self.assertIn(case["path"].partition("[")[0], said)


if __name__ == "__main__":
    unittest.main()
