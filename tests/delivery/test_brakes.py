"""The brakes as they are set for everybody who sets nothing."""

from collections.abc import Callable, Sequence
from datetime import datetime

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.delivery.brakes import apply_brakes
from app.delivery.partitions import ensure_partition
from app.enums import BatchState, Cause, DeliveryState, Depth, EditionState, IssueState
from app.models import Batch, Delivery, Edition, Issue, Publication
from tests.factories import make_issue

Told = Callable[..., Issue]

REFUSED = {
    "ours": ("Transient/General 5.7.26", Cause.OURS),
    "content": ("Transient/ContentRejected", Cause.CONTENT),
    "held_back": ("Permanent/EmailValidationSuppressed", Cause.HELD_BACK),
    "full": ("Transient/MailboxFull", Cause.MAILBOX),
}
"""Bounces that are no mailbox's own and lasting fault."""


@pytest.fixture
def told(session: Session, now: datetime) -> Told:
    """Return a function that makes a sending Issue with so many readers in each state."""

    def tell(**states: int) -> Issue:
        issue = make_issue(session, state=IssueState.SENDING, launched_at=now, rendered_at=now)
        ensure_partition(session, issue.id)
        of_all = [state for state, n in states.items() for _ in range(n)]
        bounces = {"bounced": ("Permanent/General", None), **REFUSED}
        rows = [
            {
                "issue_id": issue.id,
                "subscriber_id": reader,
                "edition_id": 1,
                "state": DeliveryState.BOUNCED if state in bounces else DeliveryState(state),
                "attempt": 1,
                "reason": bounces.get(state, (None, None))[0],
                "cause": bounces.get(state, (None, None))[1],
                "at": now,
            }
            for reader, state in enumerate(of_all, start=1)
        ]
        session.execute(insert(Delivery), rows)
        session.add(taken(session, issue, range(1, len(of_all) + 1)))
        session.commit()
        return issue

    return tell


def taken(session: Session, issue: Issue, readers: Sequence[int]) -> Batch:
    """Return a Batch of which all were taken, and each has a row."""
    n = len(readers)
    edition = Edition(
        issue_id=issue.id,
        follows=1,
        depth=Depth.BRIEF,
        revision=1,
        state=EditionState.RENDERED,
        n_readers=n,
    )
    session.add(edition)
    session.flush()
    return Batch(
        issue_id=issue.id,
        edition_id=edition.id,
        subscriber_ids=list(readers),
        n_readers=n,
        n_taken=n,
        state=BatchState.DONE,
        tries=0,
        lease_number=1,
    )


def test_limits_are_five_percent_and_three_in_a_thousand_of_five_hundred(
    session: Session,
) -> None:
    row = session.execute(
        select(Publication.brake_after, Publication.bounce_limit, Publication.complaint_limit)
    ).one()
    assert tuple(row) == (500, 0.05, 0.003)


@pytest.mark.parametrize(
    ("states", "says"),
    [
        ({"bounced": 499}, None),
        ({"complained": 499}, None),
        ({"bounced": 499, "skipped": 9}, None),
        ({"bounced": 500}, "bounce rate 100.00% of 500 is over 5.00%"),
        ({"accepted": 475, "bounced": 25}, None),
        ({"accepted": 474, "bounced": 26}, "bounce rate 5.20% of 500 is over 5.00%"),
        ({"delivered": 9500, "bounced": 500}, None),
        ({"delivered": 9499, "bounced": 501}, "bounce rate 5.01% of 10000 is over 5.00%"),
        ({"accepted": 500, "held_back": 500, "content": 500, "full": 500}, None),
        ({"accepted": 950, "ours": 50}, None),
        (
            {"accepted": 949, "ours": 51},
            "rate of bounces that are ours 5.10% of 1000 is over 5.00%",
        ),
        ({"accepted": 499, "complained": 1}, None),
        ({"delivered": 997, "complained": 3}, None),
        ({"delivered": 996, "complained": 4}, "complaint rate 0.40% of 1000 is over 0.30%"),
        ({"delivered": 9969, "complained": 31}, "complaint rate 0.31% of 10000 is over 0.30%"),
    ],
)
def test_issue_pauses_itself_just_beyond_a_limit_and_not_at_it(
    session: Session, told: Told, states: dict[str, int], says: str | None, now: datetime
) -> None:
    issue = told(**states)
    assert apply_brakes(session, now) == ([issue.id] if says else [])
    session.commit()
    session.refresh(issue)
    assert issue.paused_because == says
    assert issue.state is (IssueState.PAUSED if says else IssueState.SENDING)
