"""The list of an issue's readers: each of them once, wherever they stand, page by page."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actors import CLI
from app.delivery.claim import lease_batch
from app.delivery.deliveries import DeliveryFilter, ListedDelivery, list_deliveries
from app.delivery.progress import progress_of
from app.delivery.receptions import ListedState
from app.delivery.record import close_call
from app.enums import DeliveryState, Depth
from app.errors import Gone
from app.issues.lifecycle import cancel
from app.models import Batch, Category, Delivery, DeliveryCount, Edition, Issue, Subscriber
from app.transports.base import Accepted, InDoubt, Outcome, Refused
from tests.claims import open_call
from tests.factories import make_subscriber

Ready = Callable[[], Issue]
_EVERYBODY = 10


@pytest.fixture
def readers(session: Session, categories: dict[str, Category]) -> list[Subscriber]:
    """Ten readers of two depths."""
    ai = categories["ai"].mask
    made = [
        make_subscriber(session, follows=ai, depth=depth)
        for depth in (Depth.DEEP, Depth.BRIEF)
        for _ in range(_EVERYBODY // 2)
    ]
    session.commit()
    return made


@pytest.fixture
def half_way(session: Session, readers: list[Subscriber], ready: Ready, now: datetime) -> Issue:
    """Make an issue of which one Batch was tried in two Calls, one of them open, and one waits."""
    issue = ready()
    lease = lease_batch(session, "one", now)
    assert lease is not None
    call = open_call(session, lease, 4, now)
    assert call is not None
    outcomes: Sequence[Outcome] = (
        Accepted("a"),
        InDoubt("ReadTimeout"),
        Refused("never", "BadAddress"),
        Refused("later", "Throttled"),
    )
    close_call(session, call.call_id, outcomes, now)
    assert open_call(session, lease, 1, now) is not None
    session.commit()
    return issue


def _tried(session: Session) -> list[int]:
    """Return the readers of the Batch that was tried."""
    first = select(Batch.subscriber_ids).where(Batch.n_taken > 0)
    return session.scalars(first).one()


def _listed(
    session: Session, issue: Issue, wanted: DeliveryFilter | None = None, *, page: int = 200
) -> list[ListedDelivery]:
    """Return all of them, page by page."""
    found: list[ListedDelivery] = []
    after = 0
    while rows := list_deliveries(
        session, issue, wanted or DeliveryFilter(), after=after, limit=page
    ):
        assert len(rows) <= page
        found += rows
        after = found[-1].subscriber_id
    return found


@pytest.mark.parametrize("page", [1, 3, 200])
def test_every_reader_is_listed_once_where_they_stand(
    session: Session, half_way: Issue, readers: list[Subscriber], page: int
) -> None:
    rows = _listed(session, half_way, page=page)
    assert [row.subscriber_id for row in rows] == [reader.id for reader in readers]
    assert [row.address for row in rows] == [reader.address for reader in readers]
    tried = _tried(session)
    assert [(row.state.value, row.attempt) for row in rows if row.subscriber_id in tried] == [
        *(("accepted", 1), ("in_doubt", 1), ("failed", 1), ("queued", 1), ("sending", 1)),
    ]
    others = {(row.state.value, row.attempt) for row in rows if row.subscriber_id not in tried}
    assert others == {("queued", 0)}


def test_counts_are_the_same_where_the_delivered_are_not_told_apart(
    session: Session, half_way: Issue
) -> None:
    row = session.scalars(
        select(Delivery).where(Delivery.state == DeliveryState.ACCEPTED).limit(1)
    ).one()
    row.state = DeliveryState.DELIVERED
    session.flush()
    apart = progress_of(session, half_way)
    together = progress_of(session, half_way, tells_delivered_apart=False)
    assert (apart.settled.pop(DeliveryState.DELIVERED), apart.queued) == (1, together.queued)
    assert together.settled.pop(DeliveryState.ACCEPTED) == 1
    assert together.settled == apart.settled


def test_list_agrees_with_the_counts(session: Session, half_way: Issue) -> None:
    counts = progress_of(session, half_way)
    rows = _listed(session, half_way)
    by_state = dict.fromkeys(ListedState, 0)
    for row in rows:
        by_state[row.state] += 1
    assert by_state[ListedState.QUEUED] == counts.queued
    assert by_state[ListedState.SENDING] == counts.sending
    assert {
        state.value: n
        for state, n in by_state.items()
        if n and state not in {ListedState.QUEUED, ListedState.SENDING}
    } == {state.value: n for state, n in counts.settled.items()}


def test_list_is_narrowed_by_state_edition_and_reader(session: Session, half_way: Issue) -> None:
    everybody = _listed(session, half_way)
    for state in ListedState:
        expected = [row for row in everybody if row.state is state]
        assert _listed(session, half_way, DeliveryFilter(state=state), page=2) == expected
    for edition_id in session.scalars(select(Edition.id)):
        expected = [row for row in everybody if row.edition_id == edition_id]
        assert len(expected) == _EVERYBODY // 2
        assert _listed(session, half_way, DeliveryFilter(edition_id=edition_id), page=2) == expected
    for row in everybody:
        assert _listed(session, half_way, DeliveryFilter(subscriber_id=row.subscriber_id)) == [row]
        wanted = DeliveryFilter(ListedState.QUEUED, row.edition_id, row.subscriber_id)
        assert _listed(session, half_way, wanted) == [row] * (row.state is ListedState.QUEUED)


def test_who_waits_for_a_cancelled_issue_is_listed_as_cancelled(
    session: Session, half_way: Issue, now: datetime
) -> None:
    queued = {
        row.subscriber_id for row in _listed(session, half_way, DeliveryFilter(ListedState.QUEUED))
    }
    cancel(session, CLI, half_way.id, now)
    session.commit()
    rows = _listed(session, half_way, DeliveryFilter(ListedState.CANCELLED))
    assert {row.subscriber_id for row in rows} == queued
    assert _listed(session, half_way, DeliveryFilter(ListedState.QUEUED)) == []
    assert progress_of(session, half_way).cancelled == len(queued)


def test_who_an_event_settled_while_they_wait_is_listed_as_it_says(
    session: Session, half_way: Issue, now: datetime
) -> None:
    """The fourth was refused for now and waits; an Event proves that they have it."""
    session.add(
        Delivery(
            issue_id=half_way.id,
            subscriber_id=(known := _tried(session)[3]),
            edition_id=session.scalars(select(Batch.edition_id)).first(),
            state=DeliveryState.DELIVERED,
            attempt=1,
            at=now,
            event_at=now,
        )
    )
    session.commit()
    rows = _listed(session, half_way)
    assert len(rows) == _EVERYBODY
    assert [row.state for row in rows if row.subscriber_id == known] == [ListedState.DELIVERED]


def test_due_time_is_that_of_who_waits(session: Session, half_way: Issue, now: datetime) -> None:
    hour = now + timedelta(hours=1)
    session.execute(update(Batch).where(Batch.tries == 0).values(not_before=hour))
    session.commit()
    rows = _listed(session, half_way)
    tried = _tried(session)
    assert {row.due_at for row in rows if row.subscriber_id not in tried} == {hour}
    assert {row.due_at for row in rows if row.subscriber_id in tried[:3]} == {None}


def test_nothing_is_listed_of_an_issue_that_was_not_launched(
    session: Session, issue: Issue, readers: list[Subscriber]
) -> None:
    assert _listed(session, issue) == []


def test_list_is_gone_when_only_the_counts_were_kept(session: Session, half_way: Issue) -> None:
    edition_id = session.scalars(select(Edition.id)).first()
    session.add(
        DeliveryCount(
            edition_id=edition_id, issue_id=half_way.id, state=DeliveryState.ACCEPTED, n=10
        )
    )
    session.commit()
    with pytest.raises(Gone):
        _listed(session, half_way)
