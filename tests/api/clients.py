"""What the API's tests share: a client that holds a key, and a digest to load."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from fastapi.testclient import TestClient

from app.access.keys import make_key
from app.actors import CLI
from app.container import Container
from app.db.session import transaction
from app.enums import Scope

COMPLETE: dict[str, Any] = {
    "summary": "One sentence says what it is about.",
    "what": "Something was made, and it works.",
    "why_it_matters": "It saves an hour a day.",
}


def secret_of(container: Container, scopes: Iterable[Scope], now: datetime) -> str:
    """Make a new key and return its secret."""
    with transaction(container.sessions) as session:
        return make_key(session, CLI, "tests", scopes, now)[1]


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def digest(*stories: tuple[str, str], **fields: Any) -> str:
    """Build a digest in JSON: complete stories, given as (title, category)."""
    told = [{"title": title, "category": category, **COMPLETE} for title, category in stories]
    return json.dumps({"stories": told, **fields})


def load(api: TestClient, *stories: tuple[str, str], **query: Any) -> int:
    """Load an issue with these stories and open its categories; return its number."""
    answer = api.post(
        "/v1/issues/load",
        content=digest(*stories),
        headers={"Content-Type": "application/json"},
        params={"issued_on": "2026-11-23", **query},
    )
    assert answer.status_code == 201, answer.text
    open_proposed(api, answer.json())
    return int(answer.json()["issues"][0]["id"])


def open_proposed(api: TestClient, loaded: dict[str, Any]) -> None:
    """Open the categories that a digest proposed."""
    for category in loaded["new_categories"]:
        assert api.patch(f"/v1/categories/{category['slug']}", json={"state": "open"}).is_success
