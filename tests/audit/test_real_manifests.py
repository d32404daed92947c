"""Manifests that people run: Istio's samples, file by file and as the sets that its documentation applies, and Ingresses
as shops have them. The audit has no error to tell of them; what it does tell was looked at by hand and stands here.
"""
import json
import os
import unittest

from harness import istio_files, kubectl_meshtrace

MANIFESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "manifests")
# Applied together, as "Bookinfo", "Getting Started" and the tasks have it: the platform's objects, then routing.
SETS = {
    "bookinfo": ("bookinfo/platform/kube/bookinfo.yaml", "bookinfo/networking/bookinfo-gateway.yaml",
                 "bookinfo/networking/destination-rule-all.yaml", "bookinfo/networking/virtual-service-all-v1.yaml"),
    "bookinfo with the Gateway API": (
        "bookinfo/platform/kube/bookinfo.yaml", "bookinfo/platform/kube/bookinfo-versions.yaml",
        "bookinfo/gateway-api/bookinfo-gateway.yaml", "bookinfo/gateway-api/route-reviews-90-10.yaml"),
    "bookinfo with databases": (
        "bookinfo/platform/kube/bookinfo.yaml", "bookinfo/platform/kube/bookinfo-db.yaml",
        "bookinfo/platform/kube/bookinfo-mysql.yaml", "bookinfo/platform/kube/bookinfo-ratings-v2.yaml",
        "bookinfo/platform/kube/bookinfo-ratings-v2-mysql.yaml", "bookinfo/networking/bookinfo-gateway.yaml",
        "bookinfo/networking/destination-rule-all.yaml", "bookinfo/networking/virtual-service-ratings-mysql.yaml"),
    "bookinfo by an Ingress": ("bookinfo/platform/kube/bookinfo.yaml", "bookinfo/platform/kube/bookinfo-ingress.yaml"),
    "httpbin": ("httpbin/httpbin.yaml", "httpbin/httpbin-gateway.yaml", "curl/curl.yaml", "sleep/sleep.yaml"),
    "helloworld": ("helloworld/helloworld.yaml", "helloworld/helloworld-gateway.yaml"),
    "tcp-echo": ("tcp-echo/tcp-echo.yaml", "tcp-echo/tcp-echo-all-v1.yaml", "tcp-echo/tcp-echo-services.yaml"),
    "websockets": ("websockets/app.yaml", "websockets/route.yaml"),
}
REVIEWED = {}


def audit(*arguments):
    """Findings by severity, each as "CODE Kind/name"."""
    done = kubectl_meshtrace.run("audit", "-o", "json", "--fail-on=never", *arguments)
    report = json.loads(done.stdout)
    told = {"error": set(), "warning": set(), "info": set()}
    for one in report["findings"]:
        told[one["severity"]].add(f"{one['code']} {one['object']['kind']}/{one['object']['name']}")
    return told, report["partial"]


class RealManifests(unittest.TestCase):
    def assert_as_reviewed(self, name, *files):
        told, _ = audit(*(argument for file in files for argument in ("-f", file)))
        self.assertEqual(told["error"], set(), name)
        self.assertEqual(told["warning"], REVIEWED.get(name, set()), name)

    def test_each_file_of_istios_samples(self):
        files = sorted(istio_files.samples().rglob("*.yaml"))
        self.assertGreater(len(files), 100)
        for file in files:
            with self.subTest(file):
                self.assert_as_reviewed(str(file.relative_to(istio_files.samples())), file)

    def test_samples_as_they_are_applied(self):
        for name, files in SETS.items():
            with self.subTest(name):
                self.assert_as_reviewed(name, *(istio_files.samples() / file for file in files))

    def test_ingresses(self):
        told, partial = audit("-f", os.path.join(MANIFESTS, "ingress-nginx.yaml"))
        self.assertEqual((told, partial), ({"error": set(), "warning": set(), "info": set()}, False))


if __name__ == "__main__":
    unittest.main()
