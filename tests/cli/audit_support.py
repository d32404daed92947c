"""A small shop in which the audit finds one thing of each severity, whatever other checks there are."""
import json

from support import CommandTest

# MT0705: a variable with value and valueFrom, which the API server refuses.
ERROR = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: checkout, namespace: shop}
spec:
  selector: {matchLabels: {app: checkout}}
  template:
    metadata:
      labels: {app: checkout}
    spec:
      containers:
      - name: app
        image: node:20
        env:
        - {name: NODE_IP, value: "10.0.0.1", valueFrom: {fieldRef: {fieldPath: status.hostIP}}}
"""
# MT1102: a policy whose selector no workload has the labels of.
WARNING = """\
apiVersion: meshtrace.io/v1alpha1
kind: TracingPolicy
metadata: {name: nobody, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  workload: {}
"""
# MT0803: Kafka, where only the application can carry the context.
INFO = """\
apiVersion: v1
kind: Service
metadata: {name: kafka, namespace: shop}
spec:
  selector: {app: kafka}
  ports: [{name: tcp-kafka, port: 9092}]
"""
# What uses it.
USER = ERROR.replace("checkout", "orders").replace(
    '{name: NODE_IP, value: "10.0.0.1", valueFrom: {fieldRef: {fieldPath: status.hostIP}}}',
    '{name: KAFKA_BROKERS, value: "kafka:9092"}')
# A workload with nothing wrong.
CLEAN = ERROR.replace(", valueFrom: {fieldRef: {fieldPath: status.hostIP}}", "")
SHOP = "---\n".join((ERROR, WARNING, INFO, USER))
CODES = ["MT0705", "MT0803", "MT1102"]

# ERROR as JSON.
DEPLOYMENT = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "checkout", "namespace": "shop"},
    "spec": {"selector": {"matchLabels": {"app": "checkout"}},
             "template": {"metadata": {"labels": {"app": "checkout"}},
                          "spec": {"containers": [{"name": "app", "image": "node:20", "env": [
                              {"name": "NODE_IP", "value": "10.0.0.1",
                               "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}]}]}}}}


class AuditTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.write("shop.yaml", SHOP)

    def audit(self, *arguments, status, **options):
        process = self.run_command("audit", *arguments, **options)
        self.assertEqual(process.returncode, status, process.stderr.decode())
        return process

    def report(self, *arguments, status, **options):
        """What -o json prints."""
        return json.loads(self.audit(*arguments, "-o", "json", status=status, **options).stdout)

    def codes(self, *arguments, status, **options):
        return sorted(one["code"] for one in self.report(*arguments, status=status, **options)["findings"])
