"""What each URL answers, to good requests and to bad ones."""

import json
import unittest

from harness import ServerTest, patch_of, pod, policy_review, review


def variables_of(patch):
    """Names in the order in which a patch adds them."""
    names = []
    for operation in patch:
        value = operation.get("value")
        entries = value if isinstance(value, list) else [value]
        names += [entry["name"] for entry in entries if isinstance(entry, dict) and "name" in entry]
    return names


class Mutate(ServerTest):
    def test_adds_the_tracing_environment(self):
        reply = self.webhook.mutate(review(pod(), uid="u-1"))
        self.assertEqual((reply["apiVersion"], reply["kind"]), ("admission.k8s.io/v1", "AdmissionReview"))
        self.assertEqual(reply["response"]["uid"], "u-1")
        self.assertIs(reply["response"]["allowed"], True)
        self.assertEqual(reply["response"]["patchType"], "JSONPatch")
        names = variables_of(patch_of(reply))
        self.assertLess(names.index("K8S_POD_NAME"), names.index("OTEL_RESOURCE_ATTRIBUTES"))
        self.assertIn("OTEL_TRACES_SAMPLER_ARG", names)

    def test_the_same_request_gives_the_same_bytes(self):
        body = json.dumps(review(pod())).encode()
        self.assertEqual(self.webhook.post("/mutate", body), self.webhook.post("/mutate", body))

    def test_has_no_patch_where_nothing_is_to_be_done(self):
        cases = {
            "kube-system": review(pod(), namespace="kube-system"),
            "another operation": review(pod(), operation="UPDATE"),
            "another resource": review(pod(), resource={"group": "", "version": "v1", "resource": "services"}),
            "a subresource": review(pod(), subResource="eviction"),
            "deletion": review(None, operation="DELETE", oldObject=pod()),
        }
        opted_out = pod()
        opted_out["metadata"]["labels"]["meshtrace.io/inject"] = "false"
        cases["opted out"] = review(opted_out)
        for name, document in cases.items():
            with self.subTest(name):
                response = self.webhook.mutate(document)["response"]
                self.assertEqual(response, {"uid": document["request"]["uid"], "allowed": True})

    def test_allows_an_odd_pod_with_a_warning(self):
        for odd in ("text", 7, {"a": 1}):
            with self.subTest(odd=odd):
                document = pod()
                document["spec"]["containers"][0]["env"] = odd
                response = self.webhook.mutate(review(document))["response"]
                self.assertIs(response["allowed"], True)
                self.assertNotIn("patch", response)
                self.assertRegex(response["warnings"][0], "env")

    def test_a_pod_that_is_none_is_allowed_too(self):
        for odd in ("text", [], 3, True):
            with self.subTest(odd=odd):
                response = self.webhook.mutate(review(odd))["response"]
                self.assertIs(response["allowed"], True)
                self.assertNotIn("patch", response)

    def test_warnings_are_short_and_few(self):
        document = pod()
        document["spec"]["containers"] = [
            {"name": f"c{i}", "image": "x", "envFrom": [{"secretRef": {"name": "s" * 253}}]} for i in range(60)]
        warnings = self.webhook.mutate(review(document))["response"]["warnings"]
        self.assertLessEqual(len(warnings), 16)
        self.assertLessEqual(max(len(w.encode()) for w in warnings), 256)

    def test_logs_the_uid_and_never_a_value(self):
        document = pod(name='evil"\n{}')
        document["spec"]["containers"][0]["env"] = [{"name": "PASSWORD", "value": "hunter2-secret"}]
        self.webhook.mutate(review(document, uid="log-me"))
        entry = self.webhook.wait_for_log("pod injected", uid="log-me")
        self.assertEqual(entry["namespace"], "shop")
        self.assertEqual(entry["pod"], 'evil"\n{}')
        self.assertNotIn("hunter2", json.dumps(self.webhook.log))

    def test_logs_the_generate_name_of_a_pod_without_name(self):
        document = pod()
        del document["metadata"]["name"]
        document["metadata"]["generateName"] = "checkout-7d9-"
        self.webhook.mutate(review(document, uid="generated"))
        self.assertEqual(self.webhook.wait_for_log("pod injected", uid="generated")["pod"], "checkout-7d9-")

    def test_refuses_what_is_no_review_and_says_what_would_be_right(self):
        good = review(pod())
        without = lambda key: {**good, "request": {k: v for k, v in good["request"].items() if k != key}}
        cases = [
            (b"", "not a JSON text"),
            (b"hello", "not a JSON text"),
            (json.dumps(good).encode()[:-20], "not a JSON text"),
            (json.dumps(good).encode() + b"{}", "not a JSON text"),
            (b'{"kind":"\xff"}', "not a JSON text"),
            (b"[]", "must be an object"),
            (b"null", "must be an object"),
            ({**good, "kind": "Pod"}, 'must be "AdmissionReview"'),
            ({**good, "apiVersion": "admission.k8s.io/v1beta1"}, "list v1 alone"),
            ({k: v for k, v in good.items() if k != "request"}, "request: is missing"),
            ({**good, "request": "text"}, "request: is missing"),
            (without("uid"), "request.uid"),
            (review(pod(), uid=""), "request.uid"),
            (review(pod(), uid=7), "request.uid"),
            (without("operation"), "request.operation"),
            (without("resource"), "request.resource"),
            (without("object"), "request.object"),
            (b"[" * 100_000 + b"]" * 100_000, "nested deeper"),
            (b"[" * 100_000, "not a JSON text"),
            (b"[0" + b",0" * 3_000_000 + b"]", "more values"),
            (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested deeper"),
        ]
        for document, expected in cases:
            with self.subTest(expected=expected, document=str(document)[:40]):
                status, text = self.webhook.post("/mutate", document)
                self.assertEqual(status, 400, text)
                self.assertIn(expected, text)

    def test_refuses_what_is_larger_than_any_object(self):
        body = json.dumps(review(pod(name="x" * 10_000_000))).encode()
        status, text = self.webhook.post("/mutate", body)
        self.assertEqual(status, 413, text)

    def test_takes_the_largest_objects_there_are(self):
        document = pod()
        document["metadata"]["annotations"] = {"large": "x" * 3_000_000}
        self.assertIsNotNone(patch_of(self.webhook.mutate(review(document))))


class Validate(ServerTest):
    def validate(self, document):
        status, text = self.webhook.post("/validate?timeout=3s", document)
        self.assertEqual(status, 200, text)
        return json.loads(text)["response"]

    def test_allows_a_good_policy(self):
        for operation in ("CREATE", "UPDATE"):
            response = self.validate(policy_review({"workload": {"podIdentity": True}}, operation=operation))
            self.assertIs(response["allowed"], True, response)

    def test_denies_with_every_error_at_once(self):
        response = self.validate(policy_review({"mode": "Enforced", "sampling": {"owner": "Prox", "percentage": 101}}))
        self.assertIs(response["allowed"], False)
        status = response["status"]
        self.assertEqual((status["code"], status["reason"]), (422, "Invalid"))
        for expected in ('TracingPolicy.meshtrace.io "p" is invalid', "spec.mode", "spec.sampling.owner",
                         "spec.sampling.percentage"):
            self.assertIn(expected, status["message"])

    def test_denies_what_only_the_root_namespace_may_set(self):
        spec = {"proxy": {"headers": {"invalidTraceparent": "Remove"}}}
        self.assertIs(self.validate(policy_review(spec))["allowed"], False)
        self.assertIs(self.validate(policy_review(spec, namespace="istio-system"))["allowed"], True)

    def test_allows_deletion_and_other_resources(self):
        deletion = policy_review({}, operation="DELETE")
        deletion["request"]["object"] = None
        self.assertIs(self.validate(deletion)["allowed"], True)
        self.assertIs(self.validate(review(pod()))["allowed"], True)

    def test_refuses_what_is_no_review(self):
        for document in (b"{", {"kind": "TracingPolicy"}, b"[" * 100_000):
            self.assertEqual(self.webhook.post("/validate", document)[0], 400)

    def test_a_policy_that_is_none_is_denied(self):
        for odd in ("text", 7, [], {}):
            document = policy_review({})
            document["request"]["object"] = odd
            with self.subTest(odd=odd):
                self.assertIs(self.validate(document)["allowed"], False)


class Others(ServerTest):
    def test_probes(self):
        self.assertEqual(self.webhook.get("/healthz"), (200, "ok\n"))
        self.assertEqual(self.webhook.get("/readyz"), (200, "ok\n"))
        self.assertEqual(self.webhook.get("/readyz?verbose")[0], 200)

    def test_head_has_the_header_of_get_and_no_body(self):
        status, headers, body = self.webhook.request("HEAD", "/healthz")
        self.assertEqual((status, headers["Content-Length"], body), (200, "3", b""))

    def test_an_unknown_path_is_not_found(self):
        for path in ("/", "/mutate/", "/Mutate", "/mutate%3f", "//mutate", "/healthz/../mutate"):
            self.assertEqual(self.webhook.get(path)[0], 404, path)

    def test_a_wrong_method_is_told_the_right_ones(self):
        for method, path, allow in (("GET", "/mutate", "POST"), ("PUT", "/validate", "POST"),
                                    ("POST", "/healthz", "GET, HEAD"), ("DELETE", "/metrics", "GET, HEAD"),
                                    ("BREW", "/readyz", "GET, HEAD")):
            with self.subTest(method=method, path=path):
                body = b"" if method in ("POST", "PUT") else None
                status, headers, _ = self.webhook.request(method, path, body)
                self.assertEqual((status, headers["Allow"]), (405, allow))

    def test_a_review_must_say_that_it_is_json(self):
        body = json.dumps(review(pod())).encode()
        for content_type, status in (("text/plain", 415), ("application/jsonx", 415), ("application/json", 200),
                                     ("application/json; charset=utf-8", 200), ("Application/JSON", 200)):
            with self.subTest(content_type):
                got, _, _ = self.webhook.request("POST", "/mutate", body, {"Content-Type": content_type})
                self.assertEqual(got, status)

    def test_metrics_count_what_happened(self):
        before = self.webhook.metrics()
        self.webhook.mutate(review(pod()))
        self.webhook.mutate(review(pod(), namespace="kube-system"))
        self.webhook.post("/mutate", b"{")
        self.webhook.post("/validate", policy_review({"mode": "x"}))
        self.webhook.request("POST", "/mutate", b"x", {"Content-Type": "text/plain"})
        self.webhook.get("/nowhere")
        after = self.webhook.metrics()
        gained = {name: value - before[name] for name, value in after.items() if value != before[name]}
        for name, by in (('requests_total{path="/mutate",result="patched"}', 1),
                         ('requests_total{path="/mutate",result="allowed"}', 1),
                         ('requests_total{path="/mutate",result="refused"}', 2),
                         ('requests_total{path="/validate",result="denied"}', 1),
                         ('requests_total{path="other",result="refused"}', 1),
                         ("pods_injected_total", 1),
                         ('pods_skipped_total{reason="excluded_namespace"}', 1),
                         ('admission_duration_seconds_count{path="/mutate"}', 2)):
            self.assertEqual(gained.get("meshtrace_webhook_" + name), by, name)
        self.assertEqual(after["meshtrace_webhook_policies"], 1)
        self.assertEqual(after["meshtrace_webhook_ready"], 1)
        self.assertGreater(after["meshtrace_webhook_certificate_expiry_timestamp_seconds"], 1.7e9)

    def test_no_path_of_a_client_becomes_a_label(self):
        series = set(self.webhook.metrics())
        for i in range(20):
            self.webhook.get(f"/made-up-{i}")
        self.assertEqual(set(self.webhook.metrics()), series)


if __name__ == "__main__":
    unittest.main()
