"""The fields of a story in requests and answers, made from what `app.story_fields` declares."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field, create_model

from app.api.fields import TEXT, Body, Slug
from app.story_fields import MAX_BULLETS, MAX_TERM, MAX_TITLE, STORY_FIELDS, FieldKind, StoryField

Title = Annotated[str, Field(min_length=1, max_length=MAX_TITLE, pattern=TEXT)]

_DESCRIPTIONS: Final[Mapping[str, str]] = {
    "label": "As `7 minute read` or `GitHub Repo`.",
    "category": "The slug of a category, or null.",
    "url": "An http or https address, or empty.",
}
_MOST: Final = {one.kind: one.most for one in STORY_FIELDS}


class TermBody(Body):
    """One entry of the Decoder."""

    term: Annotated[str, Field(max_length=MAX_TERM, pattern=TEXT)]
    definition: Annotated[str, Field(max_length=_MOST[FieldKind.TERMS], pattern=TEXT)] = ""


class TermOut(BaseModel):
    """One entry of the Decoder."""

    term: str
    definition: str


def _given(one: StoryField) -> Any:
    """Return the type and default of a field in a request."""
    described = Field(description=_DESCRIPTIONS.get(one.name))
    if one.name == "category":
        return (Annotated[Slug | None, described], None)
    if one.name == "title":
        return (Title, "")
    text = Annotated[str, Field(max_length=one.most, pattern=TEXT)]
    match one.kind:
        case FieldKind.BULLETS:
            return (Annotated[list[text], Field(max_length=MAX_BULLETS)], [])
        case FieldKind.TERMS:
            return (Annotated[list[TermBody], Field(max_length=MAX_BULLETS)], [])
        case _:
            return (Annotated[text, described], "")


_SHOWN: Final[Mapping[FieldKind, Any]] = {
    FieldKind.BULLETS: list[str],
    FieldKind.TERMS: list[TermOut],
}


def _shown(one: StoryField) -> Any:
    """Return the type of a field in an answer, where it is never missing."""
    return (_SHOWN.get(one.kind, str), ...)


StoryFields: Final[Any] = create_model(
    "StoryFields", **{one.name: _given(one) for one in STORY_FIELDS}
)
StoryOutFields: Final[Any] = create_model(
    "StoryOutFields", **{one.name: _shown(one) for one in STORY_FIELDS}
)
