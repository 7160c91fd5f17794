from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from app.container import Container
from app.db.session import Sessions, transaction
from app.enums import SubscriberState
from app.models import Subscriber
from app.readers.signup import CONFIRM_WITHIN
from app.tokens import Purpose
from tests.factories import make_subscriber
from tests.pages.markup import tree_of, words_of


@pytest.fixture
def pending(sessions: Sessions) -> Subscriber:
    with transaction(sessions) as session:
        return make_subscriber(session, state=SubscriberState.PENDING, confirmed_at=None)


@pytest.fixture
def path(container: Container, pending: Subscriber, now: datetime) -> str:
    return f"/confirm/{container.signer.sign(Purpose.CONFIRM, pending.public_id, now=now)}"


def _state(sessions: Sessions, subscriber: Subscriber) -> SubscriberState:
    with transaction(sessions) as session:
        return session.get_one(Subscriber, subscriber.id).state


def test_confirm_page_has_one_button_and_changes_nothing_when_it_is_opened(
    client: TestClient, sessions: Sessions, pending: Subscriber, path: str
) -> None:
    root = tree_of(client.get(path).text)
    assert client.head(path).status_code == 200
    assert words_of(root, "button") == ["Yes, send me Devoured"]
    assert [form.get("method") for form in root.findall(".//form")] == ["post"]
    assert _state(sessions, pending) is SubscriberState.PENDING


def test_confirm_makes_the_reader_active_however_often_the_button_is_pressed(
    client: TestClient, sessions: Sessions, pending: Subscriber, path: str
) -> None:
    for _ in range(2):
        answer = client.post(path)
        assert answer.status_code == 200
        assert words_of(tree_of(answer.text), "h1") == ["You are in"]
        assert _state(sessions, pending) is SubscriberState.ACTIVE


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_confirm_is_gone_when_the_link_has_expired(
    client: TestClient,
    container: Container,
    sessions: Sessions,
    pending: Subscriber,
    now: datetime,
    method: str,
) -> None:
    long_ago = now - CONFIRM_WITHIN - timedelta(seconds=1)
    token = container.signer.sign(Purpose.CONFIRM, pending.public_id, now=long_ago)
    answer = client.request(method, f"/confirm/{token}")
    assert answer.status_code == 410
    tree_of(answer.text)
    assert _state(sessions, pending) is SubscriberState.PENDING


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_confirm_finds_nothing_when_the_token_is_for_leaving_or_changed(
    client: TestClient,
    container: Container,
    pending: Subscriber,
    now: datetime,
    path: str,
    method: str,
) -> None:
    foreign = container.signer.sign(Purpose.LEAVE, pending.public_id, now=now)
    for token in (foreign, path.removeprefix("/confirm/") + "x", "zzz", "ü", "%00"):
        answer = client.request(method, f"/confirm/{token}")
        assert answer.status_code == 404
        tree_of(answer.text)


def test_confirm_is_gone_when_the_reader_has_left_meanwhile(
    client: TestClient, sessions: Sessions, pending: Subscriber, path: str
) -> None:
    with transaction(sessions) as session:
        session.get_one(Subscriber, pending.id).state = SubscriberState.LEFT
    assert client.post(path).status_code == 410
    assert _state(sessions, pending) is SubscriberState.LEFT
