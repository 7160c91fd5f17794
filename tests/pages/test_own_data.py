from datetime import datetime

import pytest
from fastapi.testclient import TestClient

from app.container import Container
from app.db.session import Sessions, transaction
from app.delivery.letters import queue_letter
from app.models import Subscriber
from app.readers.consent import Origin, record_consent
from app.tokens import Purpose
from app.words import ConsentSource, ConsentStep, LetterKind, SubscriberState
from tests.factories import make_category, make_subscriber
from tests.pages.markup import links_of, tree_of, words_of
from tests.readers.whole_database import places_of, spellings

ADDRESS = "ada@reader.example"


@pytest.fixture
def reader(sessions: Sessions, now: datetime) -> Subscriber:
    with transaction(sessions) as session:
        make_category(session, "ai")
        reader = make_subscriber(session, ADDRESS, follows=1)
        origin = Origin(ConsentSource.PAGE, "203.0.113.0/24")
        record_consent(session, reader, ConsentStep.CONFIRMED, origin, now)
        queue_letter(session, LetterKind.PREFERENCES_LINK, subscriber_id=reader.id, now=now)
        return reader


@pytest.fixture
def path(container: Container, reader: Subscriber, now: datetime) -> str:
    return f"/preferences/{container.signer.sign(Purpose.ASKED, reader.id, now=now)}"


def test_data_are_a_file_of_everything_kept_of_the_reader(client: TestClient, path: str) -> None:
    answer = client.get(f"{path}/data")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "no-store"
    data = answer.json()
    assert data["subscriber"]["address"] == ADDRESS
    assert data["preferences"]["categories"] == ["ai"]
    assert [(one["step"], one["network"]) for one in data["consents"]] == [
        ("confirmed", "203.0.113.0/24")
    ]
    assert [one["kind"] for one in data["letters"]] == ["preferences_link"]
    assert (data["deliveries"], data["suppression"]) == ([], None)


def test_erasing_takes_two_steps_and_leaves_nothing(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str
) -> None:
    link = links_of(tree_of(client.get(path).text))["Erase me"]
    asked = tree_of(client.get(link).text)
    assert words_of(asked, "button") == ["Erase me now"]
    with transaction(sessions) as session:
        assert session.get_one(Subscriber, reader.id).state is SubscriberState.ACTIVE
    answer = client.post(link)
    assert words_of(tree_of(answer.text), "h1") == ["You are forgotten"]
    with transaction(sessions) as session:
        assert places_of(session, spellings(ADDRESS)) == set()
    assert client.post(link).status_code == 410
