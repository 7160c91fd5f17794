"""The sunset rule: who is asked and when, once for each silence, and who is paused for it."""

from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.actors import CLI, Verb
from app.delivery.letters import open_letter
from app.delivery.warm_up import start_warm_up
from app.enums import (
    BatchState,
    ConsentSource,
    DeliveryState,
    IssueState,
    SubscriberState,
    SuppressionReason,
    Tracking,
)
from app.models import (
    AuditEntry,
    Letter,
    Lift,
    OutboxEntry,
    Publication,
    SunsetAsk,
    Suppression,
)
from app.readers.consent import Origin
from app.readers.erasure import erase
from app.readers.signs import note_sign
from app.readers.sunset import PAUSED_AT_ONCE, Rule, follow_rule, plan_sunset
from tests.factories import make_issue
from tests.readers.sunset import (
    DAY,
    LONG,
    RULE,
    arrive,
    asked,
    goes_out,
    keep_clicks,
    silent_reader,
    silent_since,
)

PAGE: Final = Origin(ConsentSource.PAGE)
DESK: Final = Origin(ConsentSource.EDITOR)


@pytest.fixture(autouse=True)
def _keeps_clicks(session: Session, now: datetime) -> None:
    keep_clicks(session, now)


def test_who_is_silent_is_asked_once_and_paused_when_no_answer_comes(
    session: Session, now: datetime
) -> None:
    reader = silent_reader(session, now)
    for hours in range(3):
        follow_rule(session, RULE, now + timedelta(hours=hours))
    assert asked(session) == [reader.id]
    arrive(session, now)
    follow_rule(session, RULE, now + 30 * DAY - timedelta(seconds=1))
    assert silent_since(session, reader) is None
    follow_rule(session, RULE, now + 30 * DAY)
    assert silent_since(session, reader) == now + 30 * DAY
    assert reader.state is SubscriberState.ACTIVE
    follow_rule(session, RULE, now + LONG)
    assert asked(session) == [reader.id]
    facts = [one.facts for one in session.scalars(select(OutboxEntry))]
    assert facts == [{"fields": ["silent_at"]}]
    told = session.scalars(select(AuditEntry).where(AuditEntry.verb == Verb.FOLLOW_SUNSET)).all()
    assert [one.after for one in told] == [
        {"n_asked": 1, "n_paused": 0},
        {"n_asked": 0, "n_paused": 1},
    ]


@pytest.mark.parametrize(
    "overrides",
    [
        {"refuses_tracking": True},
        {"follows": 0},
        {"state": SubscriberState.PENDING, "confirmed_at": None},
        {"state": SubscriberState.LEFT},
        {"paused_until": 9 * DAY},
        {"paused_until": -9 * DAY},
        {"moved_at": -9 * DAY},
        {"confirmed_at": -170 * DAY},
        {"created_at": -9 * DAY},
        {"silent_at": -9 * DAY},
    ],
    ids=lambda overrides: "-".join(map(str, overrides.items())),
)
def test_nobody_is_asked_who(session: Session, now: datetime, overrides: dict[str, Any]) -> None:
    """Imported ones count from the import, and a pause of one's own is no silence."""
    at = {name: now + v if isinstance(v, timedelta) else v for name, v in overrides.items()}
    silent_reader(session, now, **at)
    follow_rule(session, RULE, now)
    assert asked(session) == []
    assert plan_sunset(session, RULE, now).n_silent == 0


def test_a_suppressed_reader_is_not_asked(session: Session, now: datetime) -> None:
    reader = silent_reader(session, now)
    session.add(
        Suppression(
            address_hmac=reader.address_hmac,
            reason=SuppressionReason.MANUAL,
            note="",
            created_at=now,
        )
    )
    follow_rule(session, RULE, now)
    assert asked(session) == []


@pytest.mark.parametrize(
    ("tracking", "kept_for"),
    [
        (Tracking.COUNTS, None),
        (Tracking.OFF, None),
        (Tracking.PER_READER, None),
        (Tracking.PER_READER, 170 * DAY),
    ],
)
def test_nobody_is_asked_for_signs_that_were_not_kept(
    session: Session, now: datetime, tracking: Tracking, kept_for: timedelta | None
) -> None:
    silent_reader(session, now)
    publication = session.get_one(Publication, 1)
    publication.tracking = tracking
    publication.clicks_kept_since = None if kept_for is None else now - kept_for
    follow_rule(session, RULE, now)
    assert asked(session) == []


def test_the_rule_is_off_without_months(session: Session, now: datetime) -> None:
    silent_reader(session, now)
    follow_rule(session, Rule(months=0, days=30, daily=1_000), now)
    assert asked(session) == []
    assert plan_sunset(session, Rule(0, 30, 1_000), now).n_silent == 0


@pytest.mark.parametrize(
    ("issue", "batch", "wait", "n_asked"),
    [
        (IssueState.SENDING, BatchState.QUEUED, None, 0),
        (IssueState.SENDING, BatchState.LEASED, -timedelta(hours=1), 0),
        (IssueState.SENDING, BatchState.QUEUED, timedelta(), 0),
        (IssueState.SENDING, BatchState.QUEUED, timedelta(seconds=1), 1),
        (IssueState.SENDING, BatchState.DONE, None, 1),
        (IssueState.PAUSED, BatchState.QUEUED, None, 1),
        (IssueState.SENT, BatchState.DONE, None, 1),
    ],
)
def test_nobody_is_asked_while_mails_of_an_issue_are_due(
    session: Session,
    now: datetime,
    issue: IssueState,
    batch: BatchState,
    wait: timedelta | None,
    n_asked: int,
) -> None:
    """One at local hours goes out for a day, and is due for some minutes of it."""
    silent_reader(session, now)
    goes_out(session, make_issue(session, state=issue, launched_at=now), batch, now, wait)
    follow_rule(session, RULE, now)
    assert len(asked(session)) == n_asked


