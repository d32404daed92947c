"""The API server without kubectl's fifty milliseconds: for tests that ask or write often. As an administrator."""
import http.client
import json
import threading

from .http import trusting

TIMEOUT_S = 60
MERGE_PATCH = "application/merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"


class ApiFailed(AssertionError):
    """The API server refused: `status`, and its message."""

    def __init__(self, status, text):
        super().__init__(f"status {status}: {text}")
        self.status = status


class Api:
    """Safe for several threads, each of which has its own connection."""

    def __init__(self, plane, token="admin"):
        self._address = ("127.0.0.1", plane.port)
        self._trust = trusting(plane.authority.certificate)
        self._token = token
        self._local = threading.local()
        self._connections = []

    def __del__(self):
        for connection in self._connections:
            connection.close()

    def request(self, method, path, value=None, content_type="application/json"):
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": content_type}
        body = None if value is None else json.dumps(value)
        try:
            return self._ask(method, path, body, headers)
        except (OSError, http.client.HTTPException):
            self._local.connection = None  # it had been closed, or the API server was restarted
            return self._ask(method, path, body, headers)

    def get(self, path):
        return self.request("GET", path)

    def items(self, path):
        return self.get(path)["items"]

    def find(self, path):
        """None where there is nothing."""
        try:
            return self.get(path)
        except ApiFailed as failed:
            if failed.status == 404:
                return None
            raise

    def create(self, path, value):
        return self.request("POST", path, value)

    def update(self, path, value):
        return self.request("PUT", path, value)

    def merge(self, path, value, manager="tests"):
        return self.request("PATCH", f"{path}?fieldManager={manager}", value, MERGE_PATCH)

    def apply(self, path, value, manager="tests"):
        """Server-side apply that wins every conflict."""
        return self.request("PATCH", f"{path}?fieldManager={manager}&force=true", value, APPLY_PATCH)

    def delete(self, path):
        return self.request("DELETE", path)

    def _ask(self, method, path, body, headers):
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPSConnection(*self._address, context=self._trust, timeout=TIMEOUT_S)
            self._local.connection = connection
            self._connections.append(connection)
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        text = reply.read().decode()
        if reply.status >= 300:
            raise ApiFailed(reply.status, text)
        return json.loads(text)


# Where things are.

def policies(namespace, name=""):
    return _place("/apis/meshtrace.io/v1alpha1", namespace, "tracingpolicies", name)


def config_maps(namespace, name=""):
    return _place("/api/v1", namespace, "configmaps", name)


def envoy_filters(namespace="", name=""):
    return _place("/apis/networking.istio.io/v1alpha3", namespace, "envoyfilters", name)


def telemetries(namespace="", name=""):
    return _place("/apis/telemetry.istio.io/v1alpha1", namespace, "telemetries", name)


def virtual_services(namespace="", name=""):
    return _place("/apis/networking.istio.io/v1", namespace, "virtualservices", name)


def reports(namespace="", name=""):
    return _place("/apis/openreports.io/v1alpha1", namespace, "reports", name)


def leases(namespace, name=""):
    return _place("/apis/coordination.k8s.io/v1", namespace, "leases", name)


def _place(group, namespace, resource, name):
    scope = f"/namespaces/{namespace}" if namespace else ""
    return f"{group}{scope}/{resource}" + (f"/{name}" if name else "")
