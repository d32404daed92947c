"""What the CRD's schema and CEL rules refuse in a real API server, with nothing of ours running.

Each case: what is wrong, the spec, and what the API server's message has to name: the field, and what is allowed.
"""
import unittest

from harness import manifests
from harness.policy import policy
from harness.shared import ClusterTestCase, cluster


def sampling(**fields):
    return {"sampling": {"owner": "SDK", "percentage": 10} | fields}


def workload(**fields):
    return {"workload": fields}


def batch(**fields):
    return workload(batchSpanProcessor=fields)


def log(**fields):
    return {"proxy": {"accessLog": fields}}


def headers(**fields):
    return {"proxy": {"headers": fields}}


BAD_WORDS = [
    ("mode", {"mode": "Enforced"}, ["spec.mode", '"Enforce"', '"Audit"']),
    ("owner", sampling(owner="sdk"), ["spec.sampling.owner", '"SDK"', '"Proxy"']),
    ("service name source", workload(serviceName={"from": "Owner"}),
     ["spec.workload.serviceName.from", '"Auto"', '"Canonical"', '"Label"', '"Value"']),
    ("profile", batch(profile="Fast"), ["batchSpanProcessor.profile", '"Default"', '"HighThroughput"']),
    ("protocol", workload(exporter={"protocol": "http"}), ["exporter.protocol", '"grpc"', '"http/protobuf"']),
    ("encoding", log(encoding="json"), ["accessLog.encoding", '"TEXT"', '"JSON"']),
    ("trace header", log(traceHeaders=["W3C", "w3c"]), ["accessLog.traceHeaders[1]", '"XRay"']),
    ("applies to", headers(appliesTo="Gateway"), ["headers.appliesTo", '"Gateways"', '"All"']),
    ("invalid traceparent", headers(invalidTraceparent="Drop"), ["headers.invalidTraceparent", '"Remove"']),
    ("duplicate context", headers(duplicateContext="W3C"), ["headers.duplicateContext", '"PreferW3C"']),
]
BAD_NUMBERS = [
    ("percentage below 0", sampling(percentage=-1), ["spec.sampling.percentage", "0"]),
    ("percentage above 100", sampling(percentage=100.01), ["spec.sampling.percentage", "100"]),
    ("three decimals", sampling(percentage=10.001), ["spec.sampling.percentage", "two decimals"]),
    ("percentage as text", sampling(percentage="10"), ["spec.sampling.percentage", "number"]),
    ("headroom 0", batch(memoryHeadroomPercent=0), ["memoryHeadroomPercent", "1"]),
    ("headroom 101", batch(memoryHeadroomPercent=101), ["memoryHeadroomPercent", "100"]),
    ("batch 0", batch(maxExportBatchSize=0), ["maxExportBatchSize", "1"]),
    ("batch too large", batch(maxExportBatchSize=65537), ["maxExportBatchSize", "65536"]),
    ("queue 0", batch(maxQueueSize=0), ["maxQueueSize", "Auto"]),
    ("queue too large", batch(maxQueueSize=65537), ["maxQueueSize", "65536"]),
    ("queue as another word", batch(maxQueueSize="auto"), ["maxQueueSize", "Auto"]),
    ("queue as text", batch(maxQueueSize="4096"), ["maxQueueSize", "Auto"]),
    ("header size 0", headers(maxRequestHeadersKb=0), ["maxRequestHeadersKb", "1"]),
    ("header size too large", headers(maxRequestHeadersKb=8193), ["maxRequestHeadersKb", "8192"]),
    ("header count 0", headers(maxRequestHeadersCount=0), ["maxRequestHeadersCount", "1"]),
    ("baggage 0", headers(maxBaggageBytes=0), ["maxBaggageBytes", "1"]),
    ("a word for a boolean", workload(sdkDisabled="true"), ["spec.workload.sdkDisabled", "boolean"]),
]
BAD_DURATIONS = [
    (text, batch(scheduleDelay=text), ["batchSpanProcessor.scheduleDelay"])
    for text in ("1d", "-5s", "0s", "11m", "5", "", "5 s", "1.5s", "10m1ms")
]
BAD_TEXTS = [
    ("attribute key with a space", workload(resourceAttributes={"a b": "c"}), ["resourceAttributes", "each key"]),
    ("empty attribute key", workload(resourceAttributes={"": "c"}), ["resourceAttributes"]),
    ("attribute value too long", workload(resourceAttributes={"a": "x" * 1025}), ["resourceAttributes", "1024"]),
    ("too many attributes", workload(resourceAttributes={f"k{n}": "v" for n in range(65)}),
     ["resourceAttributes", "64"]),
    ("propagator with a comma", workload(propagators=["tracecontext,b3"]), ["spec.workload.propagators[0]"]),
    ("propagator twice", workload(propagators=["b3", "b3"]), ["spec.workload.propagators"]),
    ("no propagator", workload(propagators=[]), ["spec.workload.propagators"]),
    ("too many propagators", workload(propagators=[f"p{n}" for n in range(17)]), ["spec.workload.propagators", "16"]),
    ("container glob", workload(containers={"include": ["App"]}), ["containers.include[0]"]),
    ("endpoint without scheme", workload(exporter={"endpoint": "collector:4317"}), ["exporter.endpoint"]),
    ("endpoint with a space", workload(exporter={"endpoint": "http://a b"}), ["exporter.endpoint"]),
    ("log file", log(file="stdout"), ["accessLog.file"]),
    ("label key in the selector", {"selector": {"matchLabels": {"a b": "c"}}}, ["selector.matchLabels"]),
    ("label value in the selector", {"selector": {"matchLabels": {"app": "a b"}}}, ["selector.matchLabels"]),
    ("service name with a line break", workload(serviceName={"from": "Value", "value": "a\nb"}), ["serviceName.value"]),
]
BAD_TOGETHER = [
    ("owner alone", {"sampling": {"owner": "SDK"}}, ["spec.sampling.percentage", "Required"]),
    ("percentage alone", {"sampling": {"percentage": 10}}, ["spec.sampling.owner", "Required"]),
    ("batch over queue", batch(maxQueueSize=512, maxExportBatchSize=513), ["spec.workload.batchSpanProcessor"]),
    ("Label without key", workload(serviceName={"from": "Label"}), ["spec.workload.serviceName", "key"]),
    ("Value without value", workload(serviceName={"from": "Value"}), ["spec.workload.serviceName", "value"]),
    ("key without Label", workload(serviceName={"from": "Auto", "key": "app"}), ["spec.workload.serviceName", "key"]),
    ("format and headers", log(format="%PROTOCOL%", traceHeaders=["W3C"]), ["spec.proxy.accessLog", "format"]),
    ("format and JSON", log(format="%PROTOCOL%", encoding="JSON"), ["spec.proxy.accessLog", "format"]),
    ("both formats", log(format="%PROTOCOL%", jsonFormat={"p": "%PROTOCOL%"}), ["spec.proxy.accessLog", "format"]),
    ("JSON format as text", log(encoding="TEXT", jsonFormat={"p": "%PROTOCOL%"}), ["spec.proxy.accessLog"]),
]
UNKNOWN = [
    ("field of spec", {"modus": "Audit"}, ['unknown field "spec.modus"']),
    ("misspelt field", sampling(percent=5), ['unknown field "spec.sampling.percent"']),
    ("matchExpressions", {"selector": {"matchExpressions": []}}, ['unknown field "spec.selector.matchExpressions"']),
]


