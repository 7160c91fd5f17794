"""What a setback says: its reason names nobody."""

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from app.clock import system_clock
from app.db.session import Sessions
from app.delivery.alone import list_setbacks, parts_alone
from app.models import Setback
from tests.factories import make_subscriber


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
