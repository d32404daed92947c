"""HTTP requests to loopback addresses, whatever proxy the environment names."""
import json
import ssl
import urllib.error
import urllib.request

TIMEOUT_S = 10


def trusting(authority):
    return ssl.create_default_context(cafile=authority)


def trusting_anybody():
    """For a program that makes its own certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def request(url, trust=None, body=None):
    """Status and text of the reply; status 0 when there is none."""
    handlers = [urllib.request.ProxyHandler({})]
    if trust:
        handlers.append(urllib.request.HTTPSHandler(context=trust))
    try:
        with urllib.request.build_opener(*handlers).open(url, data=body, timeout=TIMEOUT_S) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except (urllib.error.URLError, OSError):
        return 0, ""


def answers(url, trust=None):
    return request(url, trust)[0] == 200


def post_json(url, value):
    status, text = request(url, body=json.dumps(value).encode())
    assert status == 200, f"{url}: status {status}: {text}"
    return json.loads(text)


def metrics(url, trust=None):
    """Prometheus samples by their text up to the value."""
    status, text = request(url, trust)
    assert status == 200, f"{url}: status {status}"
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, value in lines}
