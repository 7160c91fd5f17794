from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app.db.session import Sessions, transaction
from app.delivery.partitions import ensure_partition
from app.enums import BatchState, CallState, DeliveryState, Depth, EditionState, IssueState
from app.events.apply import apply_new
from app.events.inbox import RawEvent, store
from app.models import AcceptedBy, Batch, Call, Delivery, Edition, Issue, Subscriber
from app.public_ids import delivery_tag
from tests.factories import PEPPER, SIGNER, make_issue, make_subscriber

Tell = Callable[..., int]


@dataclass(frozen=True)
class World:
    """An Issue that is being sent to a few readers, all of them in one open Call."""

    issue: Issue
    batch: Batch
    call: Call
    readers: Sequence[Subscriber]

    def tag(self, place: int = 0) -> str:
        """Return the `delivery_id` of a reader's mail."""
        return delivery_tag(self.issue.public_id, self.readers[place].public_id)

    def written(self, place: int, now: datetime, **overrides: object) -> Delivery:
        """Build the ledger's row of a reader, as the provider's answer leaves it."""
        return self.written_for(
            self.readers[place], now, **{"provider_id": f"answer-{place}", **overrides}
        )

    def written_for(self, reader: Subscriber, now: datetime, **overrides: object) -> Delivery:
        """Build the same row for any reader."""
        values = {
            "issue_id": self.issue.id,
            "subscriber_id": reader.id,
            "edition_id": self.batch.edition_id,
            "call_id": self.call.id,
            "state": DeliveryState.ACCEPTED,
            "attempt": 1,
            "provider_id": "answer",
            "at": now,
        } | overrides
        values.setdefault("accepted_by", AcceptedBy.ANSWER if values["provider_id"] else None)
        return Delivery(**values)


def make_world(
    session: Session, now: datetime, n_readers: int = 2, state: IssueState = IssueState.SENDING
) -> World:
    """Rows of a World, flushed."""
    issue = make_issue(session, state=state, launched_at=now, rendered_at=now)
    ensure_partition(session, issue.id)
    readers = [make_subscriber(session) for _ in range(n_readers)]
    edition = Edition(
        issue_id=issue.id,
        follows=1,
        depth=Depth.DEEP,
        revision=1,
        state=EditionState.RENDERED,
        n_readers=n_readers,
    )
    session.add(edition)
    session.flush()
    batch = Batch(
        issue_id=issue.id,
        edition_id=edition.id,
        subscriber_ids=[reader.id for reader in readers],
        n_readers=n_readers,
        state=BatchState.LEASED,
        n_taken=n_readers,
        tries=0,
        lease_number=1,
    )
    session.add(batch)
    session.flush()
    call = Call(
        batch_id=batch.id,
        subscriber_ids=[reader.id for reader in readers],
        state=CallState.OPEN,
        attempt=1,
        worker="one",
        opened_at=now,
    )
    session.add(call)
    session.flush()
    return World(issue, batch, call, readers)


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    """Make a World and commit it."""
    made = make_world(session, now)
    session.commit()
    return made


@pytest.fixture
def tell(session: Session, sessions: Sessions, now: datetime) -> Tell:
    """Store messages and apply all there is to apply, each step committed; how many were."""
    n_told = 0

    def tell_now(*messages: str, at: datetime = now) -> int:
        nonlocal n_told
        events = [RawEvent(f"told-{n_told + n}", text) for n, text in enumerate(messages)]
        n_told += len(messages)
        with transaction(sessions) as own:
            store(own, events, at)
        n_applied = 0
        while True:
            with transaction(sessions) as own:
                n_found = apply_new(own, 100, PEPPER, SIGNER, at)
            if n_found == 0:
                break
            n_applied += n_found
        session.expire_all()
        return n_applied

    return tell_now
