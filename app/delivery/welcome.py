"""The welcome mail: what a new reader gets and when, and the best of the latest issue."""

from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from app.delivery.choice import choice_of
from app.delivery.compose import publication_facts, read_url
from app.delivery.letters import OpenLetter
from app.delivery.public import is_public, is_story_public
from app.delivery.send import Sender
from app.language import nearest, speaking
from app.models import Category, Issue, Story, Subscriber
from app.publication.publication import get_publication
from app.rendering.inputs import WelcomeFacts, WelcomeStory
from app.tokens import Purpose

N_STORIES: Final = 5


def welcome_facts(session: Session, sender: Sender, opened: OpenLetter) -> WelcomeFacts:
    """Return what the mail says: what comes when, and the best of the reader's categories.

    There are no stories where no issue with any of theirs has come out yet.
    """
    reader = session.get_one(Subscriber, opened.subscriber_id)
    issue = _latest_issue(session, reader)
    is_open = get_publication(session).archive_is_open
    key = None if issue is None or is_open else issue.key
    stories = _best(session, issue, reader, sender.base_url, key) if issue else ()
    publication = publication_facts(session, sender.base_url)
    spoken = nearest(reader.language, publication.language)
    with speaking(spoken):
        choice = choice_of(session, reader, opened.opened_at)
    return WelcomeFacts(
        publication=publication,
        stories=stories,
        issue_url=read_url(sender.base_url, issue.id, None, key) if issue and stories else "",
        leave_url=leave_url(sender, opened),
        preferences_url=_link(sender, opened, Purpose.PREFERENCES, "preferences"),
        choice=choice,
        language=spoken,
    )


def leave_url(sender: Sender, opened: OpenLetter) -> str:
    """Return the link by which the Letter's reader leaves, in the mail and in its header."""
    return _link(sender, opened, Purpose.LEAVE, "leave")


def _link(sender: Sender, opened: OpenLetter, purpose: Purpose, path: str) -> str:
    token = sender.signer.sign(purpose, opened.reader_public_id or 0, now=opened.opened_at)
    return f"{sender.base_url}/{path}/{token}"


def _is_for(reader: Subscriber) -> tuple[ColumnElement[bool], ...]:
    """Ask whether a story, joined with its category, is complete and for this reader."""
    mask = literal(1, BigInteger).bitwise_lshift(Category.bit)
    return Story.summary != "", is_story_public(), mask.bitwise_and(reader.follows) != 0


def _latest_issue(session: Session, reader: Subscriber) -> Issue | None:
    """Return the latest issue that has something for this reader."""
    theirs = select(Story.id).join(Category, Category.id == Story.category_id)
    return session.scalar(
        select(Issue)
        .where(is_public(), Issue.cancelled_at.is_(None))
        .where(theirs.where(Story.issue_id == Issue.id, *_is_for(reader)).exists())
        .order_by(Issue.issued_on.desc(), Issue.id.desc())
        .limit(1)
    )


def _best(
    session: Session, issue: Issue, reader: Subscriber, base_url: str, key: UUID | None
) -> tuple[WelcomeStory, ...]:
    """Return the first complete stories of the reader's categories, the first of each before all.

    So each category is there, where there is room, however many stories another has.
    """
    place = func.row_number().over(partition_by=Story.category_id, order_by=Story.position)
    rows = session.execute(
        select(Story.id, Story.title, Story.summary, Category.name)
        .join(Category, Category.id == Story.category_id)
        .where(Story.issue_id == issue.id, *_is_for(reader))
        .order_by(place, Story.position)
        .limit(N_STORIES)
    )
    return tuple(
        WelcomeStory(title, summary, category, read_url(base_url, issue.id, story_id, key))
        for story_id, title, summary, category in rows
    )
