"""Pods as tests write them, and what was put into them as tests compare it."""

MARK = "meshtrace.io/injected"
IMAGE = "registry.example/shop:1.2.3"  # never pulled: nothing runs here


def container(name="app", **fields):
    return {"name": name, "image": IMAGE} | fields


def pod(name, *containers, labels=None, annotations=None, **spec):
    metadata = {"name": name, "labels": labels or {}, "annotations": annotations or {}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata,
            "spec": {"containers": list(containers) or [container()], **spec}}


def template(*containers, labels):
    return {"metadata": {"labels": labels}, "spec": {"containers": list(containers) or [container()]}}


def mark(admitted):
    """The hash of the policy that covered the pod; None for an uncovered one."""
    return admitted["metadata"].get("annotations", {}).get(MARK)


def container_of(admitted, name="app"):
    return next(item for item in admitted["spec"]["containers"] if item["name"] == name)


def names(admitted, name="app"):
    """The container's variables in their order."""
    return [entry["name"] for entry in container_of(admitted, name).get("env", [])]


def values(admitted, name="app"):
    """Value by name; of a downward variable its field path."""
    return {entry["name"]: _value(entry) for entry in container_of(admitted, name).get("env", [])}


def _value(entry):
    if "valueFrom" in entry:
        return entry["valueFrom"]["fieldRef"]["fieldPath"]
    return entry.get("value", "")


def attributes(admitted, name="app"):
    """OTEL_RESOURCE_ATTRIBUTES as a dictionary; no key may be there twice."""
    pairs = [pair.split("=") for pair in values(admitted, name)["OTEL_RESOURCE_ATTRIBUTES"].split(",")]
    decoded = dict(pairs)
    assert len(decoded) == len(pairs), f"a key twice: {pairs}"
    return decoded
