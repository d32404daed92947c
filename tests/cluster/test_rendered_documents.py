"""Every golden document of `render`, given to those who will read it.

The API server takes the documents with Istio's own CRDs and strict field validation; istioctl validates and analyses
them; the fragments go through Istio's charts (helm template, istioctl manifest generate), and what comes out as the mesh's
configuration is compared with what the configmap target writes.
"""
import json
import pathlib
import unittest

from harness import istioctl, istio_files, manifests
from harness.helm import ISTIOD, Helm
from harness.shared import ClusterTestCase

CASES = pathlib.Path(__file__).resolve().parents[1] / "golden" / "render"
OURS = ("accessLogFile", "accessLogFormat", "accessLogEncoding")
NAMESPACES = ("istio-system", "shop")


def expected(case, target):
    return (case / "expected" / f"{target}.yaml").read_text()


class RenderedDocuments(ClusterTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        istio_files.apply_crds(cls.kubectl)
        manifests.apply_crds(cls.kubectl)
        for name in NAMESPACES:
            cls.kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        cls.cases = sorted(CASES.iterdir())

    def for_each(self, target, check):
        checked = 0
        for case in self.cases:
            text = expected(case, target)
            if "kind: " not in text:
                continue  # the policies have nothing to say there
            checked += 1
            with self.subTest(case.name):
                check(case, text)
        self.assertGreater(checked, 1)

    def objects(self, text):
        """As kubectl reads them; YAML that it cannot read fails here."""
        return manifests.documents(self.kubectl("create", "--dry-run=client", "--validate=false", "-o", "json", "-f", "-",
                                                stdin=text))

    def mesh_of(self, text, name="istio"):
        """The mesh's configuration in a ConfigMap of that name, as an object."""
        maps = [item for item in self.objects(text) if item["kind"] == "ConfigMap" and item["metadata"]["name"] == name]
        self.assertEqual(len(maps), 1)
        return self.yaml(maps[0]["data"]["mesh"])

    def yaml(self, text):
        """kubectl is the YAML reader: a custom object keeps what it is given."""
        indented = "".join(f"  {line}\n" for line in text.splitlines())
        wrapped = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nmesh:\n" + indented
        item, = self.objects(wrapped)
        return item["mesh"]

    def test_the_api_server_takes_them_strictly(self):
        for target in ("configmap", "mutatingadmissionpolicy"):
            self.for_each(target, lambda _, text: self.kubectl.apply(text, "--dry-run=server", "--validate=strict"))

    def test_istioctl_validates_them(self):
        def check(_, text):
            done = istioctl.run("validate", "-f", "-", stdin=text)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertNotIn("deprecated", done.stderr)

        self.for_each("configmap", check)
        self.for_each("istiooperator", check)

    def test_istioctl_analyses_them_without_an_error(self):
        def check(case, _):
            path = case / "expected" / "configmap.yaml"
            done = istioctl.run("analyze", "--use-kube=false", "-o", "json", "--failure-threshold=Error", path)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            found = json.loads(done.stdout or "[]") or []
            self.assertEqual([item for item in found if item["level"] == "Error"], [])

        self.for_each("configmap", check)

    def same_mesh(self, case, mesh):
        """What the fragment brings into Istio's ConfigMap is what the configmap target writes there."""
        written = self.mesh_of(expected(case, "configmap"))
        for key in OURS:
            self.assertEqual(mesh.get(key), written.get(key), key)
        names = lambda config: [item["name"] for item in config.get("extensionProviders", [])]
        self.assertEqual(names(mesh), names(written))

    def single_mesh(self, check):
        """Cases with one installation whose ConfigMap the policies change."""
        checked = 0
        for case in self.cases:
            if "name: istio-" in expected(case, "configmap") or not expected(case, "helm"):
                continue
            checked += 1
            with self.subTest(case.name):
                check(case)
        self.assertGreater(checked, 1)

    def test_helm_takes_the_values(self):
        helm = Helm(self.plane)
        chart = istio_files.charts().joinpath(*ISTIOD)
        self.single_mesh(lambda case: self.same_mesh(case, self.mesh_of(helm(
            "template", "istiod", chart, "-n", "istio-system", "-f", case / "expected" / "helm.yaml"))))

    def test_sails_values_are_helms(self):
        def check(case):
            sail = self.yaml(expected(case, "sail"))
            self.assertEqual((sail["apiVersion"], sail["kind"]), ("sailoperator.io/v1", "Istio"))
            helm = self.yaml(expected(case, "helm"))
            self.assertEqual(sail["spec"]["values"], helm)

        self.single_mesh(check)

    def test_istioctl_takes_the_istiooperator(self):
        def check(case):
            done = istioctl.run("manifest", "generate", "-f", case / "expected" / "istiooperator.yaml")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.same_mesh(case, self.mesh_of(done.stdout))

        self.single_mesh(check)


if __name__ == "__main__":
    unittest.main()
