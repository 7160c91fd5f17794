from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.actors import CLI
from app.container import Container
from app.db.session import Sessions, transaction
from app.delivery.compose import browser_url, edition_facts
from app.enums import Depth, EditionState
from app.look import Look
from app.models import Edition, Issue, Publication
from app.publication.looks import change_look
from app.rendering.edition import render_edition


def _add(session: Session, issue: Issue, **overrides: Any) -> Edition:
    values: dict[str, Any] = {
        "public_id": uuid4(),
        "issue_id": issue.id,
        "follows": 3,
        "depth": Depth.DEEP,
        "revision": 1,
        "state": EditionState.PENDING,
        "n_readers": 1,
    }
    edition = Edition(**values | overrides)
    session.add(edition)
    return edition


@pytest.fixture
def public_id(sessions: Sessions, container: Container, published: Issue) -> UUID:
    """Return the public id of a real rendering of the published issue."""
    base_url = container.settings.base_url
    with transaction(sessions) as session:
        edition = _add(session, published)
        facts = edition_facts(
            session,
            published,
            follows=3,
            depth=Depth.DEEP,
            base_url=base_url,
            browser_url=browser_url(base_url, edition.public_id),
        )
        mail = render_edition(facts, container.templates)
        edition.html, edition.state = mail.html, EditionState.RENDERED
        assert "{{leave_url}}" in mail.html
        return edition.public_id


def test_edition_is_shown_as_mailed_but_without_its_reader(
    client: TestClient, public_id: UUID
) -> None:
    answer = client.get(f"/editions/{public_id}")
    assert answer.status_code == 200
    assert "First of AI" in answer.text
    assert "{{" not in answer.text
    assert "/leave/" not in answer.text
    assert "/preferences/" not in answer.text


def test_edition_may_style_itself_and_do_nothing_else(client: TestClient, public_id: UUID) -> None:
    headers = client.get(f"/editions/{public_id}").headers
    policy = dict(
        part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";")
    )
    assert policy.pop("style-src") == "'unsafe-inline'"
    assert policy.pop("img-src") == "http://127.0.0.1:8000"
    assert set(policy.values()) == {"'none'"}
    assert "default-src" in policy
    assert headers["x-robots-tag"] == "noindex"
    assert headers["referrer-policy"] == "no-referrer"


def test_edition_is_not_found_when_it_is_not_rendered_or_unknown(
    client: TestClient, sessions: Sessions, published: Issue
) -> None:
    with transaction(sessions) as session:
        pending = _add(session, published)
    for path in (f"/editions/{pending.public_id}", f"/editions/{uuid4()}", "/editions/1"):
        assert client.get(path).status_code == 404


def test_edition_is_said_to_be_in_the_language_of_its_publication(
    client: TestClient, sessions: Sessions, public_id: UUID
) -> None:
    assert client.get(f"/editions/{public_id}").headers["content-language"] == "en"
    with transaction(sessions) as session:
        session.get_one(Publication, 1).language = "de-AT"
    asked = client.get(f"/editions/{public_id}", headers={"Accept-Language": "en"})
    assert asked.headers["content-language"] == "de-AT"


def test_policy_of_the_web_copy_admits_the_logo_and_no_other_picture(
    client: TestClient, sessions: Sessions, public_id: UUID, now: datetime
) -> None:
    def policy() -> str:
        return client.get(f"/editions/{public_id}").headers["Content-Security-Policy"]

    before = policy()
    assert before.endswith("; img-src http://127.0.0.1:8000")
    with transaction(sessions) as session:
        change_look(session, CLI, Look(logo="https://media.digest.dev/logo.png"), now)
    assert policy() == f"{before} https://media.digest.dev"
