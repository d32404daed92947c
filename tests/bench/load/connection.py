"""One kept-alive HTTPS connection, for what is measured one request at a time."""
import http.client
import json
import time

from harness.http import trusting

TIMEOUT_S = 10


class Connection:
    def __init__(self, port, authority, token=None):
        self._http = http.client.HTTPSConnection("127.0.0.1", port, timeout=TIMEOUT_S, context=trusting(authority))
        self._token = {"Authorization": f"Bearer {token}"} if token else {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._http.close()

    def send(self, method, path, value, content_type="application/json"):
        """The reply's JSON and the milliseconds that it took. `value` is bytes, or what becomes JSON."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        begin = time.perf_counter()
        self._http.request(method, path, body, {"Content-Type": content_type, **self._token})
        response = self._http.getresponse()
        text = response.read()
        milliseconds = (time.perf_counter() - begin) * 1000
        assert response.status in (200, 201), f"{method} {path}: status {response.status}: {text[:500]!r}"
        return json.loads(text), milliseconds
