"""A path of two stock Envoys that report to a real Jaeger, with an application behind them:

    gateway ─/whole──────────────▶ cart ─▶ application
            ─/strip──▶ stripper ─▶ cart       stripper reports nothing and removes traceparent
            ─/silent─▶ silent ───▶ cart       silent makes a span, and its spans go nowhere

gateway is one Envoy, all the others are listeners of the second. `old_jaeger` is Jaeger without its API v3.
"""
import json
import shutil
import tempfile
from pathlib import Path as FilePath

from harness import parts
from harness.envoy import HTTP_CONNECTION_MANAGER, NEWEST
from harness.http import answers
from harness.jaeger import Jaeger
from harness.process import Process, free_port
from harness.traffic import Application

TYPE = "type.googleapis.com/envoy."
# Envoy sends its spans every five seconds otherwise.
RUNTIME = {"tracing.opentelemetry.min_flush_spans": 1, "tracing.opentelemetry.flush_interval_ms": 100}


class Path:
    def __init__(self):
        self.folder = FilePath(tempfile.mkdtemp(prefix="meshtrace-probe-"))
        self._processes = []
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def add(self, name, command):
        process = Process(name, command, self.folder)
        self._processes.append(process)
        return process.start()

    def stop(self):
        for process in reversed(self._processes):
            process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self):
        self.jaeger = Jaeger(self.add)
        application = Application(self)
        self.application = f"http://127.0.0.1:{application.port}"
        gateway, cart, stripper, silent, old = (free_port() for _ in range(5))
        self.url, self.old_jaeger = f"http://127.0.0.1:{gateway}", f"http://127.0.0.1:{old}"
        clusters = {"collector": self.jaeger.otlp_port, "nobody": free_port(), "application": application.port,
                    "cart": cart, "stripper": stripper, "silent": silent, "query": self.jaeger.port}
        self._envoy("gateway", clusters, [
            _listener(gateway, [_to(name, prefix) for prefix, name in
                                (("/whole", "cart"), ("/strip", "stripper"), ("/silent", "silent"))],
                      _tracing("gateway", "collector"))])
        self._envoy("others", clusters, [
            _listener(cart, [_to("application")], _tracing("cart", "collector")),
            _listener(stripper, [{**_to("cart"), "request_headers_to_remove": ["traceparent", "tracestate"]}]),
            _listener(silent, [_to("cart")], _tracing("silent", "nobody")),
            _listener(old, [{"match": {"prefix": "/api/v3/"}, "direct_response": {"status": 404}}, _to("query")])])
        self.jaeger.until_ready()
        application.process.until(lambda: answers(self.application), "the application answers")

    def _envoy(self, name, clusters, listeners):
        admin = free_port()
        config = {"admin": {"address": _address(admin)},
                  "layered_runtime": {"layers": [{"name": "static", "static_layer": RUNTIME}]},
                  "static_resources": {"listeners": listeners,
                                       "clusters": [_cluster(name, port) for name, port in clusters.items()]}}
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps(config))
        program = f"envoy-{NEWEST}"
        process = self.add(name, [parts.folder_of(program) / program, "--config-path", file, "--use-dynamic-base-id",
                                  "--concurrency", 1, "--log-level", "warning"])
        process.until(lambda: answers(f"http://127.0.0.1:{admin}/ready"), f"{name} is ready")


def _address(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _cluster(name, port):
    endpoint = {"endpoint": {"address": _address(port)}}
    cluster = {"name": name, "type": "STATIC", "connect_timeout": "5s",
               "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]}}
    if name in ("collector", "nobody"):  # gRPC
        options = {"@type": TYPE + "extensions.upstreams.http.v3.HttpProtocolOptions",
                   "explicit_http_config": {"http2_protocol_options": {}}}
        cluster["typed_extension_protocol_options"] = {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options}
    return cluster


def _to(cluster, prefix="/"):
    return {"match": {"prefix": prefix}, "route": {"cluster": cluster}}


def _tracing(service, collector):
    return {"spawn_upstream_span": True, "provider": {"name": "envoy.tracers.opentelemetry", "typed_config": {
        "@type": TYPE + "config.trace.v3.OpenTelemetryConfig", "service_name": service,
        "grpc_service": {"envoy_grpc": {"cluster_name": collector}, "timeout": "1s"}}}}


def _listener(port, routes, tracing=None):
    router = {"name": "envoy.filters.http.router",
              "typed_config": {"@type": TYPE + "extensions.filters.http.router.v3.Router"}}
    manager = {"@type": TYPE + "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
               "stat_prefix": "http", "http_filters": [router],
               "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]}}
    if tracing:
        manager["tracing"] = tracing
    return {"address": _address(port),
            "filter_chains": [{"filters": [{"name": HTTP_CONNECTION_MANAGER, "typed_config": manager}]}]}
