"""What reaches the mails of an issue, each changed by itself; and what beat and workers do."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import Sessions
from app.delivery.editions import render_pending
from app.enums import EditionState, IssueState, Tracking
from app.issues.approval import reopen_if_changed, waiting_issues
from app.issues.checks.gather import CheckSettings
from app.issues.daily import launch_if_due, schedule_the_day
from app.models import Category, CategoryState, Edition, Issue, Publication, Story
from app.rendering.templates import Templates
from tests.factories import make_story
from tests.issues.conftest import BASE_URL, LOOKS, TEMPLATES

Change = Callable[[Session], None]


def of_category(**changes: Any) -> Change:
    def change(session: Session) -> None:
        row = session.scalars(select(Category).where(Category.slug == "ai")).one()
        for name, value in changes.items():
            setattr(row, name, value)

    return change


def of_publication(**changes: Any) -> Change:
    def change(session: Session) -> None:
        row = session.get_one(Publication, 1)
        for name, value in changes.items():
            setattr(row, name, value)

    return change


def of_issue(**changes: Any) -> Change:
    def change(session: Session) -> None:
        row = session.scalars(select(Issue)).one()
        for name, value in changes.items():
            setattr(row, name, value)

    return change


def of_story(**changes: Any) -> Change:
    def change(session: Session) -> None:
        row = session.scalars(select(Story).order_by(Story.id)).first()
        assert row is not None
        for name, value in changes.items():
            setattr(row, name, value)

    return change


def another_lead(session: Session) -> None:
    issue = session.scalars(select(Issue)).one()
    issue.lead_story_id = session.scalars(select(Story.id).order_by(Story.id)).first()


def another_story(session: Session) -> None:
    issue = session.scalars(select(Issue)).one()
    make_story(session, issue, session.scalars(select(Category)).first(), title="Slipped in")


CHANGES: Final[dict[str, tuple[Change, str]]] = {
    "its subject template": (
        of_category(subject_template="Buy now: {first}"),
        "category ai: subject template",
    ),
    "its preheader template": (
        of_category(preheader_template="Buy now"),
        "category ai: preheader template",
    ),
    "its name": (of_category(name="Scam"), "category ai: name"),
    "its state": (of_category(state=CategoryState.RETIRED), "category ai: state"),
    "its accent": (of_category(accent="#000000"), "category ai: accent"),
    "its dark accent": (of_category(accent_dark="#FFFFFF"), "category ai: accent dark"),
    "its template": (of_category(template="default"), "category ai: template"),
    "its place": (of_category(position=99), "order of categories"),
    "the name": (of_publication(name="Scam"), "publication: name"),
    "the tagline": (of_publication(tagline="Buy now"), "publication: tagline"),
    "From": (of_publication(from_address="x@scam.example"), "publication: from address"),
    "Reply-To": (of_publication(reply_to="x@scam.example"), "publication: reply to"),
    "the postal address": (
        of_publication(postal_address="Nowhere"),
        "publication: postal address",
    ),
    "the language": (of_publication(language="de"), "publication: language"),
    "the subject template": (
        of_publication(subject_template="Buy now: {first}"),
        "publication: subject template",
    ),
    "the preheader template": (
        of_publication(preheader_template="Buy now"),
        "publication: preheader template",
    ),
    "the sponsor": (
        of_publication(sponsor={"label": "", "text": "Buy now", "url": ""}),
        "sponsor",
    ),
    "articles": (of_publication(shows_articles=False), "publication: shows articles"),
    "all points": (of_publication(shows_all_points=True), "shows all points"),
    "tracking": (of_publication(tracking=Tracking.PER_READER), "tracking"),
    "its own sponsor": (of_issue(sponsor={"label": "", "text": "Buy now", "url": ""}), "sponsor"),
    "its subject": (of_issue(subject="Buy now"), "subject"),
    "its preheader": (of_issue(preheader="Buy now"), "preheader"),
    "its opening": (of_issue(opening="Buy now"), "opening"),
    "its sign-off": (of_issue(sign_off="Buy now"), "sign off"),
    "the sign-off": (of_publication(sign_off="Buy now"), "sign off"),
    "its lead story": (another_lead, "lead story"),
    "a story": (of_story(what="Buy now."), "story 1"),
    "a story more": (another_story, "story 3"),
}


def tick(session: Session, now: datetime, check_settings: CheckSettings = LOOKS) -> None:
    """Do what beat does (`workers.tasks.launch_due`), the approved issues in one transaction."""
    for issue_id in waiting_issues(session):
        reopen_if_changed(session, issue_id, check_settings, now)
    session.commit()
    schedule_the_day(session, now)
    session.commit()
    for issue_id in session.scalars(
        select(Issue.id).where(Issue.state == IssueState.SCHEDULED, Issue.send_at <= now)
    ).all():
        if not reopen_if_changed(session, issue_id, check_settings, now):
            launch_if_due(session, issue_id, now)
    session.commit()


def render_all(
    sessions: Sessions, session: Session, now: datetime, templates: Templates = TEMPLATES
) -> None:
    pending = select(Edition.id).where(Edition.state == EditionState.PENDING)
    for edition_id in session.scalars(pending).all():
        render_pending(sessions, edition_id, templates, BASE_URL, now)
    session.rollback()
    session.expire_all()


def state_of(session: Session, issue: Issue) -> IssueState:
    """Return the issue's state in the database."""
    session.refresh(issue)
    return issue.state


def why(issue: Issue) -> str:
    """Why it stopped, or is a draft again, by itself."""
    return issue.paused_because or issue.reopened_because or ""
