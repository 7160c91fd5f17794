from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import Sessions
from app.delivery.editions import store_rendering
from app.delivery.launch import launch
from app.delivery.pace import Pace
from app.delivery.reader_issue import reader_issue
from app.delivery.receptions import Reception, WhyNot
from app.delivery.send import Sender
from app.enums import Depth, IssueState
from app.issues.lifecycle import lock_issue
from app.models import Category, Edition, Issue, Subscriber
from app.rendering.inputs import RenderedMail
from app.tokens import Signer
from tests.factories import make_category, make_issue, make_story, make_subscriber
from tests.fakes import KeepingTransport

BASE_URL = "https://digest.example.com"


@pytest.fixture
def transport() -> KeepingTransport:
    return KeepingTransport()


@pytest.fixture
def make_sender(
    sessions: Sessions, valkey_url: str, now: datetime
) -> Iterator[Callable[..., Sender]]:
    valkey = Redis.from_url(valkey_url)

    def make(transport: KeepingTransport, worker: str = "one", at: datetime = now) -> Sender:
        return Sender(
            sessions=sessions,
            transport=transport,
            pace=Pace(valkey, transport.quota),
            signer=Signer(["a key for tests"]),
            clock=lambda: at,
            base_url=BASE_URL,
            worker=worker,
        )

    yield make
    valkey.close()


@pytest.fixture
def categories(session: Session) -> dict[str, Category]:
    made = {slug: make_category(session, slug) for slug in ("ai", "devops", "security")}
    session.commit()
    return made


@pytest.fixture
def ai(categories: dict[str, Category]) -> int:
    return categories["ai"].mask


@pytest.fixture
def issue(session: Session, categories: dict[str, Category]) -> Issue:
    """Make a scheduled issue with stories in two of three categories."""
    issue = make_issue(session, state=IssueState.SCHEDULED)
    for slug in ("ai", "ai", "devops"):
        make_story(session, issue, categories[slug])
    session.commit()
    return issue


@pytest.fixture
def add_readers(session: Session) -> Callable[..., None]:
    def add(n: int, follows: int, depth: Depth = Depth.BRIEF) -> None:
        for _ in range(n):
            make_subscriber(session, follows=follows, depth=depth)
        session.commit()

    return add


@pytest.fixture
def launched(session: Session, now: datetime) -> Callable[[Issue], Issue]:
    """Launch an issue for real."""

    def launch_now(issue: Issue) -> Issue:
        launch(session, lock_issue(session, issue.id), now)
        session.commit()
        return issue

    return launch_now


@pytest.fixture
def ready(
    session: Session, launched: Callable[[Issue], Issue], issue: Issue, now: datetime
) -> Callable[[], Issue]:
    """Launch the issue and mark its editions rendered, so that its batches may be leased."""

    def make_ready() -> Issue:
        launched(issue)
        for edition in session.scalars(select(Edition).where(Edition.issue_id == issue.id)):
            mail = RenderedMail("Subject", "<p>{{leave_url}} {{address_h}}</p>", "{{address_t}}")
            store_rendering(session, edition.id, mail, now)
        session.commit()
        return issue

    return make_ready


@pytest.fixture
def told(session: Session, now: datetime) -> Callable[..., tuple[Reception, WhyNot | None, str]]:
    """Return reception, reason and words of a reader of an issue as things are."""

    def ask(
        issue: Issue, reader: Subscriber, at: datetime = now
    ) -> tuple[Reception, WhyNot | None, str]:
        session.expire_all()
        found = reader_issue(session, issue, reader, at)
        assert found.words
        return found.reception, None if found.reason is None else found.reason.why, found.words

    return ask
