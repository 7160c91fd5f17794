"""What a Sentry hears of errors: what happened and where, and nothing that may be of a person."""

import gzip
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import structlog
from pydantic import SecretStr, ValidationError
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from app.logs import Both, configure_logs
from app.metrics_settings import MetricsSettings
from app.reports import ReportHandler, make_client
from app.settings import Settings

ADDRESS = "anne@example.com"
DSN = "https://key@sentry.example/1"


class Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        """Keep the event."""
        self.sent += [json.loads(item.get_bytes()) for item in envelope.items]


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def logger(kept: Kept) -> Iterator[logging.Logger]:
    """Yield a logger whose errors are reported."""
    found = logging.getLogger("tests.reports")
    handler = ReportHandler(make_client(DSN, "production", kept))
    found.addHandler(handler)
    yield found
    found.removeHandler(handler)


def _fail(address: str) -> None:
    raise ValueError(f"Key (address_key)=({address}) already exists.")


def _log_failure(logger: logging.Logger) -> None:
    try:
        _fail(ADDRESS)
    except ValueError:
        logger.exception("it failed for %s", ADDRESS, extra={"reader": ADDRESS})


def test_error_is_told_with_its_kind_and_place_and_no_text(
    logger: logging.Logger, kept: Kept
) -> None:
    _log_failure(logger)

    (event,) = kept.sent
    (raised,) = event["exception"]["values"]
    assert raised["type"] == "ValueError"
    places = [(one["filename"], one["function"]) for one in raised["stacktrace"]["frames"]]
    assert [function for _, function in places] == ["_log_failure", "_fail"]
    assert places[0][0].endswith("tests/test_reports.py")
    assert event["release"].startswith("devoured@")


def test_nothing_of_a_person_is_told_whatever_an_error_holds(
    logger: logging.Logger, kept: Kept
) -> None:
    logger.warning("before it %s wrote", ADDRESS)
    _log_failure(logger)
    said = {"event": "edition_failed", "issue_id": 3, "error": f"wrong in {ADDRESS}"}
    logger.error({**said, "reason": ADDRESS, "because": ADDRESS, "address": ADDRESS})
    logger.error("Task %s raised unexpected: %s", "send", ADDRESS)

    assert len(kept.sent) == 3
    assert ADDRESS not in json.dumps(kept.sent)
    assert ADDRESS.partition("@")[0] not in json.dumps(kept.sent)
    assert kept.sent[1]["message"] == "edition_failed"
    assert kept.sent[1]["extra"]["issue_id"] == 3


def test_line_of_ours_is_told_with_what_is_listed(logger: logging.Logger, kept: Kept) -> None:
    where = ["lifecycle.py:87 approve"]
    logger.error({"event": "unforeseen_error", "error": "KeyError", "where": where})

    extra = kept.sent[0]["extra"]
    assert extra["error"] == "KeyError"
    assert extra["where"] == str(where)


def test_only_errors_are_told_and_none_of_the_librarys_own(kept: Kept) -> None:
    handler = ReportHandler(make_client(DSN, "local", kept))
    for level, name in ((logging.WARNING, "app"), (logging.ERROR, "sentry_sdk.errors")):
        record = logging.LogRecord(name, level, "file.py", 1, "said", (), None)
        Both(handler).handle(record)

    assert kept.sent == []


def test_service_tells_nobody_unless_a_sentry_is_set(settings: Settings) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        found = {}
        for dsn in ("", DSN):
            configure_logs(settings.model_copy(update={"sentry_dsn": SecretStr(dsn)}))
            (handler,) = root.handlers
            assert isinstance(handler, Both)
            found[dsn] = [type(one) for one in handler.handlers]
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        structlog.reset_defaults()

    assert ReportHandler not in found[""]
    assert ReportHandler in found[DSN]


def test_error_reaches_a_server_before_the_process_ends_and_says_no_more() -> None:
    came: list[bytes] = []

    class Sentry(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Sentry) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        handler = ReportHandler(
            make_client(f"http://key@127.0.0.1:{server.server_port}/1", "local")
        )
        logger = logging.getLogger("tests.reports.sent")
        logger.addHandler(handler)
        _log_failure(logger)
        logger.removeHandler(handler)
        handler.close()
        server.shutdown()
        thread.join()

    (event,) = (json.loads(line) for line in _lines(came) if '"exception"' in line)
    assert event.keys() <= {
        *("level", "logger", "message", "extra", "fingerprint", "exception", "event_id"),
        *("timestamp", "server_name", "release", "environment", "sdk", "platform"),
    }
    assert ADDRESS not in json.dumps(event)
    assert event["extra"] == {}


def _lines(came: list[bytes]) -> list[str]:
    return [line for body in came for line in gzip.decompress(body).decode().splitlines()]


@pytest.mark.parametrize("dsn", ["", DSN, "http://a:b@10.0.0.7:9000/sentry/42"])
def test_dsn_of_a_project_is_taken(dsn: str) -> None:
    assert MetricsSettings(sentry_dsn=SecretStr(dsn)).sentry_dsn.get_secret_value() == dsn


@pytest.mark.parametrize(
    "dsn",
    ["https://sentry.example/77", "pigeon", "https://key@/77", "ftp://key@h/1", "https://k@h/"],
)
def test_dsn_that_is_none_is_refused_without_showing_it(dsn: str) -> None:
    with pytest.raises(ValidationError, match="must be the DSN") as refused:
        MetricsSettings(sentry_dsn=SecretStr(dsn))
    assert dsn not in str(refused.value)
