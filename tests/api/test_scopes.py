"""Every route says which scopes it needs, and only those of `people` say who the readers are."""

from collections.abc import Iterator
from datetime import datetime
from itertools import combinations
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.access.users import add_user
from app.actors import CLI
from app.addresses import parse_address
from app.api.progress import Watch
from app.container import Container
from app.db.session import Sessions, transaction
from app.delivery.letters import queue_letter
from app.delivery.partitions import ensure_partition
from app.delivery.suppression import suppress
from app.enums import (
    ConsentSource,
    DeliveryState,
    Depth,
    EventState,
    ImportState,
    IssueState,
    LetterKind,
    Scope,
    SuppressionReason,
)
from app.issues.daily import launch_if_due
from app.issues.pastes import keep_paste
from app.main import bare_app, create_app
from app.models import Correction, Delivery, Edition, Event, ImportBadRow, Issue, Story
from app.readers.consent import Origin
from app.readers.imports.upload import FormatHints, add_piece, begin_import, end_upload
from app.readers.joining import NewReader, add_active
from app.webhooks.endpoints import add_webhook
from tests.api.clients import bearer, secret_of
from tests.api.scopes import NEEDED
from tests.api.test_access import PUBLIC
from tests.factories import make_category, make_issue, make_story

READERS = ("ann.of.the.ledger@example.com", "bob.in.doubt@example.com", "cleo.barred@example.com")
ADDRESSES = (
    *READERS,
    "dora.of.a.letter@example.com",
    "emil.in.a.heading@example.com",
    "fay.in.a.row@example.com",
    "gus.in.a.bad.row@example.com",
    "hal.in.an.event@example.com",
)


def operations() -> dict[str, tuple[str, ...]]:
    """Return the scopes of every operation of the document."""
    return {
        f"{method.upper()} {path}": tuple(
            scope for each in operation.get("security", ()) for scope in each["api_key"]
        )
        for path, methods in bare_app().openapi()["paths"].items()
        for method, operation in methods.items()
    }


def test_every_route_needs_the_scopes_that_are_written_down() -> None:
    assert all(NEEDED), "what needs no scope is on the public list"
    written = {route: scopes for scopes, routes in NEEDED.items() for route in routes}
    public = {f"{method} {path}": () for method, path in PUBLIC}
    assert operations() == written | public


def test_whatever_names_a_reader_in_its_address_needs_people() -> None:
    personal = ("subscriber", "imports", "suppressions", "doubts")
    for route, scopes in operations().items():
        if any(word in route for word in personal) and not route.endswith("/decide"):
            assert Scope.PEOPLE in scopes, route


def test_whoever_changes_a_reader_needs_edit_too_and_whoever_writes_to_one_needs_send() -> None:
    for route, scopes in operations().items():
        if Scope.PEOPLE in scopes and not route.startswith("GET ") and "lookup" not in route:
            needed = Scope.SEND if route.endswith("/resend") else Scope.EDIT
            assert needed in scopes, route


@pytest.fixture
def people(container: Container, sessions: Sessions, now: datetime) -> dict[str, int]:
    """Put somebody's address in every table; return the values for the API's paths."""
    with transaction(sessions) as session:
        category = make_category(session, "ai")
        found = [parse_address(one, allow_reserved=True) for one in READERS]
        add_active(
            session,
            CLI,
            [NewReader(one, 1, Depth.BRIEF) for one in found],
            container.pepper,
            now,
            Origin(ConsentSource.EDITOR),
        )
        suppress(
            session,
            CLI,
            found[2],
            SuppressionReason.HARD_BOUNCE,
            note=f"550 {READERS[2]} unknown",
            pepper=container.pepper,
            now=now,
        )
        issue = make_issue(session, state=IssueState.SCHEDULED, send_at=now)
        story = make_story(session, issue, category)
        launch_if_due(session, issue.id, now)
        _add_ledger(session, issue, now)
        ids = {
            "subscriber_id": 1,
            "issue_id": issue.id,
            "story_id": story.id,
            "import_id": _add_import(session, now),
            "paste_id": keep_paste(session, CLI, "What somebody pasted", now).id,
            "correction_id": _add_correction(session, issue, story, now),
            "user_id": _add_user(session, now),
            "webhook_id": _add_webhook(container, session, now),
        }
        queue_letter(session, LetterKind.TEST, now=now, address=ADDRESSES[3], facts={})
        session.add(
            Event(
                unique_id="one",
                received_at=now,
                body=f'{{"mail": "{ADDRESSES[7]}"}}',
                state=EventState.UNREADABLE,
                error=f"no mail to {ADDRESSES[7]}",
            )
        )
        return ids


def _add_ledger(session: Session, issue: Issue, now: datetime) -> None:
    ensure_partition(session, issue.id)
    edition = session.scalars(select(Edition).where(Edition.issue_id == issue.id)).one()
    for number, state in ((1, DeliveryState.BOUNCED), (2, DeliveryState.IN_DOUBT)):
        session.add(
            Delivery(
                issue_id=issue.id,
                subscriber_id=number,
                edition_id=edition.id,
                state=state,
                attempt=1,
                reason=f"550 {READERS[number - 1]} unknown",
                at=now,
            )
        )


