"""What a span says, and that nobody pays for traces who has them off."""

import subprocess
import sys
from typing import Final

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import traces
from app.container import build
from app.db.traced import summary_of
from app.settings import Settings
from app.trace_settings import otel_faults
from tests.cli.conftest import environment_of
from tests.traces.keeping import told_of

ADDRESS: Final = "quillon.varga@readers.example"


def test_nothing_that_makes_or_tells_spans_is_loaded_while_traces_are_off(
    settings: Settings,
) -> None:
    program = (
        "import sys, app.cli.serving, workers.app, workers.tasks, app.main\n"
        "told = ('app.trace_spans', 'opentelemetry.sdk.trace', 'opentelemetry.exporter')\n"
        "print([name for name in sys.modules if name in told])"
    )
    said = subprocess.run(  # noqa: S603  # ours
        [sys.executable, "-P", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=environment_of(settings),
    )
    assert said.stdout.strip() == "[]"


def test_error_of_a_statement_is_told_by_its_class_and_no_text(
    settings: Settings, kept: InMemorySpanExporter
) -> None:
    engine = build(settings).engine
    with (
        pytest.raises(DBAPIError),
        traces.job("send_letter", ""),
        engine.connect() as connection,
    ):
        connection.execute(text("SELECT CAST(:address AS integer)"), {"address": ADDRESS})
    engine.dispose()

    statement, job = told_of(kept)[-2:]
    assert statement.name == "SELECT"
    assert statement.attributes is not None
    assert statement.attributes["error.type"] == "InvalidTextRepresentation"
    assert job.name == "send_letter"
    whole = "".join(one.to_json() for one in (statement, job))
    assert "quillon" not in whole
    assert not statement.events
    assert not job.events


def test_statement_outside_of_a_span_is_none(
    settings: Settings, kept: InMemorySpanExporter
) -> None:
    engine = build(settings).engine
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    engine.dispose()
    assert told_of(kept) == []


def test_span_says_nothing_that_is_not_listed(kept: InMemorySpanExporter) -> None:
    with (
        pytest.raises(ValueError, match=r"url\.path"),
        traces.span("GET", "SERVER", {"url.path": "/"}),
    ):
        pass
    assert told_of(kept) == []


def test_job_that_wakes_itself_again_begins_a_new_trace(kept: InMemorySpanExporter) -> None:
    with traces.job("send_batches", ""):
        assert traces.here("send_batches") == ""
        assert traces.here("send_letter").startswith("00-")
    assert traces.here("send_letter") == ""
    told_of(kept)
    assert traces.here("send_letter") == ""


@pytest.mark.parametrize(
    ("statement", "summary"),
    [
        ("SELECT a.b FROM subscribers AS a JOIN issues", "SELECT subscribers"),
        ("\n  insert into asks (address) VALUES (%(address)s)", "INSERT asks"),
        ("UPDATE ONLY letters SET x = 'FROM me'", "UPDATE letters"),
        ("WITH told AS (SELECT 1 FROM unnest(%(a)s)) INSERT INTO asks (b) SELECT 1", "INSERT asks"),
        ("SELECT id FROM batches FOR NO KEY UPDATE SKIP LOCKED", "SELECT batches"),
        ("SELECT a FROM unnest(%(a)s) JOIN x", "SELECT"),
        ("DELETE FROM letters WHERE id = 1", "DELETE letters"),
        ("SELECT 1", "SELECT"),
        ("SET LOCAL statement_timeout = 5", "SET"),
        ("", ""),
    ],
)
def test_statement_is_told_by_its_verb_and_its_table(statement: str, summary: str) -> None:
    assert summary_of(statement) == summary


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "must be an address that begins with"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "grpc://c", "must be an address that begins with"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "must be http/protobuf"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "must be none or gzip or deflate"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon", "must be a number of seconds"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "none.pem", "there is no file at this path"),
        ("OTEL_TRACES_EXPORTER", "zipkin", "must be otlp"),
        ("OTEL_SDK_DISABLED", "true", "must be false"),
        ("OTEL_TRACES_SAMPLER", "sometimes", "must be always_off or always_on"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0", "must be a whole number above 0"),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "some", "must be a whole number"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "-1", "must be a whole number"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "1.5", "must be a whole number"),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", "1e3", "must be a whole number"),
        ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "none", "must be a whole number"),
        ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "²", "must be a whole number"),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "2k", "must be a whole number"),
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "-5", "must be a whole number"),
    ],
)
def test_variable_of_opentelemetry_that_is_wrong_is_refused(
    variable: str, value: str, said: str
) -> None:
    (fault,) = otel_faults({variable: value})
    assert fault.startswith(f"{variable}: {said}")


def test_share_of_traces_is_a_number_up_to_one() -> None:
    share = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio"}
    assert otel_faults(share | {"OTEL_TRACES_SAMPLER_ARG": "0.1"}) == []
    assert otel_faults(share | {"OTEL_TRACES_SAMPLER_ARG": ""}) == []
    (fault,) = otel_faults(share | {"OTEL_TRACES_SAMPLER_ARG": "10"})
    assert fault == "OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1"


def test_limit_of_what_a_span_holds_may_be_none_at_all() -> None:
    assert otel_faults({"OTEL_SPAN_EVENT_COUNT_LIMIT": "0", "OTEL_ATTRIBUTE_COUNT_LIMIT": ""}) == []


@pytest.mark.parametrize(
    ("batch", "queue", "is_right"),
    [
        ("2048", "", True),
        ("2049", "", False),
        ("", "512", True),
        ("", "511", False),
        ("800", "800", True),
        ("801", "800", False),
    ],
)
def test_spans_told_at_once_are_no_more_than_may_wait(
    batch: str, queue: str, *, is_right: bool
) -> None:
    given = {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": batch, "OTEL_BSP_MAX_QUEUE_SIZE": queue}
    said = (
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE: must not be above OTEL_BSP_MAX_QUEUE_SIZE;"
        " unless they are set they are 512 and 2048"
    )
    assert otel_faults(given) == ([] if is_right else [said])


def test_number_that_is_none_is_refused_once() -> None:
    given = {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "9999", "OTEL_BSP_MAX_QUEUE_SIZE": "many"}
    (fault,) = otel_faults(given)
    assert fault == "OTEL_BSP_MAX_QUEUE_SIZE: must be a whole number above 0"
