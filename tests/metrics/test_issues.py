"""What is told of issues: those on their way, what comes next, and how those that go out do."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.enums import BatchState, CallState, Cause, DayOutcome, DeliveryState, IssueState
from app.models import Batch, Call, Edition, Issue, ScheduleDay
from tests.delivery.test_deferrals import RATE, WAITS
from tests.delivery.test_deferrals import put_off as defer
from tests.delivery.test_providers import GOT, Sent, many, sent
from tests.factories import make_issue
from tests.ledger import write_down
from tests.metrics.conftest import Told

__all__ = ["sent"]

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def _going_out(session: Session, now: datetime, **overrides: object) -> Issue:
    values = {
        "state": IssueState.SENDING,
        "launched_at": now - HOUR,
        "rendered_at": now - HOUR,
        "n_due": 10,
    }
    return make_issue(session, **values | overrides)


def _batch(session: Session, issue: Issue, edition: Edition, n_taken: int) -> Batch:
    batch = Batch(
        issue_id=issue.id,
        edition_id=edition.id,
        subscriber_ids=list(range(1, 11)),
        n_readers=10,
        state=BatchState.LEASED,
        n_taken=n_taken,
        tries=0,
        lease_number=1,
    )
    session.add(batch)
    session.flush()
    return batch


def test_issues_are_counted_by_state(session: Session, told: Told, now: datetime) -> None:
    make_issue(session, state=IssueState.APPROVED, stale_at=now)
    make_issue(session, state=IssueState.SENT, launched_at=now - DAY, sent_at=now - DAY)
    make_issue(session)
    session.commit()

    assert [told("issues", state=one) for one in ("approved", "scheduled", "sending")] == [1, 0, 0]
    assert told("issues_too_late") == 1
    assert told("last_launch_timestamp_seconds") == (now - DAY).timestamp()


def test_next_issue_is_ready_once_it_is_approved(
    session: Session, told: Told, now: datetime
) -> None:
    slot = told("next_issue_timestamp_seconds")
    assert slot is not None
    assert slot > now.timestamp()
    assert told("next_issue_ready") == 0

    issue = make_issue(session, issued_on=now.date())
    session.commit()
    assert told("next_issue_ready") == 0

    issue.state, issue.send_at = IssueState.SCHEDULED, now - HOUR
    session.commit()
    assert told("next_issue_ready") == 1
    assert told("next_issue_timestamp_seconds") == (now - HOUR).timestamp()


def test_day_without_an_issue_is_told_of_for_a_day(
    session: Session, told: Told, now: datetime
) -> None:
    outcomes = (DayOutcome.SKIPPED, DayOutcome.SKIPPED, DayOutcome.LAUNCHED)
    for n, outcome in enumerate(outcomes):
        day = ScheduleDay(day=now.date() - n * DAY, outcome=outcome, noted_at=now - n * DAY)
        session.add(day)
    session.commit()

    assert told("issues_missed", outcome="skipped") == 1
    assert told("issues_missed", outcome="stale") == 0


def test_readers_of_an_issue_add_up_to_its_audience(
    session: Session, told: Told, now: datetime
) -> None:
    issue = _going_out(session, now)
    for state in (
        *(DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.DELIVERED),
        *(DeliveryState.BOUNCED, DeliveryState.COMPLAINED, DeliveryState.IN_DOUBT),
    ):
        write_down(session, issue, state, now, reason="Permanent/General")
    edition = session.query(Edition).filter_by(issue_id=issue.id).first()
    assert edition is not None
    batch = _batch(session, issue, edition, n_taken=8)
    session.add(
        Call(
            batch_id=batch.id,
            subscriber_ids=[9, 10],
            state=CallState.OPEN,
            attempt=1,
            worker="one",
            opened_at=now,
        )
    )
    session.commit()

    name = str(issue.id)
    states = ("queued", "sending", "accepted", "bounced", "complained", "in_doubt", "failed")
    counts = {state: told("issue_readers", issue=name, state=state) for state in states}
    assert counts == dict(zip(states, (2, 2, 3, 1, 1, 1, 0), strict=True))
    assert told("issue_return_ratio", issue=name, kind="bounce") == 1 / 5
    assert told("issue_return_ratio", issue=name, kind="complaint") == 1 / 5
    assert told("brake_limit_ratio", kind="complaint") == 0.003


def test_bounce_that_ses_held_back_itself_is_none_of_the_brakes(
    session: Session, told: Told, now: datetime
) -> None:
    issue = _going_out(session, now, n_due=1)
    held = "Permanent/OnAccountSuppressionList"
    write_down(session, issue, DeliveryState.BOUNCED, now, reason=held, cause=Cause.HELD_BACK)
    edition = session.query(Edition).one()
    _batch(session, issue, edition, n_taken=1)
    session.commit()

    assert told("issue_return_ratio", issue=str(issue.id), kind="bounce") == 0


def test_rate_is_that_of_the_last_minute_and_a_pause_is_told(
    session: Session, told: Told, now: datetime
) -> None:
    issue = _going_out(session, now)
    write_down(session, issue, DeliveryState.ACCEPTED, now)
    batch = _batch(session, issue, session.query(Edition).one(), n_taken=10)
    session.add(
        Call(
            batch_id=batch.id,
            subscriber_ids=list(range(1, 11)),
            state=CallState.CLOSED,
            attempt=1,
            worker="one",
            opened_at=now - timedelta(seconds=10),
            closed_at=now - timedelta(seconds=9),
        )
    )
    session.commit()
    name = str(issue.id)
    assert told("issue_recipients_per_second", issue=name) == 1
    assert told("issue_paused", issue=name) == 0

    issue.state = IssueState.PAUSED
    session.commit()
    assert told("issue_recipients_per_second", issue=name) == 0
    assert told("issue_paused", issue=name) == 1


def test_issue_that_has_ended_is_told_of_for_a_day(
    session: Session, told: Told, now: datetime
) -> None:
    today = _going_out(session, now, state=IssueState.SENT, sent_at=now - HOUR)
    old = _going_out(session, now, state=IssueState.SENT, sent_at=now - 2 * DAY)
    session.commit()

    assert told("issue_readers", issue=str(today.id), state="failed") == 0
    assert told("issue_readers", issue=str(old.id), state="failed") is None
    assert told("issue_paused", issue=str(today.id)) is None


def test_share_that_a_provider_puts_off_is_told(
    session: Session, told: Told, sent: Sent, now: datetime
) -> None:
    issue = sent(*many("gmail.com", 30, WAITS), *many("googlemail.com", 90, GOT))
    defer(session, issue, "gmail.com", Cause.OURS, RATE, now)
    assert told("issue_deferred_ratio", issue=str(issue.id), provider="Gmail") == 0.25
