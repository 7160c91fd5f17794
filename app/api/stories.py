"""`/v1/issues/{issue_id}/stories`: the stories of an issue, one by one; only a draft's change.

Their fields in requests and answers are made from what `app.story_fields` declares.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Response
from pydantic import AwareDatetime, BaseModel, Field, create_model
from sqlalchemy.orm import Session

from app.api.changes import (
    Asked,
    Change,
    Etag,
    EtagDep,
    answer_once,
    asked_with,
    changes,
)
from app.api.deps import IfMatch, SessionDep, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import TEXT, Body, Changes, Id, Slug, examples, fill
from app.api.issues import slugs_by_id
from app.enums import Scope
from app.errors import FieldError, InvalidInput, NotFound, WrongState
from app.issues import stories
from app.issues.lifecycle import get_issue
from app.issues.stories import story_columns
from app.models import Story
from app.publication.categories import get_category
from app.story_fields import MAX_BULLETS, MAX_TERM, MAX_TITLE, STORY_FIELDS, FieldKind, StoryField

Title = Annotated[str, Field(min_length=1, max_length=MAX_TITLE, pattern=TEXT)]

_DESCRIPTIONS: Final[Mapping[str, str]] = {
    "label": "As `7 minute read` or `GitHub Repo`.",
    "category": "The slug of a category, or null.",
    "url": "An http or https address, or empty.",
    "image": "The name of an uploaded image, or its address; empty for none.",
    "image_alt": "What the image shows; an issue with an image that lacks it is not approved.",
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


def _type_in_request(one: StoryField) -> Any:
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


def _type_in_answer(one: StoryField) -> Any:
    """Return the type of a field in an answer, where it is never missing."""
    return (_SHOWN.get(one.kind, str), ...)


StoryFields: Final[Any] = create_model(
    "StoryFields", **{one.name: _type_in_request(one) for one in STORY_FIELDS}
)
StoryOutFields: Final[Any] = create_model(
    "StoryOutFields", **{one.name: _type_in_answer(one) for one in STORY_FIELDS}
)


router = ApiRouter(prefix="/v1/issues/{issue_id}/stories", tags=["stories"])

EXAMPLE_FIELDS: Final[dict[str, Any]] = {
    "title": "A compiler that explains itself",
    "label": "7 minute read",
    "category": "devops",
    "url": "https://example.com/compiler",
    "summary": "A new compiler tells in plain words why it refuses a program.",
    "what": "Version 2 of the compiler shows the chain of reasons behind each error.",
    "why_it_matters": "People find mistakes in a third of the time.",
    "takeaway": "Try it on the module your team fears most.",
    "deep_dive": ["Each message carries the rule and the place that broke it."],
    "decoder": [{"term": "Compiler", "definition": "Turns source text into a program."}],
    "image": "3f786850e387550fdab836ed7e6dc881de23001b.jpg",
    "image_alt": "A terminal with an error message of three short lines.",
    "image_caption": "",
    "article": "",
}
_EXAMPLE: Final[dict[str, Any]] = {
    "id": 41,
    "issue_id": 7,
    "position": 1,
    **EXAMPLE_FIELDS,
    "minutes": 7,
    "reads_markdown": True,
    "missing": [],
    "version": 1,
    "taken_down_at": None,
    "taken_down_note": None,
}


class NewStory(Body, StoryFields):
    """A story. Without what `missing` names it blocks approval.

    `*emphasis*`, `**more of it**`, `` `code` `` and `[words](https://…)` are read in summary, what,
    why it matters, takeaway, deep dive and definitions; a backslash before a sign keeps it. Title,
    label and terms are plain text, HTML means nothing anywhere.
    """

    model_config = Body.model_config | examples(EXAMPLE_FIELDS)

    title: Title


class StoryChanges(Changes, StoryFields):
    """What to change; what is left out stays."""

    model_config = Body.model_config | examples({"summary": "It says why it refuses a program."})


class StoryOut(StoryOutFields):
    """One item of an issue."""

    model_config = examples(_EXAMPLE)

    id: int
    issue_id: int
    position: int = Field(description="Its place in the issue, counted from 1.")
    minutes: int | None = Field(description="The reading time, where the label tells one.")
    category: str | None
    reads_markdown: bool = Field(
        description="Whether its texts are marked up; false for stories of before that was read."
    )
    missing: list[str] = Field(description="What it lacks; while there is any, no approval.")
    version: int = Field(description="Grows with every change of the story; it is the ETag.")
    taken_down_at: AwareDatetime | None = Field(description="Since when it is off the web.")
    taken_down_note: str | None


class StoryList(BaseModel):
    """The stories of an issue, in the editor's order."""

    model_config = examples({"items": [_EXAMPLE]})

    items: list[StoryOut]


@router.get("", dependencies=[needs(Scope.READ)])
def list_stories(session: SessionDep, issue_id: Id) -> StoryList:
    """List the stories of an issue.

    In the editor's order.
    """
    get_issue(session, issue_id)
    slugs = slugs_by_id(session)
    return StoryList(items=[story_out(row, slugs) for row in stories.stories_of(session, issue_id)])


@router.post("", status_code=201, response_model=StoryOut)
@documents(WrongState)
def add_story(
    issue_id: Id, body: NewStory, asked: Annotated[Asked, asked_with(Scope.EDIT)], expected: IfMatch
) -> Response:
    """Add a story to a draft.

    It becomes the last one. `If-Match` is the issue's.
    """

    def act() -> StoryOut:
        columns = _columns(asked.session, body.model_dump())
        row = stories.add_story(*asked.by, issue_id, columns, asked.now, expected)
        return story_out(row, slugs_by_id(asked.session))

    return answer_once(asked, 201, act)


@router.get("/{story_id}", dependencies=[needs(Scope.READ)])
def get_story(session: SessionDep, issue_id: Id, story_id: Id, etag: EtagDep) -> StoryOut:
    """Show one story.

    Its ETag is good for `If-Match` of the routes that change just it.
    """
    return story_answer(session, stories.get_story(session, issue_id, story_id), etag)


@router.patch("/{story_id}")
@documents(WrongState)
def change_story(
    issue_id: Id,
    story_id: Id,
    body: StoryChanges,
    change: Annotated[Change, changes(Scope.EDIT)],
    etag: EtagDep,
) -> StoryOut:
    """Change a story of a draft."""
    columns = _columns(change.session, body.given())
    row = stories.change_story(*change.by, issue_id, story_id, columns, *change.at)
    return story_answer(change.session, row, etag)


def story_answer(session: Session, row: Story, etag: Etag) -> StoryOut:
    """Return the answer that shows this row, as it stands in the database, with its ETag."""
    session.flush()
    etag.show(row)
    return story_out(row, slugs_by_id(session))


def story_out(row: Story, slugs: Mapping[int, str]) -> StoryOut:
    """Return the response that shows this row."""
    category = slugs[row.category_id] if row.category_id is not None else None
    return fill(StoryOut, row, category=category)


def _columns(session: Session, given: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that these fields fill, in normal form.

    Raises:
        InvalidInput: a field is out of bounds, or the category is none.
    """
    columns = story_columns({name: given[name] for name in given if name != "category"})
    if "category" in given:
        columns["category_id"] = category_id_of(session, given["category"])
    return columns


def category_id_of(session: Session, slug: str | None) -> int | None:
    """Return the number of the category that a body names; InvalidInput for one that is none."""
    if slug is None:
        return None
    try:
        return get_category(session, slug).id
    except NotFound as error:
        wrong = [FieldError("/category", "is no category")]
        raise InvalidInput(error.detail, wrong) from None
