"""A web address that events are posted to, and SNS's rules for what comes."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.localdev.ses.running import LocalSes

ENOUGH_SECONDS = 20


@dataclass
class Receiver:
    """A web address that takes what SNS posts; `statuses` are its next answers, then 200.

    0 answers nothing until the sender has given up. `n_asked` is how often it was only asked.
    """

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    posts: list[tuple[Message, bytes]] = field(default_factory=list)
    n_asked: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def envelopes(self) -> list[dict[str, str]]:
        """Return what was posted, in the order in which it came."""
        return [json.loads(body) for _, body in self.posts]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver that ends with the block."""
    taken = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = taken.statuses.pop(0) if taken.statuses else 200
            taken.posts.append((self.headers, body))
            if not status:
                taken.ended.wait(ENOUGH_SECONDS)
                return
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            taken.n_asked += 1
            self.send_response(taken.statuses.pop(0) if taken.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    taken.url = f"http://127.0.0.1:{server.server_port}/v1/events"
    yield taken
    taken.ended.set()
    server.shutdown()
    thread.join()
    server.server_close()


def until(true: Callable[[], object]) -> None:
    """Wait for something that comes soon."""
    end = time.monotonic() + ENOUGH_SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def certificate(ses: LocalSes, envelope: dict[str, str]) -> x509.Certificate:
    """Fetch the certificate that the envelope names from this server."""
    path = urlsplit(envelope["SigningCertURL"]).path
    return x509.load_pem_x509_certificate(ses.web.get(path).raise_for_status().content)


def verify(ses: LocalSes, envelope: dict[str, str]) -> None:
    """InvalidSignature unless SNS's own rules find the signature right."""
    key = certificate(ses, envelope).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if envelope["Type"] == "SubscriptionConfirmation":
        names[2:4] = ["SubscribeURL", "Timestamp", "Token"]
    text = "".join(f"{name}\n{envelope[name]}\n" for name in names if name in envelope)
    signature = base64.b64decode(envelope["Signature"], validate=True)
    key.verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())
