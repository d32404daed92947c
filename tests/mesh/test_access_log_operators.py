"""The table of access log operators against the Envoys that it is about: what it says of each version, Envoy says, too.

What it wrongly lets pass would make proxies refuse their listeners; what it wrongly refuses, users could not have.
"""
import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import parts
from harness.envoy import HTTP_CONNECTION_MANAGER
from harness.policy import policy

TABLE = parts.REPOSITORY / "core" / "policy" / "access_log_operators.cc"
ISTIO_OF_ENVOY = {"1.36.2": "1.28", "1.37.0": "1.29", "1.40.0": "1.32"}
ARGUMENTS = {
    "CEL": "request.id", "CLUSTER_METADATA": "a:b", "COALESCE": '{"operators": ["PROTOCOL", "PROTOCOL"]}',
    "COMMON_DURATION": "DS_RX_BEG:DS_RX_END:ms", "DYNAMIC_METADATA": "a:b", "ENVIRONMENT": "HOME",
    "FILE_CONTENT": "/etc/hostname", "FILTER_STATE": "a:PLAIN", "METADATA": "ROUTE:a:b", "SECRET": "name",
}
ANY_HEADER = "X-HEADER"  # of the operators whose argument is a header or a parameter
# Istio gives a log this formatter where the format names its operator, and no other one.
FORMATTER = {"name": "envoy.formatter.req_without_query", "typed_config": {
    "@type": "type.googleapis.com/envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery"}}
TYPE = "type.googleapis.com/envoy.extensions."


def operators():
    """Each operator of the table as it stands in a format."""
    rows = re.findall(r'AccessLogOperator\{\s*\.name = "([A-Z0-9_]+)"(,\s*\.arguments = kRequired)?', TABLE.read_text())
    return {name: f"%{name}({ARGUMENTS.get(name, ANY_HEADER)})%" if required else f"%{name}%"
            for name, required in rows}


def refused_by_us(istio, log_format):
    """The operators that `render` does not write for proxies of that Istio."""
    text = json.dumps(policy("log", "istio-system", proxy={"accessLog": {"format": log_format}}))
    done = subprocess.run([parts.our("kubectl-meshtrace"), "render", "-f", "-", "--target", "configmap",
                           "--istio-version", istio], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    reasons = (line for line in done.stderr.splitlines() if "UnsupportedVersion" in line)
    return {name for line in reasons for name in re.findall(r"%([A-Z0-9_]+)(?:\(…\))?%", line)}


def accepts(envoy, log_format):
    """Whether that Envoy would take a listener with this access log; with its own words."""
    log = {"path": "/dev/null", "log_format": {"formatters": [FORMATTER],
                                               "text_format_source": {"inline_string": log_format}}}
    manager = {"stat_prefix": "x", "route_config": {"name": "x"},
               "http_filters": [typed("envoy.filters.http.router", "filters.http.router.v3.Router", {})],
               "access_log": [typed("envoy.access_loggers.file", "access_loggers.file.v3.FileAccessLog", log)]}
    chain = {"filters": [typed(HTTP_CONNECTION_MANAGER,
                               "filters.network.http_connection_manager.v3.HttpConnectionManager", manager)]}
    address = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
    listener = {"name": "x", "address": address, "filter_chains": [chain]}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"static_resources": {"listeners": [listener]}}, file)
        file.flush()
        program = f"envoy-{envoy}"
        done = subprocess.run([parts.folder_of(program) / program, "--mode", "validate", "-c", Path(file.name),
                               "--use-dynamic-base-id", "-l", "error"], capture_output=True, text=True)
    return done.returncode == 0, done.stderr


def typed(name, kind, value):
    return {"name": name, "typed_config": {"@type": TYPE + kind} | value}


class Operators(unittest.TestCase):
    def test_are_those_that_each_envoy_knows(self):
        every = operators()
        self.assertGreater(len(every), 100)
        for envoy, istio in ISTIO_OF_ENVOY.items():
            refused = refused_by_us(istio, "\n".join(every.values()))
            with self.subTest("written", envoy=envoy):
                taken, reason = accepts(envoy, " ".join(text for name, text in every.items() if name not in refused))
                self.assertTrue(taken, reason)
            for name in sorted(refused):
                with self.subTest(name, envoy=envoy):
                    self.assertFalse(accepts(envoy, every[name])[0])


if __name__ == "__main__":
    unittest.main()
