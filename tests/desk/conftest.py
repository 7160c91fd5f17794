"""The desk behind a client, with a clock that can be set and a worker at hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.access.sign_in import hand_out_link
from app.access.users import add_user
from app.actors import CLI
from app.addresses import parse_address
from app.container import Container
from app.db.session import Job, transaction
from app.delivery.launch import launch
from app.enums import Depth, IssueState, SubscriberState
from app.issues.lifecycle import approve
from app.issues.scheduling import schedule
from app.main import create_app
from app.models import Category, Edition, Issue, Subscriber, User
from app.publication.publication import get_publication
from app.settings import Settings
from tests.at_hand import build_at_hand
from tests.desk.browsing import AGENT, Browsing
from tests.factories import make_category, make_issue, make_story, make_subscriber

Add = Callable[..., User]
SignIn = Callable[..., Browsing]
TODAY: Final = date(2026, 11, 23)
"""The day of `now` where the publication's clocks are."""


@dataclass
class Clock:
    """Stands still until it is set forward."""

    now: datetime
    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return self.now + self.ahead


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def jobs() -> list[Job]:
    return []


@pytest.fixture
def container(settings: Settings, clock: Clock, jobs: list[Job]) -> Iterator[Container]:
    container = build_at_hand(settings, clock=clock, jobs=jobs)
    yield container
    container.engine.dispose()


@pytest.fixture
def application(container: Container) -> FastAPI:
    return create_app(container)


@pytest.fixture
def add(container: Container) -> Callable[..., User]:
    """Return a function that adds a person with these roles."""

    def do(*roles: Role, name: str = "Ada", address: str = "", language: str = "") -> User:
        typed = address or f"{name.lower()}@desk.example"
        with transaction(container.sessions) as session:
            parsed = parse_address(typed, allow_reserved=True)
            return add_user(session, CLI, name, parsed, roles, container.clock(), language)

    return do


@pytest.fixture
def link(container: Container) -> Callable[..., str]:
    """Return a function that makes a link for a person, and gives its path."""

    def do(user: User, good_for: timedelta = timedelta(minutes=15)) -> str:
        base_url = container.settings.base_url
        with transaction(container.sessions) as session:
            made = hand_out_link(session, CLI, user.id, base_url, container.clock(), good_for)
        return made.removeprefix(base_url)

    return do


@pytest.fixture
def visitor(application: FastAPI, container: Container) -> Iterator[Callable[[], Browsing]]:
    """Return a function that opens another browser, in which nobody is signed in."""
    opened: list[TestClient] = []

    def do() -> Browsing:
        client = TestClient(
            application,
            base_url=container.settings.base_url,
            follow_redirects=False,
            headers={"User-Agent": AGENT},
            client=("203.0.113.7", 1),
        )
        opened.append(client)
        return Browsing(client)

    yield do
    for client in opened:
        client.close()


@pytest.fixture
def sign_in(
    visitor: Callable[[], Browsing], link: Callable[..., str]
) -> Callable[[User], Browsing]:
    """Return a function that signs a person in, in a browser of their own."""

    def do(user: User) -> Browsing:
        browsing = visitor()
        assert browsing.post(link(user)).status_code == 303
        return browsing

    return do


@pytest.fixture
def ai(session: Session) -> Category:
    category = make_category(session, "ai", name="AI")
    get_publication(session).time_zone = "Europe/Vienna"
    session.commit()
    return category


@pytest.fixture
def editor(add: Add, sign_in: SignIn) -> Browsing:
    return sign_in(add(Role.EDITOR, name="Ada"))


@pytest.fixture
def sender(add: Add, sign_in: SignIn) -> Browsing:
    browsing = sign_in(add(Role.SENDER, name="Sue"))
    browsing.form_token()
    return browsing


@pytest.fixture
def reader(session: Session, ai: Category, now: datetime) -> Subscriber:
    """Make a reader of nine days."""
    chosen = {"follows": ai.mask, "depth": Depth.BRIEF}
    joined = now - timedelta(days=9)
    made = make_subscriber(session, "ada@reader.example", created_at=joined, **chosen)
    session.commit()
    return made


@pytest.fixture
def draft(session: Session, ai: Category) -> Issue:
    """Make a draft of today with a story, and two readers of it in two cuts."""
    issue = make_issue(session)
    make_story(session, issue, ai)
    make_subscriber(session, follows=ai.mask, depth=Depth.BRIEF)
    make_subscriber(session, follows=ai.mask, depth=Depth.DEEP)
    session.commit()
    return issue


@pytest.fixture
def running(session: Session, draft: Issue, now: datetime) -> Issue:
    """Launch it; nobody has been written to."""
    approve(session, CLI, draft.id, now)
    schedule(session, CLI, draft.id, now, send_at=now)
    launch(session, draft, now)
    session.commit()
    return draft


@pytest.fixture
def planned(session: Session, ai: Category) -> Issue:
    """Make tomorrow's draft, the issue before it, and readers of all kinds."""
    get_publication(session).from_address = "Devoured <digest@digest.dev>"
    before = make_issue(
        session,
        issued_on=date(2026, 11, 20),
        state=IssueState.SENT,
        launched_at=datetime.fromisoformat("2026-11-20T06:00Z"),
    )
    for depth, n in ((Depth.DEEP, 500), (Depth.BRIEF, 2)):
        session.add(
            Edition(
                issue_id=before.id,
                follows=1,
                depth=depth,
                revision=1,
                state="rendered",
                n_readers=n,
            )
        )
    issue = make_issue(session, issued_on=date(2026, 11, 24))
    make_story(session, issue, ai)
    make_subscriber(session, follows=1)
    make_subscriber(session, follows=1, depth=Depth.BRIEF, hour=9, time_zone="Europe/Vienna")
    make_subscriber(session, follows=1, state=SubscriberState.PENDING)
    make_subscriber(session, follows=2)
    session.commit()
    return issue


@pytest.fixture
def path(planned: Issue) -> str:
    return f"/desk/issues/{planned.id}"
