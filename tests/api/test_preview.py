"""Previews and test mails: what a cut looks like before it leaves."""

from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.container import Container
from app.db.session import Job
from app.delivery.editions import render_pending, store_rendering
from app.enums import DeliveryState, Depth, EditionState, LetterKind, SubscriberState
from app.issues.daily import launch_if_due
from app.issues.preview import preview
from app.models import Batch, Delivery, Edition, Issue, Letter, Publication
from app.publication.categories import get_category
from app.rendering.inputs import RenderedMail
from app.rendering.templates import our_templates
from tests.api.clients import load
from tests.factories import make_story, make_subscriber


@pytest.fixture
def path(api: TestClient) -> str:
    """Return the address of an issue of two categories, beside a third that it has no story of."""
    api.post("/v1/categories", json={"name": "Security"})
    return f"/v1/issues/{load(api, ('Of AI', 'AI'), ('Of Ops', 'Ops'))}"


def test_preview_shows_the_cut_in_each_format(api: TestClient, path: str) -> None:
    query = {"categories": "ai,security", "depth": "deep"}
    told = api.get(f"{path}/preview", params={**query, "format": "json"}).json()
    assert (told["categories"], told["depth"], told["n_readers"]) == (["ai"], "deep", None)
    assert told["subject"] == "Of AI"
    assert len(told["html"].encode()) <= told["n_bytes"] < told["n_bytes_most"] == 102_000
    assert told["trimmed"] == []
    html = api.get(f"{path}/preview", params=query)
    assert html.text == told["html"]
    assert html.headers["content-type"].startswith("text/html")
    assert html.headers["content-security-policy"].startswith("sandbox;")
    assert html.headers["content-security-policy"].endswith("; img-src http://127.0.0.1:8000")
    text = api.get(f"{path}/preview", params={**query, "format": "text"})
    assert text.text == told["text"]
    assert text.headers["content-type"].startswith("text/plain")
    for part in (told["html"], told["text"]):
        assert "Of AI" in part
        assert "Of Ops" not in part
        assert "{{" not in part


def test_preview_shows_everything_when_no_cut_is_asked_for(api: TestClient, path: str) -> None:
    told = api.get(f"{path}/preview?format=json").json()
    assert (told["categories"], told["depth"]) == (["ai", "ops"], "brief")


def test_preview_is_made_out_to_the_subscriber(
    api: TestClient, session: Session, path: str
) -> None:
    reader = make_subscriber(session, "o'reilly&co@example.com", follows=0b101)
    session.commit()
    query = {"subscriber_id": str(reader.id), "format": "json"}
    told = api.get(f"{path}/preview", params=query).json()
    assert (told["categories"], told["depth"]) == (["ops"], "deep")
    assert "o'reilly&co@example.com" in told["text"]
    assert "o&#x27;reilly&amp;co@example.com" in told["html"]


@pytest.mark.parametrize(
    ("query", "status", "pointer"),
    [
        ("categories=security", 422, None),
        ("categories=", 422, "query categories"),
        ("categories=fishing", 422, "query categories"),
        ("categories=ai%00", 422, "query categories"),
        ("depth=shallow", 422, "query depth"),
        ("format=pdf", 422, "query format"),
        ("subscriber_id=0", 422, "query subscriber_id"),
        ("subscriber_id=99", 404, None),
        ("subscriber_id=1&depth=deep", 422, "query depth"),
    ],
)
def test_preview_says_why_there_is_nothing_to_see(
    api: TestClient, path: str, query: str, status: int, pointer: str | None
) -> None:
    answer = api.get(f"{path}/preview?{query}")
    assert answer.status_code == status, answer.text
    places = [place["pointer"] for place in answer.json().get("errors", [])]
    assert places == ([pointer] if pointer else [])


def test_preview_is_refused_when_the_subscriber_gets_no_mail(
    api: TestClient, session: Session, path: str
) -> None:
    nothing = make_subscriber(session, follows=0b001)
    erased = make_subscriber(session, "x@example.com", follows=7, state=SubscriberState.ERASED)
    erased.address = erased.address_key = None
    session.commit()
    for reader in (nothing, erased):
        answer = api.get(f"{path}/preview?subscriber_id={reader.id}")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
        assert "no mail" in answer.json()["detail"]


def test_preview_is_the_very_mail_once_it_is_rendered(
    api: TestClient, session: Session, now: datetime, path: str
) -> None:
    for _ in range(3):
        make_subscriber(session, follows=0b010)
    session.commit()
    api.post(f"{path}/approve")
    api.post(f"{path}/schedule", json={"send_at": "2026-11-23T06:00:00Z"})
    assert launch_if_due(session, int(path.rsplit("/", 1)[1]), now)
    edition = session.scalars(select(Edition)).one()
    edition.state = EditionState.RENDERED
    edition.subject, edition.html, edition.text = "Frozen", "<p>{{address_h}}</p>", "Frozen"
    session.commit()
    told = api.get(f"{path}/preview?categories=ai&depth=deep&format=json").json()
    assert (told["subject"], told["html"]) == ("Frozen", "<p>reader@example.com</p>")
    assert told["n_readers"] == 3
    other = api.get(f"{path}/preview?categories=ai&depth=brief&format=json").json()
    assert (other["subject"], other["n_readers"]) == ("Of AI", None)


