"""Every step on a page says from which network it came, and no more of the caller than that."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.addresses import parse_address
from app.container import Container
from app.db.session import Sessions, transaction
from app.enums import Depth, LetterKind, SubscriberState
from app.main import create_app
from app.models import Consent, Letter, Subscriber
from app.readers.new_address import ask_new_address
from app.tokens import Purpose
from tests.factories import make_category, make_subscriber

NETWORK = "8.8.8.0/24"

# In this order: each step finds the reader as the one before left them.
TRANSITIONS: list[tuple[str, dict[str, str | list[str]], list[tuple[str, str]]]] = [
    ("/confirm/{confirm}", {}, [("confirmed", "page")]),
    ("/leave/{leave}/depth", {}, [("changed", "page")]),
    ("/leave/{leave}/category/ai", {}, [("changed", "page")]),
    ("/leave/{leave}/back", {"category": "ai"}, [("changed", "page")]),
    ("/leave/{leave}", {}, [("left", "page")]),
    ("/leave/{leave}/back", {}, [("came_back", "page")]),
    ("/leave/{leave}/category/ai", {"List-Unsubscribe": "One-Click"}, [("changed", "mailbox")]),
    ("/leave/{leave}", {"List-Unsubscribe": "One-Click"}, [("left", "mailbox")]),
    ("/preferences/{preferences}/back", {}, [("came_back", "page")]),
    (
        "/preferences/{preferences}",
        {"categories": ["ai", "devops"], "depth": "deep"},
        [("changed", "page")],
    ),
    ("/address/{address}", {}, [("moved", "page")]),
]


@pytest.fixture
def client(container: Container) -> Iterator[TestClient]:
    with TestClient(create_app(container), client=("8.8.8.8", 1)) as client:
        yield client


@pytest.fixture
def reader(sessions: Sessions) -> Subscriber:
    """Somebody who has not confirmed yet, and follows both categories."""
    with transaction(sessions) as session:
        make_category(session, "ai")
        make_category(session, "devops")
        return make_subscriber(
            session,
            state=SubscriberState.PENDING,
            follows=3,
            depth=Depth.BRIEF,
            confirmed_at=None,
        )


def _tokens(container: Container, reader: Subscriber, now: datetime) -> dict[str, str]:
    return {
        purpose.value: container.signer.sign(purpose, reader.public_id, now=now)
        for purpose in (Purpose.CONFIRM, Purpose.LEAVE, Purpose.PREFERENCES)
    }


def _new_address(container: Container, reader: Subscriber, now: datetime) -> str:
    """Return the token of the Letter to an address that this reader asked for."""
    with transaction(container.sessions) as session:
        mover = session.get_one(Subscriber, reader.id)
        ask_new_address(session, mover, parse_address("new@reader.example"), container.pepper, now)
        session.flush()
        asked = select(Letter.public_id).where(Letter.kind == LetterKind.NEW_ADDRESS)
        return container.signer.sign(Purpose.NEW_ADDRESS, session.scalars(asked).one(), now=now)


def _consents(sessions: Sessions) -> list[Consent]:
    with transaction(sessions) as session:
        return list(session.scalars(select(Consent).order_by(Consent.id)))


def test_step_on_a_page_keeps_the_network_it_came_from(
    client: TestClient, container: Container, sessions: Sessions, reader: Subscriber, now: datetime
) -> None:
    tokens = _tokens(container, reader, now)
    tokens["address"] = ""
    n_before = 0
    for path, fields, steps in TRANSITIONS:
        if "{address}" in path:
            tokens["address"] = _new_address(container, reader, now)
        assert client.post(path.format(**tokens), data=fields).status_code == 200, path
        rows = _consents(sessions)[n_before:]
        assert [(row.step, row.source) for row in rows] == steps, path
        assert [row.network for row in rows] == [NETWORK] * len(rows), path
        n_before += len(rows)


def test_erasure_keeps_no_network_not_even_of_itself(
    client: TestClient, container: Container, sessions: Sessions, reader: Subscriber, now: datetime
) -> None:
    tokens = _tokens(container, reader, now)
    client.post(f"/confirm/{tokens['confirm']}")
    client.post(f"/preferences/{tokens['preferences']}/erase")
    rows = _consents(sessions)
    assert [(row.step, row.network) for row in rows] == [("confirmed", None), ("erased", None)]