def test_a_day_has_its_ceiling_and_the_longest_silence_comes_first(
    session: Session, now: datetime
) -> None:
    days = (250, 290, 270, 260, 280)
    ids = {n: silent_reader(session, now, confirmed_at=now - n * DAY).id for n in days}
    rule = Rule(months=6, days=30, daily=24 * 2)
    for minutes in (0, 20, 40):
        follow_rule(session, rule, now + timedelta(minutes=minutes))
    assert asked(session) == [ids[290], ids[280]]
    due = session.scalars(select(Letter.not_before).order_by(Letter.id)).all()
    assert due == [now, now + timedelta(minutes=30)]
    follow_rule(session, rule, now + timedelta(hours=1))
    assert asked(session) == [ids[n] for n in (290, 280, 270, 260)]
    session.execute(update(SunsetAsk).values(asked_at=now - timedelta(hours=2)))
    follow_rule(session, Rule(6, 30, 4), now + timedelta(hours=3))
    assert len(asked(session)) == 4


def test_any_sign_answers_and_another_silence_is_asked_about_anew(
    session: Session, now: datetime
) -> None:
    reader = silent_reader(session, now)
    follow_rule(session, RULE, now)
    arrive(session, now)
    note_sign(session, reader.id, now + 29 * DAY)
    follow_rule(session, RULE, now + 31 * DAY)
    assert silent_since(session, reader) is None
    assert len(asked(session)) == 1
    follow_rule(session, RULE, now + 29 * DAY + LONG)
    assert len(asked(session)) == 2


def test_nobody_is_asked_in_a_warm_up_and_as_long_behind_it(
    session: Session, now: datetime
) -> None:
    for _ in range(2):
        silent_reader(session, now)
    start_warm_up(session, CLI, now, first=1, days=10)
    for days in (0, 9, 100, 195):
        follow_rule(session, RULE, now + days * DAY)
        assert asked(session) == []
        assert plan_sunset(session, RULE, now + days * DAY).is_resting
    follow_rule(session, RULE, now + 196 * DAY)
    assert len(asked(session)) == 2


def test_nobody_is_asked_as_long_behind_an_issue_that_left_readers_out(
    session: Session, now: datetime
) -> None:
    """Also where the warm-up was stopped, so that nothing else says that it was."""
    silent_reader(session, now)
    values = {"state": IssueState.SENT, "launched_at": now}
    make_issue(session, **values, n_beyond_warm_up=1)
    make_issue(session, **values, n_beyond_warm_up=0)
    for days in (0, 185):
        follow_rule(session, RULE, now + days * DAY)
        assert plan_sunset(session, RULE, now + days * DAY).is_resting
    assert asked(session) == []
    follow_rule(session, RULE, now + 187 * DAY)
    assert len(asked(session)) == 1
    assert not plan_sunset(session, RULE, now + 187 * DAY).is_resting


def test_who_was_suppressed_counts_from_when_that_was_lifted(
    session: Session, now: datetime
) -> None:
    reader = silent_reader(session, now)
    for days in (200, 9, 100):
        session.add(
            Lift(
                address_hmac=reader.address_hmac,
                reason=SuppressionReason.HARD_BOUNCE,
                because="their mailbox is back",
                lifted_at=now - days * DAY,
            )
        )
    follow_rule(session, RULE, now)
    assert asked(session) == []
    follow_rule(session, RULE, now + 186 * DAY)
    assert asked(session) == [reader.id]


def test_a_beat_that_comes_a_little_early_asks_all_the_same(
    session: Session, now: datetime
) -> None:
    for _ in range(2):
        silent_reader(session, now)
    rule = Rule(months=6, days=30, daily=24)
    follow_rule(session, rule, now)
    follow_rule(session, rule, now + timedelta(minutes=59))
    assert len(asked(session)) == 2


def test_a_mail_that_waits_is_not_sent_to_who_showed_a_sign_meanwhile(
    session: Session, now: datetime
) -> None:
    reader = silent_reader(session, now)
    follow_rule(session, RULE, now)
    note_sign(session, reader.id, now + timedelta(minutes=1))
    letter = session.scalars(select(Letter)).one()
    assert open_letter(session, letter.id, "one", now + timedelta(minutes=2)) is None
    assert (letter.state, letter.reason) == (DeliveryState.SKIPPED, "answered")


def test_erasing_forgets_that_somebody_was_asked(session: Session, now: datetime) -> None:
    reader = silent_reader(session, now)
    follow_rule(session, RULE, now)
    erase(session, None, reader.id, now, PAGE)
    assert session.scalar(select(func.count()).select_from(SunsetAsk)) == 0
    letter = session.scalars(select(Letter)).one()
    session.refresh(letter)
    assert letter.state is DeliveryState.SKIPPED


def test_the_plan_says_what_would_be_done_and_does_nothing(session: Session, now: datetime) -> None:
    for _ in range(3):
        silent_reader(session, now)
    plan = plan_sunset(session, Rule(6, 30, 2), now)
    assert (plan.n_silent, plan.n_today, plan.since) == (3, 2, now - LONG)
    assert (plan.n_over, plan.n_paused) == (0, 0)
    assert asked(session) == []
    follow_rule(session, RULE, now)
    arrive(session, now)
    assert plan_sunset(session, RULE, now + 30 * DAY).n_over == 3
    follow_rule(session, RULE, now + 30 * DAY)
    assert plan_sunset(session, RULE, now + 30 * DAY).n_paused == 3
    assert PAUSED_AT_ONCE > 3
