"""The real webhook as a child process, spoken to as the API server does: AdmissionReview over verified TLS."""
import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import time

SERVICE = "meshtrace-webhook.meshtrace-system.svc"  # the name that the API server expects in the certificate
START_SECONDS = 10  # until the webhook is ready; it takes some milliseconds
STOP_SECONDS = 5
REQUEST_SECONDS = 3  # timeoutSeconds of the manifest


class Problem(Exception):
    """What went wrong and what to do, in one sentence for the reader."""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def check_port(port):
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise Problem(f"port {port} cannot be used ({error.strerror}); leave --port out for a free one") from error


def make_certificate(script, folder):
    done = subprocess.run(["sh", script, folder], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"{script} failed")


class Webhook:
    """Runs while its `with` block does; the process is always ended."""

    def __init__(self, program, certificates, policies, port):
        self.port = port
        self._log_path = os.path.join(certificates, "webhook.log")
        self._arguments = [
            program, "--bind-address=127.0.0.1", f"--secure-port={port}", f"--policy-dir={policies}",
            f"--tls-cert-file={certificates}/tls.crt", f"--tls-private-key-file={certificates}/tls.key",
            "--drain-delay=0",
        ]
        self._context = ssl.create_default_context(cafile=os.path.join(certificates, "ca.crt"))
        self._connection = None
        self.process = None

    def __enter__(self):
        with open(self._log_path, "wb") as log:
            self.process = subprocess.Popen(self._arguments, stdout=log, stderr=subprocess.STDOUT)
        try:
            self._wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._disconnect()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def review(self, review):
        """The response of the AdmissionReview and the milliseconds that it took."""
        body = json.dumps(review).encode()
        begin = time.perf_counter()
        try:
            status, text = self._request("POST", "/mutate?timeout=3s", body)
        except (OSError, http.client.HTTPException) as error:
            raise Problem(f"the webhook did not answer a review ({error or type(error).__name__}): "
                          f"{self._last_words()}") from error
        milliseconds = (time.perf_counter() - begin) * 1000
        if status != 200:
            raise Problem(f"the webhook answered {status} to a review of the demo ({text.strip()}); please report it")
        reply = json.loads(text)
        if reply["response"]["uid"] != review["request"]["uid"]:
            raise Problem("the webhook answered another request than it was asked; please report it")
        return reply["response"], milliseconds

    def resident_megabytes(self):
        """What the process holds in memory, None where the system has no /proc."""
        with contextlib.suppress(OSError), open(f"/proc/{self.process.pid}/status", encoding="utf-8") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        return None

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS
        answer = "no answer"
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Problem(f"the webhook ended while it started: {self._last_words()}")
            try:
                status, answer = self._request("GET", "/readyz")
                if status == 200:
                    return
            except OSError as error:
                self._disconnect()
                if isinstance(error, ssl.SSLCertVerificationError):
                    raise Problem(f"the webhook's certificate is not the demo's ({error}); does something else answer "
                                  f"on port {self.port}?") from error
            except http.client.HTTPException:
                self._disconnect()
            time.sleep(0.02)
        raise Problem(f"the webhook was not ready within {START_SECONDS} seconds ({answer.strip()}): "
                      f"{self._last_words()}")

    def _request(self, method, path, body=None):
        if self._connection is None:
            self._connection = self._connect()
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            text = response.read().decode()
            if response.will_close:
                self._disconnect()
            return response.status, text
        except (OSError, http.client.HTTPException) as error:
            self._disconnect()
            if self.process.poll() is not None:
                raise Problem(f"the webhook ended during a request: {self._last_words()}") from error
            raise

    def _connect(self):
        plain = socket.create_connection(("127.0.0.1", self.port), REQUEST_SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = http.client.HTTPConnection(SERVICE, timeout=REQUEST_SECONDS)
        connection.auto_open = 0  # never by itself: it would speak plain HTTP
        connection.sock = self._context.wrap_socket(plain, server_hostname=SERVICE)
        return connection

    def _disconnect(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _last_words(self):
        with open(self._log_path, encoding="utf-8", errors="replace") as log:
            lines = log.read().strip().splitlines()
        return lines[-1] if lines else "it said nothing"
