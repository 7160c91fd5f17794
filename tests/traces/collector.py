"""A collector of traces on this machine, which keeps each byte that it was told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.local_server import listening


@dataclass
class Collected:
    """Where it listens, and what was told it: whole requests, their heads too."""

    port: int = 0
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables by which a process traces, and tells it here."""
        url = f"http://127.0.0.1:{self.port}"
        return {"DEVOURED_TRACES": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": url}

    def told(self) -> bytes:
        """Return each byte."""
        return "\n".join(self.heads).encode() + b"\n".join(self.bodies)

    def spans(self) -> dict[str, list[Span]]:
        """Return the spans of each service."""
        found: dict[str, list[Span]] = {}
        for body in list(self.bodies):
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                named = {one.key: one.value.string_value for one in resource.resource.attributes}
                spans = found.setdefault(named["service.name"], [])
                spans += [span for scope in resource.scope_spans for span in scope.spans]
        return found


@contextmanager
def collecting() -> Iterator[Collected]:
    """Run a collector that ends with the block."""
    collected = Collected()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collected.heads.append(f"{self.path}\n{self.headers}")
            collected.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with listening(Handler) as port:
        collected.port = port
        yield collected
