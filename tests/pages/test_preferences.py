from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from app.container import Container
from app.db.session import Sessions, transaction
from app.models import Issue, Subscriber
from app.pages.preferences import PREFERENCES_WITHIN
from app.tokens import Purpose
from app.words import Depth, SubscriberState
from tests.factories import make_subscriber
from tests.pages.markup import tree_of, words_of


@pytest.fixture
def reader(sessions: Sessions, published: Issue) -> Subscriber:
    with transaction(sessions) as session:
        return make_subscriber(session, follows=1)


@pytest.fixture
def path(container: Container, reader: Subscriber, now: datetime) -> str:
    return f"/preferences/{container.signer.sign(Purpose.PREFERENCES, reader.id, now=now)}"


def _stored(sessions: Sessions, subscriber: Subscriber) -> Subscriber:
    with transaction(sessions) as session:
        return session.get_one(Subscriber, subscriber.id)


def test_preferences_show_what_is_chosen(client: TestClient, path: str) -> None:
    root = tree_of(client.get(path).text)
    assert client.head(path).status_code == 200
    ticked = [
        box.get("value") for box in root.findall(".//input") if box.get("checked") is not None
    ]
    assert ticked == ["ai", "deep"]


def test_preferences_are_saved_and_shown_as_saved(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str
) -> None:
    answer = client.post(path, data={"categories": ["devops"], "depth": "headlines"})
    assert answer.status_code == 200
    assert words_of(tree_of(answer.text), "h1") == ["Saved"]
    stored = _stored(sessions, reader)
    assert (stored.follows, stored.depth) == (2, Depth.HEADLINES)


@pytest.mark.parametrize("form", [{}, {"categories": ["ai"]}, {"depth": "deep"}])
def test_preferences_are_kept_when_the_form_is_not_whole(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str, form: dict[str, object]
) -> None:
    answer = client.post(path, data=form)
    assert answer.status_code == 422
    assert "Not saved yet" in words_of(tree_of(answer.text), "p[@role]")[0]
    assert _stored(sessions, reader).follows == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_preferences_are_nobody_elses(
    client: TestClient, container: Container, reader: Subscriber, now: datetime, method: str
) -> None:
    sign, stale = container.signer.sign, now - PREFERENCES_WITHIN - timedelta(seconds=1)
    for token, status in (
        (sign(Purpose.LEAVE, reader.id, now=now), 404),
        (sign(Purpose.PREFERENCES, reader.id, now=now)[:-1], 404),
        (sign(Purpose.PREFERENCES, reader.id, now=stale), 410),
        (sign(Purpose.PREFERENCES, 404, now=now), 410),
    ):
        answer = client.request(method, f"/preferences/{token}")
        assert answer.status_code == status
        tree_of(answer.text)


def test_preferences_are_gone_when_their_reader_was_erased(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str
) -> None:
    with transaction(sessions) as session:
        session.get_one(Subscriber, reader.id).state = SubscriberState.ERASED
    assert client.get(path).status_code == 410


def test_preferences_without_a_link_explain_where_it_is(client: TestClient) -> None:
    assert words_of(tree_of(client.get("/preferences").text), "h1") == ["Your preferences"]
