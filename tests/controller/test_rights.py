"""The rights of the controller's service account against what it really asks for: nothing is refused, nothing unused."""
import unittest

from harness import manifests
from harness.api import config_maps, envoy_filters, policies
from harness.control_plane import ControlPlane
from harness.controlled import LOGS_W3C, MESH_TEXT, ROOT, ControllerTestCase, controller, prepare
from harness.fault_proxy import FaultProxy
from harness.manifests import CONTROLLER_ACCOUNT, NAMESPACE
from harness.waiting import eventually

PROXY = {"tracingProvider": "otel", "headers": {"maxRequestHeadersKb": 96}} | LOGS_W3C["proxy"]
WHOLE_CLUSTER = ""
SECRET = f"/api/v1/namespaces/{NAMESPACE}/secrets/meshtrace-webhook-tls"
REFUSED = 403
CREATED = 201


def granted(kubectl):
    """(scope, group, resource, verb): names, where they are limited; scope is a namespace or the whole cluster."""
    rights = {}
    for folder in (manifests.BASE, manifests.MESH):
        for role in manifests.rendered(kubectl, folder):
            if role["kind"] in ("Role", "ClusterRole") and role["metadata"]["name"] == CONTROLLER_ACCOUNT:
                scope = role["metadata"].get("namespace", WHOLE_CLUSTER)
                for rule in role["rules"]:
                    for group in rule["apiGroups"]:
                        for resource in rule["resources"]:
                            for verb in rule["verbs"]:
                                rights[scope, group, resource, verb] = set(rule.get("resourceNames", ()))
    return rights


class TheRightsOfTheController(ControllerTestCase):
    @classmethod
    def control_plane(cls):
        """One where nothing of the controller's is there yet: the right to create is among those that count."""
        plane = cls.enterClassContext(ControlPlane())
        plane.start_controllers()
        prepare(plane)
        return plane

    @classmethod
    def setUpClass(cls):
        """A whole life: policies of every level come, change, are meddled with and go, and so do certificates."""
        super().setUpClass()
        cls.proxy = FaultProxy(cls.plane)
        cls.addClassCleanup(cls.proxy.stop)
        # What Istio's own installer makes, and our webhook's registrations, which the controller completes.
        cls.kubectl.apply([item for item in manifests.rendered(cls.kubectl) if item["kind"] in manifests.WEBHOOK_KINDS])
        for kind in manifests.WEBHOOK_KINDS:
            cls.addClassCleanup(cls.kubectl.delete, kind, "meshtrace-webhook")
        cls.running = cls.enterClassContext(controller(
            cls.proxy.url, plane=cls.plane, manage_certificates=True, resync_period="1s", certificate_lifetime="1m",
            certificate_propagation_delay="1s"))

    def live(self):
        self.apply("mesh", ROOT, sampling={"owner": "Proxy", "percentage": 5}, proxy=PROXY)
        self.apply("limits", proxy={"headers": {"maxRequestHeadersKb": 96}} | LOGS_W3C["proxy"])
        self.until_programmed("limits")
        path = envoy_filters(self.namespace, "meshtrace-limits")
        self.api.merge(path, {"spec": {"configPatches": []}})
        eventually(lambda: self.api.get(path)["spec"]["configPatches"], "it is put right")
        self.api.merge(config_maps(ROOT, "istio"), {"data": {"mesh": self.mesh_text() + "# edited\n"}})
        self.until_programmed("limits")
        for _ in range(2):  # what is said again is one Event, patched
            for mode in ("Audit", "Enforce"):
                self.api.merge(policies(self.namespace, "limits"), {"spec": {"mode": mode}})
                self.until_condition("Programmed", "True" if mode == "Enforce" else "False", "limits")
        damaged = {"data": {"tls.crt": "bm90aGluZw=="}}
        self.api.merge(SECRET, damaged)
        eventually(lambda: self.api.get(SECRET)["data"]["tls.crt"] != damaged["data"]["tls.crt"],
                   "the damaged certificate is replaced", 60)
        self.api.delete(SECRET)
        eventually(lambda: self.api.find(SECRET), "the certificate is there again", 60)
        for name, namespace in (("limits", self.namespace), ("mesh", ROOT)):
            self.delete(name, namespace)
        self.until_text(lambda text: text == MESH_TEXT + "# edited\n", "the text is what it was")

    def test_are_all_used_and_all_that_it_asks_for(self):
        eventually(lambda: self.api.find(SECRET), "there is a certificate", 60)
        self.live()
        requests = self.proxy.requests()
        self.assertEqual(sorted({str(each) for each in requests if each.status == REFUSED}), [])
        unused = [right for right, names in granted(self.kubectl).items()
                  if not any(covers(right, names, each) for each in requests)]
        self.assertEqual(unused, [])


def covers(right, names, request):
    scope, group, resource, verb = right
    # Server-side apply of an object that was not there is a patch that needs the right to create, too.
    verbs = {request.verb, "create"} if request.status == CREATED else {request.verb}
    return ((group, resource) == (request.group, request.resource) and verb in verbs
            and scope in (WHOLE_CLUSTER, request.namespace) and (not names or request.name in names))


if __name__ == "__main__":
    unittest.main()
