"""`kubectl meshtrace logs` on what two real Envoys log for requests whose traces are lost in every way."""
import json
import re
import unittest

from harness import kubectl_meshtrace, traffic
from harness.mesh_case import MeshTestCase

ENTRY = re.compile(r'^(?:\{|\[\S+Z\] ").*$', re.MULTILINE)  # Envoy's own messages stand in the same log
KIB = 1024
OVER_THE_LIMIT = [["x-large", "v" * 61 * KIB]]  # Envoy's default is 60 KiB
TRACES = ["4bf92f3577b34da6a3ce929d0e0e4736", "0af7651916cd43dd8448eb211c80319c", "9c6a1f0d3b7e4285a1c3e5f7092b4d6e"]
REQUEST_IDS = [f"{digit}1111111-2222-4333-8444-555555555555" for digit in "abcde"]


def headers(request_id, trace, flags="01"):
    return [["x-request-id", request_id], ["traceparent", f"00-{trace}-b7ad6b7169203331-{flags}"]]


# What passes the first hop, and what of it the second one: r1 in another trace, r2 not sampled any more.
FIRST = [headers(REQUEST_IDS[0], TRACES[0]), headers(REQUEST_IDS[1], TRACES[1])]
SECOND = [
    headers(REQUEST_IDS[0], TRACES[2]), headers(REQUEST_IDS[1], TRACES[1], "00"),
    [["x-request-id", REQUEST_IDS[2]]],
    headers(REQUEST_IDS[3], TRACES[0].upper()),
    headers(REQUEST_IDS[4], TRACES[0]) + OVER_THE_LIMIT,
]
EXPECTED = {
    ("first", "inbound"): (2, {}),
    ("second", "inbound"): (4, {"restarted": 1, "unsampled": 1, "absent": 1, "malformed": 1}),
    ("second", "other"): (1, {"tooLarge": 1}),
}


class Logs(MeshTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.proxies = {name: cls.sidecar(f"judged-{name}").until_serving() for name in ("first", "second")}

    def judge(self, requests):
        """The report on what is logged from now on, of those requests alone; `requests` by proxy."""
        before = {name: len(self.proxies[name].process.text()) for name in requests}
        for name, sent in requests.items():
            traffic.send([traffic.request(self.proxies[name].url, fields) for fields in sent], concurrency=1)
        arguments = []
        for name, sent in requests.items():
            def logged(name=name, sent=sent):
                text = self.proxies[name].process.text()[before[name]:]
                assert len(ENTRY.findall(text)) == len(sent) and text.endswith("\n"), text
                return text
            (self.plane.folder / name).write_text(self.until(logged, f"{name} logs {len(sent)} requests"))
            arguments += ["-f", self.plane.folder / name]
        done = kubectl_meshtrace.run("logs", "-o", "json", *arguments)
        self.assertEqual(done.returncode, 1, done.stderr)
        return json.loads(done.stdout)

    def test_finds_each_loss_at_its_hop_in_text_and_in_json(self):
        for encoding, name in (("TEXT", "Istio's text"), ("JSON", "JSON")):
            self.enforce("log", proxy={"accessLog": {"encoding": encoding, "traceHeaders": ["W3C"]}})
            with self.subTest(encoding):
                report = self.judge({"first": FIRST, "second": SECOND})
                found = {(hop["source"].rsplit("/", 1)[1], hop["direction"]): (
                    hop["requests"], {each["kind"]: each["count"] for each in hop["findings"]})
                    for hop in report["hops"]}
                self.assertEqual(found, EXPECTED)
                self.assertEqual([source["formats"] for source in report["sources"]], [[name], [name]])

    def test_says_that_istios_default_format_shows_no_traceparent(self):
        def not_shown():
            finding, = self.judge({"first": FIRST})["hops"][0]["findings"]
            assert (finding["kind"], finding["count"]) == ("notShown", len(FIRST)), finding
            return finding
        # A policy of before may have left its format for a moment.
        self.assertEqual(self.until(not_shown, "the default format is back")["code"], "MT0502")


if __name__ == "__main__":
    unittest.main()
