"""What a setback says: its reason names nobody; and what can be neither done nor set aside."""

from datetime import timedelta
from types import ModuleType

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from app.clock import system_clock
from app.db.session import Sessions
from app.delivery.alone import list_setbacks, parts_alone
from app.enums import IssueState
from app.models import Issue, Setback
from tests.factories import make_issue, make_subscriber
from tests.workers.conftest import Break


def test_reason_names_nobody(session: Session, sessions: Sessions) -> None:
    make_subscriber(session, "ada@example.com")
    session.commit()
    now = system_clock()
    parts_alone(
        sessions,
        "test",
        {
            "twice": lambda one: make_subscriber(one, "ada@example.com"),
            "no number": lambda one: one.execute(text("SELECT CAST('ada@example.com' AS int)")),
            "ours": lambda _: int("ada@example.com"),
        },
        now,
    )
    setbacks = list_setbacks(session)
    assert len(setbacks) == len({one.what for one in setbacks}) == 3
    assert not [one for one in setbacks if "ada" in one.reason]
    session.execute(delete(Setback))


def test_issue_is_left_alone_when_it_can_be_neither_done_nor_set_aside(
    session: Session, tasks: ModuleType, break_row: Break
) -> None:
    now = system_clock()
    issues = [
        make_issue(
            session,
            issued_on=(now - timedelta(days=n)).date(),
            state=IssueState.SCHEDULED,
            send_at=now - timedelta(hours=n + 1),
            send_not_after=now + timedelta(hours=1),
        )
        for n in range(2)
    ]
    session.commit()
    broken, other = issues[1], issues[0]
    break_row("issues", "UPDATE", f"NEW.id = {broken.id}")
    tasks.launch_due()
    session.expire_all()
    states = {row.id: row.state for row in session.scalars(select(Issue))}
    assert states == {broken.id: IssueState.SCHEDULED, other.id: IssueState.SENT}
