"""Our manifests as objects, changed only where a cluster without nodes needs it: webhooks are registered by URL."""
import base64
import functools
import json

from .parts import REPOSITORY

BASE = REPOSITORY / "manifests" / "base"
MESH = REPOSITORY / "manifests" / "mesh"
CRDS = REPOSITORY / "crds"
NAMESPACE = "meshtrace-system"
ROOT_NAMESPACE = "istio-system"
ACCOUNT = "meshtrace-webhook"
CONTROLLER_ACCOUNT = "meshtrace-controller"
WEBHOOK_KINDS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
# What our programs need from the cluster to run outside of it.
FOUNDATION = ("Namespace", "CustomResourceDefinition", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role",
              "RoleBinding")
USER_RULES = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")


def rendered(kubectl, folder=BASE):
    """What `kubectl apply -k` would send; the caller may change it."""
    return documents(_rendered_text(kubectl, folder))


@functools.lru_cache(maxsize=None)
def _rendered_text(kubectl, folder):
    return kubectl("create", "--dry-run=client", "-o", "json", "-f", "-", stdin=kubectl("kustomize", folder))


def documents(text):
    """The objects of what kubectl prints: one after another, or a List."""
    decoder = json.JSONDecoder()
    found = []
    text = text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        found += value["items"] if value["kind"] == "List" else [value]
        text = text[end:].lstrip()
    return found


def apply_crds(kubectl):
    kubectl("apply", "-k", CRDS)
    kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=30s")


def apply_foundation(kubectl, with_user_rules=True):
    """Namespace, CRD, service accounts and their rights: all of the base that is no workload and no registration."""
    kinds = FOUNDATION + (USER_RULES if with_user_rules else ())
    kubectl.apply([item for item in rendered(kubectl) if item["kind"] in kinds])
    kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=30s")


def apply_mesh_rights(kubectl):
    """The mesh's root namespace, and there the controller's rights."""
    kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ROOT_NAMESPACE}})
    kubectl("apply", "-k", MESH)


def arguments(kubectl, deployment):
    """The flags that a Deployment of the base gives to its program, by name."""
    found, = (item for item in rendered(kubectl)
              if item["kind"] == "Deployment" and item["metadata"]["name"] == deployment)
    container, = found["spec"]["template"]["spec"]["containers"]
    return dict(argument.split("=", 1) for argument in container["args"])


def registrations(kubectl, server, authority):
    """The webhook configurations of the base, calling https://127.0.0.1:PORT/… instead of the Service."""
    bundle = base64.b64encode(authority.read_bytes()).decode()
    configurations = [item for item in rendered(kubectl) if item["kind"] in WEBHOOK_KINDS]
    for configuration in configurations:
        for webhook in configuration["webhooks"]:
            path = webhook["clientConfig"]["service"]["path"]
            webhook["clientConfig"] = {"url": f"{server}{path}", "caBundle": bundle}
    return configurations
