"""`/desk/issues/{id}/stories`: a story in a plain form, which works where no script does."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from app.api.stories import category_id_of
from app.content.terms import join_term, split_term
from app.desk.deps import Desk
from app.desk.editor_words import MARKS_IN_ARTICLES, MARKS_IN_TEXTS
from app.desk.frame import go_to, page
from app.desk.issues import CRUMBS, HERE, Editor, number_of
from app.desk.states import FIELDS
from app.enums import IssueState
from app.errors import AppError, InvalidInput, Stale, WrongState
from app.issues.dropping import drop_story, restore_story
from app.issues.lifecycle import get_issue
from app.issues.stories import add_story, change_story, get_story, stories_of, story_columns
from app.models import Category, CategoryState, Story
from app.pages.language import gettext, long_date, message_of, translated
from app.publication.categories import all_categories
from app.story_fields import MAX_BULLETS, STORY_FIELDS, FieldKind, StoryField, Term

router = APIRouter(prefix="/issues/{issue_id:id}/stories")

Texts = Mapping[str, str]

_ONE_LINE: Final = 300
"""Longer fields get a box of several lines."""


@dataclass(frozen=True)
class Box:
    """Fill a field of the form with what is typed, beside what is there by now if that differs.

    `kind` is `category`, `line`, `address`, `text`, `points`, `terms` or `article`. `marks` says
    which marks are read in it; it is empty where none are.
    """

    name: str
    kind: str
    most: int
    text: str
    there: str | None
    wrong: str
    marks: str = ""


async def posted_texts(request: Request) -> Texts:
    """Return the texts of a form by their names."""
    posted = await request.form()
    return {name: value for name, value in posted.items() if isinstance(value, str)}


Posted = Annotated[Texts, Depends(posted_texts)]


@router.api_route("/new", methods=["GET", "HEAD"])
def new(desk: Editor, issue_id: int, category: str = "") -> Response:
    """Show an empty form for a further story."""
    return _form(desk, issue_id, None, {"category": category})


@router.post("/new")
def add(desk: Editor, issue_id: int, posted: Posted) -> Response:
    """Add a story at the end."""
    try:
        columns = columns_of(desk, posted)
        story = add_story(desk.session, desk.actor, issue_id, columns, desk.now)
        desk.session.flush()
    except (InvalidInput, WrongState) as error:
        return _form(desk, issue_id, None, posted, error=error)
    return _back(desk, issue_id, story.id)


@router.api_route("/{story_id:id}", methods=["GET", "HEAD"])
def show(desk: Editor, issue_id: int, story_id: int) -> Response:
    """Show a story's fields, each with its limit."""
    return _form(desk, issue_id, get_story(desk.session, issue_id, story_id))


@router.post("/{story_id:id}")
def change(desk: Editor, issue_id: int, story_id: int, posted: Posted) -> Response:
    """Save a story; where somebody changed it meanwhile, show what is there beside what was typed.

    Only the fields that differ from the stored ones are set, so that the audit names just those.
    """
    expected = {number_of(posted.get("version", "")) or 0}
    try:
        stored = get_story(desk.session, issue_id, story_id)
        columns = columns_of(desk, posted)
        changed = {name: value for name, value in columns.items() if value != getattr(stored, name)}
        if changed:
            by = (desk.session, desk.actor, issue_id, story_id)
            change_story(*by, changed, desk.now, expected)
    except (InvalidInput, Stale, WrongState) as error:
        story = get_story(desk.session, issue_id, story_id)
        return _form(desk, issue_id, story, posted, error=error)
    if posted.get("next"):
        return _to_next(desk, issue_id, story_id)
    return _back(desk, issue_id, story_id)


@router.post("/{story_id:id}/drop")
def drop(desk: Editor, issue_id: int, story_id: int, posted: Posted) -> Response:
    """Take a story out of the draft; it can be brought back."""
    expected = {number_of(posted.get("version", "")) or 0}
    try:
        drop_story(desk.session, desk.actor, issue_id, story_id, desk.now, expected)
    except (Stale, WrongState) as error:
        story = get_story(desk.session, issue_id, story_id)
        return _form(desk, issue_id, story, error=error)
    return go_to(desk.container, f"{HERE}/{issue_id}", done="dropped")


@router.post("/{story_id:id}/restore")
def restore(desk: Editor, issue_id: int, story_id: int) -> Response:
    """Bring a dropped story back."""
    restore_story(desk.session, desk.actor, issue_id, story_id, desk.now)
    return _back(desk, issue_id, story_id)


def columns_of(desk: Desk, posted: Texts) -> dict[str, Any]:
    """Return the columns that a form fills; a category is named by its slug."""
    own = [one for one in STORY_FIELDS if one.name != "category"]
    columns = story_columns({one.name: _read(one, posted.get(one.name, "")) for one in own})
    category = posted.get("category", "")
    return columns | {"category_id": category_id_of(desk.session, category or None)}


