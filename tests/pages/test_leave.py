from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.container import Container
from app.db.session import Sessions, transaction
from app.models import Subscriber
from app.tokens import Purpose
from app.words import SubscriberState
from tests.factories import make_subscriber
from tests.pages.markup import links_of, tree_of, words_of

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
ENCODINGS: dict[str, dict[str, Any]] = {
    "urlencoded": {"data": ONE_CLICK},
    "multipart": {"files": {name: (None, value) for name, value in ONE_CLICK.items()}},
}


@pytest.fixture
def reader(sessions: Sessions) -> Subscriber:
    with transaction(sessions) as session:
        return make_subscriber(session)


@pytest.fixture
def path(container: Container, reader: Subscriber, now: datetime) -> str:
    """A link that is five years old: leaving never expires."""
    long_ago = now - timedelta(days=5 * 365)
    return f"/leave/{container.signer.sign(Purpose.LEAVE, reader.id, now=long_ago)}"


def _state(sessions: Sessions, subscriber: Subscriber) -> SubscriberState:
    with transaction(sessions) as session:
        return session.get_one(Subscriber, subscriber.id).state


def test_leave_page_has_one_button_and_changes_nothing_when_it_is_opened(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str
) -> None:
    root = tree_of(client.get(path).text)
    assert client.head(path).status_code == 200
    assert words_of(root, "button") == ["Leave"]
    assert _state(sessions, reader) is SubscriberState.ACTIVE


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_leave_takes_one_click_in_both_encodings_any_number_of_times(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str, encoding: str
) -> None:
    for _ in range(3):
        answer = client.post(path, **ENCODINGS[encoding])
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        assert len(answer.content) < 100
        assert not {"set-cookie", "location"} & set(answer.headers)
        assert _state(sessions, reader) is SubscriberState.LEFT


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"},
        {"Content-Type": "multipart/form-data"},
        {"Content-Type": "application/octet-stream"},
        {"Content-Type": ""},
    ],
)
def test_leave_lets_nobody_stay_when_the_request_is_odd(
    client: TestClient,
    sessions: Sessions,
    reader: Subscriber,
    path: str,
    headers: dict[str, str],
) -> None:
    answer = client.post(path, content=b"\xff\x00--&=", headers=headers)
    assert answer.status_code == 200
    assert _state(sessions, reader) is SubscriberState.LEFT


def test_leave_by_the_button_says_so_and_shows_a_way_back(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str
) -> None:
    root = tree_of(client.post(path).text)
    assert words_of(root, "h1") == ["You have left"]
    assert links_of(root)["Sign up again"] == "/"
    assert _state(sessions, reader) is SubscriberState.LEFT


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_leave_finds_nothing_when_the_token_is_not_for_leaving(
    client: TestClient,
    container: Container,
    sessions: Sessions,
    reader: Subscriber,
    now: datetime,
    method: str,
) -> None:
    for token in (container.signer.sign(Purpose.CONFIRM, reader.id, now=now), "nonsense"):
        assert client.request(method, f"/leave/{token}").status_code == 404
    assert _state(sessions, reader) is SubscriberState.ACTIVE


def test_leave_finds_nothing_when_there_never_was_such_a_reader(
    client: TestClient, container: Container, now: datetime
) -> None:
    token = container.signer.sign(Purpose.LEAVE, 404, now=now)
    assert client.post(f"/leave/{token}", data=ONE_CLICK).status_code == 404


def test_leave_without_a_link_explains_where_it_is(client: TestClient) -> None:
    root = tree_of(client.get("/leave").text)
    assert words_of(root, "h1") == ["How to leave"]
    assert root.find(".//form") is None
