"""A reader without their link asks for it by address."""

from datetime import datetime

import pytest
from fastapi.testclient import TestClient

from app.db.session import Sessions, transaction
from app.main import create_app
from app.settings import Settings
from tests.at_hand import build_at_hand
from tests.factories import make_subscriber
from tests.pages.markup import tree_of, words_of


@pytest.mark.parametrize("address", ["ada@reader.example", "nobody@reader.example"])
def test_link_is_sent_with_the_same_answer_for_every_address(
    client: TestClient, sessions: Sessions, address: str
) -> None:
    with transaction(sessions) as session:
        make_subscriber(session, "ada@reader.example")
    answer = client.post("/preferences", data={"address": address})
    assert answer.status_code == 202
    root = tree_of(answer.text)
    assert words_of(root, "b") == [address]
    assert answer.text.replace(address, "X") == client.post(
        "/preferences", data={"address": "other@reader.example"}
    ).text.replace("other@reader.example", "X")


@pytest.mark.parametrize("address", ["", "two..dots@reader.example"])
def test_link_is_not_sent_when_it_is_no_address(client: TestClient, address: str) -> None:
    answer = client.post("/preferences", data={"address": address})
    assert answer.status_code == 422
    field = tree_of(answer.text).find(".//input[@name='address']")
    assert field is not None
    assert field.get("value") == address


def test_preferences_without_a_link_say_where_it_is_and_send_one(client: TestClient) -> None:
    root = tree_of(client.get("/preferences").text)
    assert words_of(root, "h1") == ["Your preferences"]
    assert words_of(root, "button") == ["Send me a link"]


def test_link_is_asked_for_only_so_often_from_one_network_as_sign_ups_are(
    settings: Settings, now: datetime
) -> None:
    strict = settings.model_copy(update={"signups_per_network": 2})
    container = build_at_hand(strict, clock=lambda: now)
    with TestClient(create_app(container), client=("8.8.8.8", 1)) as client:
        answers = [
            client.post("/preferences", data={"address": f"reader{number}@reader.example"})
            for number in range(3)
        ]
    container.engine.dispose()
    assert [answer.status_code for answer in answers] == [202, 202, 429]
