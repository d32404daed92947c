"""A web server made of one function, and trace stores that answer as Jaeger and Tempo do, for tests of `probe`."""
import base64
import http.server
import json
import ssl
import threading


class Server:
    """Answers with what respond(request) returns: status, headers, body. Remembers the requests."""

    def __init__(self, test, respond, certificate=None):
        self.requests = []
        self._respond = respond
        self._server = _Listener(("127.0.0.1", 0), _handler(self))
        scheme = "http"
        if certificate:
            scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                      do_handshake_on_connect=False)
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        test.addCleanup(self._stop)

    def _stop(self):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request):
        self.requests.append(request)
        return self._respond(request)

    def header(self, name, index=-1):
        return self.requests[index].headers.get(name)


class _Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Clients that hang up, or trust nobody, are what the tests are about."""


def _handler(server):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, headers, body = server.answer(self)
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_GET

        def log_message(self, *_):
            pass

    return Handler


def ok(body=b"{}", headers=None):
    return 200, headers or {}, body if isinstance(body, bytes) else json.dumps(body).encode()


def redirect(location, status=302):
    return status, {"Location": location}, b""


NOT_FOUND = (404, {}, b'{"error":"trace not found"}')


class Span:
    """`parent` is another Span, an id, or None."""

    def __init__(self, number, parent, service, operation="GET /", kind=2):
        self.id, self.parent = f"{number:016x}", getattr(parent, "id", parent)
        self.service, self.operation, self.kind = service, operation, kind


def path_of(traceparent):
    """A request's trace as a gateway and a cart behind it report it."""
    gateway = Span(0xb1, traceparent.split("-")[2], "gateway")
    call = Span(0xb2, gateway, "gateway", "egress", kind=3)
    return [gateway, call, Span(0xb3, call, "cart")]


def _resources(spans, encode, scopes="scopeSpans"):
    kinds = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT")
    return [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": span.service}}]},
             scopes: [{"spans": [{
                 "spanId": encode(span.id), "parentSpanId": encode(span.parent or ""), "name": span.operation,
                 "kind": span.kind if encode is str else "SPAN_KIND_" + kinds[span.kind],
                 "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000000012000000"}]}]}
            for span in spans]


def _base64(hexadecimal):
    return base64.b64encode(bytes.fromhex(hexadecimal)).decode()


def jaeger_v3(spans):
    """Each span in a part of its own, as the gateway streams them."""
    parts = [json.dumps({"result": {"resourceSpans": [one]}}) for one in _resources(spans, str)]
    return ok("\n".join(parts).encode())


def tempo_v2(spans, status=None):
    """Identifiers in base64 and enumerations by name: Protobuf's JSON."""
    return ok({"trace": {"resourceSpans": _resources(spans, _base64)}, "metrics": {},
               **({"status": status, "message": "Trace exceeds maximum size"} if status else {})})


def tempo_v1(spans):
    return ok({"batches": _resources(spans, _base64, "instrumentationLibrarySpans")})
