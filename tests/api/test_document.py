"""The shared document over real WebSockets, at two applications beside each other."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.access.keys import revoke_key
from app.actors import CLI
from app.api.document import REPLACED
from app.api.open_documents import MAX_CONNECTIONS, Documents, Pace
from app.container import Container, build
from app.db.session import transaction
from app.editing import frames
from app.editing.store import MAX_UPDATE
from app.enums import IssueState, Scope
from app.main import create_app
from app.models import ApiKey, Issue, Story
from app.settings import Settings
from tests.api.clients import bearer, secret_of
from tests.api.editors import Editor
from tests.factories import make_category, make_issue, make_story
from tests.serving import served


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def ports(settings: Settings, now: datetime) -> Iterator[list[int]]:
    """Serve two applications, as two processes beside each other do."""
    with ExitStack() as stack:
        ports = [_port(), _port()]
        for port in ports:
            container = build(settings, clock=lambda: now, enqueue_now=lambda _jobs: None)
            stack.callback(container.engine.dispose)
            app = create_app(container)
            app.state.documents = Documents(container, Pace(check_seconds=0.2))
            stack.enter_context(served(app, port))
        yield ports


@pytest.fixture
def issue(session: Session) -> Issue:
    issue = make_issue(session)
    category = make_category(session)
    for _ in range(2):
        make_story(session, issue, category)
    session.commit()
    return issue


@pytest.fixture
def headers(container: Container, now: datetime) -> dict[str, str]:
    return bearer(secret_of(container, [Scope.EDIT], now))


def url(port: int, issue: Issue) -> str:
    return f"ws://127.0.0.1:{port}/v1/issues/{issue.id}/document"


def title(session: Session) -> str:
    session.rollback()
    session.expire_all()
    return session.get_one(Story, 1).title


def test_two_write_in_one_field_at_two_processes(
    ports: list[int], issue: Issue, headers: dict[str, str], session: Session
) -> None:
    with Editor(url(ports[0], issue), headers) as ada, Editor(url(ports[1], issue), headers) as bo:
        ada.type("s1", "title", " Ada")
        bo.type("s1", "title", " Bo")
        ada.save()
        bo.save()
        both = len("Story number 1 Ada Bo")
        ada.until(lambda: len(ada.text("s1", "title")) == both)
        bo.until(lambda: len(bo.text("s1", "title")) == both)
        assert ada.text("s1", "title") == bo.text("s1", "title")
        ada.until(lambda: ada.status["is_settled"] and ada.status["revision"] > 1)
    assert title(session) == ada.text("s1", "title")


def test_change_by_the_api_is_seen_in_open_editors(
    ports: list[int], issue: Issue, headers: dict[str, str], api: TestClient
) -> None:
    with Editor(url(ports[0], issue), headers) as ada:
        answer = api.patch(f"/v1/issues/{issue.id}/stories/1", json={"title": "By the API"})
        assert answer.status_code == 200
        ada.until(lambda: ada.text("s1", "title") == "By the API")


def test_what_was_not_acknowledged_is_sent_again(
    ports: list[int], issue: Issue, headers: dict[str, str], session: Session
) -> None:
    ada = Editor(url(ports[0], issue), headers)
    ada.join()
    ada.leave()
    ada.type("s1", "title", " offline")
    ada.join()
    ada.save()
    ada.until(lambda: ada.status.get("revision", 1) > 1)
    ada.leave()
    assert title(session) == "Story number 1 offline"


def test_people_see_who_is_here_under_the_name_of_their_key(
    ports: list[int], issue: Issue, headers: dict[str, str]
) -> None:
    with Editor(url(ports[0], issue), headers) as ada:
        ada.show(7, 1, name="Somebody else", field="title")
        with (
            Editor(url(ports[1], issue), headers) as bo,
            Editor(url(ports[0], issue), headers) as cy,
        ):
            seen = {"name": "tests", "field": "title"}
            bo.until(lambda: bo.others.get(7) == seen)
            cy.until(lambda: cy.others.get(7) == seen)
            ada.leave()
            bo.until(lambda: bo.others[7] is None)
            cy.until(lambda: cy.others[7] is None)


def test_problem_is_told_and_the_rest_is_stored(
    ports: list[int], issue: Issue, headers: dict[str, str], session: Session
) -> None:
    with Editor(url(ports[0], issue), headers) as ada:
        ada.type("s1", "title", "x" * 400)
        ada.type("s1", "summary", " Stored.")
        ada.save()
        ada.until(lambda: bool(ada.status.get("problems")))
        assert ada.status["problems"] == [
            {
                "story": "s1",
                "field": "title",
                "entry": None,
                "detail": "is 414 characters long; at most 300",
            }
        ]
    assert title(session) == "Story number 1"
    assert session.get_one(Story, 1).summary.endswith(" Stored.")


def test_issue_that_is_no_draft_any_more_closes_for_writing_and_says_why(
    ports: list[int], issue: Issue, headers: dict[str, str], session: Session
) -> None:
    with Editor(url(ports[0], issue), headers) as ada:
        issue.state = IssueState.APPROVED
        session.commit()
        ada.until(lambda: ada.status.get("is_open") is False)
        assert "only a draft can be edited" in ada.status["because"]
        ada.type("s1", "title", " late")
        ada.flush()
        ada.until(lambda: "Reopen it first" in ada.refused)
        assert ada.n_stored < ada.n_sent
        issue.state = IssueState.DRAFT
        session.commit()
        ada.until(lambda: ada.status["is_open"])
        ada.send(frames.sync_frame(frames.STEP_1, ada.doc.get_state()))
        ada.until(lambda: ada.status["revision"] > 1 and ada.status["is_settled"])
    assert title(session) == "Story number 1 late"


@pytest.mark.parametrize(
    ("scopes", "origin", "status"),
    [
        ([], None, 401),
        ([Scope.READ], None, 403),
        ([Scope.EDIT], "https://evil.example", 403),
        ([Scope.EDIT], "null", 403),
        ([Scope.EDIT], "http://127.0.0.1:8000", 101),
    ],
)
def test_who_may_not_edit_and_pages_of_other_sites_are_kept_out(
    ports: list[int],
    issue: Issue,
    container: Container,
    now: datetime,
    scopes: list[Scope],
    origin: str | None,
    status: int,
) -> None:
    headers = bearer(secret_of(container, scopes, now)) if scopes else {}
    headers |= {"Origin": origin} if origin else {}
    editor = Editor(url(ports[0], issue), headers)
    if status == 101:
        editor.join()
        editor.leave()
        return
    with pytest.raises(InvalidStatus) as refused:
        editor.join()
    assert refused.value.response.status_code == status
    assert refused.value.response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("state", [IssueState.APPROVED, IssueState.SENT])
def test_there_is_no_document_of_what_is_no_draft(
    ports: list[int], issue: Issue, headers: dict[str, str], session: Session, state: IssueState
) -> None:
    with pytest.raises(InvalidStatus, match="404"):
        Editor(f"ws://127.0.0.1:{ports[0]}/v1/issues/99/document", headers).join()
    issue.state = state
    session.commit()
    with pytest.raises(InvalidStatus, match="409"):
        Editor(url(ports[0], issue), headers).join()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"", 1003),
        (b"\x09", 1003),
        (b"\x00\x07\x00", 1003),
        (b"\x00\x00\x03\xff\xff\xff", 1003),
        (b"\x01\x02\x01\x01", 1003),
        (b"\x00\x02" + b"\x00" * (2 * MAX_UPDATE), 1003),
    ],
)
def test_connection_ends_when_what_comes_is_no_frame(
    ports: list[int], issue: Issue, headers: dict[str, str], frame: bytes, code: int
) -> None:
    editor = Editor(url(ports[0], issue), headers)
    editor.join()
    editor.send(frame)
    assert editor.closed() == code


def test_update_that_is_none_is_refused_in_words(
    ports: list[int], issue: Issue, headers: dict[str, str]
) -> None:
    with Editor(url(ports[0], issue), headers) as ada:
        ada.send(frames.sync_frame(frames.UPDATE, b"\xff" * 9))
        ada.until(lambda: "no update" in ada.refused)
        ada.send(frames.ping_frame())
        ada.until(lambda: ada.n_pings == 1)


def test_one_person_has_so_many_connections_and_no_more(
    ports: list[int], issue: Issue, headers: dict[str, str]
) -> None:
    with ExitStack() as stack:
        for _ in range(MAX_CONNECTIONS):
            stack.enter_context(Editor(url(ports[0], issue), headers))
        with pytest.raises(InvalidStatus, match="429"):
            Editor(url(ports[0], issue), headers).join()


def test_connection_ends_when_its_key_is_revoked(
    ports: list[int], issue: Issue, headers: dict[str, str], container: Container, now: datetime
) -> None:
    with Editor(url(ports[0], issue), headers) as ada:
        with transaction(container.sessions) as session:
            revoke_key(session, CLI, session.scalars(select(ApiKey.id)).one(), now)
        assert ada.closed() == 1008


def test_copy_of_another_document_is_not_merged(
    ports: list[int], issue: Issue, headers: dict[str, str]
) -> None:
    with Editor(url(ports[0], issue), headers) as ada:
        ada.until(lambda: "name" in ada.status)
        name = ada.status["name"]
    with Editor(f"{url(ports[0], issue)}?name={name}", headers) as ada:
        assert ada.text("s1", "title") == "Story number 1"
    late = Editor(f"{url(ports[0], issue)}?name=older", headers)
    with pytest.raises(ConnectionClosed) as closed:
        late.join()
    late.leave()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == REPLACED
    assert not late.unsent