def _read(one: StoryField, typed: str) -> Any:
    lines = [line.strip().removeprefix("•").strip() for line in typed.splitlines()]
    match one.kind:
        case FieldKind.BULLETS:
            return [line for line in lines if line]
        case FieldKind.TERMS:
            return [asdict(split_term(line)) for line in lines if line]
        case _:
            return typed


def _written(story: Story, slugs: Mapping[int, str]) -> dict[str, str]:
    """Return the texts of the form's fields for a stored story."""
    texts = {one.name: field_text(one, getattr(story, one.name, "")) for one in STORY_FIELDS}
    return texts | {"category": slugs[story.category_id] if story.category_id else ""}


def field_text(one: StoryField, value: Any) -> str:
    """Return a field as it is typed in a form: an entry on each line."""
    match one.kind:
        case FieldKind.BULLETS:
            return "\n".join(value)
        case FieldKind.TERMS:
            return "\n".join(join_term(Term(**entry)) for entry in value)
        case _:
            return str(value)


def _form(
    desk: Desk,
    issue_id: int,
    story: Story | None,
    typed: Texts | None = None,
    *,
    error: AppError | None = None,
) -> Response:
    issue = get_issue(desk.session, issue_id)
    is_stale = isinstance(error, Stale)
    crumb = (long_date(issue.issued_on), f"{HERE}/{issue_id}")
    return page(
        desk,
        "story.html",
        error.status if error else 200,
        crumbs=(*CRUMBS, crumb),
        issue=issue,
        **form_of(desk, story, typed, error),
        is_draft=issue.state is IssueState.DRAFT,
        is_stale=is_stale,
        said=message_of(error) if error and not is_stale else "",
    )


def form_of(
    desk: Desk, story: Story | None, typed: Texts | None, error: AppError | None
) -> dict[str, Any]:
    """Return what a form of a story shows: what is stored, or was typed, and what is wrong."""
    categories = all_categories(desk.session)
    slugs = {category.id: category.slug for category in categories}
    stored = _written(story, slugs) if story else {}
    wrong = _wrong(error)
    shown = typed if typed is not None else stored
    is_stale = isinstance(error, Stale)
    boxes = [_box(one, stored, shown, wrong, is_stale=is_stale) for one in STORY_FIELDS]
    if story is None or story.reads_markdown:
        boxes = [
            replace(box, marks=_marks(one)) for box, one in zip(boxes, STORY_FIELDS, strict=True)
        ]
    return {
        "story": story,
        "boxes": boxes,
        "categories": _offered(categories, typed or stored),
        "fields": FIELDS,
        "most_entries": MAX_BULLETS,
    }


def _box(
    one: StoryField, stored: Texts, typed: Texts, wrong: Mapping[str, str], *, is_stale: bool
) -> Box:
    text = typed.get(one.name, "").replace("\r\n", "\n")
    there = stored.get(one.name, "")
    kinds = {FieldKind.BULLETS: "points", FieldKind.TERMS: "terms"}
    kind = kinds.get(one.kind, one.kind.value)
    if one.name == "category":
        kind = "category"
    elif one.kind is FieldKind.LINE and one.most > _ONE_LINE:
        kind = "text"
    is_other = is_stale and text.strip() != there.strip()
    return Box(one.name, kind, one.most, text, there if is_other else None, wrong.get(one.name, ""))


def _marks(one: StoryField) -> str:
    """Return which marks are read in a field, in a sentence."""
    if one.kind is FieldKind.ARTICLE:
        return gettext(MARKS_IN_ARTICLES)
    return gettext(MARKS_IN_TEXTS) if one.has_markup else ""


def _wrong(error: AppError | None) -> dict[str, str]:
    """Return what is wrong by the field: the first sentence for each."""
    found: dict[str, str] = {}
    for one in error.errors if error else ():
        name, _, entry = one.pointer.removeprefix("/").partition("/")
        number = entry.partition("/")[0]
        place = f"{int(number) + 1}: " if number.isdigit() else ""
        found.setdefault(name, f"{place}{translated(one.detail)}")
    return found


def _offered(categories: Sequence[Category], typed: Texts) -> list[Category]:
    """Return the categories to choose from: a retired one only where the story has it."""
    chosen = typed.get("category")
    return [
        one for one in categories if one.state is not CategoryState.RETIRED or one.slug == chosen
    ]


def _back(desk: Desk, issue_id: int, story_id: int) -> Response:
    answer = go_to(desk.container, f"{HERE}/{issue_id}", done="saved")
    answer.headers["location"] += f"#story-{story_id}"
    return answer


def _to_next(desk: Desk, issue_id: int, story_id: int) -> Response:
    """Lead to the story behind this one, from the last one back to the issue."""
    ids = [story.id for story in stories_of(desk.session, issue_id)]
    behind = ids[ids.index(story_id) + 1 :]
    if not behind:
        return _back(desk, issue_id, story_id)
    return go_to(desk.container, f"{HERE}/{issue_id}/stories/{behind[0]}")
