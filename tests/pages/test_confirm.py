from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from app.container import Container
from app.db.session import Sessions, transaction
from app.enums import SubscriberState
from app.models import Issue, Publication, Story, Subscriber
from app.readers.signup import CONFIRM_WITHIN
from app.tokens import Purpose
from tests.factories import make_subscriber
from tests.pages.markup import links_of, tree_of, words_of


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


@pytest.mark.parametrize("is_open", [True, False])
def test_you_are_in_links_what_the_reader_follows_of_the_latest_issue(
    client: TestClient,
    container: Container,
    sessions: Sessions,
    published: Issue,
    stories: dict[str, Story],
    now: datetime,
    *,
    is_open: bool,
) -> None:
    with transaction(sessions) as session:
        if not is_open:
            session.get_one(Publication, 1).archive_closed_at = now - timedelta(days=9)
        key = session.get_one(Issue, published.id).key
        reader = make_subscriber(session, state=SubscriberState.PENDING, follows=1, hour=9)
    token = container.signer.sign(Purpose.CONFIRM, reader.public_id, now=now)
    root = tree_of(client.post(f"/confirm/{token}").text)
    ask = "" if is_open else f"?key={key}"
    links = links_of(root)
    for title in ("First of AI", "Second of AI"):
        assert links[title] == f"/read/{published.id}/{stories[title].id}{ask}"
        assert client.get(links[title]).status_code == 200
    assert links["Read the latest issue"] == f"/read/{published.id}{ask}"
    assert "Only one of DevOps" not in links
    says = words_of(root, "p[@class='standfirst']")[0]
    assert says.endswith("for you: it is due on Tuesday 24 November at 09:00 (UTC).")


def test_you_are_in_speaks_the_language_of_the_mail_that_led_there(
    client: TestClient, container: Container, sessions: Sessions, published: Issue, now: datetime
) -> None:
    with transaction(sessions) as session:
        reader = make_subscriber(
            session, state=SubscriberState.PENDING, follows=1, language="de", hour=9
        )
    token = container.signer.sign(Purpose.CONFIRM, reader.public_id, now=now)
    asked = tree_of(client.get(f"/confirm/{token}", headers={"Accept-Language": "en"}).text)
    assert asked.get("lang") == "de"
    asked = tree_of(client.get(f"/confirm/{token}?lang=en").text)
    assert asked.get("lang") == "en"
    root = tree_of(client.post(f"/confirm/{token}").text)
    assert root.get("lang") == "de"
    assert "am Dienstag, 24. November um 09:00 Uhr" in words_of(root, "p[@class='standfirst']")[0]


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
