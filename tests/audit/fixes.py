"""Does what a finding's fix says, to objects in memory: the commands that the audit prints, read as a shell reads them.

Knows kubectl patch --type=json, apply, delete and rollout restart in the forms that core/audit/fix.cc makes; anything
else is advice for a person, and read_command() gives None.
"""
import json
import os
import shlex
import sys

from harness import kubectl_meshtrace

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "examples"))

from demo_parts import json_patch  # noqa: E402 (the demo's patch is the tests' too)

# A policy that covers nothing: `inject` is then a reader of YAML that is not the audit's.
NO_POLICY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "no-policy.yaml")


def read_yaml(text):
    """The objects of a YAML text."""
    read = json.loads(kubectl_meshtrace.output("inject", "-f", "-", "--policy", NO_POLICY, "-o", "json", stdin=text))
    return read["items"] if read["kind"] == "List" else [read]


def read_command(fix):
    """The fix as (verb, arguments), or None for advice."""
    if not fix.startswith("kubectl "):
        return None
    head, _, body = fix.partition(" <<'EOF'\n")
    words = shlex.split(head)[1:]
    if words[0] == "apply":
        return "apply", read_yaml(body.removesuffix("EOF"))
    if words[0] == "rollout":
        return "restart", _target(words[2:])
    if words[0] == "delete":
        return "delete", _target(words[1:])
    if words[0] == "patch":
        return "patch", (_target(words[1:]), json.loads(words[words.index("-p") + 1]))
    raise AssertionError(f"the fix is no command that tests know: {fix}")


def _target(words):
    """("virtualservices", "shop", "reviews") of "virtualservices.networking.istio.io reviews -n shop"."""
    namespace = words[words.index("-n") + 1] if "-n" in words else ""
    plural, _, group = words[0].partition(".")
    return plural, group, namespace, words[1]


def _matches(item, target):
    plural, group, namespace, name = target
    kind = item["kind"].lower()
    plurals = {kind + "s", kind + "es", kind.removesuffix("y") + "ies"}
    item_group = item["apiVersion"].rpartition("/")[0]
    metadata = item["metadata"]
    return (plural in plurals and item_group == group and metadata.get("name") == name
            and metadata.get("namespace", "default" if namespace else "") == namespace)


def apply(objects, fix):
    """The objects after the fix; None where it is advice."""
    command = read_command(fix)
    if command is None:
        return None
    verb, arguments = command
    if verb == "apply":
        keys = [_key(one) for one in arguments]
        return [one for one in objects if _key(one) not in keys] + arguments
    if verb == "restart":  # new pods come from the template; here the old ones just go
        _, _, namespace, name = arguments
        return [one for one in objects if not (one["kind"] == "Pod" and one["metadata"]["name"].startswith(name)
                                               and one["metadata"].get("namespace", "default") == namespace)]
    target = arguments if verb == "delete" else arguments[0]
    found = [one for one in objects if _matches(one, target)]
    if len(found) != 1:
        raise AssertionError(f"the fix names {len(found)} objects: {fix}")
    rest = [one for one in objects if one is not found[0]]
    return rest if verb == "delete" else rest + [json_patch.apply(found[0], arguments[1])]


def _key(item):
    metadata = item["metadata"]
    return (item["apiVersion"].rpartition("/")[0], item["kind"], metadata.get("namespace", ""), metadata["name"])
