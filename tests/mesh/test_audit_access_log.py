"""What the audit says of the access log (group 05), shown true: under the broken objects the line of a real request lacks
the trace, or Envoy refuses the format; the audit of these very objects finds that code alone; its fix, pasted into a
shell, mends both.
"""
import itertools
import json
import unittest

from harness import traffic
from harness.audited_mesh import AuditedMeshTestCase
from harness.mesh import MESH_TEXT
from harness.waiting import eventually

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PLAIN = "%REQ(:PATH)% %RESPONSE_CODE%"
SOUND = PLAIN + " %REQ(TRACEPARENT)%"
WRITES_S = 2  # 20 ms in fact

_marks = itertools.count(1)


def mesh_text(log_format=None, **settings):
    """The mesh with that format, and other top-level settings of the log."""
    if log_format is not None:
        settings["accessLogFormat"] = log_format
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in settings.items())
    return MESH_TEXT.replace("defaultConfig:", lines + "defaultConfig:")


def with_provider(text, name, **file_log):
    entry = json.dumps({"name": name, "envoyFileAccessLog": file_log})
    return text.replace("extensionProviders:\n", f"extensionProviders:\n- {entry}\n")


class AccessLogs(AuditedMeshTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls.mesh.set_text, MESH_TEXT)
        cls.mesh.set_text(mesh_text(SOUND))
        cls.proxy = cls.until_the_end(cls.mesh.sidecar(cls.namespace, "logging"))

    def setUp(self):
        self.until_shown()
        self.assert_sound()

    def tearDown(self):
        self.kubectl("delete", "telemetry", "--all", "-n", self.namespace)
        self.mesh.set_text(mesh_text(SOUND))
        self.until_shown()

    def send(self):
        """Sends a request with a trace context, and returns the mark in its path."""
        mark = f"mark-{next(_marks)}-"
        reply, = traffic.send([traffic.request(self.proxy.url + mark, [["traceparent", TRACEPARENT]])])
        self.assertEqual(reply.get("status"), 200, reply)
        return mark

    def logged(self):
        """The lines of a request. A configuration may not log it: whoever waits for another one sends the next."""
        mark = self.send()
        return eventually(lambda: self.proxy.log_lines(mark), "the request is logged", WRITES_S)

    def until_logged(self, check, what):
        """Waits for a request whose first line passes."""
        def passes():
            line, *_ = self.logged()
            assert check(line), line
            return line
        return self.until(passes, what)

    def until_shown(self):
        return self.until_logged(lambda line: TRACEPARENT in line, "the line shows the trace")

    def until_hidden(self):
        return self.until_logged(lambda line: TRACEPARENT not in line, "the line does not show the trace")

    def mends(self, code):
        self.mend(code)
        self.until_shown()
        self.assert_sound()

    def test_mt0501_no_access_log(self):
        without = mesh_text().replace("accessLogFile: /dev/stdout", "accessLogFile: ''")
        self.mesh.set_text(without)
        self.until(lambda: not any("access_log" in manager for manager in self.proxy.connection_managers()),
                   "no request is logged")
        self.mends("MT0501")

    def test_mt0502_istios_default_format(self):
        self.mesh.set_text(mesh_text())
        self.until_hidden()
        self.mends("MT0502")

    def test_mt0502_a_json_format(self):
        self.mesh.set_text(mesh_text(json.dumps({"path": "%REQ(:PATH)%"}), accessLogEncoding="JSON"))
        self.until_hidden()
        self.mends("MT0502")

    def test_mt0503_a_format_that_envoy_refuses(self):
        rejects = self.mesh.istiod.rejects()
        self.mesh.set_text(mesh_text(SOUND.replace("RESPONSE_CODE", "RESPONSE_COD")))
        self.until(lambda: self.mesh.istiod.rejects() > rejects, "the proxy refuses its listeners")
        # Whatever comes next is not taken either.
        self.mesh.set_text(mesh_text(SOUND.replace("RESPONSE_CODE", "RESPONSE_COD") + " later"))
        self.until(lambda: self.mesh.istiod.rejects() > rejects + 1, "the proxy refuses them again")
        self.until_logged(lambda line: not line.endswith(" later"), "it goes on with the configuration of before")
        self.mend("MT0503")
        self.until_logged(lambda line: line.endswith(f"{TRACEPARENT} later"), "it takes the mended one")
        self.assert_sound()

    def test_mt0504_a_telemetry_that_hides_the_format(self):
        for settings in ({"path": "/dev/stdout"}, {"path": "/dev/stdout", "logFormat": {"text": PLAIN}}):
            with self.subTest(settings):
                self.mesh.set_text(with_provider(mesh_text(SOUND), "own", **settings))
                self.kubectl.apply({"apiVersion": "telemetry.istio.io/v1", "kind": "Telemetry",
                                    "metadata": {"name": "log", "namespace": self.namespace},
                                    "spec": {"accessLogging": [{"providers": [{"name": "own"}]}]}})
                self.until_hidden()
                self.mends("MT0504")

    def test_mt0505_json_encoding_with_a_text_format(self):
        self.mesh.set_text(mesh_text(SOUND, accessLogEncoding="JSON"))
        line = self.until_logged(lambda line: line.startswith("{"), "the line is JSON")
        self.assertNotIn(TRACEPARENT, line)
        self.assertIn("upstream_cluster", json.loads(line))  # Istio's default
        self.mends("MT0505")

    def test_mt0506_a_newline_in_the_format(self):
        self.mesh.set_text(mesh_text("%REQ(:PATH)%\n%REQ(:PATH)% %REQ(TRACEPARENT)%\n"))
        self.until_hidden()
        mark = self.send()
        self.until(lambda: len(self.proxy.log_lines(mark)) == 2, "one request, two lines")
        self.mends("MT0506")
        self.assertEqual(len(self.logged()), 1)


if __name__ == "__main__":
    unittest.main()
