"""States and days of issues, and the fields of stories, in words."""

from datetime import date
from typing import Final

from babel.dates import format_date

from app.content.drafts import StoryDraft
from app.content.reasons import sentence_of
from app.enums import IssueState
from app.models import Story
from app.pages.language import N_, SOURCE, gettext, listing, present, translated
from app.story_fields import STORY_FIELDS, missing_fields

STATES: Final = {
    IssueState.DRAFT: N_("draft"),
    IssueState.APPROVED: N_("approved"),
    IssueState.SCHEDULED: N_("scheduled"),
    IssueState.SENDING: N_("sending"),
    IssueState.PAUSED: N_("paused"),
    IssueState.SENT: N_("sent"),
    IssueState.CANCELLED: N_("cancelled"),
}

FIELDS: Final = {one.name: one.mark for one in STORY_FIELDS}
"""The fields of a story, as a person reads their names; translated where they are shown."""

_DAYS: Final = {SOURCE: "EEE d MMM"}


def short_day(day: date) -> str:
    """Return a day as `Mon 30 Nov` or `Mo., 30. Nov.`."""
    language = present()
    return format_date(day, _DAYS.get(language.code, "EEE d. MMM"), language.locale)


def lacks(story: Story | StoryDraft) -> str:
    """Return what a story lacks, in words; empty for a complete one."""
    home = story.category_id if isinstance(story, Story) else story.category
    return listing([gettext(FIELDS[one.name]) for one in missing_fields(story, home)])


def why_unplaced(reason: str) -> str:
    """Return why a line found no place, in the language of who reads."""
    return translated(sentence_of(reason))
