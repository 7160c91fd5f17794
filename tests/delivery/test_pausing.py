"""An issue is paused in one way, whoever does it, and the audit says who and why."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI, ActorKind, Verb
from app.delivery.pausing import issue_set_aside, pause_issue
from app.enums import IssueState
from app.issues.lifecycle import pause
from app.models import AuditEntry, Category, Issue

ROOT = Path(__file__).parents[2]


def _entries(session: Session) -> list[tuple[ActorKind, str]]:
    mine = select(AuditEntry).where(AuditEntry.verb == Verb.PAUSE).order_by(AuditEntry.id)
    return [
        (entry.who_kind, str(entry.after.get("paused_because"))) for entry in session.scalars(mine)
    ]


def test_service_says_in_the_audit_why_it_paused_an_issue(
    session: Session,
    categories: dict[str, Category],
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
    now: datetime,
) -> None:
    add_readers(10, categories["ai"].mask)
    issue = ready()
    version = issue.version
    issue_set_aside(session, "its brakes", now)(issue.id, "no such field")
    session.commit()
    session.refresh(issue)
    assert issue.state is IssueState.PAUSED
    assert issue.version > version
    assert _entries(session) == [(ActorKind.SYSTEM, "its brakes failed: no such field")]
    assert pause_issue(session, issue.id, "again", now) is None
    assert len(_entries(session)) == 1


def test_person_pauses_in_the_same_way(
    session: Session,
    categories: dict[str, Category],
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
    now: datetime,
) -> None:
    add_readers(10, categories["ai"].mask)
    issue = ready()
    pause(session, CLI, issue.id, now)
    session.commit()
    assert _entries(session) == [(ActorKind.PERSON, "paused by an editor")]


def test_issue_is_paused_in_one_place() -> None:
    pattern = re.compile(r"state\s*=\s*IssueState\.PAUSED|SET state = 'paused'")
    written = {
        str(path.relative_to(ROOT))
        for path in (*(ROOT / "app").rglob("*.py"), *(ROOT / "workers").rglob("*.py"))
        if pattern.search(path.read_text())
    }
    assert written == {"app/delivery/pausing.py"}