def setUpModule():
    manifests.apply_crds(cluster().kubectl)


class Refuses(ClusterTestCase):
    def check(self, cases):
        for number, (what, spec, named) in enumerate(cases):
            with self.subTest(what):
                object_ = policy(f"bad-{number}", self.namespace, **spec)
                refused = self.kubectl.run("create", "-f", "-", "--dry-run=server", stdin=object_)
                self.assertEqual(refused.returncode, 1, f"admitted: {spec}")
                for word in named:
                    self.assertIn(word, refused.stderr)

    def test_words_that_are_not_among_the_allowed(self):
        self.check(BAD_WORDS)

    def test_numbers_out_of_range(self):
        self.check(BAD_NUMBERS)

    def test_durations_that_no_sdk_could_take(self):
        self.check(BAD_DURATIONS)

    def test_texts_of_a_wrong_form_or_length(self):
        self.check(BAD_TEXTS)

    def test_fields_that_exclude_or_need_each_other(self):
        self.check(BAD_TOGETHER)

    def test_fields_it_does_not_know(self):
        self.check(UNKNOWN)

    def test_a_spec_of_another_type(self):
        for spec in ("text", ["list"], 3):
            with self.subTest(spec):
                object_ = policy("bad", self.namespace) | {"spec": spec}
                refused = self.kubectl.run("create", "-f", "-", "--dry-run=server", stdin=object_)
                self.assertEqual(refused.returncode, 1)
                self.assertIn("spec", refused.stderr)


if __name__ == "__main__":
    unittest.main()