def test_preview_of_a_reader_is_what_was_frozen_for_them_when_they_chose_anew_since(
    api: TestClient, session: Session, now: datetime, path: str
) -> None:
    told, waits = (make_subscriber(session, follows=0b010, depth=Depth.BRIEF) for _ in range(2))
    session.commit()
    api.post(f"{path}/approve")
    api.post(f"{path}/schedule", json={"send_at": "2026-11-23T06:00:00Z"})
    issue_id = int(path.rsplit("/", 1)[1])
    assert launch_if_due(session, issue_id, now)
    batch = session.scalars(select(Batch)).one()
    values = {"issue_id": issue_id, "edition_id": batch.edition_id, "attempt": 1, "at": now}
    session.add(Delivery(subscriber_id=told.id, state=DeliveryState.ACCEPTED, **values))
    batch.subscriber_ids, batch.n_readers = [waits.id], 1
    for reader in (told, waits):
        reader.follows, reader.depth = 0b100, Depth.DEEP
    late = make_subscriber(session, follows=0b100, depth=Depth.HEADLINES)
    session.commit()
    shown = [
        api.get(f"{path}/preview?subscriber_id={reader.id}&format=json").json()
        for reader in (told, waits, late)
    ]
    assert [(one["categories"], one["depth"], one["n_readers"]) for one in shown] == [
        (["ai"], "brief", 2),
        (["ai"], "brief", 2),
        (["ops"], "headlines", None),
    ]


def test_preheader_stays_what_went_out_when_its_template_changes_after_launch(
    api: TestClient, session: Session, now: datetime, container: Container, path: str
) -> None:
    make_subscriber(session, follows=0b110, depth=Depth.BRIEF)
    session.commit()
    query = {"categories": "ai,ops", "format": "json"}
    before = api.get(f"{path}/preview", params=query).json()["preheader"]
    assert before == "One sentence says what it is about."
    api.post(f"{path}/approve")
    api.post(f"{path}/schedule", json={"send_at": "2026-11-23T06:00:00Z"})
    assert launch_if_due(session, int(path.rsplit("/", 1)[1]), now)
    session.commit()
    edition = session.scalars(select(Edition)).one()
    base_url = container.settings.base_url
    render_pending(container.sessions, edition.id, container.templates, base_url, now)
    session.get_one(Publication, 1).preheader_template = "Other words: {rest}"
    session.commit()
    assert api.get(f"{path}/preview", params=query).json()["preheader"] == before
    draft = api.get(f"{path}/preview", params={**query, "categories": "ops"}).json()
    assert draft["preheader"].startswith("Other words")


def test_preview_says_what_a_cut_gives_up_when_it_is_too_long_before_and_after_launch(
    api: TestClient, session: Session, now: datetime, path: str
) -> None:
    issue_id = int(path.rsplit("/", 1)[1])
    issue, ai = session.get_one(Issue, issue_id), get_category(session, "ai")
    for place in range(10, 40):
        make_story(session, issue, ai, position=place, title=f"Long {place}", takeaway="So. " * 900)
    make_subscriber(session, follows=0b010, depth=Depth.BRIEF)
    session.commit()
    query = {"categories": "ai", "depth": "brief", "format": "json"}
    before = api.get(f"{path}/preview", params=query).json()
    assert before["n_bytes"] <= 102_000
    assert [step["what"] for step in before["trimmed"]] == ["takeaway"]
    assert before["trimmed"][0]["titles"][-1] == "Long 39"
    short = api.get(f"{path}/preview", params={**query, "depth": "headlines"}).json()
    assert short["trimmed"] == []
    api.post(f"{path}/approve")
    api.post(f"{path}/schedule", json={"send_at": "2026-11-23T06:00:00Z"})
    assert launch_if_due(session, issue_id, now)
    session.commit()
    edition = session.scalars(select(Edition)).one()
    shown = preview(
        session,
        issue,
        our_templates(),
        follows=0b010,
        depth=Depth.BRIEF,
        base_url="https://x.example",
    )
    mail = RenderedMail(shown.subject, shown.html, shown.text, shown.n_bytes, shown.trimmed)
    store_rendering(session, edition.id, mail, now)
    session.commit()
    after = api.get(f"{path}/preview", params=query).json()
    assert after["trimmed"] == before["trimmed"]
    assert after["n_readers"] == 1


def test_preview_names_the_place_when_a_template_is_wrong(
    api: TestClient, session: Session, path: str
) -> None:

    get_category(session, "ai").accent = "red"
    session.commit()
    answer = api.get(f"{path}/preview")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_template")
    assert answer.json()["errors"][0]["pointer"].startswith("sections/")


def test_test_mail_is_queued_for_the_cut(
    api: TestClient, session: Session, jobs: list[Job], path: str
) -> None:
    body = {"address": "editor@example.com", "categories": ["ai", "security"], "depth": "brief"}
    answer = api.post(f"{path}/send-test", json=body)
    assert answer.status_code == 202
    letter = session.get_one(Letter, answer.json()["letter_id"])
    assert (letter.kind, letter.address) == (LetterKind.TEST, "editor@example.com")
    assert letter.facts == {"issue_id": 1, "follows": 0b010, "depth": "brief"}
    assert ("send_letter", (letter.id,)) in jobs


def test_test_mail_is_refused_when_it_would_be_empty_or_unwanted(
    api: TestClient, session: Session, path: str
) -> None:
    body = {"address": "editor@example.com"}
    empty = api.post(f"{path}/send-test", json={**body, "categories": ["security"]})
    assert empty.status_code == 422
    assert api.post(f"{path}/send-test", json={"address": "editor"}).status_code == 422
    api.post("/v1/suppressions", json=body)
    assert api.post(f"{path}/send-test", json=body).status_code == 409
    assert session.scalars(select(Letter)).all() == []
