"""What the audit says of who traces and samples (groups 02 and 04), shown true: under the broken objects no proxy makes spans, or not where
it should; the audit of these very objects finds that code alone; its fix, pasted into a shell, mends both.
"""
import unittest

from harness.audited_mesh import ROOT_NAMESPACE, AuditedMeshTestCase
from harness.mesh import COLLECTOR, COLLECTOR_PORT, MESH_TEXT, TRACING_PROVIDER

# A mesh that the audit finds no fault with: its access log shows the trace.
SOUND_MESH = MESH_TEXT.replace("defaultConfig:", 'accessLogFormat: "%REQ(:PATH)% %REQ(TRACEPARENT)%"\ndefaultConfig:')
TRACED = [{"providers": [{"name": TRACING_PROVIDER}], "randomSamplingPercentage": 100}]


def is_sampled(values):
    return len(values) == 1 and values[0].endswith("-01")


def is_absent(values):
    return values == []


def is_silent(values):
    return len(values) == 1 and values[0].endswith("-00")


def parent_based_application(namespace):
    """A workload of the mesh, without pods."""
    labels = {"app": "checkout"}
    sampler = {"name": "OTEL_TRACES_SAMPLER", "value": "parentbased_always_on"}
    template = {"metadata": {"labels": labels | {"sidecar.istio.io/inject": "true"}},
                "spec": {"containers": [{"name": "application", "image": "node:20", "env": [sampler]}]}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "checkout", "namespace": namespace},
            "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}}


