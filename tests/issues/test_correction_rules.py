from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions, transaction
from app.delivery.editions import render_pending
from app.delivery.launch import launch
from app.enums import EditionState, IssueState
from app.errors import InvalidInput, WrongState
from app.issues.corrections import correct
from app.issues.lifecycle import lock_issue
from app.models import Category, Correction, Edition, Issue, Story
from app.rendering.templates import our_templates
from tests.factories import make_category, make_issue, make_story, make_subscriber

_BASE_URL = "https://digest.example.com"
_TEMPLATES = our_templates()


@pytest.fixture
def ai(session: Session) -> Category:
    return make_category(session, "ai")


@pytest.fixture
def running(session: Session, ai: Category, now: datetime) -> Issue:
    """Launch an issue with a reader."""
    issue = make_issue(session, state=IssueState.SCHEDULED)
    make_story(session, issue, ai, what="It is ten times as fast.")
    make_subscriber(session, follows=ai.mask)
    launch(session, lock_issue(session, issue.id), now)
    session.commit()
    return issue


@pytest.fixture
def render(sessions: Sessions, session: Session, now: datetime) -> Callable[[], None]:
    def render_all() -> None:
        session.rollback()
        pending = select(Edition.id).where(Edition.state == EditionState.PENDING)
        for edition_id in session.scalars(pending).all():
            render_pending(sessions, edition_id, _TEMPLATES, _BASE_URL, now)
        session.rollback()

    return render_all


def _correct(sessions: Sessions, issue: Issue, now: datetime, **changes: str) -> None:
    with transaction(sessions) as session:
        story = session.scalars(
            select(Story).where(Story.issue_id == issue.id).order_by(Story.position).limit(1)
        ).one()
        changes = changes or {"what": "It is twice as fast."}
        note = "We had the figure wrong."
        correct(
            session,
            CLI,
            issue.id,
            story.id,
            changes,
            note,
            templates=_TEMPLATES,
            base_url=_BASE_URL,
            now=now,
        )


def test_correction_keeps_what_was_said_before_when_it_is_made(
    session: Session, sessions: Sessions, running: Issue, now: datetime
) -> None:
    _correct(sessions, running, now)
    row = session.scalars(select(Correction)).one()
    assert (row.before, row.after) == (
        {"what": "It is ten times as fast."},
        {"what": "It is twice as fast."},
    )
    assert (row.revision, row.note) == (2, "We had the figure wrong.")


@pytest.mark.parametrize(
    "changes",
    [{"what": "It is ten times as fast."}, {"what": ""}, {"category_id": "2"}],
)
def test_correction_is_refused_and_changes_nothing_when_it_is_none(
    session: Session, sessions: Sessions, running: Issue, now: datetime, changes: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput):
        _correct(sessions, running, now, **changes)
    assert session.get_one(Issue, running.id, populate_existing=True).revision == 1
    assert session.scalar(select(func.count()).select_from(Correction)) == 0


def test_correction_is_refused_when_the_issue_is_still_edited(
    session: Session, sessions: Sessions, ai: Category, now: datetime
) -> None:
    issue = make_issue(session)
    make_story(session, issue, ai)
    session.commit()
    with pytest.raises(WrongState):
        _correct(sessions, issue, now)


def test_no_edition_is_made_when_only_the_article_changes(
    session: Session, sessions: Sessions, running: Issue, render: Callable[[], None], now: datetime
) -> None:
    render()
    _correct(sessions, running, now, article="A longer article.")
    assert session.scalar(select(func.count()).select_from(Edition)) == 1
