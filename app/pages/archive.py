"""What the reading pages read: Issues that have gone out, and their stories in reading order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy import ARRAY, TEXT, BigInteger, Select, func, select, tuple_, type_coerce
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, defer

from app.delivery.public import is_public, is_story_public
from app.errors import NotFound, TakenDown
from app.models import Category, CategoryState, Issue, Story
from app.pages.language import N_, gettext, long_date, n_minutes, n_stories
from app.pages.prose import marked
from app.publication.categories import IS_SHOWN, ORDER
from app.publication.lanes import local_day
from app.publication.publication import get_publication
from app.reading_time import minutes_to_read
from app.rendering.lines import preheader_of, subject_of
from app.story_fields import StoryTexts, from_columns, map_markup, read_texts

_NO_ISSUE: Final = N_("There is no such issue here. It may not have come out yet.")
_NO_STORY: Final = N_("There is no such story in this issue.")
_NEWEST_FIRST: Final = (Issue.issued_on.desc(), Issue.id.desc())
READING_ORDER: Final = (*ORDER, Story.position)


@dataclass(frozen=True)
class Headline:
    """A story's number and title."""

    id: int
    title: str


@dataclass(frozen=True)
class IssueLine:
    """One Issue in a list; `category` is empty for an issue of several."""

    id: int
    issued_on: date
    category: str
    subject: str
    headlines: tuple[Headline, ...]
    count: str


@dataclass(frozen=True)
class ArchiveSection:
    """One category's stories in an Issue; `line` is `19 stories · 21 minutes`."""

    category: Category
    stories: tuple[Story, ...]
    line: str


@dataclass(frozen=True)
class Day:
    """An Issue, and its stories of one category."""

    issue: Issue
    stories: tuple[Story, ...]


def get_published(session: Session, issue_id: int) -> Issue:
    """Return the Issue, if it is public.

    Raises:
        NotFound: there is none, nobody has been sent it, it was taken down without a trace, or is
            of a hidden category alone.
        TakenDown: it was taken down, with a note.
    """
    issue = session.get(Issue, issue_id)
    if issue is None or issue.public_at is None or issue.corrects_id is not None:
        raise NotFound(_NO_ISSUE)
    if issue.category_id is not None:
        home = session.get_one(Category, issue.category_id)
        if home.state is CategoryState.HIDDEN:
            raise NotFound(_NO_ISSUE)
    _refuse_taken_down(session, issue, _NO_ISSUE)
    return issue


def get_story_of(session: Session, issue: Issue, story_id: int) -> tuple[Story, Category]:
    """Return the story of this public Issue and its category.

    Raises:
        NotFound: there is none, it was taken down without a trace, or its category is hidden.
        TakenDown: it was taken down, with a note.
    """
    row = session.execute(
        select(Story, Category)
        .join(Category, Category.id == Story.category_id)
        .where(
            Story.id == story_id,
            Story.issue_id == issue.id,
            IS_SHOWN,
        )
    ).one_or_none()
    if row is None:
        raise NotFound(_NO_STORY)
    _refuse_taken_down(session, row[0], _NO_STORY)
    return row[0], row[1]


def latest_issues(session: Session, limit: int, *, offset: int = 0) -> list[IssueLine]:
    """Return the Issues that came out last, newest day first, with their first headlines."""
    ids = select(Issue.id).where(is_public()).order_by(*_NEWEST_FIRST).limit(limit).offset(offset)
    headlines = _headlines().where(Story.issue_id.in_(ids)).subquery()
    rows = session.execute(
        select(Issue, Category.name, headlines.c.ids, headlines.c.titles, headlines.c.n_stories)
        .join(headlines, headlines.c.issue_id == Issue.id)
        .outerjoin(Category, Category.id == Issue.category_id)
        .order_by(*_NEWEST_FIRST)
    )
    return [
        IssueLine(
            id=issue.id,
            issued_on=issue.issued_on,
            category=category or "",
            subject=issue.subject or subject_of(titles)[0],
            headlines=tuple(map(Headline, ids, titles)),
            count=n_stories(n),
        )
        for issue, category, ids, titles, n in rows
    ]


def issues_beside(session: Session, issue: Issue) -> tuple[Issue | None, Issue | None]:
    """Return the Issues that came out just before and just after this one, by their day."""
    day, here = tuple_(Issue.issued_on, Issue.id), (issue.issued_on, issue.id)
    out = select(Issue).where(is_public()).limit(1)
    older = session.scalar(out.where(day < here).order_by(*_NEWEST_FIRST))
    newer = session.scalar(out.where(day > here).order_by(Issue.issued_on, Issue.id))
    return older, newer


def read_categories(session: Session) -> Sequence[Category]:
    """Return the categories in which something came out, in their order."""
    out = select(Story.id).join(Issue, Issue.id == Story.issue_id)
    with_story = out.where(Story.category_id == Category.id, is_public(), is_story_public())
    return session.scalars(select(Category).where(with_story.exists()).order_by(*ORDER)).all()


