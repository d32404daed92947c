"""A stock Envoy that istiod configures, as the proxy of one Pod object: a sidecar, or a gateway (a `router`).

Envoy's admin interface tells what it was given; its standard output is its access log, as in a cluster.
"""
import json

from . import parts
from .http import answers, request
from .process import free_port

VERSIONS = ("1.36.2", "1.37.0", "1.40.0")
NEWEST = VERSIONS[-1]
CONNECT_TIMEOUT = "5s"
ACCESS_LOG_FLUSH_MS = 20  # Envoy's default is ten seconds
# How long connections may stay on the configuration of before; Envoy's default is ten minutes.
DRAIN_S = 1
HTTP_CONNECTION_MANAGER = "envoy.filters.network.http_connection_manager"
# What Envoy reports of a configuration's delivery, not of the configuration; and old listeners on their way out.
OF_THE_DELIVERY = ("version_info", "last_updated", "draining_state")


class Envoy:
    """`role` is sidecar or router. `istio_version` is what the proxy says of itself, whatever the program is."""

    def __init__(self, plane, istiod, role, namespace, name, ip, labels, version=NEWEST, istio_version="1.31.1"):
        self.namespace, self.name, self.version = namespace, name, version
        self.admin = f"http://127.0.0.1:{free_port()}"
        bootstrap = plane.folder / f"envoy-{name}.{namespace}.json"
        bootstrap.write_text(json.dumps(self._bootstrap(istiod, role, ip, labels, istio_version)))
        program = f"envoy-{version}"
        self.process = plane.add(f"envoy-{name}.{namespace}", [
            parts.folder_of(program) / program, "--config-path", bootstrap, "--use-dynamic-base-id",
            "--concurrency", 1, "--drain-time-s", DRAIN_S, "--drain-strategy", "immediate",
            "--file-flush-interval-msec", ACCESS_LOG_FLUSH_MS,
            # That Istio uses deprecated fields (misc) is no news.
            "--log-level", "warning", "--component-log-level", "misc:error"])

    def _bootstrap(self, istiod, role, ip, labels, istio_version):
        metadata = {"NAMESPACE": self.namespace, "NAME": self.name, "LABELS": labels, "ISTIO_VERSION": istio_version,
                    "INTERCEPTION_MODE": "NONE", "CLUSTER_ID": "Kubernetes"}
        node = {"id": f"{role}~{ip}~{self.name}.{self.namespace}~{self.namespace}.svc.cluster.local",
                "cluster": f"{self.name}.{self.namespace}", "metadata": metadata}
        ads = {"ads": {}, "resource_api_version": "V3"}
        grpc = {"envoy_grpc": {"cluster_name": "xds-grpc"}}
        return {
            "node": node, "admin": {"address": _address(int(self.admin.rsplit(":", 1)[1]))},
            "dynamic_resources": {"cds_config": ads, "lds_config": ads, "ads_config": {
                "api_type": "GRPC", "transport_api_version": "V3", "grpc_services": [grpc]}},
            "static_resources": {"clusters": [_xds_cluster(istiod.xds_port)]}}

    def until_ready(self):
        self.process.until(lambda: answers(f"{self.admin}/ready"), f"{self.name} has its configuration")
        return self

    def config(self):
        """Everything that istiod gave: each resource's canonical JSON by its kind and name, as of now."""
        status, text = request(f"{self.admin}/config_dump?include_eds")
        assert status == 200, f"config_dump: status {status}"
        return {f"{kind} {name}": json.dumps(resource, sort_keys=True)
                for kind, name, resource in _resources(json.loads(text))}

    def connection_managers(self):
        """The HTTP connection managers that are in force."""
        found = []
        for name, text in self.config().items():
            if name.startswith(("dynamic_listeners", "static_listeners")):
                _find_connection_managers(json.loads(text), found)
        return found

    def log_lines(self, containing):
        """Access log lines with that text; Envoy's own messages go to the same file."""
        return [line for line in self.process.text().splitlines() if containing in line]

    def draining(self):
        """Whether connections are still served by a configuration of before."""
        status, text = request(f"{self.admin}/stats?filter=^listener_manager.total_.*_draining$")
        assert status == 200, f"stats: status {status}"
        return any(not line.endswith(": 0") for line in text.splitlines())

    def stop(self):
        self.process.stop()


def _address(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _xds_cluster(port):
    endpoint = {"endpoint": {"address": _address(port)}}
    http2 = {"@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
             "explicit_http_config": {"http2_protocol_options": {}}}
    return {"name": "xds-grpc", "type": "STATIC", "connect_timeout": CONNECT_TIMEOUT,
            "load_assignment": {"cluster_name": "xds-grpc", "endpoints": [{"lb_endpoints": [endpoint]}]},
            "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": http2}}


def _resources(dump):
    """Kind, name and value of each resource in a config_dump."""
    for section in dump["configs"]:
        if "BootstrapConfigDump" in section["@type"]:
            continue
        for kind, entries in section.items():
            if isinstance(entries, list):
                for index, entry in enumerate(entries):
                    yield kind, _name_of(entry, index), _without(entry, OF_THE_DELIVERY)


def _name_of(entry, index):
    if "name" in entry:
        return entry["name"]
    for value in entry.values():
        if isinstance(value, dict):
            for key in ("name", "cluster_name"):
                if key in value:
                    return value[key]
    return str(index)


def _without(value, keys):
    if isinstance(value, dict):
        return {key: _without(inner, keys) for key, inner in value.items() if key not in keys}
    if isinstance(value, list):
        return [_without(inner, keys) for inner in value]
    return value


def _find_connection_managers(value, found):
    if isinstance(value, list):
        for inner in value:
            _find_connection_managers(inner, found)
    elif isinstance(value, dict):
        if value.get("name") == HTTP_CONNECTION_MANAGER:
            found.append(value["typed_config"])
        for inner in value.values():
            _find_connection_managers(inner, found)
