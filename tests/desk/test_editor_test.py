"""A test sent from the editor's pane: what it shows, and nothing that is not stored yet."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.actors import CLI
from app.addresses import parse_address
from app.container import Container
from app.delivery.suppression import suppress
from app.editing.store import open_document
from app.enums import SuppressionReason
from app.issues.preview import SAMPLE_ADDRESS
from app.models import Issue, Letter, User
from app.rendering.merge import fill, preview_fields
from tests.desk.browsing import Browsing
from tests.factories import make_category, make_issue, make_story


@pytest.fixture
def issue(session: Session) -> Issue:
    issue = make_issue(session)
    make_story(session, issue, make_category(session, "ai", name="AI"), title="A compiler")
    make_story(session, issue, make_category(session, "devops"), title="A queue")
    session.commit()
    return issue


@pytest.fixture
def sender(add: Callable[..., User], sign_in: Callable[[User], Browsing]) -> Browsing:
    browsing = sign_in(add(Role.EDITOR, Role.SENDER, name="Eve"))
    browsing.form_token()
    return browsing


def ask(browsing: Browsing, issue: Issue, **given: Any) -> Response:
    said = {"category": ["ai", "devops"], "depth": "deep", "revision": issue.revision, **given}
    return browsing.post(f"/desk/issues/{issue.id}/edit/test", said)


def test_test_is_the_mail_that_the_pane_shows(
    session: Session, container: Container, sender: Browsing, issue: Issue
) -> None:
    address = f"/desk/issues/{issue.id}/edit/mail"
    shown = sender.get(f"{address}?category=ai&category=devops&depth=deep").json()
    answer = ask(sender, issue, addresses="ann@desk.example, bob@desk.example\n")
    assert answer.status_code == 202
    told = {"to": ["ann@desk.example", "bob@desk.example"], "revision": issue.revision}
    assert answer.json() == told
    letters = session.scalars(select(Letter)).all()
    assert len(letters) == 2
    for letter in letters:
        mail = letter.facts["mail"]
        fields = preview_fields(SAMPLE_ADDRESS, container.settings.base_url)
        assert mail["subject"] == f"[Test] {shown['subject']}"
        assert fill(mail["html"], fields) == shown["html"]
        assert fill(mail["text"], fields) == shown["text"]


def test_test_goes_to_who_asks_unless_they_say_otherwise(sender: Browsing, issue: Issue) -> None:
    assert ask(sender, issue).json()["to"] == ["eve@desk.example"]


def test_test_is_refused_in_words(
    session: Session, container: Container, sender: Browsing, issue: Issue
) -> None:
    def said(**given: Any) -> tuple[int, str]:
        answer = ask(sender, issue, **given)
        return answer.status_code, answer.json()["detail"]

    status, detail = said(revision=issue.revision + 1)
    assert (status, "has changed since the pane showed it" in detail) == (409, True)
    many = " ".join(f"a{n}@desk.example" for n in range(11))
    assert said(addresses=many) == (422, "A test goes to 10 addresses at most.")
    assert said(addresses="nobody")[1].startswith("nobody: ")
    assert said(category="nowhere")[0] == 422
    gone = parse_address("gone@desk.example", allow_reserved=True)
    given: dict[str, Any] = {"note": "", "pepper": container.pepper, "now": container.clock()}
    suppress(session, CLI, gone, SuppressionReason.MANUAL, **given)
    session.commit()
    assert said(addresses="gone@desk.example ann@desk.example")[0] == 409
    open_document(session, issue.id).last_seq += 1
    session.commit()
    assert said() == (409, "What was typed last is being stored. Try again in a second.")
    assert session.scalars(select(Letter)).all() == []


def test_who_may_not_send_is_offered_no_test(
    add: Callable[..., User], sign_in: Callable[[User], Browsing], issue: Issue
) -> None:
    editor = sign_in(add(Role.EDITOR))
    page = editor.get(f"/desk/issues/{issue.id}/edit").text
    assert f"/desk/issues/{issue.id}/edit/mail&#34;" in page
    assert f"/desk/issues/{issue.id}/edit/test" not in page
    editor.form_token()
    assert ask(editor, issue).status_code == 403
