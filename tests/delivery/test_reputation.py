"""What mailbox providers say of us: kept by day, told again as it was told last, and read."""

from datetime import date, datetime, timedelta
from functools import partial

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.cli.reputation_file import read_days
from app.db.session import Sessions
from app.delivery.postmaster import ask_postmaster
from app.delivery.reputation import (
    keep_days,
    keep_requirements,
    reputations,
)
from app.models import Publication, ReputationDay
from app.net.postmaster import PostmasterError
from app.settings import Settings
from tests.net.test_postmaster import Google, google

__all__ = ["google"]

HOUR = timedelta(hours=1)

FILE = """\
day,domain,complaint_rate,more
2026-11-22,Example.org,0.12%,x
2026-11-23,example.org,0.0009,
"""


def test_file_is_read_and_a_later_one_counts(session: Session, now: datetime) -> None:
    assert keep_days(session, read_days(FILE, "Yahoo"), now) == 2
    again = read_days("day,domain,complaint_rate\n2026-11-23,example.org,0", "Yahoo")
    keep_days(session, again, now)
    (found,) = reputations(session, now)
    assert (found.provider, found.domain, found.unmet) == ("Yahoo", "example.org", [])
    assert [(one.day, one.spam_rate) for one in found.days] == [
        (date(2026, 11, 23), 0.0),
        (date(2026, 11, 22), pytest.approx(0.0012)),
    ]


def test_requirement_that_nobody_tells_of_any_more_is_not_told(
    session: Session, now: datetime
) -> None:
    keep_requirements(session, "Gmail", "example.org", {"spf": False, "dkim": True}, now)
    assert [one.unmet for one in reputations(session, now)] == [["spf"]]
    keep_requirements(session, "Gmail", "example.org", {"spf": True}, now)
    assert [one.unmet for one in reputations(session, now)] == [[]]
    assert reputations(session, now + timedelta(days=8)) == []


def test_google_is_asked_once_a_day_and_what_it_tells_is_kept(
    session: Session, sessions: Sessions, settings: Settings, google: Google, now: datetime
) -> None:
    session.execute(update(Publication).values(from_address="digest@example.org"))
    session.commit()
    with_key = settings.model_copy(update={"postmaster_key": SecretStr(google.key)})
    assert not ask_postmaster(sessions, settings, lambda: now, google.root)
    assert ask_postmaster(sessions, with_key, lambda: now, google.root)
    assert not ask_postmaster(sessions, with_key, lambda: now + timedelta(hours=1), google.root)
    assert ask_postmaster(sessions, with_key, lambda: now + timedelta(hours=21), google.root)
    rows = session.execute(select(ReputationDay.day, ReputationDay.spam_rate)).all()
    assert sorted(rows) == [(date(2026, 11, 21), 0.0012), (date(2026, 11, 22), 0.0)]
    (found,) = reputations(session, now)
    assert found.unmet == ["one_click_unsubscribe"]
    assert found.newest is not None
    assert found.newest.day == date(2026, 11, 22)


@pytest.mark.parametrize("tells_days", [False, True])
def test_google_that_judges_nothing_is_asked_once_a_day_too(
    session: Session,
    sessions: Sessions,
    settings: Settings,
    google: Google,
    now: datetime,
    *,
    tells_days: bool,
) -> None:
    session.execute(update(Publication).values(from_address="digest@example.org"))
    session.commit()
    google.status = (200, {})
    if not tells_days:
        google.stats = lambda _: (200, {})
    with_key = settings.model_copy(update={"postmaster_key": SecretStr(google.key)})
    done = [
        ask_postmaster(sessions, with_key, partial(now.__add__, hours * HOUR), google.root)
        for hours in (0, 1, 19, 21, 22)
    ]
    assert done == [True, False, False, True, False]


def test_google_that_did_not_answer_is_asked_again_the_next_hour(
    session: Session, sessions: Sessions, settings: Settings, google: Google, now: datetime
) -> None:
    session.execute(update(Publication).values(from_address="digest@example.org"))
    session.commit()
    with_key = settings.model_copy(update={"postmaster_key": SecretStr(google.key)})
    status, google.status = google.status, (503, {})
    with pytest.raises(PostmasterError):
        ask_postmaster(sessions, with_key, lambda: now, google.root)
    google.status = status
    assert ask_postmaster(sessions, with_key, lambda: now + HOUR, google.root)
