"""What is published because of what came back: once for each reader, however often it is told."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from tests.events.conftest import Tell, World
from tests.events.told import bounce, complaint, said
from tests.outboxes import last_entry, published

_DAY = timedelta(days=1)


def test_hard_bounce_is_published_once(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    for subtype in ("General", "NoEmail"):
        part = bounce(f"Permanent/{subtype}")
        tell(said("Bounce", now, delivery_id=world.tag(), part=part))
    assert published(session) == ["reader.bounced"]
    entry = last_entry(session)
    assert entry.reader_id == world.readers[0].public_id
    assert entry.facts == {"reason": "hard_bounce"}


def test_complaint_makes_the_reader_leave_too(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    tell(said("Complaint", now, delivery_id=world.tag(), part=complaint()))
    tell(said("Complaint", now + _DAY, delivery_id=world.tag(), part=complaint()))
    assert published(session) == ["reader.left", "reader.complained"]


def test_many_events_at_once_publish_one_entry_for_each_reader(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    addresses = [reader.address or "" for reader in world.readers]
    told = [
        said(
            "Bounce",
            now,
            delivery_id=world.tag(place),
            address=addresses[place],
            part=bounce("Permanent/General", addresses[place]),
        )
        for place in (0, 1, 0)
    ]
    tell(*told)
    assert published(session) == ["reader.bounced"] * 2
