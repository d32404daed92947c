"""Meshes for the report: a shop of which one route takes the trace away, and crowds of objects with findings."""
import json

EVIL = "</script><script>window.pwned=1</script><img src=x onerror=window.pwned=1>\"'\u202e\u2028\x1b[31m{{script}}&lt;"


def manifest(api_version, kind, namespace, name, spec, **metadata):
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": namespace, **metadata},
            "spec": spec}


def deployment(namespace, name, calls=(), **metadata):
    environment = [{"name": f"BACKEND_{i}", "value": f"http://{host}"} for i, host in enumerate(calls)]
    return manifest("apps/v1", "Deployment", namespace, name, {
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name, "istio": name}},
                     "spec": {"containers": [{"name": "main", "image": f"example/{name}:1", "env": environment}]}}},
        **metadata)


def service(namespace, name, port=8080):
    return manifest("v1", "Service", namespace, name, {
        "selector": {"app": name}, "ports": [{"name": "http", "port": port}]})


def route(namespace, name, host, removed=(), **metadata):
    rule = {"route": [{"destination": {"host": host, "port": {"number": 8080}}}]}
    if removed:
        rule["headers"] = {"request": {"remove": list(removed)}}
    return manifest("networking.istio.io/v1", "VirtualService", namespace, name,
                    {"hosts": ["*"], "gateways": ["istio-system/web"], "http": [rule]}, **metadata)


def listed(objects):
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


GATEWAY = [
    deployment("istio-system", "ingress"),
    manifest("networking.istio.io/v1", "Gateway", "istio-system", "web", {
        "selector": {"istio": "ingress"},
        "servers": [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}]}),
]


def shop():
    """The outside, a gateway, checkout, cart and stock; the route to checkout removes traceparent."""
    return GATEWAY + [
        route("shop", "checkout", "checkout.shop.svc.cluster.local", ["traceparent"]),
        service("shop", "checkout"), service("shop", "cart"), service("store", "stock"),
        deployment("shop", "checkout", ["cart:8080"]), deployment("shop", "cart", ["stock.store:8080"]),
        deployment("store", "stock"),
    ]


def crowd(count):
    """So many routes that remove traceparent, each to a workload of its own, in 40 namespaces."""
    objects = list(GATEWAY)
    for i in range(count):
        namespace, name = f"team-{i % 40:02}", f"app-{i:04}"
        objects += [route(namespace, name, f"{name}.{namespace}.svc.cluster.local", ["traceparent"]),
                    service(namespace, name), deployment(namespace, name)]
    return objects


def evil():
    """Names, annotations and values that would be markup, in the shop."""
    annotations = {"annotations": {"example.com/note": EVIL}}
    return shop() + [
        route(EVIL, EVIL, EVIL, ["traceparent", EVIL], **annotations),
        service(EVIL, EVIL), deployment(EVIL, EVIL, [EVIL], **annotations),
        manifest("telemetry.istio.io/v1", "Telemetry", "shop", EVIL,
                 {"tracing": [{"providers": [{"name": EVIL}]}]}, **annotations),
    ]