def days_of(session: Session, category: Category, limit: int, *, offset: int = 0) -> list[Day]:
    """Return the Issues with stories of this category, newest first, with those stories."""
    is_shown = (Story.category_id == category.id, is_story_public())
    has_some = select(Story.id).where(Story.issue_id == Issue.id, *is_shown)
    issues = session.scalars(
        select(Issue)
        .where(is_public(), has_some.exists())
        .order_by(*_NEWEST_FIRST)
        .limit(limit)
        .offset(offset)
    ).all()
    stories = session.scalars(
        select(Story)
        .where(*is_shown, Story.issue_id.in_([issue.id for issue in issues]))
        .order_by(Story.position)
        .options(defer(Story.article, raiseload=True))
    ).all()
    return [
        Day(issue, tuple(story for story in stories if story.issue_id == issue.id))
        for issue in issues
    ]


def chapters_of(session: Session, issue: Issue) -> list[ArchiveSection]:
    """Return the Issue's stories by category, without their articles, which are long."""
    rows = session.execute(
        select(Story, Category)
        .join(Category, Category.id == Story.category_id)
        .where(Story.issue_id == issue.id, is_story_public())
        .order_by(*READING_ORDER)
        .options(defer(Story.article, raiseload=True))
    ).all()
    categories = {category.id: category for _, category in rows}
    return [
        _chapter(category, [story for story, home in rows if home.id == category.id])
        for category in categories.values()
    ]


def lead_of(
    issue: Issue, chapters: Sequence[ArchiveSection]
) -> tuple[tuple[Story, Category] | None, list[ArchiveSection]]:
    """Return the Issue's lead story with its category, if it can be read, and the rest."""
    lead = None
    rest = []
    for chapter in chapters:
        others = tuple(story for story in chapter.stories if story.id != issue.lead_story_id)
        if len(others) < len(chapter.stories):
            lead = next(one for one in chapter.stories if one not in others), chapter.category
        if others:
            rest.append(replace(chapter, stories=others))
    return lead, rest


def neighbours_of(
    session: Session, issue: Issue, story_id: int
) -> tuple[Headline | None, Headline | None]:
    """Return the stories before and after this one, in reading order."""
    rows = session.execute(
        select(Story.id, Story.title)
        .join(Category, Category.id == Story.category_id)
        .where(Story.issue_id == issue.id, is_story_public())
        .order_by(*READING_ORDER)
    ).all()
    line = [None, *(Headline(row_id, title) for row_id, title in rows), None]
    place = next(n for n, one in enumerate(line) if one is not None and one.id == story_id)
    return line[place - 1], line[place + 1]


def title_and_description(issue: Issue, chapters: Sequence[ArchiveSection]) -> tuple[str, str]:
    """Return what a shared link to the Issue says: the editor's words, or the first headlines."""
    stories = [story for chapter in chapters for story in chapter.stories]
    stories.sort(key=lambda story: story.id != issue.lead_story_id)
    titles = [story.title for story in stories]
    subject, n_used = (issue.subject, 1) if issue.subject else subject_of(titles)
    summary = str(marked(stories[0].summary, stories[0])) if stories else ""
    return subject, issue.preheader or preheader_of(titles, n_used, summary)


def contents_line(chapters: Sequence[ArchiveSection]) -> str:
    """Return what is in it: `22 stories · 9 minutes`."""
    return _line([story for chapter in chapters for story in chapter.stories])


def _headlines() -> Select[tuple[int, list[int], list[str], int]]:
    """Return per Issue its first three stories, the lead before all, and how many it has."""
    order = (Story.id.is_distinct_from(Issue.lead_story_id), *READING_ORDER)
    ids = func.array_agg(aggregate_order_by(Story.id, *order))
    titles = func.array_agg(aggregate_order_by(Story.title, *order))
    return (
        select(
            Story.issue_id,
            type_coerce(ids, ARRAY(BigInteger))[1:3].label("ids"),
            type_coerce(titles, ARRAY(TEXT))[1:3].label("titles"),
            func.count().label("n_stories"),
        )
        .join(Category, Category.id == Story.category_id)
        .join(Issue, Issue.id == Story.issue_id)
        .where(is_story_public())
        .group_by(Story.issue_id)
    )


def _chapter(category: Category, stories: Sequence[Story]) -> ArchiveSection:
    return ArchiveSection(category, tuple(stories), _line(stories))


def _line(stories: Sequence[Story]) -> str:
    minutes = minutes_to_read(text for story in stories for text in _texts(story))
    return " · ".join((n_stories(len(stories)), n_minutes(minutes)))


def _texts(story: Story) -> list[str]:
    texts = StoryTexts(**from_columns(story, StoryTexts))
    words = map_markup(texts, lambda text: marked(text, story))
    return list(read_texts(replace(texts, **words)))


def _refuse_taken_down(session: Session, taken: Issue | Story, without_trace: str) -> None:
    """Raise TakenDown or NotFound for what a person took down."""
    if taken.taken_down_at is None:
        return
    if taken.taken_down_note is None:
        raise NotFound(without_trace)
    day = long_date(local_day(get_publication(session).time_zone, taken.taken_down_at))
    sentence = gettext("This was taken down on %(day)s.") % {"day": day}
    raise TakenDown(f"{sentence} {taken.taken_down_note}".strip())
