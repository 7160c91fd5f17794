"""The editor's pane as one reader gets it: found by their address, then known by their number."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.keys import make_key
from app.access.rights import Role
from app.actors import CLI
from app.container import Container
from app.db.session import transaction
from app.enums import ConsentSource, Depth, Scope
from app.models import Issue, Subscriber, User
from app.readers.consent import Origin
from app.readers.erasure import erase
from tests.desk.browsing import Browsing
from tests.factories import make_category, make_issue, make_story, make_subscriber


@pytest.fixture
def issue(session: Session) -> Issue:
    issue = make_issue(session)
    make_story(session, issue, make_category(session, "ai", name="AI"), title="A compiler")
    make_story(session, issue, make_category(session, "devops"), title="A queue")
    make_category(session, "data")
    session.commit()
    return issue


@pytest.fixture
def reader(session: Session) -> Subscriber:
    given = {"hour": 8, "time_zone": "America/Lima"}
    made = make_subscriber(session, "eve@reader.example", follows=2 | 4, depth=Depth.DEEP, **given)
    session.commit()
    return made


@pytest.fixture
def editor(add: Callable[..., User], sign_in: Callable[[User], Browsing]) -> Browsing:
    browsing = sign_in(add(Role.EDITOR, Role.SENDER))
    browsing.form_token()
    return browsing


def test_reader_is_found_by_an_address_that_only_a_form_carries(
    editor: Browsing, issue: Issue, reader: Subscriber
) -> None:
    path = f"/desk/issues/{issue.id}/edit/readers"
    assert editor.post(path, {"address": " Eve@Reader.example "}).json() == {"reader": reader.id}
    nobody = editor.post(path, {"address": "nobody@reader.example"})
    assert nobody.status_code == 404
    assert nobody.json()["detail"].startswith("Nobody here has this address")
    assert editor.post(path, {"address": "eve"}).status_code == 422
    assert editor.post(path).json()["detail"] == "Please type an address."
    assert (
        editor.post("/desk/issues/9999/edit/readers", {"address": "a@b.example"}).status_code == 404
    )


def test_mail_of_a_reader_is_the_one_that_the_api_previews(
    application: FastAPI,
    container: Container,
    editor: Browsing,
    issue: Issue,
    reader: Subscriber,
) -> None:
    with transaction(container.sessions) as session:
        scopes = [Scope.READ, Scope.PEOPLE]
        _, secret = make_key(session, CLI, "reads", scopes, container.clock())
    wanted = f"/v1/issues/{issue.id}/preview?format=json&subscriber_id={reader.id}"
    with TestClient(application, base_url=container.settings.base_url) as client:
        other = client.get(wanted, headers={"Authorization": f"Bearer {secret}"}).json()
    answer = editor.get(f"/desk/issues/{issue.id}/edit/readers/{reader.id}/mail")
    told = answer.json()
    names = ("html", "text", "subject", "preheader", "n_bytes", "categories", "depth")
    assert {name: told[name] for name in names} == {name: other[name] for name in names}
    assert (told["categories"], told["depth"]) == (["devops"], "deep")
    assert "eve@reader.example" in told["html"]
    assert told["reader"] == {
        "id": reader.id,
        "address": "eve@reader.example",
        "chose": "Hour: 08:00 · Time zone: America/Lima · Language: English, the publication’s",
        "why_not": "",
    }
    assert told["revision"] == issue.revision
    assert answer.headers["cache-control"] == "no-store"


def test_who_gets_nothing_is_told_of_with_the_reason(
    session: Session, container: Container, editor: Browsing, issue: Issue, reader: Subscriber
) -> None:
    path = f"/desk/issues/{issue.id}/edit/readers/{reader.id}/mail"
    row = session.get_one(Subscriber, reader.id)
    row.paused_until = container.clock() + timedelta(days=2)
    session.commit()
    paused = editor.get(path)
    assert paused.json()["reader"]["why_not"].startswith("on pause, until ")
    assert "A queue" in paused.json()["html"]
    row.paused_until, row.follows, row.hour, row.time_zone = None, 4, None, None
    session.commit()
    nothing = editor.get(path)
    assert nothing.status_code == 422
    known = nothing.json()["reader"]
    assert known["why_not"] == "follows none of its categories"
    assert known["chose"].startswith("Hour: as issues come out · Time zone: ")
    erase(session, None, row.id, container.clock(), Origin(ConsentSource.PAGE))
    session.commit()
    assert editor.get(path).json()["reader"]["address"] == "Nobody’s address any more"


def test_who_may_not_see_readers_is_offered_none(
    add: Callable[..., User], sign_in: Callable[[User], Browsing], issue: Issue, reader: Subscriber
) -> None:
    editor = sign_in(add(Role.EDITOR))
    editor.form_token()
    path = f"/desk/issues/{issue.id}/edit"
    assert f"{path}/readers" not in editor.get(path).text
    assert editor.post(f"{path}/readers", {"address": "eve@reader.example"}).status_code == 403
    assert editor.get(f"{path}/readers/{reader.id}/mail").status_code == 403
