"""kubectl meshtrace audit on files that are broken in part: what can be said is said, marked as partial, status 3."""
import json
import unittest

from audit_support import DEPLOYMENT, ERROR, SHOP, WARNING, AuditTest

DEEP = 1000


def bomb():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\n" + "\n".join(lines) + "\n"


class Partial(AuditTest):
    def partial(self, text, expected, codes=("MT0705",)):
        data = text if isinstance(text, bytes) else text.encode()
        process = self.audit("-f", "-", "-o", "json", status=3, stdin=data)
        report = json.loads(process.stdout)
        self.assertIs(report["partial"], True)
        self.assertEqual(sorted({one["code"] for one in report["findings"]}), sorted(codes))
        message = process.stderr.decode()
        self.assertIn(expected, message)
        self.assertNotIn("internal error", message)
        self.assertNotRegex(message, r"[\x00-\x08\x0b-\x1f\x7f]")

    def test_a_document_that_cannot_be_read_leaves_the_others(self):
        lines = ERROR.count("\n")
        cases = {
            "a: [1\n": f"standard input:{lines + 3}: not valid YAML",
            WARNING[:120] + '"': "not valid YAML",
            "kind: Pod\nkind: Pod\n": f'standard input:{lines + 3}: the key "kind" stands here twice',
            "- 1\n": "not a Kubernetes object",
            "a: 1\n": "no kind: this is not a Kubernetes object",
            "a: {{ .Values.a }}\n": "a template must be rendered first",
            bomb(): "values after following aliases",
            "a: " + "[" * DEEP: "nested deeper than 128 levels",
            "- " * DEEP: "nested deeper than 128 levels",
            '{"a":' * DEEP: "nested deeper than 128 levels",
            "x: &a {b: 1}\ny:\n  <<: *a\n": "merge keys (<<) are not supported",
        }
        for text, expected in cases.items():
            with self.subTest(text[:30]):
                self.partial(ERROR + "---\n" + text, expected)

    def test_bytes_of_another_encoding(self):
        for data, expected in ((b"a: \xe9t\xe9\n", "not UTF-8"), (b"a: \x00\n", "a NUL byte"),
                               (b"a: \x1b[31m\n", "a control character")):
            with self.subTest(data):
                self.partial(ERROR.encode() + b"---\n" + data, expected)
        self.write("utf16.yaml", SHOP.encode("utf-16"))
        process = self.audit("-f", "utf16.yaml", "-f", "shop.yaml", status=3)
        self.assertIn("utf16.yaml:1: the text is UTF-16", process.stderr.decode())
        self.assertIn("PARTIAL", process.stdout.decode())

    def test_a_dump_that_ends_in_the_middle(self):
        items = [DEPLOYMENT] * 2
        text = json.dumps({"apiVersion": "v1", "items": items, "kind": "List"}, indent=4)
        second = text.index('"kind": "Deployment"', text.index('"kind": "Deployment"') + 1)
        for end in (second, text.rindex("}", 0, text.index('"kind": "List"')), len(text) - 3):
            with self.subTest(text[end - 10:end]):
                self.partial(text[:end], "the JSON List ends in the middle")

    def test_json_that_is_no_json(self):
        good = json.dumps(DEPLOYMENT)
        for bad in ('{"apiVersion": "v1", "kind": "Pod", "kind": "Pod"}', '{"a": 1,}x', '{"kind": "Pod", "a": 1e999999}'):
            with self.subTest(bad):
                text = '{"apiVersion": "v1", "kind": "List", "items": [' + good + ", " + bad + "]}"
                process = self.run_command("audit", "-f", "-", "-o", "json", stdin=text.encode())
                self.assertIn(process.returncode, (1, 3), process.stderr.decode())
                self.assertNotIn(b"internal error", process.stderr)

    def test_partial_wins_over_findings_and_over_never(self):
        self.audit("-f", "-", "--fail-on", "never", status=3, stdin=(WARNING + "---\na: [").encode())


if __name__ == "__main__":
    unittest.main()
