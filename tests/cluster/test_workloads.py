"""Pods that controllers make: their owners' names come from the pod alone, and the owners' templates stay untouched."""
import datetime
import json
import unittest

from harness import installed
from harness.installed import AdmissionTestCase
from harness.pods import attributes, container, mark, template, values
from harness.waiting import eventually

SPEC = {"sampling": {"owner": "Proxy", "percentage": 5}, "workload": {"podIdentity": True}}


def setUpModule():
    unittest.enterModuleContext(installed.webhook())


def workload(kind, name, replicas=1, **spec):
    labels = {"app": name}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels},
                     "template": template(labels=labels), **spec}}


def job_template(name):
    inner = template(labels={"app": name})
    inner["spec"]["restartPolicy"] = "Never"
    return {"template": inner}


class WorkloadTestCase(AdmissionTestCase):
    spec = SPEC

    def pods_of(self, app, count=1):
        def all_there():
            items = self.kubectl.items("pods", "-n", self.namespace, "-l", f"app={app}")
            return items if len(items) == count else None
        return eventually(all_there, f"{count} pods of {app}")


class PodsOfControllers(WorkloadTestCase):
    def test_of_a_deployment_name_it_and_their_replica_set(self):
        self.create(workload("Deployment", "checkout", replicas=2))
        for stored in self.pods_of("checkout", 2):
            found = attributes(stored)
            self.assertEqual(found["k8s.deployment.name"], "checkout")
            self.assertEqual(found["k8s.replicaset.name"], stored["metadata"]["ownerReferences"][0]["name"])
            self.assertEqual(values(stored)["OTEL_SERVICE_NAME"], "checkout")
            self.assertEqual(values(stored)["OTEL_TRACES_SAMPLER"], "parentbased_always_on")

    def test_of_a_stateful_set_name_it(self):
        self.create(workload("StatefulSet", "ledger", serviceName="ledger"))
        stored, = self.pods_of("ledger")
        self.assertEqual(attributes(stored)["k8s.statefulset.name"], "ledger")
        self.assertEqual(values(stored)["OTEL_SERVICE_NAME"], "ledger")

    def test_of_a_replica_set_alone_name_no_deployment(self):
        self.create(workload("ReplicaSet", "alone"))
        stored, = self.pods_of("alone")
        self.assertEqual(attributes(stored)["k8s.replicaset.name"], "alone")
        self.assertNotIn("k8s.deployment.name", attributes(stored))

    def test_of_a_job_name_it(self):
        self.create({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate"},
                     "spec": job_template("migrate")})
        stored, = self.pods_of("migrate")
        self.assertEqual(attributes(stored)["k8s.job.name"], "migrate")
        self.assertNotIn("k8s.cronjob.name", attributes(stored))

    def test_of_a_cron_job_name_it_and_their_job(self):
        self.create({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "report"},
                     "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": job_template("report")}}})
        self.make_due("report")
        stored, = self.pods_of("report")
        found = attributes(stored)
        self.assertEqual(found["k8s.cronjob.name"], "report")
        self.assertEqual(found["k8s.job.name"], stored["metadata"]["ownerReferences"][0]["name"])
        self.assertRegex(found["k8s.job.name"], r"^report-\d{8,}$")
        self.assertEqual(values(stored)["OTEL_SERVICE_NAME"], "report")

    def make_due(self, name):
        """As if it had run last some minutes ago, so that the controller runs it now and not at the next minute."""
        earlier = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=3)
        status = {"status": {"lastScheduleTime": earlier.strftime("%Y-%m-%dT%H:%M:00Z")}}
        self.kubectl("patch", "cronjob", name, "-n", self.namespace, "--subresource=status", "--type=merge", "-p",
                     json.dumps(status))


class ADeploymentOfServerSideApply(WorkloadTestCase):
    def apply(self, deployment, *arguments):
        return self.kubectl.run("apply", "--server-side", "--field-manager=its-user", "-n", self.namespace, "-f", "-",
                                *arguments, stdin=deployment)

    def stored(self):
        return self.kubectl.get("deployment", "payments", "-n", self.namespace, "--show-managed-fields")

    def test_is_applied_again_without_conflict_or_drift(self):
        own = [{"name": "OTEL_PROPAGATORS", "value": "tracecontext"}]
        deployment = workload("Deployment", "payments")
        deployment["spec"]["template"] = template(container(env=own), labels={"app": "payments"})
        self.assertEqual(self.apply(deployment).returncode, 0)
        pod, = self.pods_of("payments")
        self.assertTrue(mark(pod))
        first = self.stored()

        again = self.apply(deployment)
        self.assertEqual((again.returncode, again.stderr), (0, ""))
        self.assertEqual(self.stored()["metadata"]["generation"], first["metadata"]["generation"])
        self.assertEqual(self.kubectl.run("diff", "--server-side", "--field-manager=its-user", "-n", self.namespace,
                                          "-f", "-", stdin=deployment).returncode, 0)
        self.assertEqual(self.stored()["spec"]["template"]["spec"]["containers"][0]["env"], own)
        managers = {entry["manager"] for entry in self.stored()["metadata"]["managedFields"]}
        self.assertEqual(managers, {"its-user", "kube-controller-manager"})


if __name__ == "__main__":
    unittest.main()
