"""The review that everybody is asked, and whether an answer really mutates the pod."""
import base64
import json
from pathlib import Path

from .connection import Connection

FOLDER = Path(__file__).resolve().parents[1]
NAMESPACE = "shop"  # of review.json
EXPECTED = ("OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_PROPAGATORS", "OTEL_TRACES_SAMPLER",
            "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_EXPORTER_OTLP_ENDPOINT")


def review():
    return json.loads((FOLDER / "review.json").read_text())


def compact(value):
    """As the API server sends it: without white space."""
    return json.dumps(value, separators=(",", ":")).encode()


def patch_of(reply):
    response = reply["response"]
    assert response["allowed"], f"a pod was refused: {response}"
    return base64.b64decode(response.get("patch", "")).decode()


def check_mutates(port, path, authority):
    """The bytes of one reply; fails unless its patch sets every variable that policy.yaml asks for."""
    with Connection(port, authority) as connection:
        reply, _ = connection.send("POST", path, compact(review()))
    patch = patch_of(reply)
    missing = [name for name in EXPECTED if f'"{name}"' not in patch]
    assert not missing, f"port {port}{path} does not set {', '.join(missing)}: {json.dumps(reply)[:1000]}"
    return len(compact(reply))
