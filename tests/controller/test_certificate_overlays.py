"""The overlays for those who have their certificates from elsewhere: cert-manager, or files of their own."""
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import manifests, parts
from harness.shared import ClusterTestCase

OVERLAYS = "manifests/overlays"
CERT_MANAGER_GROUP = "cert-manager.io"
WEBHOOK_NAMES = {"meshtrace-webhook.meshtrace-system.svc", "meshtrace-webhook.meshtrace-system.svc.cluster.local"}


def definition(kind, plural):
    """A CustomResourceDefinition that takes everything: in place of cert-manager's, which is not at hand."""
    anything = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{CERT_MANAGER_GROUP}"},
            "spec": {"group": CERT_MANAGER_GROUP, "scope": "Namespaced", "names": {"kind": kind, "plural": plural},
                     "versions": [{"name": "v1", "served": True, "storage": True, "schema": anything}]}}


def only(objects, kind, name):
    found, = (each for each in objects if each["kind"] == kind and each["metadata"]["name"] == name)
    return found


class TheOverlays(ClusterTestCase):
    def controller_arguments(self, objects):
        deployment = only(objects, "Deployment", "meshtrace-controller")
        return deployment["spec"]["template"]["spec"]["containers"][0]["args"]

    def test_the_base_has_the_controller_make_the_certificates(self):
        arguments = self.controller_arguments(manifests.rendered(self.kubectl))
        self.assertNotIn("--manage-certificates=false", arguments)

    def test_cert_manager_issues_what_the_webhook_mounts_and_the_api_server_trusts(self):
        names = [("Issuer", "issuers"), ("Certificate", "certificates")]
        self.kubectl.apply([definition(*each) for each in names])
        crds = [f"{plural}.{CERT_MANAGER_GROUP}" for _, plural in names]
        self.addCleanup(self.kubectl, "delete", "crd", "--wait=false", *crds)
        self.kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=30s")
        objects = manifests.rendered(self.kubectl, parts.REPOSITORY / OVERLAYS / "cert-manager")
        self.assertIn("--manage-certificates=false", self.controller_arguments(objects))

        deployment = only(objects, "Deployment", "meshtrace-webhook")
        volume, = (each for each in deployment["spec"]["template"]["spec"]["volumes"] if "secret" in each)
        leaf, = (each["spec"] for each in objects if each["kind"] == "Certificate"
                 and each["spec"]["secretName"] == volume["secret"]["secretName"])
        self.assertEqual(set(leaf["dnsNames"]), WEBHOOK_NAMES)
        signer = only(objects, "Issuer", leaf["issuerRef"]["name"])
        authority, = (each["spec"] for each in objects if each["kind"] == "Certificate"
                      and each["spec"]["secretName"] == signer["spec"]["ca"]["secretName"])
        self.assertTrue(authority["isCA"])
        for kind in manifests.WEBHOOK_KINDS:
            annotations = only(objects, kind, "meshtrace-webhook")["metadata"]["annotations"]
            self.assertEqual(annotations, {"cert-manager.io/inject-ca-from": f"{manifests.NAMESPACE}/meshtrace-webhook"})
        for each in objects:
            if each["apiVersion"].startswith(CERT_MANAGER_GROUP):
                self.assertEqual(each["metadata"]["namespace"], manifests.NAMESPACE)

    def test_own_files_are_not_replaced_by_the_controller(self):
        # In a copy: the script writes beside the overlay.
        copy = Path(tempfile.mkdtemp(prefix="meshtrace-overlay-"))
        self.addCleanup(shutil.rmtree, copy)
        for folder in ("manifests", "crds"):
            shutil.copytree(parts.REPOSITORY / folder, copy / folder, ignore=shutil.ignore_patterns("*.crt", "*.key"))
        overlay = copy / OVERLAYS / "own-certificate"
        subprocess.run([overlay / "make-certificate.sh"], check=True, capture_output=True)
        objects = manifests.rendered(self.kubectl, overlay)
        self.assertIn("--manage-certificates=false", self.controller_arguments(objects))


if __name__ == "__main__":
    unittest.main()
