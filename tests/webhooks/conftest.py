"""A webhook that leads to a real server, and an outbox to tell it of."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.clock import system_clock
from app.db.session import Sessions
from app.models import MessageState, OutboxEntry, OutboxKind, Webhook, WebhookMessage
from app.webhooks.deliver import tell
from app.webhooks.endpoints import Rules, add_webhook
from app.webhooks.fan_out import hand_on_all
from app.webhooks.request import WebhookNetwork
from tests.webhooks.receiver import Receiver, receiving

KEYS = ("a signing key of the tests",)
RULES = Rules(KEYS, takes_http=True)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@dataclass
class Telling:
    """Tells webhooks at an instant that a test moves on."""

    session: Session
    sessions: Sessions
    receiver: Receiver
    at: datetime = field(default_factory=system_clock)
    network: WebhookNetwork = field(
        default_factory=lambda: WebhookNetwork(["127.0.0.0/8"], deadline_seconds=20)
    )

    def clock(self) -> datetime:
        return self.at

    def add(self, *kinds: OutboxKind, path: str = "/hook") -> tuple[Webhook, str]:
        made = add_webhook(self.session, CLI, self.receiver.url(path), kinds, RULES, self.at)
        self.session.commit()
        return made

    def write(self, *readers: int, kind: OutboxKind = OutboxKind.READER_LEFT) -> list[str]:
        """Write entries about these readers, and return the ids that they are told by."""
        made = [
            OutboxEntry(kind=kind, at=self.at, reader_id=one, facts={"source": "page"})
            for one in readers
        ]
        for entry in made:  # one after the other, for their ids
            self.session.add(entry)
            self.session.flush()
            self.session.refresh(entry)
        self.session.commit()
        return [f"evt_{entry.public_id}" for entry in made]

    def hand_on(self) -> None:
        hand_on_all(self.sessions, self.clock, lambda: False)

    def tell(self) -> None:
        self.hand_on()
        tell(self.sessions, KEYS, self.network, self.clock, lambda: False)
        self.session.expire_all()

    def later(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def telling(session: Session, sessions: Sessions, receiver: Receiver) -> Telling:
    """Begin where the outbox is read from now on."""
    made = Telling(session, sessions, receiver)
    made.hand_on()
    return made


def states(session: Session) -> list[MessageState]:
    query = select(WebhookMessage.state).order_by(WebhookMessage.id)
    return list(session.scalars(query))
