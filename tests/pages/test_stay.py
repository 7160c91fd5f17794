"""The page behind the mail of the sunset rule: its button keeps a reader, and nothing else does."""

from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.container import Container
from app.db.session import Sessions, transaction
from app.enums import SubscriberState
from app.models import Issue, ReaderSign, Subscriber
from app.tokens import Purpose
from tests.factories import make_subscriber
from tests.pages.markup import tree_of, words_of


def _said(answer: Response) -> str:
    return words_of(tree_of(answer.text), "body")[0]


@pytest.fixture
def reader(sessions: Sessions, published: Issue, now: datetime) -> Subscriber:
    with transaction(sessions) as session:
        return make_subscriber(session, follows=1, silent_at=now - timedelta(days=9))


@pytest.fixture
def path(container: Container, reader: Subscriber, now: datetime) -> str:
    made_at = now - timedelta(days=200)
    with transaction(container.sessions) as session:
        session.get_one(Subscriber, reader.id).created_at = made_at
    return f"/stay/{container.signer.sign(Purpose.STAY, reader.public_id, now=made_at)}"


def test_only_the_button_keeps_a_reader(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str, now: datetime
) -> None:
    assert client.head(path).status_code == 200
    assert "Do you still want to read us?" in _said(client.get(path))
    with transaction(sessions) as session:
        assert session.get_one(Subscriber, reader.id).silent_at is not None
        assert session.get(ReaderSign, reader.id) is None
    for _ in range(2):
        answer = client.post(path)
        assert answer.status_code == 200
        assert "Good that you stay" in _said(answer)
    with transaction(sessions) as session:
        assert session.get_one(Subscriber, reader.id).silent_at is None
        assert session.get_one(ReaderSign, reader.id).last_at == now


@pytest.mark.parametrize("what", ["left", "moved", "erased"])
def test_the_link_brings_nobody_back_who_left_or_moved(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str, now: datetime, what: str
) -> None:
    with transaction(sessions) as session:
        row = session.get_one(Subscriber, reader.id)
        if what == "moved":
            row.moved_at = now
        else:
            row.state = SubscriberState(what)
    assert client.get(path).status_code == 410
    assert client.post(path).status_code == 410
    with transaction(sessions) as session:
        assert session.get(ReaderSign, reader.id) is None


def test_the_own_page_says_why_nothing_comes_and_one_press_brings_it_back(
    client: TestClient, container: Container, reader: Subscriber, now: datetime
) -> None:
    own = f"/preferences/{container.signer.sign(Purpose.PREFERENCES, reader.public_id, now=now)}"
    assert "when we asked whether you still read us" in _said(client.get(own))
    assert "You get the next issue" in _said(client.post(f"{own}/back"))
