"""What Istio's own sources bring: its CRDs, its charts and its samples, of the version that tests/tools/istio/go.mod pins."""
from . import parts

CHARTS = "istio-charts"
SAMPLES = "istio-samples"


def charts():
    return parts.folder_of(CHARTS) / CHARTS


def samples():
    return parts.folder_of(SAMPLES) / SAMPLES


def apply_crds(kubectl):
    kubectl("apply", "--server-side", "-f", charts() / "base" / "files" / "crd-all.gen.yaml")
    kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=30s")
