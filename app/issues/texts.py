"""Texts of a Story as people give them: brought into normal form, and refused out of bounds."""

from collections.abc import Mapping
from typing import Any

from app.content import limits
from app.content.drafts import StoryDraft
from app.content.normal import normal
from app.errors import FieldError, InvalidInput
from app.issues.load import story_fields
from app.story_fields import STORY_FIELDS, frozen


def story_columns(texts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that these fields of a Story fill, in normal form.

    `deep_dive` is a list of texts, `decoder` one of mappings with `term` and `definition`.

    Raises:
        InvalidInput: a field is out of bounds, which `errors` names.
    """
    draft = normal(_draft(texts))
    wrong = [FieldError(f"/{path}", detail) for path, detail in limits.faults(draft)]
    if wrong:
        raise InvalidInput("The story is out of bounds.", wrong)
    filled = story_fields(draft)
    return {name: filled[name] for name in texts}


def _draft(texts: Mapping[str, Any]) -> StoryDraft:
    """Return the texts as a draft; a title that is not to be changed is only stood in for."""
    given = {"title": "-", **texts}
    values = {one.name: frozen(one, given[one.name]) for one in STORY_FIELDS if one.name in given}
    return StoryDraft(**values)
