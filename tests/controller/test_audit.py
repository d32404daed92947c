"""The audit in the cluster: what it finds stands as Reports, in metrics and in the policies' status, and follows the
objects; without OpenReports, with thousands of findings, with odd objects, and with two replicas."""
import concurrent.futures
import contextlib
import json
import unittest

from harness import audited_kinds
from harness.api import policies, reports, virtual_services
from harness.api_requests import WRITES
from harness.controlled import ROOT, ControllerTestCase, controller, prepare
from harness.crowd import CLIENTS
from harness.fault_proxy import FaultProxy
from harness.shared import cluster
from harness.waiting import eventually, throughout

FOUND_S = 30  # two seconds in fact
MANY_S = 120  # the API server takes a second for each large report, and more on a loaded machine
INTERVAL = "1s"
FINDINGS = "meshtrace_audit_findings"
CODE = "MT0101"  # a route that takes a trace header away
REPORT = "meshtrace-mt01"
ETCD_REQUEST_BYTES = 1_572_864

proxy = None
running = None


def setUpModule():
    global proxy, running
    prepare(cluster())
    audited_kinds.apply_open_reports(cluster().kubectl)
    unittest.addModuleCleanup(audited_kinds.delete_open_reports, cluster().kubectl)
    audited_kinds.apply_others(cluster().kubectl)
    proxy = FaultProxy(cluster())
    unittest.addModuleCleanup(proxy.stop)
    running = unittest.enterModuleContext(controller(proxy.url, audit_interval=INTERVAL))


def route(removed="traceparent"):
    return {"headers": {"request": {"remove": [removed]}}, "route": [{"destination": {"host": "checkout"}}]}


def virtual_service(name, *routes):
    return {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": name},
            "spec": {"hosts": [f"{name}.example"], "http": list(routes)}}


def count(code, metrics):
    """Over all severities; None where the replica does not audit."""
    values = [value for name, value in metrics.items() if name.startswith(FINDINGS + "{") and f'code="{code}"' in name]
    return sum(values) if values else None


def findings(status):
    return status["error"] + status["warning"] + status["info"]


class AuditTestCase(ControllerTestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.delete_routes)

    def delete_routes(self):
        if self.api.items(virtual_services(self.namespace)):
            self.api.delete(virtual_services(self.namespace))

    def create_route(self, name, *routes):
        self.api.create(virtual_services(self.namespace), virtual_service(name, *routes))

    def shards(self):
        """The namespace's reports of the routes' group, the first first."""
        found = [each for each in self.api.items(reports(self.namespace))
                 if each["metadata"]["name"].startswith(REPORT)]
        return sorted(found, key=lambda each: (len(each["metadata"]["name"]), each["metadata"]["name"]))

    def until_report(self, check=bool, what="there is a report", seconds=FOUND_S):
        return eventually(lambda: check(self.shards()) and self.shards(), what, seconds)

    def until_no_report(self, seconds=FOUND_S):
        eventually(lambda: not self.shards(), "there is no report any more", seconds)

    def audited(self, name="policy", namespace=None):
        """status.audit; None before the first audit."""
        return self.stored(name, namespace).get("status", {}).get("audit")

    def until_audited(self, check, what, name="policy", namespace=None):
        def so():
            status = self.audited(name, namespace)
            self.assertTrue(status and check(status), status)
            return True
        eventually(so, what, FOUND_S)


