"""Requests through a proxy, with exactly the header fields that a test states, and what the application received.

The client and the application are tests/tools/traffic. Header values are str whose characters, up to U+00FF, are bytes.
"""
import json
import subprocess

from . import parts
from .process import free_port

PROGRAM = "meshtrace-traffic"
TIMEOUT_S = 120


def program():
    return parts.folder_of(PROGRAM) / PROGRAM


def request(url, headers=(), version="1.1", count=1):
    """A request; `headers` is a list of pairs, in which a name may stand twice."""
    return {"url": url, "version": version, "headers": list(headers), "count": count}


def as_bytes(text):
    """UTF-8 of a text, in the form that header values have here."""
    return text.encode().decode("latin-1")


def send(requests, concurrency=8):
    """The replies in the requests' order: status and echo (of HTTP/2 also reset, else error)."""
    lines = "".join(json.dumps(one) + "\n" for one in requests)
    done = subprocess.run([program(), "send", f"-concurrency={concurrency}"], input=lines, capture_output=True,
                          text=True, timeout=TIMEOUT_S)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def received(reply, name):
    """The values of a header field as the application received it."""
    assert reply.get("status") == 200, reply
    return [value for key, value in reply["echo"]["headers"] if key == name]


class Application:
    """Answers every request with the header fields that it received."""

    def __init__(self, plane, name="application"):
        self.port = free_port()
        self.process = plane.add(name, [program(), "echo", f"-listen=127.0.0.1:{self.port}"])
