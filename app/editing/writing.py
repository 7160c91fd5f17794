"""One written story becomes a row, by the commands that the API calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pycrdt import Doc
from sqlalchemy.orm import Session

from app.actors import Actor
from app.content.drafts import StoryDraft
from app.editing.shape import (
    CATEGORY,
    DROPPED,
    LEAD,
    PLACE,
    Written,
    issue_map,
    lead_of,
    places_of,
    read_story,
)
from app.editing.touched import WHOLE, Touched
from app.editing.wording import Problem, digest, is_blank, normal_texts, wrong_fields
from app.errors import InvalidInput, NotFound, WrongState
from app.issues.arranging import order_stories
from app.issues.dropping import drop_story, restore_story
from app.issues.lifecycle import get_issue
from app.issues.stories import add_story, change_issue, change_story, stories_of
from app.models import Story
from app.story_fields import stored


@dataclass
class Writing:
    """What stories are written with; `numbers` gets those that are added."""

    session: Session
    issue_id: int
    doc: Doc[Any]
    numbers: dict[str, int]
    categories: Mapping[str, int | None]
    now: datetime

    def row(self, key: str) -> Story | None:
        """Return the stored story of this key; None where there is none now."""
        number = self.numbers.get(key)
        story = None if number is None else self.session.get(Story, number)
        return story if story is not None and story.issue_id == self.issue_id else None


def write_story(writing: Writing, key: str, touched: Touched) -> list[Problem]:
    """Store what can be stored of a story that was touched, and return what cannot.

    A story that was dropped is kept as it was written last, for whoever puts it back.
    """
    written = read_story(writing.doc, key)
    row = writing.row(key)
    if written is None:
        if row is not None:
            _drop(writing, row, touched.actor_of(key, DROPPED))
        return []
    if row is None and key in writing.numbers and (not written.is_dropped or touched.texts(key)):
        try:
            row = _restored(writing, key, touched)
        except (InvalidInput, WrongState) as error:  # there is no room for it
            return [Problem(key, "", None, error.detail, digest(None))]
    wrong = wrong_fields(written, writing.categories)
    columns = _columns(writing, written, wrong)
    if row is not None:
        _change(writing, row, written, columns, touched)
        if written.is_dropped:
            _drop(writing, row, touched.actor_of(key, DROPPED))
    elif not written.is_dropped and not is_blank(written):
        fault = _add(writing, written, columns, touched.actor_of(key, WHOLE))
        wrong |= {"": (None, fault)} if fault else {}
    if written.is_dropped or (row is None and is_blank(written)):
        return []
    return [
        Problem(key, name, entry, detail, digest(_stored_value(writing, row, name)))
        for name, (entry, detail) in wrong.items()
    ]


def write_order(writing: Writing, touched: Touched) -> None:
    """Bring the rows into the order of the document."""
    rows = [story.id for story in stories_of(writing.session, writing.issue_id)]
    live = set(rows)
    keys = [key for _, key in places_of(writing.doc) if writing.numbers.get(key) in live]
    order = [writing.numbers[key] for key in keys]
    if order != [number for number in rows if number in set(order)]:
        moved = next((key for key in touched.stories() if PLACE in touched.by_story[key]), keys[0])
        actor = touched.actor_of(moved, PLACE)
        order_stories(writing.session, actor, writing.issue_id, order, writing.now)


def write_lead(writing: Writing, touched: Touched) -> None:
    """Let the story lead that the document says leads, or none.

    A document in which nobody ever said so leaves it to the issue.
    """
    if touched.lead is None and LEAD not in issue_map(writing.doc):
        return
    key = lead_of(writing.doc)
    row = None if key is None else writing.row(key)
    wanted = None if row is None else row.id
    if wanted != get_issue(writing.session, writing.issue_id).lead_story_id:
        actor = touched.lead or touched.actor_of(key or "", WHOLE)
        changes = {"lead_story_id": wanted}
        change_issue(writing.session, actor, writing.issue_id, changes, writing.now)


def _columns(writing: Writing, written: Written, wrong: Mapping[str, Any]) -> dict[str, Any]:
    columns = {
        name: value for name, value in normal_texts(written.texts).items() if name not in wrong
    }
    if CATEGORY not in wrong:
        slug = written.category
        columns["category_id"] = None if slug is None else writing.categories[slug]
    return columns


def _change(
    writing: Writing,
    row: Story,
    written: Written,
    columns: Mapping[str, Any],
    touched: Touched,
) -> None:
    """Change the fields that differ, in one command for each who touched them."""
    by_actor: dict[Actor, dict[str, Any]] = {}
    for name, value in columns.items():
        named = CATEGORY if name == "category_id" else name
        is_as_written = named != CATEGORY and getattr(row, name) == written.texts[name]
        if getattr(row, name) != value and not is_as_written:
            by_actor.setdefault(touched.actor_of(written.key, named), {})[name] = value
    for actor, changes in by_actor.items():
        change_story(writing.session, actor, writing.issue_id, row.id, changes, writing.now)


def _drop(writing: Writing, row: Story, actor: Actor) -> None:
    drop_story(writing.session, actor, writing.issue_id, row.id, writing.now)


def _add(writing: Writing, written: Written, columns: dict[str, Any], actor: Actor) -> str:
    """Add a story, unless it cannot be one yet; return why it cannot beside its fields' faults."""
    if "title" not in columns:
        return ""
    empty = {name: value for name, value in stored(StoryDraft()).items() if name != CATEGORY}
    try:
        story = add_story(
            writing.session, actor, writing.issue_id, {**empty, **columns}, writing.now
        )
    except (InvalidInput, WrongState) as error:
        return error.detail
    writing.numbers[written.key] = story.id
    return ""


def _restored(writing: Writing, key: str, touched: Touched) -> Story | None:
    """Put a dropped story back; one that is not kept any more is to be added anew."""
    number = writing.numbers[key]
    actor = touched.actor_of(key, DROPPED)
    try:
        return restore_story(writing.session, actor, writing.issue_id, number, writing.now)
    except NotFound:
        del writing.numbers[key]
        return None


def _stored_value(writing: Writing, row: Story | None, name: str) -> Any:
    if row is None or not name:
        return None
    if name == CATEGORY:
        slugs = {number: slug for slug, number in writing.categories.items()}
        return slugs.get(row.category_id)
    return getattr(row, name)
