"""What the audit says of the header's way in, of sizes and of ports, shown true in the mesh: under the broken objects the
trace or the request is lost; the audit of these very objects finds that code alone; its fix, pasted into a shell, mends it.
"""
import http.client
import json
import unittest

from harness import kubectl_meshtrace, traffic
from harness.istiod import NAMESPACE as ROOT_NAMESPACE
from harness.mesh import ISTIO, TRACING_PROVIDER, mesh
from harness.process import free_port
from harness.shared import ClusterTestCase
from harness.waiting import eventually

SETTLES_S = 30
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"
MANAGER = "envoy.filters.network.http_connection_manager"
MANAGER_TYPE = ("type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3."
                "HttpConnectionManager")
ROUTER_TYPE = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
LUA_TYPE = "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua"
AUDITED = "virtualservice,gateway,envoyfilter,telemetry,service,pod,namespace"
GROUPS = "MT01,MT06,MT08"  # the mesh of these tests has faults of other groups: its log format shows no traceparent
# Every gateway here replaces x-request-id, and filters are there to know it by: a finding of its own, for one test alone.
OF_EVERY_GATEWAY = "MT0105"


def envoy_filter(name, namespace, *patches, **spec):
    return {"apiVersion": "networking.istio.io/v1alpha3", "kind": "EnvoyFilter",
            "metadata": {"name": name, "namespace": namespace}, "spec": {**spec, "configPatches": list(patches)}}


def patch(apply_to, match, operation, value):
    return {"applyTo": apply_to, "match": match, "patch": {"operation": operation, "value": value}}


def manager_match(name=MANAGER, context="ANY", **below):
    return {"context": context, "listener": {"filterChain": {"filter": {"name": name, **below}}}}


def merged(match=None, **settings):
    """A patch that merges settings into the connection manager."""
    return patch("NETWORK_FILTER", match or manager_match(), "MERGE",
                 {"name": MANAGER, "typed_config": {"@type": MANAGER_TYPE, **settings}})


def before_router(value):
    return patch("HTTP_FILTER", manager_match(subFilter={"name": "envoy.filters.http.router"}), "INSERT_BEFORE", value)


def lua(code):
    """A filter that does this with each request's handle."""
    code = f"function envoy_on_request(handle)\n  {code}\nend"
    return {"name": "lua", "typed_config": {"@type": LUA_TYPE, "default_source_code": {"inline_string": code}}}