class AFinding(AuditTestCase):
    def test_is_reported_and_goes_when_it_is_mended(self):
        self.create_route("shop", route())
        report, = self.until_report()
        self.assertEqual((report["source"], report["scope"]["name"]), ("meshtrace", self.namespace))
        self.assertEqual(sum(report["summary"].values()), 1)
        result, = report["results"]
        self.assertEqual(result["policy"], CODE)
        self.assertEqual(result["resources"], [{"apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
                                                "namespace": self.namespace, "name": "shop"}])
        # What the CRD does not know would have been refused, or dropped.
        self.assertEqual(set(result), {"source", "policy", "category", "result", "severity", "message", "resources",
                                       "properties", "timestamp"})
        self.assertIn("kubectl patch", result["properties"]["fix"])
        self.api.merge(virtual_services(self.namespace, "shop"), {"spec": {"http": [route("x-other")]}})
        self.until_no_report()

    def test_is_counted_in_the_metrics_and_in_the_policies_status(self):
        self.apply("policy", workload={"podIdentity": True})
        self.until_audited(lambda status: not any(status.values()), "nothing is found")
        before = count(CODE, running.metrics())
        self.create_route("shop", route())
        self.until_audited(lambda status: findings(status) == 1, "one is found")
        self.apply("mesh", ROOT, workload={"podIdentity": True})
        self.until_audited(lambda status: findings(status) >= 1, "the mesh's policy counts all", "mesh", ROOT)
        self.assertEqual(count(CODE, running.metrics()), before + 1)
        self.delete_routes()
        self.until_audited(lambda status: not any(status.values()), "nothing is found any more")
        eventually(lambda: count(CODE, running.metrics()) == before, "the metric counts it no more", FOUND_S)

    def test_that_is_suppressed_is_counted_and_not_reported(self):
        self.apply("policy", workload={"podIdentity": True})
        self.create_route("shop", route())
        self.until_report()
        ignore = {"metadata": {"annotations": {"meshtrace.io/ignore": CODE}}}
        self.api.merge(virtual_services(self.namespace, "shop"), ignore)
        self.until_no_report()
        self.until_audited(lambda status: (findings(status), status["suppressed"]) == (0, 1), "it is counted as such")

    def test_keeps_its_time_when_another_one_comes(self):
        self.create_route("first", route())
        report, = self.until_report()
        self.create_route("second", route())
        self.until_report(lambda shards: shards and len(shards[0]["results"]) == 2, "both are reported")
        times = {each["resources"][0]["name"]: each["timestamp"] for each in self.shards()[0]["results"]}
        self.assertEqual(times["first"], report["results"][0]["timestamp"])

    def test_in_a_running_pod_is_found_though_no_pod_is_kept(self):
        """Its environment is nowhere but in the pod itself, which nobody owns."""
        broken = {"name": "app", "image": "registry.example/shop:1",
                  "env": [{"name": "OTEL_TRACES_SAMPLER", "value": "traceidratio"},
                          {"name": "OTEL_TRACES_SAMPLER_ARG", "value": "10"}]}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare"}, "spec": {"containers": [broken]}}
        self.kubectl.create(pod, "-n", self.namespace)

        def found():
            return [result for report in self.api.items(reports(self.namespace)) for result in report["results"]
                    if result["policy"] == "MT0405" and result["resources"][0]["kind"] == "Pod"]
        eventually(found, "the pod's sampler argument is reported", FOUND_S)
        self.kubectl("delete", "pod", "bare", "-n", self.namespace, "--grace-period=0", "--force")
        eventually(lambda: not found(), "the report goes with the pod", FOUND_S)


class Reports(AuditTestCase):
    def report_writes(self):
        return [str(each) for each in proxy.requests(
            lambda each: each.verb in WRITES and each.group == "openreports.io")]

    def until_passes(self, passes):
        """That many times all pods were listed."""
        def lists():
            return len(proxy.requests(lambda each: each.verb == "list" and each.resource == "clusterreports"))
        before = lists()
        eventually(lambda: lists() >= before + passes, f"{passes} audits of everything", FOUND_S)

    def test_are_written_once_however_often_everything_is_audited(self):
        self.create_route("shop", route())
        self.until_report()
        self.until_passes(2)
        proxy.clear()
        self.until_passes(3)
        self.assertEqual(self.report_writes(), [])

    def test_are_put_back_when_somebody_edits_or_deletes_them(self):
        self.create_route("shop", route())
        wanted, = self.until_report()
        path = reports(self.namespace, REPORT)
        self.api.merge(path, {"results": [], "summary": {"fail": 0}})
        eventually(lambda: self.api.get(path).get("results") == wanted["results"], "the results are back", FOUND_S)
        self.api.delete(path)
        eventually(lambda: self.api.find(path), "the report is back", FOUND_S)

    def test_of_others_are_left_alone(self):
        other = {"apiVersion": "openreports.io/v1alpha1", "kind": "Report", "metadata": {"name": "meshtrace-mt09"},
                 "source": "somebody", "results": []}
        self.api.create(reports(self.namespace), other)
        self.until_passes(2)
        self.assertEqual(self.api.get(reports(self.namespace, "meshtrace-mt09"))["source"], "somebody")

    def test_of_thousands_of_findings_are_split_below_etcds_limit_and_count_the_rest(self):
        services, routes = 260, 20
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda number: self.create_route(f"shop-{number}", *[route()] * routes), range(services)))

        def all_told(shards):
            results = [each for shard in shards for each in shard.get("results", []) if each["result"] != "skip"]
            omitted = sum(int(shard["metadata"]["annotations"].get("meshtrace.io/omitted", 0)) for shard in shards)
            return len(results) + omitted == services * routes and len(results) > 3_000 and omitted > 0
        shards = self.until_report(all_told, "every finding is listed or counted", MANY_S)
        self.assertGreater(len(shards), 3)
        for shard in shards:
            self.assertLess(len(json.dumps(shard)), ETCD_REQUEST_BYTES)
            self.assertLessEqual(len(shard["results"]), 1_001)
        skipped, = (each for each in shards[-1]["results"] if each["result"] == "skip")
        self.assertIn("more findings of this group", skipped["message"])
        self.delete_routes()
        self.until_no_report(MANY_S)


