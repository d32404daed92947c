"""kubectl meshtrace logs of pods through the real API server, which asks the pods' kubelet: one that this test plays."""
import http.server
import json
import ssl
import threading
import unittest
import urllib.parse

from harness import kubectl_meshtrace
from harness.pods import container, pod, template
from harness.shared import ClusterTestCase
from harness.waiting import eventually

NODE = "node-with-logs"
LABELS = {"app": "shop"}
RIGHTS = [{"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
          {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
          {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]}]


def entry(traceparent, line=0):
    return json.dumps({"response_code": 200, "method": "GET", "authority": "shop", "path": f"/{line}",
                       "traceparent": traceparent, "upstream_cluster": "inbound|8080||"}) + "\n"


class Kubelet:
    """Answers for the logs of every container on its node, and remembers what was asked."""

    def __init__(self, authority, log):
        self.asked = []
        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                asked.append((url.path, dict(urllib.parse.parse_qsl(url.query))))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(log.encode())

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.issue("kubelet"))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class Logs(ClusterTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kubelet = Kubelet(cls.plane.authority, entry(None) + "an application's line\n" + entry("00-1"))
        cls.addClassCleanup(cls.kubelet.stop)
        cls.kubectl.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}, "status": {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": cls.kubelet.port}}}})
        cls.addClassCleanup(cls.kubectl.delete, "node", NODE)
        of_a_pod = template(container(), container("istio-proxy"), labels=LABELS)
        of_a_pod["spec"]["nodeName"] = NODE
        cls.kubectl.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "shop"}, "spec": {
            "replicas": 2, "selector": {"matchLabels": LABELS}, "template": of_a_pod}}, "-n", cls.namespace)
        cls.kubectl.create(pod("bare", labels=LABELS, nodeName=NODE), "-n", cls.namespace)
        eventually(lambda: len(cls.pods()) == 3, "the Deployment's pods are there")
        cls.reader = cls.user("reader", RIGHTS)

    @classmethod
    def pods(cls):
        return [item["metadata"]["name"] for item in cls.kubectl.get("pods", "-n", cls.namespace)["items"]]

    @classmethod
    def user(cls, name, rules):
        """The kubeconfig of a service account with these rights in the namespace, and no others."""
        metadata = {"name": name, "namespace": cls.namespace}
        rbac = "rbac.authorization.k8s.io"
        cls.kubectl.apply([
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
            {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": metadata, "rules": rules},
            {"apiVersion": f"{rbac}/v1", "kind": "RoleBinding", "metadata": metadata,
             "roleRef": {"apiGroup": rbac, "kind": "Role", "name": name},
             "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": cls.namespace}]}])
        return cls.plane.as_service_account(cls.namespace, name).kubeconfig

    def logs(self, *arguments, kubeconfig=None):
        self.kubelet.asked.clear()
        return kubectl_meshtrace.run("logs", "-n", self.namespace, "-o", "json", *arguments,
                                     kubeconfig=kubeconfig or self.reader)

    def test_reads_the_pods_of_a_deployment_and_warns_of_one_without_a_proxy(self):
        done = self.logs("deployment/shop", "--since", "90s", "--tail", "1000")
        self.assertEqual(done.returncode, 1, done.stderr)
        with_proxy = sorted(f"pod/{name}" for name in self.pods() if name != "bare")
        hops = json.loads(done.stdout)["hops"]
        self.assertEqual([hop["source"] for hop in hops], with_proxy)
        self.assertEqual([[finding["kind"] for finding in hop["findings"]] for hop in hops], [["absent", "malformed"]] * 2)
        self.assertRegex(done.stderr, "warning: pod/bare: its log cannot be read: 400 BadRequest: container istio-proxy")
        path, query = self.kubelet.asked[0]
        self.assertEqual(path, f"/containerLogs/{self.namespace}/{with_proxy[0].removeprefix('pod/')}/istio-proxy")
        self.assertEqual(query, {"sinceSeconds": "90", "tailLines": "1000", "limitBytes": str(32 << 20)})

    def test_reads_pods_by_labels_or_name_and_another_container(self):
        for arguments in (("-l", "app in (shop)", "-c", "app"), (*self.pods(), "-c", "app")):
            done = self.logs(*arguments)
            self.assertEqual(json.loads(done.stdout)["summary"]["absent"], 3, done.stderr)

    def test_says_what_the_user_may_not_do(self):
        lists_only = self.user("lister", RIGHTS[1:])
        for arguments, kubeconfig, reason in (
                (("-l", "app=shop"), lists_only, "its log cannot be read: 403 Forbidden"),
                (("statefulset/x",), self.reader, "statefulset/x: 403 Forbidden"),
                (("deployment/gone",), self.reader, "deployment/gone: 404 NotFound"),
                (("pod/gone",), self.reader, "404 NotFound")):
            with self.subTest(arguments=arguments):
                done = self.logs(*arguments, kubeconfig=kubeconfig)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertIn(reason, done.stderr)


if __name__ == "__main__":
    unittest.main()
