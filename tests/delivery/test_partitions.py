import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.migrate import check
from app.db.session import Sessions, transaction
from app.delivery.doubt import Decision, decide
from app.delivery.partitions import ISSUES_EACH, drop_old_partitions, ensure_partition
from app.delivery.progress import edition_progress, progress_of
from app.enums import BatchState, CallState, Cause, DeliveryState, Depth, EditionState, IssueState
from app.models import Batch, Call, Deferral, Delivery, Edition, Issue
from tests.events.conftest import World, make_world
from tests.factories import make_issue

_CHILDREN = (
    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'deliveries'::regclass"
)


def _partitions(session: Session) -> list[str]:
    return sorted(session.scalars(text(_CHILDREN)))


def test_ledger_takes_an_issue_far_ahead_once_its_partition_is_made(
    session: Session, sessions: Sessions, database_url: str, now: datetime
) -> None:
    issue_id = 1000 * ISSUES_EACH - 1
    for _ in range(2):
        with transaction(sessions) as other:
            ensure_partition(other, issue_id)
    row = Delivery(
        issue_id=issue_id,
        subscriber_id=1,
        edition_id=1,
        state=DeliveryState.ACCEPTED,
        attempt=1,
        at=now,
    )
    session.add(row)
    session.commit()
    assert "deliveries_p999" in _partitions(session)
    assert check(database_url) == []


