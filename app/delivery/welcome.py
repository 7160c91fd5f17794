"""The welcome mail: what a new reader gets and when, and the best of the latest issue."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.delivery.best import best_of, latest_issue_for
from app.delivery.choice import choice_of
from app.delivery.compose import publication_facts, read_url
from app.delivery.leaving import leave_url
from app.delivery.letters import OpenLetter
from app.delivery.send import Sender
from app.language import nearest, speaking
from app.models import Issue, Subscriber
from app.publication.publication import get_publication
from app.rendering.inputs import WelcomeFacts, WelcomeStory
from app.tokens import Purpose


def welcome_facts(session: Session, sender: Sender, opened: OpenLetter) -> WelcomeFacts:
    """Return what the mail says: what comes when, and the best of the reader's categories.

    There are no stories where no issue with any of theirs has come out yet.
    """
    reader = session.get_one(Subscriber, opened.subscriber_id)
    issue = latest_issue_for(session, reader)
    is_open = get_publication(session).archive_is_open
    key = None if issue is None or is_open else issue.key
    stories = _stories(session, issue, reader, sender.base_url, key) if issue else ()
    publication = publication_facts(session, sender.base_url)
    preferences = token_of(sender, opened, Purpose.PREFERENCES)
    spoken = nearest(reader.language, publication.language)
    with speaking(spoken):
        choice = choice_of(session, reader, opened.opened_at)
    return WelcomeFacts(
        publication=publication,
        stories=stories,
        issue_url=read_url(sender.base_url, issue.id, None, key) if issue and stories else "",
        leave_url=leave_url(sender.base_url, leave_token(sender, opened)),
        preferences_url=f"{sender.base_url}/preferences/{preferences}",
        choice=choice,
        language=spoken,
    )


def leave_token(sender: Sender, opened: OpenLetter) -> str:
    """Return the token by which the Letter's reader leaves, by the mail and by its header."""
    return token_of(sender, opened, Purpose.LEAVE)


def token_of(sender: Sender, opened: OpenLetter, purpose: Purpose) -> str:
    """Return a token of the Letter's reader."""
    return sender.signer.sign(purpose, opened.reader_public_id or 0, now=opened.opened_at)


def _stories(
    session: Session, issue: Issue, reader: Subscriber, base_url: str, key: UUID | None
) -> tuple[WelcomeStory, ...]:
    stories = best_of(session, issue, reader)
    urls = (read_url(base_url, issue.id, one.id, key) for one in stories)
    return tuple(
        WelcomeStory(one.title, one.summary, one.category, url)
        for one, url in zip(stories, urls, strict=True)
    )
