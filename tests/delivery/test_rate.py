"""How fast an issue goes out just now, and how long the rest takes at that."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.progress import Progress
from app.delivery.rate import rate_of, seconds_left
from app.enums import BatchState, CallState, Depth, EditionState, IssueState
from app.models import Batch, Call, Edition, Issue
from tests.factories import make_issue


def _issue(session: Session, rendered_at: datetime | None, **overrides: object) -> Issue:
    values = {"state": IssueState.SENDING, "n_due": 1000} | overrides
    issue = make_issue(session, rendered_at=rendered_at, **values)
    edition = Edition(
        issue_id=issue.id,
        follows=1,
        depth=Depth.BRIEF,
        revision=1,
        state=EditionState.RENDERED,
        n_readers=1000,
    )
    session.add(edition)
    session.flush()
    session.add(
        Batch(
            issue_id=issue.id,
            edition_id=edition.id,
            subscriber_ids=[],
            n_readers=1000,
            state=BatchState.LEASED,
            n_taken=0,
            tries=0,
            lease_number=1,
        )
    )
    session.flush()
    return issue


def _close(session: Session, issue: Issue, n: int, at: datetime, seconds: float = 0.0) -> None:
    """Add a Call to `n` readers that was closed then and took so long."""
    batch_id = session.scalars(select(Batch.id).where(Batch.issue_id == issue.id)).one()
    session.add(
        Call(
            batch_id=batch_id,
            subscriber_ids=list(range(n)),
            state=CallState.CLOSED,
            attempt=1,
            worker="one",
            opened_at=at - timedelta(seconds=seconds),
            closed_at=at,
        )
    )
    session.flush()


def test_rate_is_of_the_calls_that_were_closed_within_the_last_minute(
    session: Session, now: datetime
) -> None:
    issue = _issue(session, now - timedelta(hours=1))
    other = _issue(session, now, issued_on=now.date() + timedelta(days=1))
    for ago in range(0, 120, 10):
        _close(session, issue, 50, now - timedelta(seconds=ago))
        _close(session, other, 50, now - timedelta(seconds=ago))
    assert rate_of(session, issue, now) == pytest.approx(300 / 50)


def test_rate_is_over_the_time_since_it_began_or_went_on(session: Session, now: datetime) -> None:
    begun = _issue(session, now - timedelta(seconds=10))
    _close(session, begun, 50, now, seconds=20)
    assert rate_of(session, begun, now) == pytest.approx(5)
    resumed = _issue(session, now - timedelta(hours=1), issued_on=now.date() + timedelta(days=1))
    _close(session, resumed, 50, now, seconds=4)
    assert rate_of(session, resumed, now) == pytest.approx(12.5)


def test_rate_counts_a_burst_as_of_one_second_at_least(session: Session, now: datetime) -> None:
    issue = _issue(session, now)
    _close(session, issue, 50, now - timedelta(seconds=1))
    assert rate_of(session, issue, now) == 0
    _close(session, issue, 50, now + timedelta(milliseconds=1))
    assert rate_of(session, issue, now + timedelta(milliseconds=1)) == pytest.approx(50)


@pytest.mark.parametrize("state", sorted(set(IssueState) - {IssueState.SENDING}))
def test_rate_is_none_when_it_is_not_sending(
    session: Session, now: datetime, state: IssueState
) -> None:
    issue = _issue(session, now - timedelta(minutes=5), state=state)
    _close(session, issue, 50, now)
    assert rate_of(session, issue, now) == 0


def test_rate_is_none_before_its_editions_are_rendered(session: Session, now: datetime) -> None:
    assert rate_of(session, _issue(session, None), now) == 0


@given(
    queued=st.integers(0, 10**9),
    sending=st.integers(0, 10**5),
    # One reader within a minute is the least that goes out.
    rate=st.just(0.0) | st.floats(1 / 60, 10**6),
)
def test_time_left_is_that_of_those_who_are_left(queued: int, sending: int, rate: float) -> None:
    progress = Progress(10**9, 0, 1, 1, queued, sending, {})
    left = seconds_left(progress, rate)
    if rate == 0:
        assert left is None
    else:
        assert left is not None
        assert left * rate == pytest.approx(queued + sending)
