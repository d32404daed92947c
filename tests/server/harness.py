"""The real webhook program for tests: started on a free port with certificates of its own and a folder of policies,
watched through its log, its file descriptors and its metrics, and ended again."""

import base64
import http.client
import json
import os
import pathlib
import queue
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("MESHTRACE_BIN", ROOT / "build" / "bin")) / "meshtrace-webhook"

# What a sanitizer's shadow makes of a bound on resident memory; ThreadSanitizer's is several times the memory itself.
MEMORY_FACTOR = int(os.environ.get("MESHTRACE_MEMORY_FACTOR", "1"))
# Seconds for anything that should come at once: wide, because a sanitizer's build on a busy machine is slow.
PATIENCE = 30

POLICY = """\
apiVersion: meshtrace.io/v1alpha1
kind: TracingPolicy
metadata: {name: mesh-default, namespace: istio-system}
spec:
  sampling: {owner: SDK, percentage: 10}
  workload:
    propagators: [tracecontext, baggage]
    exporter: {endpoint: "http://otel-collector.observability:4317", protocol: grpc}
"""


def make_certificate(folder, name="localhost"):
    """A self-signed pair tls.crt and tls.key in `folder`."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", folder / "tls.key", "-out", folder / "tls.crt", "-days", "2", "-subj", f"/CN={name}",
         "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
        check=True, capture_output=True)
    return folder


def swap_link(link, target):
    """Points a symbolic link elsewhere in one step, as the kubelet does."""
    temporary = f"{link}.new"
    os.symlink(target, temporary)
    os.rename(temporary, link)


def review(pod, uid="705ab4f5-6393-11e8-b7cc-42010a800002", operation="CREATE", **request):
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": uid,
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "operation": operation,
            "namespace": "shop",
            "object": pod,
            **request,
        },
    }


def pod(name="checkout-1", **spec):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": "checkout"}},
        "spec": {"containers": [{"name": "app", "image": "registry.example/checkout:1.4"}], **spec},
    }


def policy_review(spec, name="p", namespace="shop", operation="CREATE"):
    result = review({"apiVersion": "meshtrace.io/v1alpha1", "kind": "TracingPolicy",
                     "metadata": {"name": name, "namespace": namespace}, "spec": spec}, operation=operation)
    result["request"].update(
        kind={"group": "meshtrace.io", "version": "v1alpha1", "kind": "TracingPolicy"},
        resource={"group": "meshtrace.io", "version": "v1alpha1", "resource": "tracingpolicies"},
        namespace=namespace)
    return result


def patch_of(reply):
    """The decoded JSON patch of an AdmissionReview's response, or None."""
    patch = reply["response"].get("patch")
    return None if patch is None else json.loads(base64.b64decode(patch, validate=True))


