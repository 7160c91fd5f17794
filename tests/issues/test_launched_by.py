"""No issue launched by the time that somebody set: since when, on which days, and until when."""

from datetime import UTC, date, datetime, time
from typing import Final

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.enums import IssueState
from app.issues.launched_by import unlaunched_since
from app.models import Publication
from tests.factories import make_issue

_MONDAY: Final = date(2026, 11, 23)
_AT: Final = time(7, 15)


def _instant(day: int, clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day}T{clock}:00+00:00").astimezone(UTC)


@pytest.fixture(autouse=True)
def vienna(session: Session) -> None:
    """Let the publication send on Mondays and Tuesdays, an hour before Greenwich."""
    session.execute(update(Publication).values(time_zone="Europe/Vienna", weekdays=[1, 2]))
    session.commit()


@pytest.mark.parametrize(
    ("day", "clock", "weekdays", "since"),
    [
        (23, "06:14", None, None),
        (23, "06:15", None, (23, "06:15")),
        (24, "06:14", None, (23, "06:15")),
        (24, "06:15", None, (24, "06:15")),
        (25, "06:15", None, None),
        (28, "12:00", None, None),
        (23, "12:00", frozenset({6}), None),
        (28, "12:00", frozenset({6}), (28, "06:15")),
    ],
)
def test_day_without_an_issue_is_told_from_its_time_on_for_a_day(
    session: Session,
    day: int,
    clock: str,
    weekdays: frozenset[int] | None,
    since: tuple[int, str] | None,
) -> None:
    found = unlaunched_since(session, _AT, weekdays, _instant(day, clock))
    assert found == (since and _instant(*since))


def test_launched_issue_of_the_day_ends_it_and_no_other_does(session: Session) -> None:
    now = _instant(23, "07:00")
    make_issue(session, issued_on=date(2026, 11, 20), state=IssueState.SENT, launched_at=now)
    today = make_issue(session, issued_on=_MONDAY, state=IssueState.SCHEDULED, send_at=now)
    session.commit()
    assert unlaunched_since(session, _AT, None, now) == _instant(23, "06:15")

    today.launched_at, today.state = now, IssueState.SENDING
    session.commit()
    assert unlaunched_since(session, _AT, None, now) is None
