"""Clicks of an Issue: how often each link of its mails was followed, and the mail opened."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.enums import LinkKind
from app.models import Story, TrackedLink


@dataclass(frozen=True)
class Clicked:
    """A link and its counts; `title` is its story's, empty where it is of none or that is gone."""

    link: TrackedLink
    title: str


@dataclass(frozen=True)
class Clicks:
    """What an Issue's mails brought in; `opens` is None where no pixel was in them."""

    opens: TrackedLink | None
    links: Sequence[Clicked]


def clicks_of(session: Session, issue_id: int) -> Clicks:
    """Return the counts of an Issue's links, those that most people followed first."""
    rows = session.execute(
        select(TrackedLink, Story.title)
        .outerjoin(Story, Story.id == TrackedLink.story_id)
        .where(TrackedLink.issue_id == issue_id)
        .order_by(
            TrackedLink.n_human.desc(), TrackedLink.kind, TrackedLink.story_id, TrackedLink.key
        )
    ).all()
    opens = next((link for link, _ in rows if link.kind is LinkKind.PIXEL), None)
    return Clicks(opens, [Clicked(link, title or "") for link, title in rows if link is not opens])
