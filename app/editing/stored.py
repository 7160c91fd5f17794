"""The stories of an issue as they are stored, dropped ones too."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.editing.shape import CATEGORY
from app.issues.dropping import dropped_stories
from app.issues.lifecycle import get_issue
from app.issues.stories import stories_of
from app.publication.categories import all_categories
from app.story_fields import STORY_FIELDS


@dataclass(frozen=True)
class StoredStory:
    """What is stored of a story, dropped or not: its texts by field, without its category.

    One that leads says so; a dropped one that would lead again does, too, where no other does.
    """

    id: int
    category_id: int | None
    texts: dict[str, Any]
    is_dropped: bool = False
    leads: bool = False


def key_of(story_id: int) -> str:
    """Return the key in a document of a story that was not made there."""
    return f"s{story_id}"


def slugs_by_number(session: Session) -> dict[int | None, str | None]:
    """Return the slug of each category by its number, and None for none."""
    return {None: None} | {one.id: one.slug for one in all_categories(session)}


def stored_stories(session: Session, issue_id: int) -> list[StoredStory]:
    """Return the stories of an Issue in their order, then those that can be put back."""
    names = [one.name for one in STORY_FIELDS if one.name != CATEGORY]
    gone = dropped_stories(session, issue_id)
    lead = get_issue(session, issue_id).lead_story_id
    lead = lead or next((row.story_id for row in gone if row.was_lead), None)
    return [
        StoredStory(
            row.id,
            row.category_id,
            {name: getattr(row, name) for name in names},
            leads=row.id == lead,
        )
        for row in stories_of(session, issue_id)
    ] + [
        StoredStory(
            row.story_id,
            row.fields["category_id"],
            {name: row.fields[name] for name in names},
            is_dropped=True,
            leads=row.story_id == lead,
        )
        for row in gone
    ]
