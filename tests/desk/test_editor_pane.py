"""The editor's pane: the mail of a cut as the API previews it, and who would get which."""

from collections.abc import Callable
from datetime import datetime

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.keys import make_key
from app.access.rights import Role
from app.actors import CLI
from app.container import Container
from app.db.session import transaction
from app.enums import Depth, Scope
from app.models import Issue, User
from tests.desk.browsing import Browsing
from tests.editing.writers import ADA, Writer, settled
from tests.factories import make_category, make_issue, make_story, make_subscriber


@pytest.fixture
def issue(session: Session) -> Issue:
    issue = make_issue(session)
    make_story(session, issue, make_category(session, "ai", name="AI"), title="A compiler")
    make_story(session, issue, make_category(session, "devops"), title="<b>A queue</b>")
    make_category(session, "data")
    for depth in (Depth.BRIEF, Depth.BRIEF, Depth.DEEP):
        make_subscriber(session, follows=1 | 4, depth=depth)
    session.commit()
    return issue


@pytest.fixture
def editor(add: Callable[..., User], sign_in: Callable[[User], Browsing]) -> Browsing:
    return sign_in(add(Role.EDITOR))


@pytest.mark.parametrize("depth", Depth)
def test_mail_is_the_one_that_the_api_previews(
    application: FastAPI, container: Container, editor: Browsing, issue: Issue, depth: Depth
) -> None:
    with transaction(container.sessions) as session:
        _, secret = make_key(session, CLI, "reads", [Scope.READ], container.clock())
    wanted = f"/v1/issues/{issue.id}/preview?format=json&categories=ai,devops&depth={depth}"
    with TestClient(application, base_url=container.settings.base_url) as client:
        other = client.get(wanted, headers={"Authorization": f"Bearer {secret}"}).json()
    path = f"/desk/issues/{issue.id}/edit/mail?category=ai&category=devops&depth={depth}"
    answer = editor.get(path)
    told = answer.json()
    names = ("html", "text", "subject", "preheader", "n_bytes", "categories", "depth")
    assert {name: told[name] for name in names} == {name: other[name] for name in names}
    assert told["given_up"] == []
    assert answer.headers["cache-control"] == "no-store"
    assert "&lt;b&gt;A queue" in told["html"]


def test_cut_is_what_is_left_of_those_that_were_asked_for(editor: Browsing, issue: Issue) -> None:
    path = f"/desk/issues/{issue.id}/edit/mail"
    told = editor.get(f"{path}?category=ai&category=data").json()
    assert (told["categories"], told["depth"]) == (["ai"], "brief")
    nothing = editor.get(f"{path}?category=data")
    assert nothing.status_code == 422
    assert "gets no mail" in nothing.json()["detail"]
    assert editor.get(f"{path}?category=nowhere").status_code == 422
    assert editor.get("/desk/issues/9999/edit/mail?category=ai").status_code == 404


def test_mail_says_what_is_typed_before_the_stories_do(
    editor: Browsing, issue: Issue, session: Session, now: datetime
) -> None:
    ada = Writer(session, issue.id, ADA, now).joined()
    path = f"/desk/issues/{issue.id}/edit/mail?category=ai"
    assert editor.get(path).json()["revision"] == 1
    ada.type("s1", "title", "Look: ", at=0)
    ada.send()
    told = editor.get(path).json()
    assert "Look: A compiler" in told["html"]
    assert told["revision"] is None
    assert "Look" not in editor.get(f"/desk/issues/{issue.id}").text
    settled(session, issue, now)
    told = editor.get(path).json()
    assert "Look: A compiler" in told["html"]
    assert told["revision"] == 2


def test_what_a_mail_gave_up_is_said_in_words(
    session: Session, editor: Browsing, issue: Issue
) -> None:
    for _ in range(40):
        make_story(session, issue, title="Long", category_id=1, deep_dive=["word " * 390] * 4)
    session.commit()
    path = f"/desk/issues/{issue.id}/edit/mail?category=ai&depth=deep&lang=de"
    told = editor.get(path).json()
    assert told["n_bytes"] <= told["n_bytes_most"]
    assert [step["what"] for step in told["given_up"]][:2] == ["Begriffe", "Im Detail"]
    assert "Long" in told["given_up"][0]["titles"]


def test_cuts_are_counted_those_with_most_readers_first(editor: Browsing, issue: Issue) -> None:
    told = editor.get(f"/desk/issues/{issue.id}/edit/cuts").json()
    assert told == [
        {"categories": ["ai"], "depth": "brief", "n_readers": 2},
        {"categories": ["ai"], "depth": "deep", "n_readers": 1},
    ]


def test_nothing_can_run_in_the_frame_of_a_mail(editor: Browsing, issue: Issue) -> None:
    answer = editor.get(f"/desk/issues/{issue.id}/edit/frame")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "sandbox" in policy
    assert "frame-ancestors 'self'" in policy
    assert policy.endswith("; img-src http://127.0.0.1:8000")
    page = editor.get(f"/desk/issues/{issue.id}/edit")
    assert "frame-src 'self'" in page.headers["content-security-policy"]
