"""A whole digest in: as draft issues (`/v1/issues/load`), or into a draft that is there."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app.api.arranging import LINE_EXAMPLE, UnplacedLineOut
from app.api.changes import Asked, answer_once, asked_with
from app.api.deps import IfMatch, RawBody
from app.api.errors import ApiRouter, Unsupported, documents
from app.api.fields import Day, Id, Out, SignOff, examples, fill
from app.api.issues import ISSUE_EXAMPLE, IssueOut, issue_out, slugs_by_id
from app.api.publication import SponsorIn
from app.api.stories import NewStory
from app.content.drafts import Digest
from app.content.errors import ContentError
from app.content.limits import MAX_OPENING, MAX_PREHEADER, MAX_STORIES, MAX_SUBJECT
from app.content.parse import Form, parse
from app.enums import Scope
from app.errors import AlreadyExists, TooLarge, WrongState
from app.issues.load import Loaded, load
from app.issues.load_into import Mode, load_into
from app.issues.stories import stories_of
from app.publication.lanes import local_day
from app.publication.publication import get_publication
from app.story_fields import MAX_CATEGORY

router = ApiRouter(prefix="/v1/issues", tags=["issues"])

_FORMS: Final[Mapping[str, Form | None]] = {
    "text/plain": Form.TEXT,
    "text/markdown": Form.MARKDOWN,
    "application/json": Form.JSON,
    "application/octet-stream": None,
    "": None,
}
_TEXT_EXAMPLE: Final = """\
A compiler that explains itself (7 minute read)

A compiler that explains itself (7 minute read)

DevOps
A new compiler tells in plain words why it refuses a program.
What: Version 2 of the compiler shows the chain of reasons behind each error.
Why it matters: People find mistakes in a third of the time.
"""
_MARKDOWN_EXAMPLE: Final = """\
---
date: 2026-04-28
---

## A compiler that explains itself (7 minute read)

**Category:** DevOps

A new compiler tells in plain words why it refuses a program.

**What:** Version 2 of the compiler shows the chain of reasons behind each error.

**Why it matters:** People find mistakes in a third of the time.
"""
BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The digest, in UTF-8, at most 2 MiB.",
        "content": {
            "text/plain": {"schema": {"type": "string"}, "example": _TEXT_EXAMPLE},
            "text/markdown": {"schema": {"type": "string"}, "example": _MARKDOWN_EXAMPLE},
            "application/json": {"schema": {"$ref": "#/components/schemas/DigestBody"}},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


_DropIncomplete = Annotated[
    bool, Query(description="Leave incomplete stories out, and name them in `dropped`.")
]


class StoryLine(NewStory):
    """A story of a digest: its category is a heading as people read it, such as `AI`."""

    category: str | None = Field(default=None, max_length=MAX_CATEGORY)
    incomplete: bool | None = Field(default=None, description="Worked out anew.")
    leads: bool | None = Field(default=None, description="Whether it is the lead story.")


class DigestBody(BaseModel):
    """A digest in the JSON form."""

    model_config = examples(
        {
            "issued_on": "2026-04-28",
            "stories": [
                {
                    "title": "A compiler that explains itself",
                    "label": "7 minute read",
                    "category": "DevOps",
                    "summary": "A new compiler tells in plain words why it refuses a program.",
                    "what": "Version 2 shows the chain of reasons behind each error.",
                    "why_it_matters": "People find mistakes in a third of the time.",
                }
            ],
        }
    )

    stories: list[StoryLine] = Field(max_length=MAX_STORIES)
    unplaced: list[dict[str, Any]] = Field(default=[], description="Kept as they are.")
    issued_on: str = Field(default="", description="As `2026-04-28`, or empty.")
    subject: str = Field(default="", max_length=MAX_SUBJECT)
    preheader: str = Field(default="", max_length=MAX_PREHEADER)
    opening: str = Field(default="", max_length=MAX_OPENING)
    sign_off: SignOff = ""
    sponsor: SponsorIn | None = None


class IncompleteStory(BaseModel):
    """A story that blocks approval."""

    issue_id: int
    story_id: int
    title: str
    missing: list[str]


class ProposedCategory(Out):
    """A category that a digest proposes."""

    slug: str
    name: str


class LoadOut(BaseModel):
    """What became of the digest: nothing of it is lost silently."""

    model_config = examples(
        {
            "issues": [{**ISSUE_EXAMPLE, "state": "draft", "approved_at": None, "revision": 1}],
            "n_stories": 21,
            "dropped": ["A story that was cut off"],
            "unplaced": [LINE_EXAMPLE],
            "incomplete": [],
            "new_categories": [{"slug": "devops", "name": "DevOps"}],
        }
    )

    issues: list[IssueOut]
    n_stories: int
    dropped: list[str] = Field(description="Titles of incomplete stories that were left out.")
    unplaced: list[UnplacedLineOut] = Field(
        description="Lines that no field took; kept with their issue, which they block."
    )
    incomplete: list[IncompleteStory]
    new_categories: list[ProposedCategory] = Field(
        description="Those that its stories name and that were not there: they are hidden, and "
        "the issue cannot be approved, until somebody opens them."
    )


@documents(ContentError, TooLarge, Unsupported)
def read_digest(
    request: Request,
    body: RawBody,
    form: Annotated[
        Form | None,
        Query(description="What the body is written in; without it, its Content-Type says."),
    ] = None,
) -> Digest:
    """Return the digest in the body.

    Raises:
        InvalidInput: it is none; `errors` names lines or JSON pointers.
        Unsupported: the Content-Type is none of ours, and no `form` was given.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if form is None and kind not in _FORMS:
        raise Unsupported(
            "Send the digest as text/plain, text/markdown or application/json, or say its `form`."
        )
    return parse(body, form=form or _FORMS[kind])


