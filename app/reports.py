"""Reports: errors that are logged, told to a Sentry where the operator names one; never a person.

What is sent is put together here and nothing is taken from the library's own looking around: what
happened, where in the code, and a few words and numbers of ours. The text of an error is left out,
because that of a database quotes the row, and a row holds an address; so are variables, requests
and what was logged before.
"""

import logging
import socket
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from sentry_sdk import Client
from sentry_sdk.transport import Transport

if TYPE_CHECKING:
    from sentry_sdk.types import Event

TOLD: Final = frozenset(
    {
        *("error", "where", "place", "task", "part", "kind"),
        *("issue_id", "call_id", "edition_id", "ask_id", "n_readers", "n_left_out"),
    }
)
"""What of a line of ours is told; a reason may be of a provider's words, which may name anybody."""

_OWN: Final = "sentry_sdk"


def make_client(dsn: str, environment: str, transport: Transport | None = None) -> Client:
    """Return a client that adds nothing by itself; it connects once there is something to tell."""
    return Client(
        dsn=dsn,
        environment=environment,
        release=f"devoured@{version('devoured')}",
        server_name=socket.gethostname(),
        transport=transport,
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
    )


class ReportHandler(logging.Handler):
    """Hands each error to a client, in a thread of its own, whatever becomes of it."""

    def __init__(self, client: Client) -> None:
        """Make a handler of this client."""
        super().__init__(logging.ERROR)
        self._client = client

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of a record; what the library itself logs is no news to it."""
        if not record.name.startswith(_OWN):
            self._client.capture_event(event_of(record))

    def close(self) -> None:
        """Wait a moment for what is on its way, as at the end of a process."""
        self._client.close(timeout=2)
        super().close()


def event_of(record: logging.LogRecord) -> "Event":
    """Return what is told of a record: nothing that it does not name as ours."""
    said: Mapping[str, Any] = record.msg if isinstance(record.msg, dict) else {}
    what = str(said.get("event", "")) or f"an error of {record.name}"
    told: dict[str, object] = {name: _short(said[name]) for name in sorted(TOLD & said.keys())}
    if not str(told.get("error", "")).isidentifier():
        told.pop("error", None)  # a text and not the kind of an error: it may quote anything
    event: Event = {
        "level": "error",
        "logger": record.name,
        "message": what,
        "extra": told,
        "fingerprint": [record.name, what, str(told.get("where") or told.get("place") or "")],
    }
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        frames = _frames(error.__traceback__)
        raised = {"type": type(error).__name__, "value": "", "stacktrace": {"frames": frames}}
        event["exception"] = {"values": [raised]}
        event["fingerprint"] = [record.name, type(error).__name__, str(frames[-1:])]
    return event


def _frames(traceback: TracebackType | None) -> list[dict[str, Any]]:
    """Return where an error was raised, the outermost first, without a value of any variable."""
    found = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        file = Path(*Path(code.co_filename).parts[-3:]).as_posix()
        found.append({"filename": file, "function": code.co_name, "lineno": traceback.tb_lineno})
        traceback = traceback.tb_next
    return found


def _short(value: object) -> str | int:
    """Return a number, or a line of ours."""
    return value if isinstance(value, int) else str(value)[:200]