class OddObjects(AuditTestCase):
    def test_of_a_namespaces_user_break_nothing(self):
        """Whatever a CRD of somebody else's lets through."""
        odd = [7, "x", [], {}, None, {"a": [[[[{}]]]]}, [{"name": 3}], {"containers": [None, 3, {"env": "x"}]}]
        for group, version, kind, plural, scope in audited_kinds.OTHERS:
            if scope != "Namespaced":
                continue
            for number, spec in enumerate(odd):
                self.api.create(f"/apis/{group}/{version}/namespaces/{self.namespace}/{plural}", {
                    "apiVersion": f"{group}/{version}", "kind": kind, "metadata": {"name": f"odd-{number}"},
                    "spec": spec, "status": spec})
        self.set_mesh("extensionProviders: 7\ndefaultProviders: [x]\naccessLogFormat: {a: 1}\n")
        self.create_route("shop", route())
        self.until_report()
        self.set_mesh("a: [")
        self.create_route("other", route())
        self.until_report(lambda shards: shards and len(shards[0]["results"]) == 2, "the audit goes on")
        self.assertTrue(running.alive())


class TwoReplicas(AuditTestCase):
    def test_of_which_the_leader_alone_audits_and_the_next_changes_nothing(self):
        self.create_route("shop", route())
        self.until_report()
        with contextlib.ExitStack() as stack:
            # The module's replica leads; this one waits, and audits nothing.
            second = stack.enter_context(controller(name="second", audit_interval=INTERVAL))
            throughout(lambda: count(CODE, second.metrics()) is None, "the second does not audit", 2)
            before = self.shards()
            running.stop()
            stack.callback(lambda: running.start().until_ready())
            eventually(lambda: count(CODE, second.metrics()), "the second audits", FOUND_S)
            self.create_route("new", route())
            self.until_report(lambda shards: len(shards[0]["results"]) == 2, "the second writes")
            first = next(each for each in self.shards()[0]["results"] if each["resources"][0]["name"] == "shop")
            self.assertEqual(first["timestamp"], before[0]["results"][0]["timestamp"])


class WithoutOpenReports(AuditTestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(audited_kinds.apply_open_reports, self.kubectl)
        audited_kinds.delete_open_reports(self.kubectl)

    def test_the_status_tells_and_reports_come_with_the_crds(self):
        self.apply("policy", workload={"podIdentity": True})
        self.create_route("shop", route())
        self.until_audited(lambda status: findings(status) == 1, "it is found")
        asked = proxy.requests(lambda each: each.group == "openreports.io")
        throughout(lambda: len(proxy.requests(lambda each: each.group == "openreports.io")) - len(asked) < 10,
                   "reports are not asked for again and again", 2)
        audited_kinds.apply_open_reports(self.kubectl)
        self.until_report()


if __name__ == "__main__":
    unittest.main()
