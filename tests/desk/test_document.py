"""The shared document for who is signed in: by their session, their right and our own pages."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NoReturn

import pytest
from pycrdt import Doc, Text
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.testclient import WebSocketDenialResponse, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from app.access.rights import Role
from app.access.sessions import revoke_all
from app.access.users import change_user, remove_user
from app.actors import CLI, ActorKind
from app.container import Container
from app.db.session import transaction
from app.editing import frames
from app.editing.store import open_document
from app.editing.wording import Problem, digest
from app.models import Document, DocumentUpdate, Issue, User, UserSession
from app.sentences import Sentence
from tests.desk.browsing import Browsing
from tests.desk.conftest import Clock
from tests.factories import make_issue, make_story


@pytest.fixture
def issue(session: Session) -> Issue:
    issue = make_issue(session)
    make_story(session, issue)
    session.commit()
    return issue


def address_of(issue: Issue) -> str:
    """Return the document's whole address: cookies are only sent to the host they are of."""
    return f"ws://127.0.0.1:8000/desk/issues/{issue.id}/document"


def refused(browsing: Browsing, issue: Issue, origin: str | None, asked: str = "") -> int:
    """Return the status with which somebody is kept from writing."""
    headers = {} if origin is None else {"Origin": origin}
    with (
        browsing.client as client,
        pytest.raises(WebSocketDenialResponse) as denied,
        client.websocket_connect(address_of(issue) + asked, headers=headers),
    ):
        pass
    return int(denied.value.status_code)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ADMIN])
def test_who_may_edit_writes_under_their_own_name(
    container: Container,
    session: Session,
    issue: Issue,
    add: Callable[..., User],
    sign_in: Callable[[User], Browsing],
    role: Role,
) -> None:
    origin = {"Origin": container.settings.base_url}
    update = Doc({"notes": Text("Written by Ada.")}).get_update()
    with (
        sign_in(add(role)).client as client,
        client.websocket_connect(address_of(issue), headers=origin) as writer,
    ):
        writer.send_bytes(frames.sync_frame(frames.UPDATE, update))
        while writer.receive_bytes() != frames.stored_frame(1):
            pass
    stored = session.scalars(select(DocumentUpdate)).one()
    assert (stored.body, stored.who, stored.who_kind) == (update, "Ada", ActorKind.PERSON)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SENDER])
def test_who_may_not_edit_is_kept_out(
    container: Container,
    issue: Issue,
    add: Callable[..., User],
    sign_in: Callable[[User], Browsing],
    role: Role,
) -> None:
    assert refused(sign_in(add(role)), issue, container.settings.base_url) == 403


def test_who_is_not_signed_in_is_kept_out(
    container: Container, issue: Issue, visitor: Callable[[], Browsing]
) -> None:
    assert refused(visitor(), issue, container.settings.base_url) == 401


def test_page_that_another_opened_is_kept_out(
    container: Container,
    issue: Issue,
    add: Callable[..., User],
    sign_in: Callable[[User], Browsing],
) -> None:
    ada, bob = add(Role.EDITOR), add(Role.EDITOR, name="Bob")
    origin = container.settings.base_url
    assert refused(sign_in(bob), issue, origin, f"?person={ada.id}") == 409
    frame = f"/desk/issues/{issue.id}/edit/frame"
    assert sign_in(bob).get(f"{frame}?person={ada.id}").status_code == 409
    assert sign_in(bob).get(f"{frame}?person={bob.id}").status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
def test_page_of_another_site_cannot_use_a_session(
    issue: Issue,
    add: Callable[..., User],
    sign_in: Callable[[User], Browsing],
    origin: str | None,
) -> None:
    assert refused(sign_in(add(Role.EDITOR)), issue, origin) == 403


@pytest.mark.parametrize(
    ("chosen", "browser", "told"),
    [("de", "en", "ist keine Kategorie"), ("", "de-AT", "ist keine Kategorie"), ("", "", "is no")],
)
def test_what_is_not_stored_is_told_each_in_their_own_language(
    container: Container,
    session: Session,
    issue: Issue,
    add: Callable[..., User],
    sign_in: Callable[[User], Browsing],
    chosen: str,
    browser: str,
    told: str,
) -> None:
    headers = {"Origin": container.settings.base_url, "Accept-Language": browser}
    open_document(session, issue.id)
    problem = Problem("s1", "category", None, Sentence("is no category"), digest(None))
    session.execute(update(Document).values(problems=[problem.kept()]))
    session.commit()
    with (
        sign_in(add(Role.EDITOR, language=chosen)).client as client,
        client.websocket_connect(address_of(issue), headers=headers) as writer,
    ):
        while (frame := writer.receive_bytes())[0] != frames.STATUS:
            pass
    assert told in frame.decode(errors="replace")


def _revoked(session: Session, user: User, now: datetime) -> None:
    revoke_all(session, CLI, user.id, now)


def _removed(session: Session, user: User, now: datetime) -> None:
    remove_user(session, CLI, user.id, now)


def _given_another_role(session: Session, user: User, now: datetime) -> None:
    change_user(session, CLI, user.id, now, roles=[Role.VIEWER])


def _read_on(writer: WebSocketTestSession) -> NoReturn:
    while True:
        writer.receive_bytes()


@pytest.mark.parametrize("end", [_revoked, _removed, _given_another_role])
def test_nothing_more_is_stored_of_who_may_not_edit_any_more(
    container: Container,
    session: Session,
    issue: Issue,
    add: Callable[..., User],
    sign_in: Callable[[User], Browsing],
    end: Callable[[Session, User, datetime], None],
) -> None:
    add(Role.ADMIN, name="Grace")
    user = add(Role.EDITOR)
    update = Doc({"notes": Text("Too late.")}).get_update()
    with (
        sign_in(user).client as client,
        client.websocket_connect(
            address_of(issue), headers={"Origin": container.settings.base_url}
        ) as writer,
    ):
        with transaction(container.sessions) as ending:
            end(ending, user, container.clock())
        writer.send_bytes(frames.sync_frame(frames.UPDATE, update))
        with pytest.raises(WebSocketDisconnect) as closed:
            _read_on(writer)
    assert closed.value.code == 1008
    assert session.scalars(select(DocumentUpdate)).all() == []


def test_open_page_keeps_nobody_signed_in_but_what_they_write_does(
    container: Container,
    session: Session,
    issue: Issue,
    clock: Clock,
    add: Callable[..., User],
    sign_in: Callable[[User], Browsing],
) -> None:
    def seen() -> datetime:
        session.rollback()
        return session.scalars(select(UserSession.seen_at)).one()

    ada = sign_in(add(Role.EDITOR))
    begun = seen()
    clock.ahead = timedelta(minutes=5)
    own = Doc({"notes": Text("Written by Ada.")})
    with (
        ada.client as client,
        client.websocket_connect(
            address_of(issue), headers={"Origin": container.settings.base_url}
        ) as writer,
    ):
        for step, frame in (
            (frames.STEP_2, b"\x00\x00"),
            (frames.UPDATE, own.get_update()),
        ):
            n = 1 if step == frames.STEP_2 else 2
            writer.send_bytes(frames.sync_frame(step, frame))
            while writer.receive_bytes() != frames.stored_frame(n):
                pass
            assert (seen() > begun) is (step == frames.UPDATE)
