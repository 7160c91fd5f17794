"""Today: what is going out, how far it is, and that it stops at once."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.reach import note_unreached
from app.enums import IssueState
from app.models import (
    AuditEntry,
    Issue,
)
from app.transports.base import Refused
from tests.desk.browsing import Browsing, figures, said_by


def test_running_issue_shows_how_far_it_is_and_stops_at_one_press(
    sender: Browsing, session: Session, running: Issue
) -> None:
    page = sender.get("/desk")
    said = said_by(page)
    assert "Going out: Monday 23 November" in said
    assert "0 handed over" in figures(page)
    assert "2 waiting" in figures(page)
    answer = sender.post(f"/desk/today/issues/{running.id}/pause")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk?done=paused")
    assert _issue(session, running).state is IssueState.PAUSED
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.verb, entry.who) == ("pause", "Sue")
    after = said_by(sender.get("/desk?done=paused"))
    assert "Paused. What is in flight finishes" in after
    assert "Resume for 2 readers" in after


def test_stop_is_taken_whatever_else_was_changed(
    sender: Browsing, session: Session, running: Issue
) -> None:
    sender.get("/desk")
    session.get_one(Issue, running.id).canary_percent = 5
    session.commit()
    assert sender.post(f"/desk/today/issues/{running.id}/pause").status_code == 303


def test_resuming_takes_the_version_that_was_asked_about(
    sender: Browsing, session: Session, running: Issue
) -> None:
    path = f"/desk/today/issues/{running.id}"
    sender.post(f"{path}/pause")
    version = _issue(session, running).version
    assert f'name="version" value="{version}"' in sender.get("/desk").text
    refused = sender.post(f"{path}/resume", {"version": version - 1})
    assert refused.status_code == 412
    assert "It has changed since you looked." in said_by(refused)
    assert _issue(session, running).state is IssueState.PAUSED
    assert sender.post(f"{path}/resume", {"version": version}).status_code == 303
    assert _issue(session, running).state is IssueState.SENDING


def test_second_press_says_how_it_is_now(sender: Browsing, running: Issue) -> None:
    path = f"/desk/today/issues/{running.id}"
    sender.post(f"{path}/pause")
    again = sender.post(f"{path}/pause")
    assert again.status_code == 409
    assert "It has changed since you looked." in said_by(again)


def test_editor_sees_the_send_and_no_button(
    editor: Browsing, session: Session, running: Issue
) -> None:
    part = editor.get("/desk/today/going-out")
    assert "<button" not in part.text
    assert "needs the right to send" in said_by(part)
    editor.form_token()
    assert editor.post(f"/desk/today/issues/{running.id}/pause").status_code == 403
    assert _issue(session, running).state is IssueState.SENDING


def test_running_issue_says_that_the_provider_cannot_be_reached_and_nothing_is_paused(
    sender: Browsing, session: Session, running: Issue, now: datetime
) -> None:
    note_unreached(session, Refused("unreached", "EndpointConnectionError"), now)
    session.commit()
    said = said_by(sender.get("/desk"))
    assert "Nothing can be handed over since" in said
    assert "the provider cannot be reached: EndpointConnectionError" in said
    assert "All sending is paused" not in said


def test_part_leads_to_the_sign_in_once_the_session_has_ended(
    visitor: Callable[[], Browsing],
) -> None:
    asked = {"HX-Request": "true", "HX-Current-URL": "http://127.0.0.1:8000/desk"}
    answer = visitor().get("/desk/today/going-out", headers=asked)
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/desk/sign-in?next=%2Fdesk"


def _issue(session: Session, issue: Issue) -> Issue:
    session.rollback()
    return session.get_one(Issue, issue.id, populate_existing=True)
