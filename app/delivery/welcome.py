"""The welcome mail: the first stories of the latest issue, for a reader who has just confirmed."""

from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, literal, select
from sqlalchemy.orm import Session

from app.delivery.compose import publication_facts, read_url
from app.delivery.letters import OpenLetter
from app.delivery.public import is_public, is_story_public
from app.delivery.send import Sender
from app.models import Category, Issue, Story, Subscriber
from app.publication.publication import get_publication
from app.rendering.inputs import WelcomeFacts, WelcomeStory
from app.tokens import Purpose

N_STORIES: Final = 5


def welcome_facts(session: Session, sender: Sender, opened: OpenLetter) -> WelcomeFacts:
    """Return what the mail says: the first stories of the reader's categories.

    They are in the editor's order. There are none where no issue with such stories has come out
    yet.
    """
    reader = session.get_one(Subscriber, opened.subscriber_id)
    issue = _latest_issue(session)
    is_open = get_publication(session).archive_is_open
    key = None if issue is None or is_open else issue.key
    stories = _best(session, issue, reader, sender.base_url, key) if issue else ()
    return WelcomeFacts(
        publication=publication_facts(session, sender.base_url),
        stories=stories,
        issue_url=read_url(sender.base_url, issue.id, None, key) if issue and stories else "",
        leave_url=leave_url(sender, opened),
        preferences_url=_link(sender, opened, Purpose.PREFERENCES, "preferences"),
    )


def leave_url(sender: Sender, opened: OpenLetter) -> str:
    """Return the link by which the Letter's reader leaves, in the mail and in its header."""
    return _link(sender, opened, Purpose.LEAVE, "leave")


def _link(sender: Sender, opened: OpenLetter, purpose: Purpose, path: str) -> str:
    token = sender.signer.sign(purpose, opened.reader_public_id or 0, now=opened.opened_at)
    return f"{sender.base_url}/{path}/{token}"


def _latest_issue(session: Session) -> Issue | None:
    return session.scalar(
        select(Issue)
        .where(is_public(), Issue.cancelled_at.is_(None))
        .order_by(Issue.issued_on.desc(), Issue.id.desc())
        .limit(1)
    )


def _best(
    session: Session, issue: Issue, reader: Subscriber, base_url: str, key: UUID | None
) -> tuple[WelcomeStory, ...]:
    """Return the issue's first complete stories in the categories that the reader follows."""
    rows = session.execute(
        select(Story.id, Story.title, Story.summary, Category.name)
        .join(Category, Category.id == Story.category_id)
        .where(
            Story.issue_id == issue.id,
            Story.summary != "",
            is_story_public(),
            literal(1, BigInteger).bitwise_lshift(Category.bit).bitwise_and(reader.follows) != 0,
        )
        .order_by(Story.position)
        .limit(N_STORIES)
    )
    return tuple(
        WelcomeStory(title, summary, category, read_url(base_url, issue.id, story_id, key))
        for story_id, title, summary, category in rows
    )