def wait_until(condition, what, seconds=PATIENCE):
    """The first true value of `condition()`; fails the test after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


class Webhook:
    """One running program. Use it as a context manager: whatever happens, it is ended."""

    def __init__(self, *arguments, policy=POLICY, certificate=None, wait_ready=True):
        if not BIN.exists():
            raise FileNotFoundError(f"{BIN} is not there: build it, or say by MESHTRACE_BIN in which folder it is")
        self._folder = tempfile.TemporaryDirectory(prefix="meshtrace-test-")
        self.folder = pathlib.Path(self._folder.name)
        self.policies = self.folder / "policies"
        self.policies.mkdir()
        if policy is not None:
            (self.policies / "policy.yaml").write_text(policy)
        self.certificates = pathlib.Path(certificate) if certificate else make_certificate(self.folder / "tls")
        self.log = []
        self._lines = queue.Queue()
        self.process = subprocess.Popen(
            [BIN, "--bind-address=127.0.0.1", "--secure-port=0", f"--tls-cert-file={self.certificates}/tls.crt",
             f"--tls-private-key-file={self.certificates}/tls.key", f"--policy-dir={self.policies}",
             "--drain-delay=0", *arguments],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
            # In a sanitizer's build: freed memory is given back soon, so that what is resident is what is used.
            env={**os.environ, "ASAN_OPTIONS": f"quarantine_size_mb=8:{os.environ.get('ASAN_OPTIONS', '')}"})
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        try:
            self.address = self.wait_for_log("serving")["address"]
            self.port = int(self.address.rsplit(":", 1)[1])
            if wait_ready:
                wait_until(lambda: self.get("/readyz")[0] == 200, "ready")
        except BaseException:
            self.close()
            raise

    def _read_log(self):
        for line in self.process.stderr:
            try:
                self.log.append(json.loads(line))
            except ValueError:
                self.log.append({"msg": "", "not-json": line})

    def find_log(self, msg, **fields):
        for entry in list(self.log):
            if entry.get("msg") == msg and all(str(v) in str(entry.get(k)) for k, v in fields.items()):
                return entry
        return None

    def wait_for_log(self, msg, **fields):
        def found():
            if self.process.poll() is not None and not self.find_log(msg, **fields):
                self._reader.join(PATIENCE)
                if not self.find_log(msg, **fields):
                    raise AssertionError(f"the program ended with {self.process.returncode}: {self.log}")
            return self.find_log(msg, **fields)
        return wait_until(found, f"log line {msg!r} {fields} in {self.log[-5:]}")

    # TLS and HTTP

    def tls_context(self, verify=False):
        context = ssl.create_default_context(cafile=self.certificates / "tls.crt") if verify else ssl.SSLContext(
            ssl.PROTOCOL_TLS_CLIENT)
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def connect(self, timeout=PATIENCE):
        """A TLS connection for tests that write their own bytes."""
        raw = self.connect_raw(timeout)
        try:
            return self.tls_context().wrap_socket(raw, server_hostname="localhost", suppress_ragged_eofs=True)
        except BaseException:
            raw.close()
            raise

    def connect_raw(self, timeout=PATIENCE):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def client(self, verify=False):
        """A keep-alive HTTP client."""
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE, context=self.tls_context(verify))

    def request(self, method, path, body=None, headers=None):
        """(status, headers, body) over a connection of its own."""
        connection = self.client()
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def get(self, path):
        status, _, body = self.request("GET", path)
        return status, body.decode()

    def post(self, path, document):
        """(status, text) of a POST of JSON; bytes are sent as they are."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        status, _, text = self.request("POST", path, body, {"Content-Type": "application/json"})
        return status, text.decode()

    def mutate(self, document, path="/mutate?timeout=3s"):
        status, text = self.post(path, document)
        assert status == 200, (status, text)
        return json.loads(text)

    # What it uses and counts

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def resident_kib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise AssertionError("no VmRSS")

    def metrics(self):
        """{'name{label="value"}': number}"""
        values = {}
        for line in self.get("/metrics")[1].splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
        return values

    def metric(self, name):
        return self.metrics()[name]

    # Its end

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self):
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(PATIENCE)
        self.process.stderr.close()
        self._folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def read_response(connection, method="GET"):
    """One HTTP response from a connection of connect(): (status, headers, body)."""
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    return response.status, response.headers, response.read()


def raw_request(method, path, body=b"", headers=()):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    if body or method == "POST":
        lines += [f"Content-Length: {len(body)}", "Content-Type: application/json"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


class ServerTest(unittest.TestCase):
    """Tests that share one webhook. After each, its descriptors are back to where they were, and it still serves."""

    arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.webhook = Webhook(*cls.arguments)

    @classmethod
    def tearDownClass(cls):
        cls.webhook.close()

    def setUp(self):
        self.base = self.descriptors_at_rest()

    def tearDown(self):
        self.assertIsNone(self.webhook.process.poll(), "the webhook has ended")
        self.assertEqual(self.webhook.get("/healthz"), (200, "ok\n"))
        wait_until(lambda: self.webhook.descriptors() <= self.base, "descriptors back to base")
        self.assertEqual([line for line in self.webhook.log if "not-json" in line], [])

    def descriptors_at_rest(self):
        """The number once the connections of earlier requests have gone."""
        wait_until(lambda: self.webhook.metric("meshtrace_webhook_connections") == 1, "no other connection")
        def settled():
            first = self.webhook.descriptors()
            time.sleep(0.05)
            return first if first == self.webhook.descriptors() else None
        return wait_until(settled, "a steady number of descriptors")
