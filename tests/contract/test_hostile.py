"""No route breaks on what no program should send: every field, part of an address and header.

The routes, their fields and the examples of their bodies are the application's own, so a new one
is asked as well.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain

import pytest
from fastapi import FastAPI
from fastapi.routing import RouteContext
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.container import Container
from app.db.session import Sessions, transaction
from app.delivery.letters import queue_letter
from app.enums import LetterKind, LinkKind, SubscriberState
from app.link_tokens import LinkSigner, LinkTo
from app.main import bare_app
from app.models import Edition, Issue, Subscriber
from app.tokens import Purpose
from tests.contract import hostile

THERE = {
    "issue_id": "1",
    "story_id": "1",
    "subscriber_id": "2",
    "import_id": "1",
    "paste_id": "1",
    "key_id": "2",
    "session_id": "9",
    "user_id": "2",
    "slug": "ai",
    "name": "site.css",
    "year": "2026",
    "month": "11",
    "lang": "de",
}
FORM = {
    "address": "ann@example.com",
    "categories": "ai",
    "depth": "brief",
    "hour": "7",
    "time_zone": "Europe/Vienna",
    "until": "2026-12-01",
    "days": "14",
}
PROBLEM = "application/problem+json"
JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"


@pytest.fixture
def there(
    inhabited: FastAPI, container: Container, sessions: Sessions, now: datetime
) -> dict[str, str]:
    """Return the values for the paths of the routes, so that each leads somewhere."""
    assert inhabited is not None
    with transaction(sessions) as session:
        active = Subscriber.state == SubscriberState.ACTIVE
        reader = session.scalars(select(Subscriber).where(active)).one()
        edition = session.scalars(select(Edition).limit(1)).one()
        letter = queue_letter(
            session,
            LetterKind.NEW_ADDRESS,
            subscriber_id=reader.id,
            address="new@reader.example",
            now=now,
        )
        session.flush()
        tokens = _tokens(session, container, reader, letter.public_id, now)
        return THERE | {"public_id": str(edition.public_id)} | tokens


def _tokens(
    session: Session, container: Container, reader: Subscriber, letter: int, now: datetime
) -> dict[str, str]:
    """Return a good token of every purpose, by the first part of the address that takes it."""
    sign = container.signer.sign
    links = LinkSigner(container.signer.keys)
    issue = session.get_one(Issue, 1)
    return {
        "confirm": sign(Purpose.CONFIRM, reader.public_id, now=now),
        "leave": sign(Purpose.LEAVE, reader.public_id, now=now),
        "preferences": sign(Purpose.PREFERENCES, reader.public_id, now=now),
        "address": sign(Purpose.NEW_ADDRESS, letter, now=now),
        "code": links.sign(LinkTo(issue.id, LinkKind.STORY, 1), issue.public_id),
        "reader": links.sign_reader(issue.public_id, reader.id, reader.public_id),
    }


def asked(
    client: TestClient,
    method: str,
    target: bytes,
    headers: Mapping[str, str],
    content: bytes = b"",
) -> Response:
    """Send exactly these bytes and return the answer, which may be a refusal but not a failure."""
    url = client.base_url.copy_with(raw_path=target)
    told_by = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = client.request(method, url, content=content, headers=told_by, follow_redirects=False)
    told = (method, target[:300], content[:300], answer.status_code, answer.text[:300])
    assert answer.status_code < 500 or answer.status_code == 501, told
    if target.startswith(b"/v1/") and answer.status_code >= 400:
        assert answer.headers["content-type"] == PROBLEM, told
    return answer


def group_of(path: str) -> str:
    """Return the first part of an address, below `/v1` the second.

    Routes of one group are called in one test.
    """
    parts = path.split("/")
    return parts[2] if parts[1] == "v1" else f"/{parts[1]}"


@pytest.mark.parametrize(
    "group", sorted({group_of(path) for _, path, _ in hostile.routes_of(bare_app())})
)
def test_no_route_breaks_whatever_it_is_sent(
    inhabited: FastAPI,
    client: TestClient,
    headers: dict[str, str],
    there: dict[str, str],
    group: str,
) -> None:
    routes = [one for one in hostile.routes_of(inhabited) if group_of(one[1]) == group]
    # What changes something comes last: it may take away what the others ask for.
    for method, path, route in sorted(routes, key=lambda one: (one[0] != "GET", _ends(one[1]))):
        ask_everything(inhabited, client, headers, there, (method, path, route))


def _ends(path: str) -> bool:
    """Return whether nobody is signed in afterwards."""
    return path == "/desk/sign-out"


def ask_everything(
    inhabited: FastAPI,
    client: TestClient,
    headers: dict[str, str],
    there: dict[str, str],
    what: tuple[str, str, RouteContext],
) -> None:
    """Ask one route with one bad thing after the other."""
    method, path, route = what
    parts = there | {"token": there.get(path.split("/")[1], "x.y")}
    target = hostile.filled(path, parts)
    for bad in hostile.paths_of(path, parts):
        asked(client, method, bad, headers)
    for query in hostile.queries_of(route):
        asked(client, method, target + b"?" + query, headers)
    for bad_headers in hostile.header_sets():
        asked(client, method, target, {**headers, **bad_headers})
    if method in {"POST", "PUT", "PATCH"}:
        for kind in hostile.HEADER_VALUES:
            asked(client, method, target, {**headers, "Content-Type": kind}, b"{}")
        for body in _bodies(inhabited, method, path):
            asked(client, method, target, {**headers, "Content-Type": JSON_TYPE}, body)
    if method == "POST" and (path in hostile.OF_FORMS or not path.startswith("/v1/")):
        for form in hostile.forms_of(route, path, FORM):
            asked(client, method, target, {**headers, "Content-Type": FORM_TYPE}, form)


def _bodies(app: FastAPI, method: str, path: str) -> Iterator[bytes]:
    """JSON bodies made of the document's example of this operation, if it takes one."""
    document = app.openapi()
    operation = document["paths"].get(path, {}).get(method.lower(), {})
    media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = media.get("schema", {})
    named = [one.get("$ref", "").rpartition("/")[2] for one in (schema, *schema.get("anyOf", ()))]
    schemas = [document["components"]["schemas"][one] for one in named if one]
    examples = [one for each in schemas for one in each.get("examples", ())]
    return chain.from_iterable(hostile.bodies_of(one) for one in examples)
