"""Notes of corrections: what readers are told where a story was changed after it went out."""

import html
import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.public import is_story_public
from app.models import Category, Correction, Edition, Story
from app.pages.language import gettext as _
from app.pages.language import long_date, present
from app.publication.lanes import local_day
from app.publication.publication import get_publication
from app.rendering.depths import SHOWN_FIELDS

_BODY: Final = re.compile(r"<body[^>]*>")
_STYLE: Final = (
    "margin:0;padding:12px 20px;background:#FFF4D6;color:#1C1B19;"
    "font:15px/22px -apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif"
)


@dataclass(frozen=True)
class Note:
    """What is said of one story, dated on the publication's clocks."""

    story_id: int
    title: str
    day: date
    text: str


def notes_of(session: Session, issue_id: int) -> list[Note]:
    """Return the notes of an Issue's corrections, the newest first."""
    zone = get_publication(session).time_zone
    rows = session.execute(
        select(Correction, Story.title)
        .join(Story, Story.id == Correction.story_id)
        .where(Correction.issue_id == issue_id, is_story_public())
        .order_by(Correction.revision.desc())
    )
    return [
        Note(row.story_id, title, local_day(zone, row.corrected_at), row.note)
        for row, title in rows
    ]


def removals_of(session: Session, issue_id: int) -> list[Note]:
    """Return what is said of the Issue's stories that were taken down with a note, newest first."""
    zone = get_publication(session).time_zone
    at = Story.taken_down_at
    rows = session.execute(
        select(Story.id, at, Story.taken_down_note)
        .where(Story.issue_id == issue_id, at.is_not(None), Story.taken_down_note.is_not(None))
        .order_by(at.desc(), Story.id)
    )
    # Its title may be what it was taken down for.
    return [Note(row[0], "", local_day(zone, row[1]), row[2]) for row in rows if row[1] and row[2]]


def notes_of_edition(session: Session, edition: Edition) -> list[Note]:
    """Return the notes of corrections that this Edition has and that changed what its cut shows."""
    zone = get_publication(session).time_zone
    rows = session.execute(
        select(Correction, Story.title)
        .join(Story, Story.id == Correction.story_id)
        .join(Category, Category.id == Story.category_id)
        .where(
            Correction.issue_id == edition.issue_id,
            Correction.revision <= edition.revision,
            Category.bit.in_([bit for bit in range(63) if edition.follows >> bit & 1]),
        )
        .order_by(Correction.revision.desc())
    )
    fields = SHOWN_FIELDS[edition.depth]
    return [
        Note(row.story_id, title, local_day(zone, row.corrected_at), row.note)
        for row, title in rows
        if fields & row.before.keys()
    ]


def with_notes(page: str, notes: list[Note]) -> str:
    """Return a mail's HTML with these notes above everything else."""
    if not notes:
        return page
    lines = "".join(f'<p style="margin:0">{_message(note)}</p>' for note in notes)
    banner = f'<header><div role="note" style="{_STYLE}">{lines}</div></header>'
    return _BODY.sub(lambda body: body[0] + banner, page, count=1)


def _message(note: Note) -> str:
    """Return as HTML `Corrected on 23 November 2026: Small models – The figure was wrong`.

    What authors wrote is in the language of the mail, the rest in that of who asks.
    """
    heading = _("Corrected on %(day)s:") % {"day": long_date(note.day)}
    written = html.escape(f"{note.title} – {note.text}")
    said = (
        f'<span lang="{present().code}" dir="{present().direction}">{html.escape(heading)}</span>'
    )
    return f"{said} <bdi>{written}</bdi>"
