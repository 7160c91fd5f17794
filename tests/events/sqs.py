"""As much of SQS over HTTP as a reader needs, which fails when it is told to.

Source: AWS JSON 1.0 protocol with the SQS API reference.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

QUEUE_URL: Final = "http://127.0.0.1/000000000000/devoured-events"


@dataclass
class Sqs:
    """The queue's messages by their handle; one that was received stays hidden until told."""

    url: str = ""
    messages: dict[str, str] = field(default_factory=dict)
    seen: list[int] = field(default_factory=list)
    before_delete: Callable[[], None] = lambda: None
    fails_to_delete: bool = False
    refuses: int = 0
    n_put: int = 0
    hidden: set[str] = field(default_factory=set)

    def put(self, body: str) -> None:
        self.n_put += 1
        self.messages[f"handle-{self.n_put}"] = body

    def answer(self, action: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return the status and body of an answer."""
        if self.refuses > 0:
            self.refuses -= 1
            return 500, {"__type": "com.amazonaws.sqs#InternalError", "message": "not now"}
        if action == "ReceiveMessage":
            assert asked["MaxNumberOfMessages"] <= 10
            return 200, {"Messages": self._received(asked["MaxNumberOfMessages"])}
        assert action == "DeleteMessageBatch"
        self.before_delete()
        return 200, self._deleted(asked["Entries"])

    def _received(self, n_most: int) -> list[dict[str, str]]:
        some = [one for one in self.messages.items() if one[0] not in self.hidden][:n_most]
        self.hidden.update(handle for handle, _ in some)
        return [
            {
                "MessageId": handle,
                "ReceiptHandle": handle,
                "Body": body,
                "MD5OfBody": md5(body.encode(), usedforsecurity=False).hexdigest(),
            }
            for handle, body in some
        ]

    def _deleted(self, entries: list[dict[str, str]]) -> dict[str, Any]:
        assert len(entries) <= 10
        if self.fails_to_delete:
            fault = {"SenderFault": False, "Code": "InternalError"}
            return {"Successful": [], "Failed": [{"Id": one["Id"], **fault} for one in entries]}
        for one in entries:
            del self.messages[one["ReceiptHandle"]]
        return {"Successful": [{"Id": one["Id"]} for one in entries], "Failed": []}


@contextmanager
def serving() -> Iterator[Sqs]:
    """Serve an empty queue at its `url` until the end."""
    sqs = Sqs()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            action = self.headers["X-Amz-Target"].removeprefix("AmazonSQS.")
            status, answer = sqs.answer(action, asked)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    sqs.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield sqs
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
