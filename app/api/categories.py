"""`/v1/categories`: what there is to follow, with its looks and its hours."""

from typing import Annotated, Any, Final

from fastapi import Query, Response
from pydantic import BaseModel, Field

from app.api.changes import Asked, Change, EtagDep, answer_once, asked_with, changes
from app.api.deps import ContainerDep, NowDep, SessionDep, needs
from app.api.errors import ApiRouter, BadTemplate, documents
from app.api.fields import (
    PREHEADER_TEMPLATE,
    SUBJECT_TEMPLATE,
    Body,
    Changes,
    Colour,
    Hour,
    LineTemplate,
    Name,
    Out,
    ShownHour,
    SlugPath,
    Weekdays,
    between,
    examples,
)
from app.api.previews import show_mail
from app.enums import Depth, Scope
from app.errors import AlreadyExists
from app.issues.sample_mail import sample_mail
from app.models import CategoryState
from app.publication import categories
from app.publication.limits import MAX_NAME, NUMBERS, SLUG, TEMPLATE
from app.publication.looks import check_template
from app.readers.following import count_followers

router = ApiRouter(prefix="/v1/categories", tags=["categories"])

_EXAMPLE: Final[dict[str, Any]] = {
    "slug": "ai",
    "name": "AI",
    "state": "open",
    "position": 1,
    "template": "ai",
    "accent": "#5B3FD6",
    "accent_dark": "#B3A4FF",
    "subject_template": "{categories}: {headlines}",
    "preheader_template": "",
    "send_time": None,
    "weekdays": None,
}
_TemplateName = Annotated[str, Field(max_length=MAX_NAME, pattern=TEMPLATE, examples=["default"])]


_Counted = Annotated[
    bool, Query(description="Count who follows each, too, which reads all readers.")
]


class CategoryOut(Out):
    """A subject that readers follow."""

    model_config = examples(_EXAMPLE)

    slug: str
    name: str
    state: CategoryState = Field(
        description="A hidden one is nowhere to be seen in public, a retired one cannot be chosen "
        "any more; stories go out in open ones alone."
    )
    position: int = Field(description="Its place in an edition, counted from 1.")
    template: str = Field(
        description="The section template below `sections/`; empty for the one named like "
        "its slug, or the default."
    )
    accent: str
    accent_dark: str
    subject_template: str = Field(description=SUBJECT_TEMPLATE)
    preheader_template: str = Field(description=PREHEADER_TEMPLATE)
    send_time: ShownHour | None = Field(
        description="When issues of it alone go out; null as the publication."
    )
    weekdays: list[int] | None = Field(description="ISO weekdays; null as the publication.")


class CategoryList(BaseModel):
    """All categories, in the order of editions."""

    model_config = examples({"items": [_EXAMPLE]})

    items: list[CategoryOut]
    followers: dict[str, int] | None = Field(
        default=None,
        description="How many readers follow each, by its slug; null unless it was asked for.",
    )


class NewCategory(Body):
    """A category to make; what is left out follows from its slug."""

    model_config = Body.model_config | examples({"name": "AI"})

    name: Name = Field(description="No other may have it, whatever its case and spaces.")
    state: CategoryState = CategoryState.OPEN
    slug: Annotated[str, Field(max_length=MAX_NAME, pattern=SLUG)] | None = None
    template: _TemplateName | None = None
    accent: Colour | None = None
    accent_dark: Colour | None = None
    subject_template: LineTemplate | None = None
    preheader_template: LineTemplate | None = None
    send_time: Hour | None = None
    weekdays: Weekdays | None = None


class CategoryChanges(Changes):
    """What to change; what is left out stays."""

    model_config = Body.model_config | examples({"send_time": "06:30", "weekdays": [1, 3, 5]})

    name: Name = Field(default="", description="Another than any other's; the slug stays.")
    state: CategoryState = CategoryState.OPEN
    position: Annotated[int, between(NUMBERS["position"])] = 1
    template: _TemplateName = ""
    accent: Colour = ""
    accent_dark: Colour = ""
    subject_template: LineTemplate = Field(default="", description=SUBJECT_TEMPLATE)
    preheader_template: LineTemplate = Field(default="", description=PREHEADER_TEMPLATE)
    send_time: Hour | None = None
    weekdays: Weekdays | None = None


@router.get("", dependencies=[needs(Scope.READ)])
def list_categories(
    session: SessionDep,
    state: Annotated[CategoryState | None, Query(description="Only those in this state.")] = None,
    followers: _Counted = False,  # noqa: FBT002 - a word of the address
) -> CategoryList:
    """List the categories.

    In the order in which editions show them.
    """
    rows = [row for row in categories.all_categories(session) if state in {None, row.state}]
    return CategoryList(
        items=[CategoryOut.model_validate(row) for row in rows],
        followers=count_followers(session, rows) if followers else None,
    )


@router.post("", status_code=201, response_model=CategoryOut)
@documents(AlreadyExists)
def create_category(
    container: ContainerDep, body: NewCategory, asked: Annotated[Asked, asked_with(Scope.EDIT)]
) -> Response:
    """Make a category.

    There can be 63 at most.
    """

    def act() -> CategoryOut:
        check_template(container.templates, body.template)
        given = {name: value for name, value in body.model_dump().items() if value is not None}
        return CategoryOut.model_validate(
            categories.add_category(asked.session, asked.actor, now=asked.now, **given)
        )

    return answer_once(asked, 201, act)


@router.get("/{slug}", dependencies=[needs(Scope.READ)])
def get_category(session: SessionDep, slug: SlugPath, etag: EtagDep) -> CategoryOut:
    """Show one category."""
    row = categories.get_category(session, slug)
    etag.show(row)
    return CategoryOut.model_validate(row)


@router.get(
    "/{slug}/sample",
    dependencies=[needs(Scope.READ)],
    response_class=Response,
    responses={
        200: {
            "description": "The mail's HTML.",
            "content": {"text/html": {"schema": {"type": "string"}}},
        }
    },
)
@documents(BadTemplate)
def show_sample(
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    slug: SlugPath,
    depth: Depth = Depth.BRIEF,
) -> Response:
    """Show a sample mail of a category.

    With its template and sample stories, as an issue of this category alone would be today. Its
    links are nobody's.
    """
    category = categories.get_category(session, slug)
    made = sample_mail(
        session,
        category,
        container.templates,
        depth=depth,
        base_url=container.settings.base_url,
        now=now,
    )
    return show_mail(session, container, made.html)


@router.patch("/{slug}")
@documents(AlreadyExists)
def change_category(
    container: ContainerDep,
    slug: SlugPath,
    body: CategoryChanges,
    change: Annotated[Change, changes(Scope.EDIT)],
    etag: EtagDep,
) -> CategoryOut:
    """Change a category.

    Its name, state, place, looks or hours; its slug stays. An issue that was approved with it is a
    draft again.
    """
    given = body.given()
    check_template(container.templates, given.get("template"))
    category = categories.get_category(change.session, slug)
    categories.change_category(*change.by, category, given, change.now, expected=change.expected)
    etag.show(category)
    return CategoryOut.model_validate(category)
