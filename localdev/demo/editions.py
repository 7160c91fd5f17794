"""Whether each edition tells its own categories' stories, looked up in what was rendered."""

import html
import re
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.enums import Depth
from app.models import Category, Edition, Story

_TAG: Final = re.compile(r"<(style|title)\b.*?</\1>|<[^>]*>", re.DOTALL)
_BRACE_GUARD: Final = "\u2060"


def wrong_headlines(session: Session, issue_id: int) -> tuple[int, list[str]]:
    """Return how many editions an issue has, and where one lacks a headline or has one too many."""
    masks = {category.id: category.mask for category in session.scalars(select(Category))}
    stories = session.scalars(select(Story).where(Story.issue_id == issue_id)).all()
    editions = session.scalars(select(Edition).where(Edition.issue_id == issue_id)).all()
    wrong = [
        fault
        for edition in editions
        for fault in _faults(
            edition,
            [s for s in stories if s.category_id and masks[s.category_id] & edition.follows],
            [s for s in stories if s.category_id and not masks[s.category_id] & edition.follows],
        )
    ]
    return len(editions), wrong


def _faults(edition: Edition, own: Sequence[Story], others: Sequence[Story]) -> list[str]:
    parts = {"HTML": _seen(edition.html or ""), "text": _squeezed(edition.text or "")}
    described = _squeezed(" ".join(_describe(story) for story in own))
    own_words = [
        (story, words) for story in own for words in (story.title, *_body(story, edition.depth))
    ]
    missing = [
        f"edition {edition.id} lacks words of story {story.id} in its {part}"
        for part, words in parts.items()
        for story, text in own_words
        if _squeezed(text) not in words
    ]
    extra = [
        f"edition {edition.id} tells story {story.id}, which is not of its cut, in its {part}"
        for part, words in parts.items()
        for story in others
        if _squeezed(story.title) in words and _squeezed(story.title) not in described
    ]
    return missing + extra


def _body(story: Story, depth: Depth) -> list[str]:
    """Return the text below a headline that every edition of this depth must have."""
    return [story.summary] if depth is Depth.HEADLINES else [story.summary, story.what]


def _describe(story: Story) -> str:
    return f"{story.title} {story.summary} {story.what} {story.why_it_matters} {story.takeaway}"


def _seen(markup: str) -> str:
    """Return what a reader sees of HTML, without white space."""
    return _squeezed(html.unescape(_TAG.sub(" ", markup)))


def _squeezed(text: str) -> str:
    return "".join(text.replace(_BRACE_GUARD, "").split())
