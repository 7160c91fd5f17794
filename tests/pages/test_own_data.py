from datetime import datetime
from hashlib import sha256

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.addresses import parse_address
from app.container import Container
from app.db.session import Sessions, transaction
from app.delivery.letters import queue_letter
from app.delivery.partitions import ensure_partition
from app.enums import (
    ConsentSource,
    ConsentStep,
    DeliveryState,
    Depth,
    EditionState,
    LetterKind,
    LinkKind,
    SubscriberState,
)
from app.models import Delivery, Edition, Letter, ReaderClick, Subscriber, TrackedLink
from app.readers.consent import Origin, record_consent
from app.readers.new_address import ask_new_address
from app.readers.wording import VERSION
from app.tokens import Purpose
from tests.factories import make_category, make_issue, make_subscriber
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
    return f"/preferences/{container.signer.sign(Purpose.ASKED, reader.public_id, now=now)}"


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


def test_data_say_what_was_agreed_to_word_for_word(
    client: TestClient, container: Container, sessions: Sessions, now: datetime
) -> None:
    with transaction(sessions) as session:
        make_category(session, "ai")
    agreed = tree_of(client.get("/").text)
    fields = {one.get("name", ""): one.get("value", "") for one in agreed.findall(".//form//input")}
    client.post("/signup", data=fields | {"address": ADDRESS, "depth": "deep", "website": ""})
    with transaction(sessions) as session:
        reader_id = session.scalars(select(Subscriber.public_id)).one()
    client.post(f"/confirm/{container.signer.sign(Purpose.CONFIRM, reader_id, now=now)}")
    token = container.signer.sign(Purpose.PREFERENCES, reader_id, now=now)
    signed_up, confirmed = client.get(f"/preferences/{token}/data").json()["consents"]
    shown = words_of(agreed, "p[@class='consent']")
    assert [signed_up["wording"]] == shown
    assert signed_up["wording_sha256"] == sha256(signed_up["wording"].encode()).hexdigest()
    assert signed_up["wording_sha256"] == fields["wording"]
    assert signed_up["wording_version"] == VERSION
    assert (signed_up["categories"], signed_up["depth"]) == (["ai"], "deep")
    assert (confirmed["step"], confirmed["wording"]) == ("confirmed", None)


def test_data_have_all_of_an_address_that_was_joined(
    client: TestClient,
    container: Container,
    sessions: Sessions,
    reader: Subscriber,
    path: str,
    now: datetime,
) -> None:
    with transaction(sessions) as session:
        other = make_subscriber(session, "other@reader.example", follows=1)
        record_consent(session, other, ConsentStep.ADDED, Origin(ConsentSource.EDITOR), now)
        queue_letter(session, LetterKind.WELCOME, subscriber_id=other.id, now=now)
        issue = make_issue(session, launched_at=now)
        ensure_partition(session, issue.id)
        edition = Edition(
            issue_id=issue.id,
            follows=1,
            depth=Depth.DEEP,
            n_readers=1,
            revision=3,
            state=EditionState.RENDERED,
            subject="What they saw",
        )
        session.add(edition)
        session.flush()
        sent = {"edition_id": edition.id, "state": DeliveryState.ACCEPTED, "attempt": 1, "at": now}
        session.add(Delivery(issue_id=issue.id, subscriber_id=other.id, **sent))
        link = {"issue_id": issue.id, "kind": LinkKind.ISSUE, "story_id": 0}
        session.add(TrackedLink(url="https://reader.example/", **link))
        seen = {"n_human": 1, "n_machine": 0, "first_at": now, "last_at": now}
        session.add(ReaderClick(subscriber_id=other.id, was_machine=False, **link, **seen))
    with transaction(sessions) as session:
        wanted = parse_address("other@reader.example")
        mover = session.get_one(Subscriber, reader.id)
        ask_new_address(session, mover, wanted, container.pepper, now)
        session.flush()
        asked = select(Letter.public_id).where(Letter.kind == LetterKind.NEW_ADDRESS)
        letter_id = session.scalars(asked).one()
    client.post(f"/address/{container.signer.sign(Purpose.NEW_ADDRESS, letter_id, now=now)}")
    data = client.get(path + "/data").json()
    assert [one["step"] for one in data["consents"]] == ["confirmed", "added", "moved", "moved"]
    assert [one["kind"] for one in data["letters"]] == [
        "preferences_link",
        "welcome",
        "new_address",
    ]
    assert [
        (one["issue"], one["subject"], one["depth"], one["revision"]) for one in data["deliveries"]
    ] == [(issue.id, "What they saw", "deep", 3)]
    assert [one["url"] for one in data["clicks"]] == ["https://reader.example/"]


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
