"""What the checks found, as the editor is told it."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.actors import CLI
from app.container import Container
from app.issues.checks import waivers
from app.issues.checks.check import check
from app.models import Issue, User, Waiver
from tests.desk.browsing import Browsing
from tests.factories import make_category, make_issue, make_story, make_subscriber


@pytest.fixture
def issue(session: Session) -> Issue:
    issue = make_issue(session)
    ai, empty = make_category(session, "ai"), make_category(session, "data", name="Data")
    make_story(session, issue, ai, why_it_matters="", deep_dive=["Plain.", "A <b>bold</b> claim."])
    make_subscriber(session, follows=ai.mask | empty.mask)
    session.commit()
    return issue


@pytest.fixture
def editor(add: Callable[..., User], sign_in: Callable[[User], Browsing]) -> Browsing:
    return sign_in(add(Role.EDITOR))


def found(editor: Browsing, issue: Issue) -> list[dict[str, Any]]:
    return list(editor.get(f"/desk/issues/{issue.id}/edit/checks").json()["findings"])


def test_findings_name_story_field_and_entry_what_blocks_first(
    editor: Browsing, issue: Issue
) -> None:
    told = found(editor, issue)
    first = told[0]
    assert (first["number"], first["field"], first["row"]) == (1, "why_it_matters", None)
    assert first["blocks"]
    assert first["mend"]
    bold = next(one for one in told if "<b>" in one["detail"] + one["mend"])
    assert (bold["number"], bold["field"], bold["row"]) == (1, "deep_dive", 1)
    assert not bold["blocks"]
    folded = [one["detail"] for one in told if one["is_folded"]]
    assert folded == ["Data has readers and no story in this issue."]


def test_what_is_waived_is_not_told(
    session: Session, container: Container, editor: Browsing, issue: Issue
) -> None:
    settings, now = container.check_settings, container.clock()
    checked = check(session, issue.id, settings, now)
    warning = checked.open_warnings[0]
    waivers.waive(session, CLI, issue.id, warning.id, settings, now, because="meant so")
    session.commit()
    details = [one["detail"] for one in found(editor, issue)]
    assert warning.detail not in details
    assert len(details) == len(checked.findings) - 1


def test_issue_that_is_not_there_has_none(editor: Browsing) -> None:
    assert editor.get("/desk/issues/9999/edit/checks").status_code == 404


def test_warning_is_waived_with_a_reason_by_who_may_send(
    session: Session,
    add: Callable[..., User],
    sign_in: Callable[[User], Browsing],
    editor: Browsing,
    issue: Issue,
) -> None:
    path = f"/desk/issues/{issue.id}/edit/waive"
    blocking, warning = found(editor, issue)[0], found(editor, issue)[-1]
    editor.form_token()
    assert editor.post(path, {"finding": warning["id"], "because": "So"}).status_code == 403
    assert path not in editor.get(f"/desk/issues/{issue.id}/edit").text
    sender = sign_in(add(Role.EDITOR, Role.SENDER, name="Eve"))
    sender.form_token()
    none = sender.post(path, {"finding": warning["id"], "because": " "})
    assert (none.status_code, none.json()["detail"]) == (422, "Say why it is meant so.")
    assert sender.post(path, {"finding": "none", "because": "So"}).status_code == 404
    assert sender.post(path, {"finding": blocking["id"], "because": "So"}).status_code == 409
    left = sender.post(path, {"finding": warning["id"], "because": " It is  a name "}).json()
    assert warning["id"] not in [one["id"] for one in left["findings"]]
    assert session.scalars(select(Waiver.because)).all() == ["It is a name"]
