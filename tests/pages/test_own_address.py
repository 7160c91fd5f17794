from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.container import Container
from app.db.session import Sessions, transaction
from app.enums import LetterKind, SubscriberState
from app.models import Letter, Subscriber
from app.readers.new_address import NEW_ADDRESS_WITHIN
from app.tokens import Purpose
from tests.factories import make_category, make_subscriber
from tests.pages.markup import tree_of, words_of

NEW = "new@reader.example"
FORM = {"categories": ["ai"], "depth": "deep"}


@pytest.fixture
def reader(sessions: Sessions) -> Subscriber:
    with transaction(sessions) as session:
        make_category(session, "ai")
        return make_subscriber(session, "old@reader.example")


@pytest.fixture
def path(container: Container, reader: Subscriber, now: datetime) -> str:
    return f"/preferences/{container.signer.sign(Purpose.PREFERENCES, reader.public_id, now=now)}"


def _address(sessions: Sessions, reader: Subscriber) -> str | None:
    with transaction(sessions) as session:
        return session.get_one(Subscriber, reader.id).address


def _link(sessions: Sessions, container: Container, at: datetime) -> str:
    with transaction(sessions) as session:
        kind = LetterKind.NEW_ADDRESS
        letter_id = session.scalars(select(Letter.public_id).where(Letter.kind == kind)).all()[-1]
    return f"/address/{container.signer.sign(Purpose.NEW_ADDRESS, letter_id, now=at)}"


def test_address_changes_once_the_button_at_the_new_one_is_pressed(
    client: TestClient,
    sessions: Sessions,
    container: Container,
    reader: Subscriber,
    path: str,
    now: datetime,
) -> None:
    root = tree_of(client.post(path, data=FORM | {"address": NEW}).text)
    assert words_of(root, "p[@role='status']")[0].endswith(
        f"A mail with a link is on its way to {NEW}."
    )
    link = _link(sessions, container, now)
    assert words_of(tree_of(client.get(link).text), "button") == ["Yes, send it here"]
    assert client.head(link).status_code == 200
    assert _address(sessions, reader) == "old@reader.example"
    for _ in range(2):
        answer = client.post(link)
        assert words_of(tree_of(answer.text), "b") == [NEW]
        assert _address(sessions, reader) == NEW
        (own,) = (link.get("href") for link in tree_of(answer.text).iterfind(".//main//a"))
        assert own is not None
        assert NEW in client.get(own).text
    assert client.get(path).status_code == 200  # made in the same second


@pytest.mark.parametrize("purpose", [Purpose.PREFERENCES, Purpose.ASKED])
def test_links_to_the_old_address_open_nothing_once_it_has_changed(
    client: TestClient,
    sessions: Sessions,
    container: Container,
    reader: Subscriber,
    path: str,
    now: datetime,
    purpose: Purpose,
) -> None:
    earlier = now - timedelta(hours=1)
    old = f"/preferences/{container.signer.sign(purpose, reader.public_id, now=earlier)}"
    leave = f"/leave/{container.signer.sign(Purpose.LEAVE, reader.public_id, now=earlier)}"
    assert client.get(old).status_code == 200
    client.post(path, data=FORM | {"address": NEW})
    assert client.get(old).status_code == 200
    client.post(_link(sessions, container, now))
    gone = client.get(old)
    assert gone.status_code == 410
    assert NEW not in gone.text
    assert "/preferences" in [
        link.get("href") for link in tree_of(gone.text).iterfind(".//main//a")
    ]
    assert client.get(f"{old}/data").status_code == 410
    assert client.post(f"{old}/erase").status_code == 410
    assert client.get(leave).status_code == 200


def test_page_is_the_same_whether_or_not_the_new_address_is_a_readers(
    client: TestClient, sessions: Sessions, path: str
) -> None:
    with transaction(sessions) as session:
        make_subscriber(session, "known@reader.example")
    pages = []
    for name in ("known", "nobody"):
        answer = client.post(path, data=FORM | {"address": f"{name}@reader.example"})
        client.post(path, data=FORM | {"withdraw": "1"})
        pages.append((answer.status_code, answer.text.replace(name, "X")))
    assert pages[0] == pages[1]


def test_link_is_gone_when_the_request_was_withdrawn_or_is_old(
    client: TestClient,
    sessions: Sessions,
    container: Container,
    reader: Subscriber,
    path: str,
    now: datetime,
) -> None:
    client.post(path, data=FORM | {"address": NEW})
    old = _link(sessions, container, now - NEW_ADDRESS_WITHIN - timedelta(seconds=1))
    assert client.post(old).status_code == 410
    client.post(path, data=FORM | {"withdraw": "1"})
    assert client.post(_link(sessions, container, now)).status_code == 410
    wrong = container.signer.sign(Purpose.PREFERENCES, reader.public_id, now=now)
    assert client.post(f"/address/{wrong}").status_code == 404
    assert _address(sessions, reader) == "old@reader.example"


def test_change_is_refused_when_it_is_no_address(client: TestClient, path: str) -> None:
    answer = client.post(path, data=FORM | {"address": "no address"})
    assert answer.status_code == 422
    assert tree_of(answer.text).find(".//p[@id='address-wrong']") is not None


@pytest.mark.parametrize("address", ["", "OLD@reader.example"])
def test_nothing_is_sent_when_the_address_is_theirs_already(
    client: TestClient, sessions: Sessions, path: str, address: str
) -> None:
    """A browser may have filled it in."""
    answer = client.post(path, data=FORM | {"address": address})
    assert answer.status_code == 200
    assert "on its way" not in answer.text
    with transaction(sessions) as session:
        assert session.scalars(select(Letter)).all() == []


def test_moved_page_promises_nothing_to_who_has_not_confirmed(
    client: TestClient, sessions: Sessions, container: Container, path: str, now: datetime
) -> None:
    with transaction(sessions) as session:
        session.scalars(select(Subscriber)).one().state = SubscriberState.PENDING
    client.post(path, data=FORM | {"address": NEW})
    moved = words_of(tree_of(client.post(_link(sessions, container, now)).text), "p")
    assert "No issue comes to you: you have not confirmed yet." in moved
