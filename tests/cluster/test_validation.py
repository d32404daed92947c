"""What the validating webhook says of a policy that the CRD's schema and CEL rules have to let pass."""
import unittest

from harness import installed
from harness.installed import ROOT_NAMESPACE, AdmissionTestCase
from harness.policy import EVERY_FIELD, JSON_LOG, OTHER_FIELDS, policy

ELSEWHERE = "elsewhere"


def log(**fields):
    return {"proxy": {"accessLog": fields}}


# What is wrong, the namespace, the spec, and what the message has to name.
REFUSED = [
    ("a selector in the root namespace", ROOT_NAMESPACE, {"selector": {"matchLabels": {"app": "checkout"}}},
     ["spec.selector", ROOT_NAMESPACE]),
    ("a rule of the mesh elsewhere", ELSEWHERE, {"proxy": {"headers": {"maxBaggageBytes": 8192}}},
     ["spec.proxy.headers.maxBaggageBytes", ROOT_NAMESPACE]),
    ("an operator that reads the proxy's environment elsewhere", ELSEWHERE, log(format="%ENVIRONMENT(TOKEN)%"),
     ["spec.proxy.accessLog.format", "ENVIRONMENT", ROOT_NAMESPACE]),
    ("an operator that Envoy does not know", ELSEWHERE, log(format="%PROTOCOLL%"),
     ["spec.proxy.accessLog.format", "PROTOCOLL", "PROTOCOL"]),
    ("an operator without an end", ELSEWHERE, log(jsonFormat={"p": "%PROTOCOL"}),
     ["spec.proxy.accessLog.jsonFormat[p]"]),
]
ALLOWED = [
    ("every field", ELSEWHERE, EVERY_FIELD),
    ("a JSON format", ELSEWHERE, JSON_LOG),
    ("rules of the mesh in the root namespace", ROOT_NAMESPACE, OTHER_FIELDS),
    ("the environment in the root namespace", ROOT_NAMESPACE, log(format="%ENVIRONMENT(POD_NAME)%\n")),
    ("an empty selector in the root namespace", ROOT_NAMESPACE, {"selector": {}}),
]


def setUpModule():
    unittest.enterModuleContext(installed.webhook())


class Validation(AdmissionTestCase):
    def namespace_of(self, namespace):
        return self.namespace if namespace == ELSEWHERE else namespace

    def test_refuses_with_the_fields_path_and_what_would_be_right(self):
        for what, namespace, spec, named in REFUSED:
            with self.subTest(what):
                bad = policy("bad", self.namespace_of(namespace), **spec)
                refused = self.kubectl.run("create", "-f", "-", "--dry-run=server", stdin=bad)
                self.assertEqual(refused.returncode, 1, "admitted")
                self.assertIn("tracingpolicies.meshtrace.io", refused.stderr)
                for word in named:
                    self.assertIn(word, refused.stderr)

    def test_allows_what_is_right(self):
        for what, namespace, spec in ALLOWED:
            with self.subTest(what):
                self.kubectl.create(policy("good", self.namespace_of(namespace), **spec), "--dry-run=server")

    def test_refuses_an_update_that_makes_a_policy_wrong(self):
        self.set_policy("edited", self.namespace, workload={})
        bad = policy("edited", self.namespace, proxy={"headers": {"invalidTraceparent": "Remove"}})
        refused = self.kubectl.run("apply", "-f", "-", stdin=bad)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("spec.proxy.headers.invalidTraceparent", refused.stderr)
        self.assertEqual(self.kubectl.get("mtp", "edited", "-n", self.namespace)["spec"], {"workload": {}})

    def test_warns_of_what_is_allowed_but_does_not_do_what_it_seems_to(self):
        risky = policy("risky", self.namespace, workload={"propagators": ["tracecontext", "b3"]})
        created = self.kubectl.run("create", "-f", "-", stdin=risky)
        self.assertEqual(created.returncode, 0, created.stderr)
        self.assertRegex(created.stderr, "Warning: .*spec.workload.propagators")


if __name__ == "__main__":
    unittest.main()