def _add_webhook(container: Container, session: Session, now: datetime) -> int:
    rules = container.webhook_rules
    return add_webhook(session, CLI, "https://hooks.example.org/", (), rules, now)[0].id


def _add_user(session: Session, now: datetime) -> int:
    address = parse_address("eve@desk.example", allow_reserved=True)
    return add_user(session, CLI, "Eve", address, [Role.VIEWER], now).id


def _add_import(session: Session, now: datetime) -> int:
    """Add an import of a file without a heading, so that its columns are named by an address."""
    row = begin_import(session, "a.csv", follows=1, depth=Depth.BRIEF, now=now)
    add_piece(session, row.id, f"{ADDRESSES[4]}\n{ADDRESSES[5]}\n".encode())
    end_upload(session, CLI, row.id, "utf-8", FormatHints())
    row.state, row.heading = ImportState.READY, [ADDRESSES[4]]
    row.error = f"line 2: {ADDRESSES[5]}"
    session.add(
        ImportBadRow(import_id=row.id, line=3, reason="address: none", cells=[ADDRESSES[6]])
    )
    return row.id


def _add_correction(session: Session, issue: Issue, story: Story, now: datetime) -> int:
    row = Correction(
        issue_id=issue.id,
        story_id=story.id,
        revision=2,
        before={"title": "Was"},
        after={"title": "Is"},
        note="a word",
        corrected_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


@pytest.fixture
def client(container: Container, people: dict[str, int]) -> Iterator[TestClient]:
    with TestClient(create_app(container, Watch(every_seconds=0, n_ticks=2))) as client:
        yield client


def _read_all(
    client: TestClient, secret: str, people: dict[str, int]
) -> dict[str, tuple[int, str]]:
    """Return status, headers and text of every GET that the document knows, in all its forms."""
    found = {}
    for route in operations():
        method, path = route.split(" ")
        if method != "GET":
            continue
        address = path.replace("{slug}", "ai").format(**people)
        forms = ("html", "text", "json", "eml") if path.endswith("/preview") else ("",)
        reader = people["subscriber_id"]
        queries = [{"format": form} for form in forms if form] or [{}]
        if path.endswith("/preview"):
            queries += [{**query, "subscriber_id": str(reader)} for query in queries]
        for query in queries:
            answer = client.get(address, params=query, headers=bearer(secret))
            told = f"{answer.headers} {answer.text}"
            found[f"{path} {query}"] = (answer.status_code, told)
    return found


def _named(told: dict[str, tuple[int, str]]) -> set[str]:
    """Return the addresses that these answers contain; the local part of one is enough."""
    names = {address.partition("@")[0]: address for address in ADDRESSES}
    return {names[name] for name in names for _, text in told.values() if name in text}


_WITHOUT = [
    scopes for n in (1, 2, 3) for scopes in combinations((Scope.READ, Scope.EDIT, Scope.SEND), n)
]


@pytest.mark.parametrize("scopes", _WITHOUT, ids="+".join)
def test_no_answer_names_a_reader_without_people(
    client: TestClient,
    container: Container,
    people: dict[str, int],
    now: datetime,
    scopes: tuple[Scope, ...],
) -> None:
    told = _read_all(client, secret_of(container, scopes, now), people)
    assert _named(told) == set()
    for route in NEEDED["people",]:
        method, path = route.split(" ")
        if method == "GET":
            assert told[f"{path} {{}}"][0] == 403, route


def test_answers_with_people_do_name_them_so_that_the_search_can_find_something(
    client: TestClient, container: Container, people: dict[str, int], now: datetime
) -> None:
    told = _read_all(client, secret_of(container, [Scope.READ, Scope.PEOPLE], now), people)
    assert _named(told) >= {*READERS, ADDRESSES[4], ADDRESSES[5], ADDRESSES[6]}
    statuses = {what: status for what, (status, _) in told.items()}
    assert [what for what, status in statuses.items() if status not in {200, 403, 409}] == []


def test_preview_as_a_reader_needs_people_too(
    client: TestClient, container: Container, people: dict[str, int], now: datetime
) -> None:
    path = f"/v1/issues/{people['issue_id']}/preview"
    query: dict[str, Any] = {"subscriber_id": 1}
    for scopes, status in (
        ([Scope.READ], 403),
        ([Scope.PEOPLE], 403),
        ([Scope.READ, Scope.PEOPLE], 200),
    ):
        headers = bearer(secret_of(container, scopes, now))
        assert client.get(path, params=query, headers=headers).status_code == status
    read = bearer(secret_of(container, [Scope.READ], now))
    assert client.get(path, headers=read).status_code == 200
    refused = client.get(path, params=query, headers=read).json()
    assert refused["detail"] == "This needs the scope “people”; the key has: read."
