"""A second mutating webhook, as a sidecar injector or a policy engine would be: from a pod to a JSON patch."""
import base64
import http.server
import json
import ssl
import threading

from .process import free_port


class OtherWebhook:
    """The API server calls webhooks in the order of their names: ours is meshtrace-webhook."""

    def __init__(self, plane, name, patch_of, reinvocation="Never"):
        self._kubectl = plane.kubectl
        self._name = name
        self._patch_of = patch_of
        self.calls = 0
        port = free_port()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        certificate, key = plane.authority.issue(name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._configuration = self._registration(port, plane.authority.certificate.read_bytes(), reinvocation)

    def register(self, namespace):
        """Called for the pods of this namespace alone."""
        webhook, = self._configuration["webhooks"]
        webhook["namespaceSelector"] = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
        self._kubectl.apply(self._configuration)
        return self

    def stop(self):
        self._kubectl.delete("mutatingwebhookconfiguration", self._name)
        self._server.shutdown()
        self._server.server_close()

    def _registration(self, port, authority, reinvocation):
        return {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": self._name}, "webhooks": [{
                "name": f"{self._name}.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None",
                "clientConfig": {"url": f"https://127.0.0.1:{port}/",
                                 "caBundle": base64.b64encode(authority).decode()},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE"]}],
                "failurePolicy": "Fail", "reinvocationPolicy": reinvocation}]}

    def _answer(self, review):
        self.calls += 1
        request = review["request"]
        patch = self._patch_of(request["object"])
        response = {"uid": request["uid"], "allowed": True}
        if patch:
            response |= {"patchType": "JSONPatch", "patch": base64.b64encode(json.dumps(patch).encode()).decode()}
        return {"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response}

    def _handler(self):
        other = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                reply = json.dumps(other._answer(review)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_):
                pass

        return Handler