class AuditPath(ClusterTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mesh = mesh()
        cls.gateway = cls.mesh.gateway(cls.namespace, "plain")
        cls.traced = cls.mesh.gateway(cls.namespace, "traced")
        cls.behind = cls.mesh.sidecar(cls.namespace, "behind")
        cls.front = cls.mesh.gateway(cls.namespace, "front", cls.behind)
        cls.caller = cls.mesh.sidecar(cls.namespace, "caller")
        for proxy in (cls.gateway, cls.traced, cls.behind, cls.front, cls.caller):
            proxy.until_serving()
            cls.addClassCleanup(cls.mesh.remove, proxy)
        cls.kubectl.apply(cls.telemetry("traced"))

    @classmethod
    def telemetry(cls, gateway):
        tracing = [{"providers": [{"name": TRACING_PROVIDER}], "randomSamplingPercentage": 100}]
        return {"apiVersion": "telemetry.istio.io/v1", "kind": "Telemetry",
                "metadata": {"name": gateway, "namespace": cls.namespace},
                "spec": {"selector": {"matchLabels": {"istio": gateway}}, "tracing": tracing}}

    def setUp(self):
        self.standing = json.dumps(self.kubectl.get("virtualservice", "-n", self.namespace)["items"])

    def tearDown(self):
        self.kubectl("delete", "envoyfilter", "--all", "-n", self.namespace)
        for one in json.loads(self.standing):
            one["metadata"] = {key: one["metadata"][key] for key in ("name", "namespace")}
            self.kubectl("replace", "-f", "-", stdin=json.dumps(one))
        self.until(lambda: self.sent(self.gateway) == [TRACEPARENT], "the gateway is as it was")

    # What happens to requests

    def until(self, check, what):
        return eventually(check, what, SETTLES_S)

    def sent(self, proxy, name="traceparent", headers=(("traceparent", TRACEPARENT),)):
        """What the application gets of a header; None while the proxy answers otherwise."""
        reply, = traffic.send([traffic.request(proxy.url, headers)])
        return traffic.received(reply, name) if reply.get("status") == 200 else None

    def status(self, proxy, headers):
        reply, = traffic.send([traffic.request(proxy.url, headers)])
        return reply.get("status")

    # What the audit says

    def findings(self, exclude=OF_EVERY_GATEWAY):
        """Of the objects as they stand in the cluster, and the mesh's configuration."""
        objects = self.kubectl.get(AUDITED, "-n", self.namespace)["items"]
        objects.append(self.kubectl.get("configmap", "istio", "-n", ROOT_NAMESPACE))
        objects.append(self.kubectl.get("namespace", self.namespace))
        exclude = ["--exclude", exclude] if exclude else []
        done = kubectl_meshtrace.run("audit", "-f", "-", "-o", "json", "--fail-on=never", "--include", GROUPS, *exclude,
                                     stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["findings"]

    def find(self, code, severity, **options):
        """The audit's findings, which must all be of that code, the first of that severity."""
        findings = self.findings(**options)
        self.assertEqual({one["code"] for one in findings}, {code}, findings)
        self.assertEqual(findings[0]["severity"], severity, findings)
        return findings

    def mend(self, findings, **options):
        """Pastes the printed fix into a shell; the audit has nothing to say then."""
        self.kubectl.shell(findings[0]["fix"])
        self.assertEqual(self.findings(**options), [])

    # Rules and filters

    def change_rule(self, proxy, **rule):
        """Adds to the first http rule of the gateway's VirtualService."""
        standing = self.kubectl.get("virtualservice", proxy.name, "-n", self.namespace)
        standing["spec"]["http"][0].update(rule)
        self.kubectl("replace", "-f", "-", stdin=json.dumps(standing))

    def filter(self, name, *patches, **spec):
        self.kubectl.apply(envoy_filter(name, self.namespace, *patches, **spec))

    def test_mt0101_a_removed_traceparent_is_lost_where_the_gateway_does_not_trace(self):
        self.change_rule(self.gateway, headers={"request": {"remove": ["Traceparent"]}})
        self.until(lambda: self.sent(self.gateway) == [], "traceparent is lost")
        findings = self.find("MT0101", "error")
        self.mend(findings)
        self.until(lambda: self.sent(self.gateway) == [TRACEPARENT], "traceparent passes")

    def test_mt0101_a_tracing_gateway_writes_it_again_but_nobody_writes_baggage(self):
        headers = [["traceparent", TRACEPARENT], ["baggage", "shop=north"]]
        self.until(lambda: self.sent(self.traced)[0] != TRACEPARENT, "the gateway traces")
        self.change_rule(self.traced, headers={"request": {"remove": ["traceparent", "baggage"]}})
        self.until(lambda: self.sent(self.traced, "baggage", headers) == [], "baggage is lost")
        written, = self.sent(self.traced, headers=headers)
        self.assertEqual(written.split("-")[1], TRACE_ID)
        findings = self.find("MT0101", "warning")
        self.mend(findings)
        self.until(lambda: self.sent(self.traced, "baggage", headers) == ["shop=north"], "baggage passes")

    def test_mt0101_a_set_traceparent_is_everybodys(self):
        fixed = "00-00000000000000000000000000000001-0000000000000001-01"
        self.change_rule(self.gateway, headers={"request": {"set": {"TraceParent": fixed}}})
        self.until(lambda: self.sent(self.gateway) == [fixed], "all requests have one traceparent")
        self.mend(self.find("MT0101", "error"))
        self.until(lambda: self.sent(self.gateway) == [TRACEPARENT], "traceparent passes")

    def test_mt0101_a_delegate_removes_it(self):
        standing = self.kubectl.get("virtualservice", self.gateway.name, "-n", self.namespace)
        route = standing["spec"]["http"][0]["route"]
        delegate = {"apiVersion": ISTIO, "kind": "VirtualService",
                    "metadata": {"name": "delegate", "namespace": self.namespace},
                    "spec": {"http": [{"headers": {"request": {"remove": ["traceparent"]}}, "route": route}]}}
        self.kubectl.apply(delegate)
        self.addCleanup(self.kubectl.delete, "virtualservice", "delegate", "-n", self.namespace)
        standing["spec"]["http"] = [{"delegate": {"name": "delegate"}}]
        self.kubectl("replace", "-f", "-", stdin=json.dumps(standing))
        self.until(lambda: self.sent(self.gateway) == [], "traceparent is lost")
        findings = self.find("MT0101", "error")
        self.assertEqual(findings[0]["object"]["name"], "delegate")
        self.mend(findings)
        self.until(lambda: self.sent(self.gateway) == [TRACEPARENT], "traceparent passes")

    def test_mt0102_lua_removes_it_and_reading_it_does_no_harm(self):
        at_plain = {"labels": {"istio": "plain"}}
        self.filter("lua", before_router(lua('handle:headers():remove("traceparent")')), workloadSelector=at_plain)
        self.until(lambda: self.sent(self.gateway) == [], "traceparent is lost")
        self.find("MT0102", "error")
        read = 'handle:headers():replace("x-caller", handle:headers():get("traceparent"))'
        self.filter("lua", before_router(lua(read)), workloadSelector=at_plain)
        self.until(lambda: self.sent(self.gateway, "x-caller") == [TRACEPARENT], "the code reads traceparent")
        self.assertEqual(self.sent(self.gateway), [TRACEPARENT])
        self.assertEqual(self.findings(), [])

    def test_mt0102_a_virtual_host_removes_it(self):
        self.filter("routes", patch("VIRTUAL_HOST", {"context": "GATEWAY"}, "MERGE",
                                    {"request_headers_to_remove": ["traceparent"]}))
        self.until(lambda: self.sent(self.gateway) == [], "traceparent is lost")
        self.mend(self.find("MT0102", "error"))
        self.until(lambda: self.sent(self.gateway) == [TRACEPARENT], "traceparent passes")

    def test_mt0102_an_early_mutation_cuts_the_trace_of_a_proxy_that_traces_too(self):
        mutations = {"@type": "type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3."
                              "HeaderMutation", "mutations": [{"remove": "traceparent"}]}
        self.filter("early", merged(early_header_mutation_extensions=[
            {"name": "envoy.http.early_header_mutation.header_mutation", "typed_config": mutations}]))
        self.until(lambda: (self.sent(self.traced) or [TRACEPARENT])[0].split("-")[1] != TRACE_ID,
                   "another trace begins behind the gateway")
        self.mend(self.find("MT0102", "error"))
        self.until(lambda: (self.sent(self.traced) or ["--"])[0].split("-")[1] == TRACE_ID, "the trace goes on")

    def test_mt0105_a_gateway_replaces_the_request_id(self):
        self.filter("slashes", merged(merge_slashes=True))
        headers = [["x-request-id", "11111111-2222-4333-8444-555555555555"]]
        self.until(lambda: self.sent(self.gateway, "x-request-id", headers) not in (None, [headers[0][1]]),
                   "x-request-id is another one")
        findings = [one for one in self.find("MT0105", "info", exclude="") if one["object"]["name"] == "plain"]
        self.mend(findings)
        self.until(lambda: self.sent(self.gateway, "x-request-id", headers) == [headers[0][1]], "x-request-id is kept")

    # Sizes

    def lead_front_over_the_service(self):
        """The way front → behind as a Service. No pod here has an address that answers, so that the rule that requests
        take leads to the sidecar's listener; a second one says the same by the Service, for those who read."""
        service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "behind", "namespace": self.namespace},
                   "spec": {"selector": {"app": "behind"}, "ports": [{"name": "http", "port": 80}]}}
        self.kubectl.apply(service)
        self.addCleanup(self.kubectl.delete, "service", "behind", "-n", self.namespace)
        standing = self.kubectl.get("virtualservice", self.front.name, "-n", self.namespace)
        standing["spec"]["http"].append({"route": [{"destination": {"host": "behind", "port": {"number": 80}}}]})
        self.kubectl("replace", "-f", "-", stdin=json.dumps(standing))

    def assert_limit_behind(self, code, request, low, high):
        self.lead_front_over_the_service()
        at_front = {"labels": {"istio": "front"}}
        self.filter("front", merged(**low), workloadSelector=at_front)
        self.assertEqual(self.findings(), [])
        self.filter("front", merged(**high), workloadSelector=at_front)
        self.until(lambda: "behind" in (self.answered_by(self.front, request) or ""), "the sidecar behind refuses it")
        findings = self.find(code, "warning")
        self.assertEqual(findings[0]["object"]["name"], "front")
        self.mend(findings)
        self.until(lambda: self.status(self.front, request) == 200, "the request passes")

    def answered_by(self, proxy, headers):
        """Who answers 431: the gateway logs an answer of its own without an upstream."""
        if self.status(proxy, headers) != 431:
            return None
        lines = proxy.log_lines(" 431 ")
        return "behind" if lines and f"127.0.0.1:{self.behind.port}" in lines[-1] else "itself"

    def test_mt0601_a_gateway_lets_in_what_the_sidecar_behind_it_refuses(self):
        self.assert_limit_behind("MT0601", [[f"x-test-{number}", "v" * 4000] for number in range(18)],
                                 {"max_request_headers_kb": 60}, {"max_request_headers_kb": 96})

    def test_mt0605_likewise_for_the_number_of_fields(self):
        def limit(count):
            return {"common_http_protocol_options": {"max_headers_count": count}}
        self.assert_limit_behind("MT0605", [[f"x-test-{number}", "v"] for number in range(150)], limit(100), limit(200))

    def test_mt0602_a_merge_into_every_filter_makes_istiod_panic_and_takes_other_filters_along(self):
        self.filter("lua", before_router(lua('handle:headers():replace("x-shop", "north")')))
        self.until(lambda: self.sent(self.gateway, "x-shop") == ["north"], "the inserted filter runs")
        panics = self.mesh.istiod.process.text().count("descriptor mismatch")
        self.filter("router", patch("HTTP_FILTER", manager_match(), "MERGE", {
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": ROUTER_TYPE, "suppress_envoy_headers": True}}))
        self.until(lambda: self.sent(self.gateway, "x-shop") == [], "the other filter is gone")
        self.assertGreater(self.mesh.istiod.process.text().count("descriptor mismatch"), panics)
        self.mend(self.find("MT0602", "error"))
        self.until(lambda: self.sent(self.gateway, "x-shop") == ["north"], "the inserted filter runs again")

    def test_mt0603_of_two_values_the_later_filters_holds_and_a_list_is_refused(self):
        large = [[f"x-test-{number}", "v" * 4000] for number in range(18)]
        self.filter("a-limits", merged(max_request_headers_kb=96), priority=2)
        self.filter("b-limits", merged(max_request_headers_kb=64), priority=1)
        self.until(lambda: self.status(self.gateway, large) == 200, "the higher priority holds")
        findings = self.find("MT0603", "warning")
        self.assertEqual(findings[0]["object"]["name"], "b-limits")
        self.mend(findings)
        refused = self.mesh.istiod.rejects()
        cors = {"@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors"}
        self.filter("a-limits", merged(http_filters=[{"name": "envoy.filters.http.cors", "typed_config": cors}]))
        self.until(lambda: self.mesh.istiod.rejects() > refused, "Envoy refuses the listener")
        self.find("MT0603", "error")

    def test_mt0604_a_filter_name_of_old_matches_nothing(self):
        large = [[f"x-test-{number}", "v" * 4000] for number in range(18)]
        self.filter("limits", merged(manager_match("envoy.http_connection_manager"), max_request_headers_kb=96),
                    merged(merge_slashes=True))
        self.until(lambda: all(one.get("merge_slashes") for one in self.gateway.connection_managers()),
                   "the filter's other patch holds")
        self.assertEqual(self.status(self.gateway, large), 431)
        self.mend(self.find("MT0604", "warning"))
        self.until(lambda: self.status(self.gateway, large) == 200, "the limit holds")

    # Ports

    def test_mt0801_rules_of_http_do_not_hold_on_a_port_named_tcp(self):
        port = free_port()
        name = "reviews"
        application = f"behind-plain.{self.namespace}.test"
        route = {"destination": {"host": application, "port": {"number": 80}}}
        self.kubectl.apply([
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": self.namespace},
             "spec": {"selector": {"app": name}, "ports": [{"name": "tcp-reviews", "port": port}]}},
            {"apiVersion": ISTIO, "kind": "VirtualService", "metadata": {"name": name, "namespace": self.namespace},
             "spec": {"hosts": [name], "http": [{"route": [route]}]}}])
        self.addCleanup(self.kubectl.delete, "service,virtualservice", name, "-n", self.namespace)
        caller = self.kubectl.get("sidecar", "caller", "-n", self.namespace)
        caller["spec"]["egress"] = [{"hosts": [f"{self.namespace}/*"]}]
        self.kubectl("replace", "-f", "-", stdin=json.dumps(caller))

        def outbound():
            listener = self.caller.config().get(f"dynamic_listeners 127.0.0.1_{port}", "")
            return "http" if MANAGER in listener else "tcp" if "tcp_proxy" in listener else None

        def call():
            """What the application gets when the caller's program asks for reviews:PORT."""
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SETTLES_S)
            try:
                connection.request("GET", "/", headers={"host": f"{name}:{port}", "traceparent": TRACEPARENT})
                reply = connection.getresponse()
                return traffic.received({"status": reply.status, "echo": json.load(reply)}, "traceparent")
            except (OSError, http.client.HTTPException, ValueError, AssertionError):
                return None
            finally:
                connection.close()

        self.until(lambda: outbound() == "tcp", "the caller's proxy takes the port for TCP")
        self.assertIsNone(call())
        self.mend(self.find("MT0801", "error"))
        self.until(lambda: outbound() == "http", "the caller's proxy reads HTTP")
        self.until(lambda: call() == [TRACEPARENT], "the rule holds and traceparent passes")


if __name__ == "__main__":
    unittest.main()