@router.post("/load", status_code=201, response_model=LoadOut, openapi_extra=BODY)
@documents(AlreadyExists)
def load_digest(
    asked: Annotated[Asked, asked_with(Scope.EDIT)],
    digest: Annotated[Digest, Depends(read_digest)],
    issued_on: Annotated[
        Day | None,
        Query(description="Its day; without it the digest's own, or today where we publish."),
    ] = None,
    *,
    split_by_category: Annotated[
        bool, Query(description="Make an issue of its own of each category.")
    ] = False,
    drop_incomplete: _DropIncomplete = False,
) -> Response:
    """Load a digest.

    Makes draft issues with all its stories, or nothing at all. Categories that are not there yet
    are made hidden and named in `new_categories`: open them, or give their stories others. Lines
    that no field took come back in `unplaced`, are kept and block approval until they are placed
    or dropped; incomplete stories are kept, and named, unless `drop_incomplete`.
    """

    def act() -> LoadOut:
        today = local_day(get_publication(asked.session).time_zone, asked.now)
        loaded = load(
            asked.session,
            asked.actor,
            digest,
            issued_on=issued_on or digest.issued_on or today,
            now=asked.now,
            split_by_category=split_by_category,
            drop_incomplete=drop_incomplete,
        )
        return load_out(asked.session, loaded, digest)

    return answer_once(asked, 201, act)


def load_out(session: Session, loaded: Loaded, digest: Digest) -> LoadOut:
    """Return the answer that shows what a load made."""
    slugs = slugs_by_id(session)
    stories = [story for issue in loaded.issues for story in stories_of(session, issue.id)]
    return fill(
        LoadOut,
        loaded,
        issues=[issue_out(issue, slugs) for issue in loaded.issues],
        n_stories=len(digest.stories) - len(loaded.dropped),
        unplaced=digest.unplaced,
        incomplete=[
            fill(IncompleteStory, story, story_id=story.id) for story in stories if story.incomplete
        ],
        new_categories=loaded.proposed,
    )


class LoadIntoOut(LoadOut):
    """What became of the digest, and of the draft's stories."""

    model_config = examples(
        {
            "issues": [{**ISSUE_EXAMPLE, "state": "draft", "approved_at": None}],
            "n_stories": 3,
            "dropped": [],
            "unplaced": [],
            "incomplete": [],
            "new_categories": [],
            "added": [43],
            "replaced": [41, 42],
        }
    )

    added: list[int] = Field(description="The numbers of the stories that are new.")
    replaced: list[int] = Field(description="The numbers of those that the digest changed.")


@router.post("/{issue_id}/load", response_model=LoadIntoOut, openapi_extra=BODY)
@documents(WrongState)
def load_digest_into(
    asked: Annotated[Asked, asked_with(Scope.EDIT)],
    issue_id: Id,
    digest: Annotated[Digest, Depends(read_digest)],
    expected: IfMatch,
    mode: Annotated[
        Mode,
        Query(
            description="`add` puts the stories behind the draft's; `replace` puts each into the "
            "story of its title, which keeps its number and place, and adds those that are new."
        ),
    ],
    *,
    drop_incomplete: _DropIncomplete = False,
) -> Response:
    """Load a digest into a draft.

    All of it, or nothing: a title that is there twice, so that nobody can tell which story is
    meant, is named. Stories that the digest does not name stay, and so does the draft's day.
    `If-Match` is the issue's.
    """

    def act() -> LoadIntoOut:
        made = load_into(
            *asked.by,
            issue_id,
            digest,
            mode,
            asked.now,
            drop_incomplete=drop_incomplete,
            expected=expected,
        )
        loaded = load_out(asked.session, made.loaded, digest)
        return fill(LoadIntoOut, made, **dict(loaded))

    return answer_once(asked, 200, act)
