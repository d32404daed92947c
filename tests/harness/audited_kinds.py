"""What the controller's audit reads and reports to beside Kubernetes and Istio: OpenReports' own CRDs, and for the kinds
of others CRDs that take anything, since only what is read of them counts here."""
from . import parts

OPEN_REPORTS = "openreports-crds"
REPORTS = ("reports.openreports.io", "clusterreports.openreports.io")
# group, version, kind, plural, scope
OTHERS = (
    ("gateway.networking.k8s.io", "v1", "Gateway", "gateways", "Namespaced"),
    ("gateway.networking.k8s.io", "v1", "GatewayClass", "gatewayclasses", "Cluster"),
    ("gateway.networking.k8s.io", "v1", "HTTPRoute", "httproutes", "Namespaced"),
    ("gateway.networking.k8s.io", "v1", "GRPCRoute", "grpcroutes", "Namespaced"),
    ("sailoperator.io", "v1", "Istio", "istios", "Cluster"),
    ("install.istio.io", "v1alpha1", "IstioOperator", "istiooperators", "Namespaced"),
    ("elbv2.k8s.aws", "v1beta1", "IngressClassParams", "ingressclassparams", "Cluster"),
    ("monitoring.coreos.com", "v1", "ServiceMonitor", "servicemonitors", "Namespaced"),
    ("monitoring.coreos.com", "v1", "PodMonitor", "podmonitors", "Namespaced"),
    ("opentelemetry.io", "v1beta1", "OpenTelemetryCollector", "opentelemetrycollectors", "Namespaced"),
)


def apply_open_reports(kubectl):
    kubectl("apply", "--server-side", "-f", parts.folder_of(OPEN_REPORTS) / OPEN_REPORTS)
    _wait(kubectl, REPORTS)


def delete_open_reports(kubectl):
    """With every report."""
    kubectl("delete", "crd", *REPORTS, "--ignore-not-found")


def apply_others(kubectl):
    kubectl.apply([_crd(*other) for other in OTHERS])
    _wait(kubectl, [f"{plural}.{group}" for group, _, _, plural, _ in OTHERS])


def _wait(kubectl, crds):
    kubectl("wait", "crd", *crds, "--for=condition=Established", "--timeout=30s")


def _crd(group, version, kind, plural, scope):
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    metadata = {"name": f"{plural}.{group}"}
    if group.endswith(".k8s.io"):  # names that Kubernetes keeps for itself
        metadata["annotations"] = {"api-approved.kubernetes.io": "unapproved, for a test"}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata,
            "spec": {"group": group, "scope": scope,
                     "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
                     "versions": [{"name": version, "served": True, "storage": True,
                                   "schema": {"openAPIV3Schema": anything}}]}}
