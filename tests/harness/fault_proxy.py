"""Between one client and the API server: counts its requests, answers some of them itself, and cuts watches short."""
import contextlib
import dataclasses
import http.client
import http.server
import json
import socket
import ssl
import threading
import time

from .api_requests import named
from .http import trusting
from .process import free_port

CHUNK_BYTES = 65536
NO_REPLY = 0  # the status of a request that the API server did not answer
TIMEOUT_S = 600  # of a silent connection; a watch is silent for long
# Of the client's, what is this proxy's own business towards the API server; and of the reply's likewise.
_NOT_FORWARDED = {"host", "connection", "content-length", "accept-encoding", "transfer-encoding", "expect"}


class FaultProxy:
    """`url` is where the client finds its API server. Its requests are kept until clear()."""

    def __init__(self, plane, name="fault-proxy"):
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.watch_seconds = None  # a watch is cut so long after its first byte; None: never
        self._api_server = ("127.0.0.1", plane.port)
        self._trust = trusting(plane.authority.certificate)
        self._lock = threading.Lock()
        self._requests = []
        self._faults = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*plane.authority.issue(name))
        self._server = _Server(("127.0.0.1", self.port), _handler(self), context)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    @contextlib.contextmanager
    def answering(self, status, when=lambda request: True, retry_after=None):
        """Meanwhile such requests never reach the API server."""
        fault = (status, when, retry_after)
        with self._lock:
            self._faults.append(fault)
        try:
            yield
        finally:
            with self._lock:
                self._faults.remove(fault)

    def requests(self, when=lambda request: True):
        """Those that came to an end, oldest first; of a watch: that was begun."""
        with self._lock:
            return [request for request in self._requests if when(request)]

    def writes(self):
        return self.requests(lambda request: request.writes)

    def count(self, when=lambda request: True):
        return len(self.requests(when))

    def clear(self):
        with self._lock:
            self._requests.clear()

    def connect(self):
        return http.client.HTTPSConnection(*self._api_server, context=self._trust, timeout=TIMEOUT_S)

    def fault_for(self, request):
        with self._lock:
            return next(((status, retry_after) for status, when, retry_after in self._faults if when(request)), None)

    def record(self, request, status):
        with self._lock:
            self._requests.append(dataclasses.replace(request, status=status, at=time.monotonic()))


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, handler, context):
        self._context = context
        super().__init__(address, handler)

    def get_request(self):
        """The handshake is left to the connection's own thread."""
        connection, address = super().get_request()
        connection.settimeout(TIMEOUT_S)
        return self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request, client_address):
        pass  # a client that went away is no error of the proxy's


def _handler(proxy):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        _upstream = None

        def do_any(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = named(self.command, self.path, body)
            fault = proxy.fault_for(request)
            if fault:
                proxy.record(request, fault[0])
                self._refuse(*fault)
            else:
                self._forward(request, body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_any

        def finish(self):
            super().finish()
            if self._upstream:
                self._upstream.close()

        def _refuse(self, status, retry_after):
            text = json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status,
                               "message": "made by a test"}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            if retry_after is not None:
                self.send_header("Retry-After", str(retry_after))
            self.end_headers()
            self.wfile.write(text)

        def _forward(self, request, body):
            headers = {key: value for key, value in self.headers.items() if key.lower() not in _NOT_FORWARDED}
            try:
                reply = self._ask(body, headers)
            except (OSError, http.client.HTTPException):
                proxy.record(request, NO_REPLY)
                self.close_connection = True  # as the API server did
                return
            proxy.record(request, reply.status)
            self.send_response(reply.status)
            for key, value in reply.getheaders():
                if key.lower() not in _NOT_FORWARDED:
                    self.send_header(key, value)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                self._stream(reply, proxy.watch_seconds if request.verb == "watch" else None)
            except (OSError, http.client.HTTPException):
                self.close_connection = True

        def _ask(self, body, headers):
            fresh = self._upstream is None
            if fresh:
                self._upstream = proxy.connect()
            try:
                self._upstream.request(self.command, self.path, body or None, headers)
                return self._upstream.getresponse()
            except (OSError, http.client.HTTPException):
                self._upstream.close()
                self._upstream = None
                if fresh:
                    raise
                return self._ask(body, headers)  # the kept connection had ended meanwhile

        def _stream(self, reply, seconds):
            cut = threading.Timer(seconds, self._cut) if seconds else None
            if cut:
                cut.start()
            try:
                while data := reply.read1(CHUNK_BYTES):
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                self.wfile.write(b"0\r\n\r\n")
            finally:
                if cut:
                    cut.cancel()

        def _cut(self):
            for connection in (self.connection, self._upstream and self._upstream.sock):
                with contextlib.suppress(OSError, AttributeError):
                    connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *_):
            pass

    return Handler
