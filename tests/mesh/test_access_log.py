"""What an Envoy logs for a real request under a policy, and that nothing of it is left when the policy goes."""
import json
import unittest

from harness.mesh import MESH_TEXT
from harness.mesh_case import MeshTestCase

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"
# One request with every context there is; each line must show what its preset is for.
HEADERS = [
    ["traceparent", TRACEPARENT], ["tracestate", "vendor=1"], ["baggage", "cart=7"],
    ["b3", f"{TRACE}-b7ad6b7169203331-1"], ["x-b3-traceid", TRACE], ["x-b3-spanid", "b7ad6b7169203331"],
    ["x-b3-sampled", "1"], ["x-request-id", "11111111-2222-4333-8444-555555555555"],
    ["x-cloud-trace-context", "105445aa7843bc8bf206b12000100000/1;o=1"], ["x-datadog-trace-id", "4242"],
    ["x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793"], ["uber-trace-id", f"{TRACE}:b7ad:0:1"],
    ["x-ot-span-context", "ot-context"],
]
SHOWN = {
    "W3C": [f"traceparent={TRACEPARENT}", "tracestate=vendor=1"],
    "B3": [TRACE, "b7ad6b7169203331"],
    "RequestID": ["11111111-2222-4333-8444-555555555555"],
    "CloudTrace": ["105445aa7843bc8bf206b12000100000/1;o=1"],
    "Datadog": ["4242"],
    "XRay": ["Root=1-5759e988-bd862e3fe1be46a994272793"],
    "Jaeger": [f"{TRACE}:b7ad:0:1"],
    "Baggage": ["cart=7"],
    "OpenTracing": ["ot-context"],
}


class AccessLog(MeshTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.proxy = cls.sidecar("logging").until_serving()

    def until_logged(self, check, what):
        """Waits for a request whose log line passes; requests do no harm."""
        def line():
            seen = self.log_line(self.proxy, HEADERS)
            assert check(seen), seen
            return seen
        return self.until(line, what)

    def test_carries_traceparent_until_the_policy_goes_and_the_text_is_as_it_was(self):
        self.assertNotIn(TRACEPARENT, self.log_line(self.proxy, HEADERS))
        self.enforce("log", proxy={"accessLog": {"traceHeaders": ["W3C"]}})
        line = self.until_logged(lambda line: f"traceparent={TRACEPARENT}" in line, "the line has traceparent")
        self.assertIn("tracestate=vendor=1", line)
        self.assertIn("via_upstream", line)  # what the default format shows is there still
        self.assertNotEqual(self.mesh.text(), MESH_TEXT)
        self.delete_policy("log")
        self.assertEqual(self.mesh.text(), MESH_TEXT)
        self.until_logged(lambda line: TRACEPARENT not in line, "the line is as it was")

    def test_shows_the_headers_of_every_preset(self):
        self.enforce("log", proxy={"accessLog": {"traceHeaders": list(SHOWN)}})
        line = self.until_logged(lambda line: f"traceparent={TRACEPARENT}" in line, "the line has the presets")
        for preset, values in SHOWN.items():
            for value in values:
                with self.subTest(preset, value=value):
                    self.assertIn(value, line)
        self.assertEqual(len(self.proxy.log_lines(line.split('"')[1])), 1, "one line for one request")

    def test_is_json_with_the_same_headers(self):
        self.enforce("log", proxy={"accessLog": {"encoding": "JSON", "traceHeaders": ["W3C"]}})
        line = json.loads(self.until_logged(lambda line: line.startswith("{"), "the line is JSON"))
        self.assertEqual(line["traceparent"], TRACEPARENT)
        self.assertEqual(line["response_code"], 200)

    def test_is_a_format_of_ones_own(self):
        self.enforce("log", proxy={"accessLog": {"format": "own %REQ(:PATH)% %REQ(TRACEPARENT):35%"}})
        line = self.until_logged(lambda line: line.startswith("own "), "the line has that format")
        self.assertTrue(line.endswith(f" 00-{TRACE}"), line)

    def test_is_json_of_ones_own(self):
        fields = {"path": "%REQ(:PATH)%", "trace": "%REQ(TRACEPARENT)%", "status": "%RESPONSE_CODE%"}
        self.enforce("log", proxy={"accessLog": {"encoding": "JSON", "jsonFormat": fields}})
        line = json.loads(self.until_logged(lambda line: line.startswith("{"), "the line is JSON"))
        self.assertEqual((set(line), line["trace"], line["status"]), (set(fields), TRACEPARENT, 200))

    def test_keeps_what_others_changed_meanwhile(self):
        self.enforce("log", proxy={"accessLog": {"traceHeaders": ["W3C"]}})
        theirs = self.mesh.text().replace("# the end", "ingressClass: ours # the platform team's\n# the end")
        self.addCleanup(self.mesh.set_text, MESH_TEXT)
        self.mesh.set_text(theirs)
        self.until_logged(lambda line: TRACEPARENT in line, "the line has traceparent still")
        self.delete_policy("log")
        self.assertEqual(self.mesh.text(),
                         MESH_TEXT.replace("# the end", "ingressClass: ours # the platform team's\n# the end"))


if __name__ == "__main__":
    unittest.main()
