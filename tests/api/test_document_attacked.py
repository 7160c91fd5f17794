"""The shared document when somebody does what no editor does, and when something is broken."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime

import pytest
from pycrdt import write_var_uint
from sqlalchemy import event, func, select, text, update
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.orm import Session
from websockets.exceptions import InvalidStatus

from app.access.keys import revoke_key
from app.actors import CLI
from app.api.open_documents import MAX_CONNECTIONS, Documents, Pace
from app.container import Container, build
from app.db.session import transaction
from app.editing import frames
from app.editing.store import MAX_WRITERS, forget_documents
from app.enums import IssueState, Scope
from app.main import create_app
from app.models import ApiKey, Document, DocumentUpdate, Issue, Story
from app.settings import Settings
from localdev.processes import free_port, wait_until
from tests.api.clients import bearer, secret_of
from tests.api.editors import Editor
from tests.factories import make_issue, make_story
from tests.serving import served

NEVER = 3600.0
PATIENCE = 20.0


@pytest.fixture
def errors() -> list[ExceptionContext]:
    """Collect the errors that PostgreSQL answers to the applications."""
    return []


@pytest.fixture
def serve(
    settings: Settings, now: datetime, errors: list[ExceptionContext]
) -> Iterator[Callable[[float], str]]:
    """Return a function that serves an application which asks so often who may still write."""
    with ExitStack() as stack:

        def do(check_seconds: float) -> str:
            container = build(settings, clock=lambda: now, enqueue_now=lambda _jobs: None)
            stack.callback(container.engine.dispose)
            event.listen(container.engine, "handle_error", errors.append)
            app = create_app(container)
            app.state.documents = Documents(container, Pace(check_seconds=check_seconds))
            port = free_port()
            stack.enter_context(served(app, port))
            return f"ws://127.0.0.1:{port}/v1/issues"

        yield do


@pytest.fixture
def headers(container: Container, now: datetime) -> dict[str, str]:
    return bearer(secret_of(container, [Scope.EDIT], now))


@pytest.fixture
def issues(session: Session) -> list[Issue]:
    """Return two drafts of one story each."""
    issues = [make_issue(session), make_issue(session)]
    for issue in issues:
        make_story(session, issue)
    session.commit()
    return issues


def url(root: str, issue: Issue) -> str:
    return f"{root}/{issue.id}/document"


def test_nothing_is_stored_of_a_key_that_was_revoked_a_moment_ago(
    serve: Callable[[float], str],
    issues: list[Issue],
    headers: dict[str, str],
    container: Container,
    session: Session,
    now: datetime,
) -> None:
    with Editor(url(serve(NEVER), issues[0]), headers) as ada:
        with transaction(container.sessions) as revoking:
            revoke_key(revoking, CLI, revoking.scalars(select(ApiKey.id)).one(), now)
        ada.type("s1", "title", " late")
        ada.flush()
        assert ada.closed() == 1008
    assert session.scalar(select(func.count()).select_from(DocumentUpdate)) == 0


def test_key_that_writes_is_noted_as_used(
    serve: Callable[[float], str],
    issues: list[Issue],
    headers: dict[str, str],
    session: Session,
    now: datetime,
) -> None:
    with Editor(url(serve(NEVER), issues[0]), headers) as ada:
        ada.type("s1", "title", " on")
        ada.save()
    assert session.scalars(select(ApiKey.last_used_at)).one() == now


def test_connection_ends_in_words_when_its_document_is_gone(
    serve: Callable[[float], str], issues: list[Issue], headers: dict[str, str], session: Session
) -> None:
    with Editor(url(serve(NEVER), issues[0]), headers) as ada:
        issues[0].state = IssueState.CANCELLED
        session.flush()
        forget_documents(session)
        session.commit()
        ada.send(frames.sync_frame(frames.STEP_1, ada.doc.get_state()))
        assert ada.closed() == 1013


def test_writing_goes_on_when_it_could_not_be_asked_who_may(
    serve: Callable[[float], str],
    issues: list[Issue],
    headers: dict[str, str],
    session: Session,
    errors: list[ExceptionContext],
) -> None:
    with Editor(url(serve(0.5), issues[0]), headers) as ada:
        ada.save()
        session.execute(text("ALTER TABLE api_keys RENAME TO api_keys_elsewhere"))
        session.commit()
        try:
            wait_until(lambda: bool(errors), PATIENCE)
        finally:
            session.execute(text("ALTER TABLE api_keys_elsewhere RENAME TO api_keys"))
            session.commit()
        ada.type("s1", "title", " on")
        ada.save()


def test_document_that_cannot_be_settled_keeps_no_other_from_it(
    serve: Callable[[float], str], issues: list[Issue], headers: dict[str, str], session: Session
) -> None:
    root = serve(NEVER)
    with Editor(url(root, issues[0]), headers) as ada:
        session.execute(update(Document).values(problems=[{"strange": 1}]))
        session.commit()
        ada.type("s1", "title", " never")
        ada.save()
        with Editor(url(root, issues[1]), headers) as bo:
            bo.type("s2", "title", " settled")
            bo.save()
            bo.until(lambda: bo.status["revision"] > 1 and bo.status["is_settled"])
    assert session.scalars(select(Story.title).order_by(Story.id)).all() == [
        "Story number 1",
        "Story number 1 settled",
    ]


def _vector(n: int) -> bytes:
    return write_var_uint(n) + b"".join(write_var_uint(i << 32) + b"\x01" for i in range(1, n + 1))


@pytest.mark.parametrize(
    "frame",
    [
        frames.sync_frame(frames.STEP_1, _vector(2 * MAX_WRITERS + 1)),
        b"\x00\x02" + b"\xff" * 1_000_000,
        b"\x01" + b"\xff" * 1_000,
    ],
)
def test_frame_that_would_take_long_to_read_is_not_read(
    serve: Callable[[float], str], issues: list[Issue], headers: dict[str, str], frame: bytes
) -> None:
    with Editor(url(serve(NEVER), issues[0]), headers) as ada:
        ada.send(frame)
        assert ada.closed() == 1003


def test_key_has_no_more_connections_under_another_name(
    serve: Callable[[float], str], issues: list[Issue], headers: dict[str, str], session: Session
) -> None:
    address = url(serve(NEVER), issues[0])
    with ExitStack() as stack:
        for n in range(MAX_CONNECTIONS):
            session.execute(update(ApiKey).values(name=f"name {n}"))
            session.commit()
            stack.enter_context(Editor(address, headers))
        with pytest.raises(InvalidStatus, match="429"):
            Editor(address, headers).join()
