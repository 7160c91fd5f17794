from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.delivery.eligibility import is_due
from app.delivery.launch import BATCH_READERS
from app.enums import Depth, EditionState, IssueState, SubscriberState, SuppressionReason
from app.models import Batch, Category, Edition, Issue, Subscriber, Suppression
from tests.factories import make_subscriber

_COPIED = ["address_hmac", "state", "follows", "depth", "created_at"]

Launch = Callable[[Issue], Issue]
AddReaders = Callable[..., None]


def test_launch_makes_one_edition_per_cut_in_use(
    session: Session, issue: Issue, categories: dict[str, Category], launched: Launch
) -> None:
    ai, devops, security = (categories[s].mask for s in ("ai", "devops", "security"))
    make_subscriber(session, follows=ai, depth=Depth.BRIEF)
    make_subscriber(session, follows=ai | security, depth=Depth.BRIEF)
    make_subscriber(session, follows=ai | devops, depth=Depth.BRIEF)
    make_subscriber(session, follows=ai | devops, depth=Depth.DEEP)
    launched(issue)
    editions = session.scalars(select(Edition)).all()
    assert sorted((e.follows, e.depth, e.n_readers) for e in editions) == [
        (ai, Depth.BRIEF, 2),
        (ai | devops, Depth.BRIEF, 1),
        (ai | devops, Depth.DEEP, 1),
    ]
    assert {e.state for e in editions} == {EditionState.PENDING}


def test_launch_counts_but_never_writes_to_who_follows_nothing_of_it(
    session: Session, issue: Issue, categories: dict[str, Category], launched: Launch
) -> None:
    make_subscriber(session, follows=categories["security"].mask)
    make_subscriber(session, follows=0)
    make_subscriber(session, follows=categories["ai"].mask)
    launched(issue)
    assert (issue.n_due, issue.n_skipped) == (1, 2)


def test_launch_freezes_exactly_those_who_may_be_written_to(
    session: Session,
    issue: Issue,
    categories: dict[str, Category],
    launched: Launch,
    now: datetime,
) -> None:
    ai = categories["ai"].mask
    due = [
        make_subscriber(session, follows=ai),
        make_subscriber(session, follows=ai, paused_until=now),
        make_subscriber(session, follows=ai, paused_until=now - timedelta(days=1)),
    ]
    make_subscriber(session, follows=ai, paused_until=now + timedelta(seconds=1))
    for state in (SubscriberState.PENDING, SubscriberState.LEFT, SubscriberState.ERASED):
        make_subscriber(session, follows=ai, state=state)
    suppressed = make_subscriber(session, follows=ai)
    session.add(
        Suppression(
            address_hmac=suppressed.address_hmac,
            reason=SuppressionReason.MANUAL,
            note="",
            created_at=now,
        )
    )
    session.flush()
    python_says = session.scalars(select(Subscriber.id).where(is_due(ai, now))).all()
    launched(issue)
    frozen = [i for ids in session.scalars(select(Batch.subscriber_ids)) for i in ids]
    assert sorted(frozen) == sorted(python_says) == sorted(s.id for s in due)


def test_launch_slices_each_edition_into_batches_that_hold_everybody_once(
    session: Session,
    issue: Issue,
    categories: dict[str, Category],
    launched: Launch,
    add_readers: AddReaders,
) -> None:
    add_readers(3, categories["ai"].mask)
    copied = [getattr(Subscriber, name) for name in _COPIED]
    for _ in range(9):
        session.execute(insert(Subscriber).from_select(_COPIED, select(*copied)))
    everybody = sorted(session.scalars(select(Subscriber.id)))
    assert len(everybody) > 2 * BATCH_READERS
    launched(issue)
    batches = session.scalars(select(Batch.subscriber_ids)).all()
    assert sorted(i for ids in batches for i in ids) == everybody
    assert max(len(ids) for ids in batches) == BATCH_READERS
    assert issue.n_due == len(everybody)


def test_launch_of_a_category_issue_goes_to_its_followers_only(
    session: Session, issue: Issue, categories: dict[str, Category], launched: Launch
) -> None:
    session.execute(update(Issue).values(category_id=categories["devops"].id))
    session.execute(
        Issue.metadata.tables["stories"]
        .delete()
        .where(Issue.metadata.tables["stories"].c.category_id != categories["devops"].id)
    )
    follower = make_subscriber(session, follows=categories["devops"].mask)
    make_subscriber(session, follows=categories["ai"].mask)
    launched(issue)
    assert session.scalars(select(Batch.subscriber_ids)).all() == [[follower.id]]


def test_launch_is_sent_at_once_when_nobody_reads_it(
    session: Session, issue: Issue, launched: Launch, now: datetime
) -> None:
    launched(issue)
    assert issue.state is IssueState.SENT
    assert (issue.n_due, issue.sent_at) == (0, now)