class WhoTraces(AuditedMeshTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mesh.set_text(SOUND_MESH)
        cls.addClassCleanup(cls.mesh.set_text, MESH_TEXT)
        cls.sidecar = cls.until_the_end(cls.mesh.sidecar(cls.namespace, "shop"))
        cls.gateway = cls.until_the_end(cls.mesh.gateway(cls.namespace, "edge"))

    def tearDown(self):
        for namespace in (self.namespace, ROOT_NAMESPACE):
            self.kubectl("delete", "telemetry", "--all", "-n", namespace)
        self.mesh.set_text(SOUND_MESH)
        self.until_lost()

    def telemetry(self, name="tracing", namespace=None, **spec):
        self.kubectl.apply({"apiVersion": "telemetry.istio.io/v1", "kind": "Telemetry",
                            "metadata": {"name": name, "namespace": namespace or self.namespace}, "spec": spec})

    def until_traced(self, *proxies):
        """A request without context comes to the application with one, sampled."""
        for proxy in proxies or (self.sidecar, self.gateway):
            self.until_received(proxy, is_sampled, f"{proxy.name} traces")

    def until_lost(self, *proxies):
        for proxy in proxies or (self.sidecar, self.gateway):
            self.until_received(proxy, is_absent, f"{proxy.name} does not trace")

    def loses_and_mends(self, code, *lost):
        """From a traced namespace to the broken one; the change of what was there shows that it is in force."""
        self.until_lost(*lost)
        self.mend(code)
        self.until_traced()
        self.assert_sound()

    def traced_first(self):
        self.telemetry(tracing=TRACED)
        self.until_traced()
        self.assert_sound()

    def test_mt0201_tracing_without_a_provider(self):
        self.traced_first()
        self.telemetry(tracing=[{"randomSamplingPercentage": 100}])
        self.loses_and_mends("MT0201")

    def test_mt0202_a_provider_that_the_mesh_does_not_have(self):
        self.traced_first()
        self.telemetry(tracing=[{**TRACED[0], "providers": [{"name": TRACING_PROVIDER + "x"}]}])
        self.loses_and_mends("MT0202")

    def test_mt0203_the_second_of_two_providers_gets_nothing(self):
        other = f"- name: zipkin\n  zipkin: {{service: zipkin.{self.namespace}.svc.cluster.local, port: 9411}}\n"
        self.kubectl.apply({"apiVersion": "v1", "kind": "Service",
                            "metadata": {"name": "zipkin", "namespace": self.namespace},
                            "spec": {"ports": [{"name": "http-zipkin", "port": 9411}]}})
        self.addCleanup(self.kubectl.delete, "service", "zipkin", "-n", self.namespace)
        self.mesh.set_text(SOUND_MESH.replace("extensionProviders:\n", f"extensionProviders:\n{other}"))
        both = [{"name": TRACING_PROVIDER}, {"name": "zipkin"}]
        self.telemetry(tracing=[{"providers": both, "randomSamplingPercentage": 100}])
        self.until_traced()
        for manager in (*self.sidecar.connection_managers(), *self.gateway.connection_managers()):
            if "tracing" in manager:
                self.assertEqual(manager["tracing"]["provider"]["name"], "envoy.tracers.opentelemetry")
        self.mend("MT0203")
        self.until_traced()
        self.assert_sound()

    def test_mt0204_the_younger_of_two_is_not_in_force(self):
        logged = [{"providers": [{"name": "envoy"}]}]
        self.telemetry("first", accessLogging=logged)
        self.until(self.mesh.settled, "the first stands")
        self.telemetry("second", tracing=TRACED)
        self.until(self.mesh.settled, "the second stands")
        self.until_lost()
        self.assert_found("MT0204")
        # As its page says: what it states goes into the one that holds, then the command.
        self.telemetry("first", accessLogging=logged, tracing=TRACED)
        self.mend("MT0204")
        self.until_traced()
        self.assert_sound()

    def test_mt0205_a_selector_in_the_root_namespace(self):
        self.telemetry(namespace=ROOT_NAMESPACE, selector={"matchLabels": {"app": "shop"}}, tracing=TRACED)
        self.until(self.mesh.settled, "it stands")
        self.until_lost()
        self.mend("MT0205")  # a copy where the pods are
        self.until_traced(self.sidecar)
        self.until_lost(self.gateway)  # which it does not select
        self.mend("MT0205")  # and the other one goes
        self.assert_sound()
        self.until_traced(self.sidecar)

    def test_mt0207_a_provider_for_one_direction(self):
        self.traced_first()
        self.telemetry(tracing=[{**TRACED[0], "match": {"mode": "SERVER"}}])
        self.loses_and_mends("MT0207", self.gateway)

    def test_mt0208_no_context_for_the_next_hop(self):
        self.traced_first()
        self.telemetry(tracing=[{**TRACED[0], "disableContextPropagation": True}])
        self.loses_and_mends("MT0208")

    def test_mt0402_the_default_of_one_percent_silences_sdks(self):
        self.traced_first()
        self.kubectl.apply(parent_based_application(self.namespace))
        self.addCleanup(self.kubectl.delete, "deployment", "checkout", "-n", self.namespace)
        self.assert_sound()
        self.telemetry(tracing=[{"providers": TRACED[0]["providers"]}])
        # An SDK that follows its parent makes no span for such a request. Of ten in a row one is sampled now and then.
        for _ in range(10):
            self.until_received(self.sidecar, is_silent, "the proxy decides against the trace")
        self.mend("MT0402")
        self.until_traced()
        self.assert_sound()

    def test_mt0211_a_service_that_istiod_does_not_find(self):
        self.traced_first()
        for host in ("otel-collector", COLLECTOR.replace("otel-collector", "otel-colector")):
            with self.subTest(host):
                self.mesh.set_text(SOUND_MESH.replace(COLLECTOR, host))
                self.loses_and_mends("MT0211")
                self.assertIn(COLLECTOR, self.mesh.text())

    def test_mt0211_a_port_that_the_proxies_do_not_speak_grpc_to(self):
        self.traced_first()
        self.assertTrue(self.collector_is_http2())
        service = {"apiVersion": "v1", "kind": "Service",
                   "metadata": {"name": "otel-collector", "namespace": "observability"}}
        sound = {**service, "spec": {"ports": [{"name": "grpc-otlp", "port": COLLECTOR_PORT}]}}
        self.addCleanup(self.kubectl.apply, sound)
        self.kubectl.apply({**service, "spec": {"ports": [{"name": "http-otlp", "port": COLLECTOR_PORT}]}})
        self.until(lambda: not self.collector_is_http2(), "proxies speak HTTP/1.1 to the collector")
        self.mend("MT0211")
        self.until(self.collector_is_http2, "proxies speak HTTP/2 to the collector")
        self.assert_sound()

    def collector_is_http2(self):
        """Whether the gateway's cluster for the collector takes gRPC."""
        cluster = self.gateway.config()[f"dynamic_active_clusters outbound|{COLLECTOR_PORT}||{COLLECTOR}"]
        return "http2_protocol_options" in cluster


if __name__ == "__main__":
    unittest.main()