def test_old_ledger_is_dropped_and_its_counts_stay(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    old = make_issue(session, id=70, state=IssueState.SENT, launched_at=now - timedelta(days=500))
    edition = Edition(
        issue_id=old.id,
        follows=1,
        depth=Depth.BRIEF,
        revision=1,
        state=EditionState.RENDERED,
        n_readers=3,
    )
    session.add(edition)
    ensure_partition(session, old.id)
    session.flush()
    for reader, state in enumerate(("accepted", "delivered", "delivered"), start=1):
        session.add(
            Delivery(
                issue_id=old.id,
                subscriber_id=reader,
                edition_id=edition.id,
                state=DeliveryState(state),
                attempt=1,
                at=now,
            )
        )
    session.commit()
    before = now - timedelta(days=400)
    assert "deliveries_p1" not in drop_old_partitions(sessions, before), "it may yet be filled"
    make_issue(session, id=2 * ISSUES_EACH, created_at=now)
    session.commit()
    assert "deliveries_p1" in drop_old_partitions(sessions, before)
    assert "deliveries_p1" not in _partitions(session)
    counts = {state.value: n for state, n in progress_of(session, old).settled.items()}
    assert counts == {"accepted": 1, "delivered": 2}
    (kept,) = edition_progress(session, old.id)
    assert {state.value: n for state, n in kept.settled.items()} == counts


def test_batches_of_an_old_ledger_go_a_few_in_each_transaction(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    world = make_world(session, now - timedelta(days=500), 2, IssueState.SENT)
    young = make_issue(session, id=ISSUES_EACH, created_at=now)
    kept = [
        Batch(
            issue_id=issue_id,
            edition_id=world.batch.edition_id,
            subscriber_ids=[1],
            n_readers=1,
            state=BatchState.DONE,
            n_taken=1,
            tries=0,
            lease_number=0,
        )
        for issue_id in (*[world.issue.id] * 4, young.id)
    ]
    session.add_all([*kept, world.written(0, now), world.written(1, now)])
    for one in (world.issue, young):
        session.add(
            Deferral(issue_id=one.id, subscriber_id=1, cause=Cause.OURS, reason="x", at=now)
        )
    session.commit()
    n_left: list[int] = []

    def look() -> bool:
        n_left.append(session.scalar(select(func.count()).select_from(Batch)) or 0)
        session.commit()
        return len(n_left) == 3

    before = now - timedelta(days=400)
    name = f"deliveries_p{world.issue.id // ISSUES_EACH}"
    assert name not in drop_old_partitions(sessions, before, is_stopping=look, limit=2)
    assert n_left == [6, 4, 2], "it was told to stop before the last of them"
    assert name in _partitions(session)
    issue = session.get_one(Issue, world.issue.id)
    assert progress_of(session, issue).settled == {DeliveryState.ACCEPTED: 2}
    session.commit()
    assert name in drop_old_partitions(sessions, before, limit=2)
    assert session.scalars(select(Batch.issue_id)).all() == [young.id]
    assert session.scalars(select(Call)).all() == []
    assert session.scalars(select(Deferral.issue_id)).all() == [young.id]
    assert progress_of(session, issue).settled == {DeliveryState.ACCEPTED: 2}


def test_ledger_is_kept_while_one_of_its_issues_is_young_or_running(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    before = now - timedelta(days=400)
    make_issue(session, id=2 * ISSUES_EACH, created_at=now)
    ensure_partition(session, ISSUES_EACH)
    young = make_issue(session, id=ISSUES_EACH, launched_at=now, state=IssueState.SENT)
    session.commit()
    assert "deliveries_p1" not in drop_old_partitions(sessions, before)
    young.launched_at = before - timedelta(days=1)
    young.state = IssueState.PAUSED
    session.commit()
    assert "deliveries_p1" not in drop_old_partitions(sessions, before)


@pytest.fixture
def doubtful(session: Session, now: datetime) -> World:
    """Make an old sent Issue with a reader still in doubt, and an Issue that came long after."""
    world = make_world(session, now - timedelta(days=500), 1, IssueState.SENT)
    world.batch.state, world.call.state = BatchState.DONE, CallState.CLOSED
    session.add(world.written(0, now, state=DeliveryState.IN_DOUBT))
    make_issue(session, id=ISSUES_EACH, created_at=now)
    session.commit()
    return world


def _one_queued(issue_id: int, edition_id: int) -> Batch:
    return Batch(
        issue_id=issue_id,
        edition_id=edition_id,
        subscriber_ids=[1],
        n_readers=1,
        state=BatchState.QUEUED,
        n_taken=0,
        tries=0,
        lease_number=0,
    )


def _queued(session: Session) -> list[int]:
    session.expire_all()
    return list(session.scalars(select(Batch.n_readers).where(Batch.state == BatchState.QUEUED)))


def test_reader_is_not_forgotten_when_a_person_sends_again_what_is_being_dropped(
    session: Session, sessions: Sessions, doubtful: World, now: datetime
) -> None:
    def look() -> bool:
        with transaction(sessions) as other:
            if not _queued(other):
                decide(other, CLI, doubtful.issue.id, Decision.RESEND, now)
        return False

    name = f"deliveries_p{doubtful.issue.id // ISSUES_EACH}"
    assert name not in drop_old_partitions(sessions, now, is_stopping=look, limit=1)
    assert _queued(session) == [1]
    assert session.get_one(Issue, doubtful.issue.id).state is IssueState.SENDING


def test_reader_is_not_forgotten_when_an_old_draft_is_launched_beside_what_is_being_dropped(
    session: Session, sessions: Sessions, doubtful: World, now: datetime
) -> None:
    draft = make_issue(session, created_at=now - timedelta(days=500))
    session.commit()

    def look() -> bool:
        if draft.launched_at is None:
            draft.state, draft.launched_at = IssueState.SENDING, now
            session.add(_one_queued(draft.id, doubtful.batch.edition_id))
            session.commit()
        return False

    assert drop_old_partitions(sessions, now, is_stopping=look, limit=1) == []
    assert _queued(session) == [1]


def test_drop_waits_for_who_is_sending_again_and_then_leaves_their_batch(
    session: Session, sessions: Sessions, doubtful: World, now: datetime
) -> None:
    dropped: list[str] = []
    dropping = threading.Thread(target=lambda: dropped.extend(drop_old_partitions(sessions, now)))
    with transaction(sessions) as other:
        decide(other, CLI, doubtful.issue.id, Decision.RESEND, now)
        other.flush()
        dropping.start()
        dropping.join(0.3)
        assert dropping.is_alive()
    dropping.join(30)
    assert (dropped, _queued(session)) == ([], [1])


def test_reader_is_counted_once_when_they_were_settled_between_two_drops(
    session: Session, sessions: Sessions, doubtful: World, now: datetime
) -> None:
    name = f"deliveries_p{doubtful.issue.id // ISSUES_EACH}"
    assert name not in drop_old_partitions(sessions, now, is_stopping=lambda: True)
    assert progress_of(session, doubtful.issue).settled == {DeliveryState.IN_DOUBT: 1}
    session.commit()
    with transaction(sessions) as other:
        decide(other, CLI, doubtful.issue.id, Decision.SENT, now)
    assert name in drop_old_partitions(sessions, now)
    assert progress_of(session, doubtful.issue).settled == {DeliveryState.ACCEPTED: 1}


def test_counts_stay_when_the_partition_was_made_anew_for_another_issue(
    session: Session, sessions: Sessions, doubtful: World, now: datetime
) -> None:
    name = f"deliveries_p{doubtful.issue.id // ISSUES_EACH}"
    assert name in drop_old_partitions(sessions, now)
    other = make_world(session, now - timedelta(days=500), 1, IssueState.SENT)
    session.add(other.written(0, now))
    session.commit()
    assert name in drop_old_partitions(sessions, now)
    assert progress_of(session, doubtful.issue).settled == {DeliveryState.IN_DOUBT: 1}
    assert progress_of(session, other.issue).settled == {DeliveryState.ACCEPTED: 1}
