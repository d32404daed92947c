"""TracingPolicies as tests write them."""

API_VERSION = "meshtrace.io/v1alpha1"


def policy(name, namespace, **spec):
    return {"apiVersion": API_VERSION, "kind": "TracingPolicy", "metadata": {"name": name, "namespace": namespace},
            "spec": spec}


# Every field there is, with the values of the example in docs/api-reference.md where two do not exclude each other.
EVERY_FIELD = {
    "mode": "Enforce",
    "selector": {"matchLabels": {"app": "checkout"}},
    "sampling": {"owner": "SDK", "percentage": 10},
    "workload": {
        "containers": {"include": ["*"], "exclude": ["debug-?"]},
        "podIdentity": True,
        "serviceName": {"from": "Label", "key": "app.kubernetes.io/name", "useWellKnownLabels": False},
        "resourceAttributes": {"deployment.environment.name": "prod"},
        "propagators": ["tracecontext", "baggage"],
        "batchSpanProcessor": {
            "profile": "Default", "scheduleDelay": "5s", "exportTimeout": "30s", "maxQueueSize": "Auto",
            "memoryHeadroomPercent": 20, "maxExportBatchSize": 512,
        },
        "exporter": {"endpoint": "http://otel-collector.observability:4317", "protocol": "grpc"},
        "sdkDisabled": False,
    },
    "proxy": {
        "tracingProvider": "otel",
        "accessLog": {"file": "/dev/stdout", "encoding": "TEXT", "traceHeaders": ["W3C", "B3"]},
        "headers": {"maxRequestHeadersKb": 96, "maxRequestHeadersCount": 200, "preserveExternalRequestId": True,
                    "appliesTo": "Gateways"},
    },
}
# What excludes a field above, or belongs into the root namespace alone.
OTHER_FIELDS = {
    "workload": {"serviceName": {"from": "Value", "value": "Checkout of the shop"}},
    "proxy": {
        "accessLog": {"format": "[%START_TIME%] %REQ(TRACEPARENT)%\n"},
        "headers": {"invalidTraceparent": "Remove", "duplicateContext": "PreferW3C", "maxBaggageBytes": 8192},
    },
}
JSON_LOG = {"proxy": {"accessLog": {"encoding": "JSON", "jsonFormat": {"traceparent": "%REQ(TRACEPARENT)%"}}}}
