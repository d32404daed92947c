"""The rights of the controller's service account against what it really asks for: nothing is refused, nothing unused."""
import unittest

from harness import audited_kinds, manifests
from harness.api import config_maps, envoy_filters, policies, reports, virtual_services
from harness.control_plane import ControlPlane
from harness.controlled import LOGS_W3C, MESH_TEXT, ROOT, ControllerTestCase, controller, prepare
from harness.fault_proxy import FaultProxy
from harness.manifests import CONTROLLER_ACCOUNT, NAMESPACE
from harness.waiting import eventually

PROXY = {"tracingProvider": "otel", "headers": {"maxRequestHeadersKb": 96}} | LOGS_W3C["proxy"]
WHOLE_CLUSTER = ""
SECRET = f"/api/v1/namespaces/{NAMESPACE}/secrets/meshtrace-webhook-tls"
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/meshtrace-webhook"
CLUSTER_REPORTS = "/apis/openreports.io/v1alpha1/clusterreports"
REFUSED = 403
CREATED = 201
GATEWAY_TIMEOUT = 504


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
        audited_kinds.apply_open_reports(plane.kubectl)
        audited_kinds.apply_others(plane.kubectl)
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

    def live_with_a_finding(self):
        """In a namespace a route that takes a trace header away, in none a webhook that pods depend on."""
        path = virtual_services(self.namespace, "shop")
        self.api.create(virtual_services(self.namespace), {
            "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "shop"},
            "spec": {"hosts": ["shop.example"], "http": [{
                "headers": {"request": {"remove": ["traceparent"]}},
                "route": [{"destination": {"host": "shop"}}]}]}})
        eventually(lambda: self.api.items(reports(self.namespace)), "there is a report", 60)
        self.api.delete(path)
        eventually(lambda: not self.api.items(reports(self.namespace)), "there is none any more", 60)
        self.set_failure_policy("Fail")
        eventually(lambda: self.api.items(CLUSTER_REPORTS), "there is a cluster's report", 60)
        self.set_failure_policy("Ignore")
        # By the proxy: that the report is gone shows before the reply to its deletion does.
        eventually(lambda: self.proxy.count(lambda each: (each.resource, each.verb) == ("clusterreports", "delete")),
                   "there is none any more", 60)

    def set_failure_policy(self, value):
        webhooks = self.api.get(WEBHOOKS)["webhooks"]
        webhooks[0]["failurePolicy"] = value
        self.api.merge(WEBHOOKS, {"webhooks": webhooks})

    def test_are_all_used_and_all_that_it_asks_for(self):
        eventually(lambda: self.api.find(SECRET), "there is a certificate", 60)
        self.live()
        self.live_with_a_finding()
        requests = self.proxy.requests()
        self.assertEqual(sorted({str(each) for each in requests if each.status == REFUSED}), [])
        unused = [right for right, names in granted(self.kubectl).items()
                  if not any(covers(right, names, each) for each in requests)]
        self.assertEqual(unused, [])


def covers(right, names, request):
    scope, group, resource, verb = right
    # Server-side apply of an object that was not there is a patch that needs the right to create, too.
    # Of one that a busy API server gave up waiting for it is not known whether it created the object: it may have.
    verbs = {request.verb, "create"} if request.status in (CREATED, GATEWAY_TIMEOUT) else {request.verb}
    return ((group, resource) == (request.group, request.resource) and verb in verbs
            and scope in (WHOLE_CLUSTER, request.namespace) and (not names or request.name in names))


if __name__ == "__main__":
    unittest.main()
