"""Soft bounces are counted for the mailbox that they came from, not for who has moved since."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.letters import queue_letter
from app.enums import DeliveryState, IssueState, LetterKind
from app.models import Letter, Subscriber, Suppression
from app.public_ids import delivery_tag
from tests.events.conftest import Tell, make_world
from tests.events.told import bounce, said

HOUR = timedelta(hours=1)
SOFT = bounce("Transient/MailboxFull")
Bounce = Callable[[float, float], list[bytes]]


@pytest.fixture
def moved(session: Session, now: datetime) -> Subscriber:
    """Make a reader who has moved to another address, just now."""
    reader = make_world(session, now, 1, IssueState.SENT).readers[0]
    reader.moved_at = now
    session.commit()
    return reader


@pytest.fixture
def bounced(session: Session, moved: Subscriber, tell: Tell, now: datetime) -> Bounce:
    """Return a function that bounces a mail sent at one hour at another hour.

    It returns what is suppressed after that.
    """

    def bounce_once(sent: float, told: float) -> list[bytes]:
        world = make_world(session, now + sent * HOUR, 0, IssueState.SENT)
        session.add(world.written_for(moved, now + sent * HOUR))
        session.commit()
        tag = delivery_tag(world.issue.public_id, moved.public_id)
        tell(said("Bounce", now + told * HOUR, delivery_id=tag, part=SOFT))
        return list(session.scalars(select(Suppression.address_hmac)))

    return bounce_once


def test_new_address_is_not_suppressed_when_the_old_one_bounced(
    moved: Subscriber, bounced: Bounce
) -> None:
    for before in (-4, -3, -2, -1):
        assert bounced(before, before) == []
    for after in (1, 2, 3, 4):
        assert bounced(after, after) == []
    assert bounced(5, 5) == [moved.address_hmac]


def test_new_address_is_not_suppressed_when_the_old_one_bounces_late(bounced: Bounce) -> None:
    for after in (1, 2, 3, 4):
        assert bounced(after, after) == []
    assert bounced(-1, 5) == []


def test_new_address_is_not_suppressed_when_letters_to_the_old_one_bounced(
    session: Session, moved: Subscriber, bounced: Bounce, now: datetime
) -> None:
    letters: list[Letter] = []
    for hours in (-4, -3, -2, -1):
        at = now + hours * HOUR
        letter = queue_letter(session, LetterKind.WELCOME, subscriber_id=moved.id, now=at)
        letter.state, letter.reason = DeliveryState.BOUNCED, "Transient/General"
        letter.event_at = at
        letters.append(letter)
    session.commit()
    assert bounced(1, 1) == []
    for letter in letters:
        letter.created_at += 5 * HOUR
    session.commit()
    assert bounced(2, 2) == [moved.address_hmac]
