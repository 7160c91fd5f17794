"""Previews as messages and pictures, links to them, and tests to several addresses."""

import email
import email.policy
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.container import Container, build
from app.delivery.leaving import token_in
from app.enums import Scope
from app.issues.samples import MAX_AN_HOUR
from app.main import create_app
from app.models import Letter, Publication
from app.settings import Settings
from tests.api.clients import bearer, load, secret_of
from tests.factories import make_subscriber
from tests.fakes import fake_chromium


@pytest.fixture
def path(api: TestClient) -> str:
    """Return the address of an issue with stories of AI and DevOps."""
    return f"/v1/issues/{load(api, ('Größe zählt', 'AI'), ('.A dot', 'DevOps'))}"


def test_eml_is_the_message_with_its_headers_and_both_parts(
    api: TestClient, session: Session, path: str
) -> None:
    session.get_one(Publication, 1).from_address = "Zoë <digest@example.com>"
    session.commit()

    answer = api.get(f"{path}/preview", params={"format": "eml", "depth": "deep"})

    assert answer.headers["content-type"].startswith("message/rfc822")
    assert answer.content.count(b"\n") == answer.content.count(b"\r\n")
    assert not answer.content.endswith(b"\r\n.\r\n")
    message = email.message_from_bytes(answer.content, policy=email.policy.default)
    assert message["From"] == "Zoë <digest@example.com>"
    assert message["To"] == "reader@example.com"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"].startswith("<http")
    assert message["Date"]
    told = api.get(f"{path}/preview", params={"format": "json", "depth": "deep"}).json()
    assert message["Subject"] == told["subject"]
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    assert html is not None
    assert text is not None
    assert html.get_content().split() == told["html"].split()
    assert text.get_content().split() == told["text"].split()


def test_eml_is_made_out_to_the_reader(api: TestClient, session: Session, path: str) -> None:
    session.get_one(Publication, 1).from_address = "digest@example.com"
    reader = make_subscriber(session, "ann@example.com", follows=0b11)
    session.commit()

    answer = api.get(f"{path}/preview", params={"format": "eml", "subscriber_id": reader.id})

    message = email.message_from_bytes(answer.content, policy=email.policy.default)
    assert message["To"] == "ann@example.com"
    assert message["List-Unsubscribe"].endswith("/preview/leave>")


@pytest.mark.parametrize("inbound", ["", "leave@in.example.com"])
def test_eml_names_the_ways_to_leave_that_sent_mails_name(
    settings: Settings, now: datetime, session: Session, container: Container, path: str,
    inbound: str,
) -> None:  # fmt: skip
    session.get_one(Publication, 1).from_address = "digest@example.com"
    session.commit()
    hearing = build(
        settings.model_copy(update={"inbound_address": inbound}),
        clock=lambda: now,
        enqueue_now=lambda _jobs: None,
    )
    with TestClient(create_app(hearing)) as client:
        client.headers.update(bearer(secret_of(container, [Scope.READ], now)))
        answer = client.get(f"{path}/preview?format=eml")
    hearing.engine.dispose()

    message = email.message_from_bytes(answer.content, policy=email.policy.default)
    page, *rest = message["List-Unsubscribe"].split(", ")
    assert page.endswith("/preview/leave>")
    assert rest == (["<mailto:leave+preview@in.example.com>"] if inbound else [])
    assert token_in("leave+preview@in.example.com") is None, "nobody leaves by it"


def test_preview_tells_what_checks_find(api: TestClient, path: str) -> None:
    told = api.get(f"{path}/preview", params={"format": "json"}).json()
    checks = api.get(f"{path}/checks").json()

    assert [one["code"] for one in told["findings"]] == [one["code"] for one in checks["findings"]]


def test_picture_says_so_when_chromium_is_not_installed(
    settings: Settings, now: datetime, container: Container, api: TestClient, path: str
) -> None:
    lacking = build(
        settings.model_copy(update={"chromium": "/nowhere/chromium"}),
        clock=lambda: now,
        enqueue_now=lambda _jobs: None,
    )
    with TestClient(create_app(lacking)) as client:
        client.headers.update(bearer(secret_of(container, [Scope.READ], now)))
        answer = client.get(f"{path}/preview?format=png")
    lacking.engine.dispose()

    assert (answer.status_code, answer.json()["code"]) == (501, "not_installed")


def test_picture_is_made_by_the_program_that_is_set(
    settings: Settings, now: datetime, container: Container, api: TestClient, path: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    having = build(
        settings.model_copy(update={"chromium": str(fake_chromium(tmp_path))}),
        clock=lambda: now,
        enqueue_now=lambda _jobs: None,
    )
    with TestClient(create_app(having)) as client:
        client.headers.update(bearer(secret_of(container, [Scope.READ], now)))
        answer = client.get(f"{path}/preview?format=png&width=390&dark=true")
    having.engine.dispose()

    assert answer.status_code == 200
    png, *options = answer.content.decode().splitlines()
    assert png == "PNG"
    assert {"--window-size=390,900", "--blink-settings=preferredColorScheme=0"} <= set(options)
    assert answer.headers["content-type"] == "image/png"


def test_test_goes_to_several_addresses_once_each(
    api: TestClient, session: Session, path: str
) -> None:
    addresses = ["one@example.com", "two@example.com", "ONE@example.com"]

    answer = api.post(f"{path}/send-test", json={"addresses": addresses})

    assert answer.status_code == 202
    letters = session.scalars(select(Letter).order_by(Letter.id)).all()
    assert [letter.id for letter in letters] == answer.json()["letter_ids"]
    assert [letter.address for letter in letters] == ["ONE@example.com", "two@example.com"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"address": "a@example.com", "addresses": ["b@example.com"]},
        {"addresses": [f"r{n}@example.com" for n in range(11)]},
        {"addresses": ["a@example.com", "nobody"]},
    ],
)
def test_test_is_refused_when_it_is_not_clear_to_whom(
    api: TestClient, session: Session, path: str, body: dict[str, object]
) -> None:
    assert api.post(f"{path}/send-test", json=body).status_code == 422
    assert session.scalars(select(Letter)).all() == []


def test_tests_are_capped_within_an_hour(api: TestClient, path: str) -> None:
    for start in range(0, MAX_AN_HOUR, 10):
        addresses = [f"r{n}@example.com" for n in range(start, start + 10)]
        assert api.post(f"{path}/send-test", json={"addresses": addresses}).status_code == 202

    answer = api.post(f"{path}/send-test", json={"address": "more@example.com"})

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many")


def test_test_of_a_revision_is_of_that_or_refused(
    api: TestClient, session: Session, path: str
) -> None:
    body = {"address": "editor@example.com", "depth": "brief"}
    revision = api.get(path).json()["revision"]
    assert api.post(f"{path}/send-test", json={**body, "revision": revision + 1}).status_code == 409
    answer = api.post(f"{path}/send-test", json={**body, "revision": revision})
    assert answer.status_code == 202
    letter = session.get_one(Letter, answer.json()["letter_id"])
    assert letter.facts["mail"]["subject"].startswith("[Test] ")
