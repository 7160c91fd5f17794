"""Before the answer the same is done for every address, so that its time tells nobody who reads us.

No time is measured here: `python -m benchmarks.telling` does that.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.access.rights import Role
from app.access.users import add_user
from app.actors import CLI
from app.addresses import parse_address
from app.container import Container, build
from app.db.session import Job, transaction
from app.delivery.suppression import suppress
from app.enums import ConsentSource, SubscriberState, SuppressionReason
from app.main import create_app
from app.readers.answers import answer_asks
from app.readers.consent import Origin
from app.readers.erasure import erase
from app.settings import Settings
from app.tokens import Purpose
from tests.factories import PEPPER, make_category, make_subscriber
from tests.statements import statements

BROWSER = {"Accept": "text/html"}
STATES = (
    *SubscriberState,
    "suppressed",
    "suppressed_reader",
    "limited",
    "asked_before",
    "works_here",
)
"""What we may know of an address; `asked_before` was typed at the same place a moment ago."""

Ask = Callable[[TestClient, str, str], Any]
"""The request for an address; the last text is the token of a reader's own page."""

ASKS: dict[str, Ask] = {
    "the form": lambda client, address, _own: client.post(
        "/signup", data={"address": address, "categories": ["ai"], "depth": "deep"}
    ),
    "a form elsewhere": lambda client, address, _own: client.post(
        "/v1/signups", data={"address": address}, headers=BROWSER
    ),
    "the API": lambda client, address, _own: client.post("/v1/signups", json={"address": address}),
    "the API, once": lambda client, address, own: client.post(
        "/v1/signups", json={"address": address}, headers={"Idempotency-Key": own}
    ),
    "a link": lambda client, address, _own: client.post("/preferences", data={"address": address}),
    "a link to the desk": lambda client, address, _own: client.post(
        "/desk/sign-in", data={"address": address}, headers={"Sec-Fetch-Site": "same-origin"}
    ),
    "a new address": lambda client, address, own: client.post(
        f"/preferences/{own}", data={"address": address, "categories": ["ai"], "depth": "deep"}
    ),
}


@pytest.fixture
def jobs() -> list[Job]:
    return []


@pytest.fixture
def container(settings: Settings, now: datetime, jobs: list[Job]) -> Iterator[Container]:
    """Build a web process alone: what it asks workers for is only kept."""
    limited = settings.model_copy(update={"signups_per_address": 2})
    container = build(limited, clock=lambda: now, enqueue_now=jobs.extend)
    yield container
    container.engine.dispose()


@pytest.fixture
def client(container: Container) -> Iterator[TestClient]:
    with TestClient(create_app(container), client=("8.8.8.8", 1)) as client:
        yield client


def _prepare(container: Container, client: TestClient, ask: Ask, now: datetime) -> dict[str, str]:
    """Return an address of each state, all of the same length, and one that nobody knows."""
    addresses = {state: f"{n:02}@reader.example" for n, state in enumerate(STATES)}
    with transaction(container.sessions) as session:
        make_category(session, "ai")
        for state in SubscriberState:
            if state is not SubscriberState.ERASED:
                make_subscriber(session, addresses[state], state=state)
        gone = make_subscriber(session, addresses[SubscriberState.ERASED])
        erase(session, None, gone.id, now, Origin(ConsentSource.PAGE))
        make_subscriber(session, addresses["suppressed_reader"])
        add_user(session, CLI, "Ada", parse_address(addresses["works_here"]), [Role.VIEWER], now)
        for name in ("suppressed", "suppressed_reader"):
            address, why = parse_address(addresses[name]), SuppressionReason.COMPLAINT
            suppress(session, CLI, address, why, note="", pepper=PEPPER, now=now)
    for _ in range(3):
        container.signup_guard.admit(parse_address(addresses["limited"]), None)
    assert ask(client, addresses["asked_before"], _own_page(container, "before")).is_success
    answer_asks(container.sessions, PEPPER, lambda: now, lambda _jobs: None)
    return addresses | {"new": "99@reader.example"}


def _own_page(container: Container, name: str) -> str:
    """Return the link of a separate reader who asked for nothing today."""
    with transaction(container.sessions) as session:
        reader = make_subscriber(session, f"{name}@owner.example")
        return container.signer.sign(Purpose.PREFERENCES, reader.public_id, now=container.clock())


@pytest.mark.parametrize("what", ASKS)
def test_same_statements_run_whatever_is_known_of_the_address(
    what: str, container: Container, client: TestClient, jobs: list[Job], now: datetime
) -> None:
    ask = ASKS[what]
    addresses = _prepare(container, client, ask, now)
    told: dict[str, Any] = {}
    for n, (state, address) in enumerate(addresses.items()):
        own = _own_page(container, f"{n:02}")
        jobs.clear()
        with statements(container.engine) as seen:
            answer = ask(client, address, own)
        enqueued = [task for task, _ids in jobs]
        page = re.sub(r"/(preferences|leave)/[^/\"]+", "", answer.text)  # each has links of its own
        told[state] = (answer.status_code, len(page), enqueued, list(seen))
    expected = told.pop("new")
    assert expected[0] in {200, 202}
    assert expected[2:] != ([], [])
    for state, found in told.items():
        assert found == expected, state
