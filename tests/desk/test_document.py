"""The shared document for who is signed in: by their session, their right and our own pages."""

from collections.abc import Callable

import pytest
from pycrdt import Doc, Text
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import WebSocketDenialResponse

from app.access.rights import Role
from app.actors import ActorKind
from app.container import Container
from app.editing import frames
from app.models import DocumentUpdate, Issue, User
from tests.desk.browsing import Browsing
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


def refused(browsing: Browsing, issue: Issue, origin: str | None) -> int:
    """Return the status with which somebody is kept from writing."""
    headers = {} if origin is None else {"Origin": origin}
    with (
        browsing.client as client,
        pytest.raises(WebSocketDenialResponse) as denied,
        client.websocket_connect(address_of(issue), headers=headers),
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


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
def test_page_of_another_site_cannot_use_a_session(
    issue: Issue,
    add: Callable[..., User],
    sign_in: Callable[[User], Browsing],
    origin: str | None,
) -> None:
    assert refused(sign_in(add(Role.EDITOR)), issue, origin) == 403
