"""Bad input to the command: each names file and place, exit status 2, nothing printed half."""

import socket
import unittest

from support import POD, POLICY, CommandTest

DEEP = 100_000


class BadInput(CommandTest):
    def message(self, text, name="bad.yaml"):
        self.write(name, text)
        return self.refuse("inject", "-f", "pod.yaml", "-f", name, "--policy", "policy.yaml")

    def test_each_kind_names_file_and_line(self):
        cases = {
            "a: 1\nb: [1\n": "bad.yaml:3: not valid YAML: end of sequence flow not found",
            "a: 1\na: 2\n": 'bad.yaml:2: the key "a" stands here twice',
            POD + "---\n" + POD.replace("spec:", "spec: x"): "bad.yaml:17: not valid YAML: illegal map value",
            "x: &a {b: 1}\ny:\n  <<: *a\n": "bad.yaml:3: merge keys (<<) are not supported",
            "a: {{ .Values.a }}\n": "a template must be rendered first",
            "- 1\n": "bad.yaml:1: not a Kubernetes object",
            "just text\n": "bad.yaml:1: not a Kubernetes object",
            "replicas: 1\n": "bad.yaml:1: no kind: this is not a Kubernetes object",
            "apiVersion: v1\nkind: List\nitems: [1]\n": "bad.yaml:3: not a Kubernetes object",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n": "bad.yaml:1: Deployment/d: spec.template: is missing",
            POD.replace("name: app", "name: [app]"): "bad.yaml:8: Pod/web: spec.containers[0].name: must be",
            POD + "    env: text\n": "bad.yaml:10: Pod/web: spec.containers[0].env: must be a list",
            POD + "    env:\n    - {value: x}\n": "bad.yaml:11: Pod/web: spec.containers[0].env[0].name: is missing",
            "[" * DEEP: "bad.yaml:1: nested deeper than 128 levels",
            "- " * DEEP: "bad.yaml:1: nested deeper than 128 levels",
            '{"a":' * DEEP: "bad.yaml:1: nested deeper than 128 levels",
        }
        for text, expected in cases.items():
            with self.subTest(text[:40]):
                self.assertIn(expected, self.message(text))

    def test_bytes_that_are_no_text(self):
        for data, expected in ((b"a: \xff\n", "bad.yaml:1: not UTF-8"), (b"a: 1\nb: \x00\n", "bad.yaml:2: a NUL byte"),
                               ("a: 1\n".encode("utf-16"), "bad.yaml:1: the text is UTF-16"),
                               (b"a: \x1b[31m\n", "bad.yaml:1: a control character")):
            with self.subTest(data):
                self.assertIn(expected, self.message(data))

    def test_several_errors_are_told_at_once(self):
        bad = POD + "    env: text\n"
        message = self.message(bad + "---\n" + bad)
        self.assertIn("bad.yaml:10:", message)
        self.assertIn("bad.yaml:21:", message)

    def test_files_that_are_not_there(self):
        message = self.refuse("inject", "-f", "none.yaml", "--policy", "policy.yaml")
        self.assertEqual(message, "error: none.yaml: no such file or folder\n")
        (self.folder / "empty").mkdir()
        self.assertIn("empty: no .yaml, .yml or .json file", self.refuse("inject", "-f", "empty", "--policy", "policy.yaml"))
        self.assertIn("addresses are not fetched",
                      self.refuse("inject", "-f", "https://x/y.yaml", "--policy", "policy.yaml"))

    def test_a_file_that_cannot_be_opened(self):
        # Not even root opens a socket as a file.
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.folder / "socket.yaml"))
            self.assertIn("socket.yaml: cannot be opened: No such device",
                          self.refuse("inject", "-f", "socket.yaml", "--policy", "policy.yaml"))

    def test_policies_that_are_none(self):
        self.assertIn("pod.yaml: no TracingPolicy", self.refuse("inject", "-f", "pod.yaml", "--policy", "pod.yaml"))
        self.write("policy.yaml", POLICY.replace("owner: SDK", "owner: SDKs"))
        message = self.refuse("inject", "-f", "pod.yaml", "--policy", "policy.yaml")
        self.assertIn("error: policy.yaml:5: TracingPolicy/mesh-default: spec.sampling.owner: ", message)
        self.write("policy.yaml", POLICY + "---\n" + POLICY)
        self.assertIn("policy.yaml:9: TracingPolicy istio-system/mesh-default is already at policy.yaml:1",
                      self.refuse("inject", "-f", "pod.yaml", "--policy", "policy.yaml"))

    def test_an_edit_through_an_anchor(self):
        text = POD.replace("- name: app", "- &c\n    name: app") + "  x-copy: *c\n"
        self.assertIn("bad.yaml:8: this value is shared by an anchor and an alias", self.message(text))

    def test_wrong_usage(self):
        for arguments, expected in (((), "subcommand is required"), (("inject",), "--filename"),
                                    (("inject", "-f", "pod.yaml"), "--policy"), (("frobnicate",), "frobnicate"),
                                    (("inject", "-f", "pod.yaml", "--policy", "policy.yaml", "-o", "xml"),
                                     '"xml" is not one of: yaml, json'),
                                    (("inject", "-f", "-", "--policy", "-"), "can be read only once"),
                                    (("inject", "-f", "pod.yaml", "--policy", "policy.yaml", "--diff", "-o", "json"), "--diff"),
                                    (("inject", "-f", "pod.yaml", "--policy", "policy.yaml", "-n", "A b"), "--namespace"),
                                    (("completion", "tcsh"), '"tcsh" is not one of: bash, zsh, fish')):
            with self.subTest(arguments):
                self.assertIn(expected, self.refuse(*arguments))

    def test_names_cannot_steer_the_terminal(self):
        self.write("pod.yaml", POD.replace("name: web", 'name: "w\\e[31m\\x9b31m"'))
        self.write("team.yaml", POLICY.replace("istio-system", "team"))
        process = self.inject("pod.yaml", policy="team.yaml")
        self.assertIn(b"Pod/w\\x1b[31m\\x9b31m is not injected", process.stderr)
        self.assertNotIn(b"\x1b", process.stderr)


if __name__ == "__main__":
    unittest.main()
