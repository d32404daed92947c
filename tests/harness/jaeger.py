"""Jaeger all-in-one in memory: takes OTLP, and answers queries by its APIs v3 and v1."""
from . import parts
from .http import answers
from .process import free_port

# What listens besides the two that tests use; each gets a free port of its own.
_OTHERS = ("admin.http", "collector.grpc-server", "collector.http-server", "collector.otlp.http", "http-server",
           "query.grpc-server", "processor.jaeger-binary.server", "processor.jaeger-compact.server",
           "processor.zipkin-compact.server")


class Jaeger:
    """`add` starts a process, as ControlPlane.add() does."""

    def __init__(self, add):
        self.otlp_port, query = free_port(), free_port()
        self.port = query
        self.url = f"http://127.0.0.1:{query}"
        ports = {"collector.otlp.grpc": self.otlp_port, "query.http-server": query,
                 **{name: free_port() for name in _OTHERS}}
        flags = [f"--{name}{'-' if name.endswith('.server') else '.'}host-port=127.0.0.1:{port}"
                 for name, port in ports.items()]
        self.process = add("jaeger", [parts.folder_of("jaeger") / "jaeger", *flags])

    def until_ready(self):
        self.process.until(lambda: answers(f"{self.url}/api/services"), "Jaeger answers")
        return self
