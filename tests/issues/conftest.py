from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Any, Final

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions, transaction
from app.delivery.claim import lease_batch
from app.delivery.editions import render_pending
from app.delivery.launch import launch
from app.delivery.record import close_call
from app.enums import DeliveryState, Depth, EditionState, IssueState
from app.issues.approval import approve_checked
from app.issues.checks.gather import CheckSettings
from app.issues.corrections import correct
from app.issues.lifecycle import lock_issue
from app.models import Category, Correction, Delivery, Edition, Issue, Publication, Story
from app.rendering.templates import our_templates
from app.transports.base import Accepted, InDoubt, Outcome
from tests.claims import open_call
from tests.factories import make_category, make_issue, make_story, make_subscriber

BASE_URL: Final = "https://digest.example.com"
TEMPLATES: Final = our_templates()
LOOKS: Final = CheckSettings(TEMPLATES, BASE_URL, checks_links=False)
Render = Callable[[], None]


@pytest.fixture
def ai(session: Session) -> Category:
    return make_category(session, "ai")


@pytest.fixture
def issue(session: Session, ai: Category) -> Issue:
    """Make a complete draft for Monday, 23 November 2026."""
    issue = make_issue(session)
    make_story(session, issue, ai)
    return issue


@pytest.fixture
def publication(session: Session) -> Publication:
    """Return the publication: weekdays at seven, UTC, and four hours of grace."""
    publication = session.get_one(Publication, 1)
    publication.time_zone = "UTC"
    publication.send_time = time(7)
    publication.weekdays = [1, 2, 3, 4, 5]
    publication.late_seconds = 4 * 3600
    return publication


@pytest.fixture
def approved(
    session: Session, issue: Issue, ai: Category, publication: Publication, now: datetime
) -> Issue:
    """Make an issue of two categories that somebody looked at and approved, and its readers."""
    publication.from_address = "Devoured <digest@digest.dev>"
    ai.template = ""  # the one named like its slug
    make_story(session, issue, make_category(session, "devops"), url="https://news.dev/two")
    make_subscriber(session, follows=1, depth=Depth.BRIEF)
    make_subscriber(session, follows=3, depth=Depth.DEEP)
    session.commit()
    approve_checked(session, CLI, issue.id, LOOKS, now)
    session.commit()
    return issue


@pytest.fixture
def render(sessions: Sessions, session: Session, now: datetime) -> Render:
    def render_all() -> None:
        session.rollback()
        pending = select(Edition.id).where(Edition.state == EditionState.PENDING)
        for edition_id in session.scalars(pending).all():
            render_pending(sessions, edition_id, TEMPLATES, BASE_URL, now)
        session.rollback()

    return render_all


@pytest.fixture
def half_sent(session: Session, render: Render, now: datetime) -> Issue:
    """Make an issue with four cuts, of each of which 60 were accepted and 10 are in doubt."""
    ai, devops = make_category(session, "ai"), make_category(session, "devops")
    issue = make_issue(session, state=IssueState.SCHEDULED)
    make_story(session, issue, ai, title="A fast model", what="It is ten times as fast.")
    make_story(session, issue, devops)
    for follows, depth in _CUTS:
        for _ in range(80):
            make_subscriber(session, follows=follows, depth=depth)
    launch(session, lock_issue(session, issue.id), now)
    session.commit()
    render()
    for worker in map(str, range(len(_CUTS))):
        _send(session, worker, 70, now)
    return issue


_CUTS = [(1, Depth.HEADLINES), (1, Depth.BRIEF), (3, Depth.DEEP), (2, Depth.DEEP)]


def _send(session: Session, worker: str, size: int, now: datetime) -> None:
    """Somebody's first Call: ten of it are in doubt."""
    lease = lease_batch(session, worker, now)
    assert lease is not None
    call = open_call(session, lease, size, now)
    assert call is not None
    outcomes: list[Outcome] = [InDoubt("timeout")] * 10
    outcomes += [Accepted("a")] * (size - 10)
    close_call(session, call.call_id, outcomes, now)
    session.commit()


@pytest.fixture
def correction(
    sessions: Sessions, half_sent: Issue, render: Render, session: Session, now: datetime
) -> Correction:
    made = correct_first(sessions, half_sent, {"what": "It is twice as fast."}, now)
    render()
    return session.get_one(Correction, made)


def correct_first(
    sessions: Sessions, issue: Issue, changes: Mapping[str, Any], now: datetime
) -> int:
    with transaction(sessions) as session:
        first = select(Story).where(Story.issue_id == issue.id).order_by(Story.position).limit(1)
        row = correct(
            session,
            CLI,
            issue.id,
            session.scalars(first).one().id,
            changes,
            "We had the figure wrong.",
            templates=TEMPLATES,
            base_url=BASE_URL,
            now=now,
        )
        return row.id


def got_it_wrong(session: Session, issue: Issue) -> set[int]:
    """Return who was surely sent the first revision with the story's text in it."""
    rows = session.scalars(
        select(Delivery.subscriber_id)
        .join(Edition, Edition.id == Delivery.edition_id)
        .where(
            Delivery.issue_id == issue.id,
            Delivery.state == DeliveryState.ACCEPTED,
            Edition.revision == 1,
            Edition.text.contains("ten times"),
        )
    )
    return set(rows)
