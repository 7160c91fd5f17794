"""Posts: past issues as other services export them, each service declared once (docs/moving.md).

Sources: Substack, beehiiv and Buttondown: fixtures and mappers of TryGhost/migrate (`mg-substack`,
`mg-beehiiv`, `mg-buttondown`); Ghost: TryGhost/Ghost, its export and `mg-json`; listmonk:
`schema.sql`, asked by `app.moving.listmonk`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from html import unescape
from typing import Final

from markdown_it import MarkdownIt

from app.errors import InvalidInput
from app.moving.html import markdown_of
from app.readers.imports.fields import fold
from app.sentences import Sentence

Row = Mapping[str, str]
"""One post as the export tells it, by its folded columns."""

Files = Mapping[str, str]
"""The other files of an export, by their names."""


class BodyKind(StrEnum):
    """What the text of a post is written in."""

    HTML = "html"
    MARKDOWN = "markdown"


@dataclass(frozen=True)
class Source:
    """What one service means by the columns of its posts.

    `marks` are the columns, folded, by which it is known. `key` names a post for good. `body` is
    the column of its text, or the name of its file with a column in braces. Where a column of
    `public` is there and says something else than these words, the post was not for everybody, or
    is none, and is left out.
    """

    name: str
    title: str
    marks: str
    key: str
    at: str
    heading: str
    summary: str
    body: str
    kind: BodyKind = BodyKind.HTML
    public: Mapping[str, str] = field(default_factory=dict)


SOURCES: Final = (
    Source(
        "substack",
        "Substack",
        "post_id post_date is_published type audience title subtitle",
        key="post_id",
        at="post_date",
        heading="title",
        summary="subtitle",
        body="posts/{post_id}.html",
        public={"is_published": "true", "audience": "everyone", "type": "newsletter podcast"},
    ),
    Source(
        "beehiiv",
        "beehiiv",
        "id web_title status content_html created_at",
        key="id",
        at="created_at",
        heading="web_title",
        summary="web_subtitle",
        body="content_html",
        public={"status": "confirmed", "audience": "free"},
    ),
    Source(
        "buttondown",
        "Buttondown",
        "id subject publish_date slug",
        key="id",
        at="publish_date",
        heading="subject",
        summary="description",
        body="emails/{slug}.md",
        kind=BodyKind.MARKDOWN,
        public={"email_type": "public", "status": "sent imported"},
    ),
    Source(
        "ghost",
        "Ghost",
        "uuid title slug html status visibility published_at",
        key="uuid",
        at="published_at",
        heading="title",
        summary="custom_excerpt",
        body="html",
        public={"status": "published sent", "visibility": "public", "type": "post"},
    ),
    Source(
        "listmonk",
        "listmonk",
        "uuid subject body content_type status archive started_at",
        key="uuid",
        at="started_at",
        heading="subject",
        summary="",
        body="body",
        public={"status": "finished", "archive": "true", "type": "regular"},
    ),
)


@dataclass(frozen=True)
class Post:
    """A past issue: what names it for good, when it came out, its heading and its text."""

    key: str
    at: datetime
    title: str
    summary: str
    article: str


class LeftOutError(Exception):
    """A post that is not taken; the text says why, for a person."""


def source_of(columns: Row) -> Source:
    """Tell whose export this is.

    Raises:
        InvalidInput: of no service that is known here.
    """
    for one in SOURCES:
        if {*one.marks.split()} <= columns.keys():
            return one
    raise InvalidInput(
        Sentence(
            "These are no posts of %(known)s: the columns are %(columns)s.",
            known=[one.title for one in SOURCES],
            columns=sorted(columns)[:_SHOWN],
        )
    )


def post_of(source: Source, row: Row, files: Files) -> Post:
    """Read a post.

    Raises:
        LeftOutError: it was not for everybody, never came out, or says nothing.
    """
    for column, words in source.public.items():
        said = row.get(column)
        if said is not None and said.casefold() not in words.split():
            raise LeftOutError(f"its {column} is “{said}”")
    title = " ".join(unescape(row[source.heading]).split())
    if not title:
        raise LeftOutError("it has no title")
    article = _article(source, row, files)
    if not article:
        raise LeftOutError("it says nothing")
    summary = " ".join(unescape(row.get(source.summary, "")).split())
    key = f"{source.name}:{row[source.key]}"
    return Post(key, _instant(row[source.at]), title, summary, article)


_SHOWN: Final = 12
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_MARKDOWN: Final = MarkdownIt("commonmark").enable("table")


def _article(source: Source, row: Row, files: Files) -> str:
    if "{" in source.body:
        name = source.body.format_map(row)
        if name not in files:
            raise LeftOutError(f"{name} is not in the export")
        text = files[name]
    else:
        text = row[source.body]
    if "{{" in text or "*|" in text:
        raise LeftOutError("its text has marks of a template in it")
    is_markdown = source.kind is BodyKind.MARKDOWN or row.get("content_type") == "markdown"
    return markdown_of(_MARKDOWN.render(_COMMENT.sub("", text)) if is_markdown else text)


def _instant(written: str) -> datetime:
    """Return when it came out; without an offset it is UTC."""
    try:
        at = datetime.fromisoformat(written.removesuffix(" UTC"))
    except ValueError:
        raise LeftOutError(f"its day is “{written}”") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def folded(row: Mapping[str, object]) -> Row:
    """Return a post with its columns folded and its values as texts; nothing for none."""
    return {fold(name): "" if value is None else str(value).strip() for name, value in row.items()}


def posts_of(
    source: Source, rows: Iterator[Row], files: Files
) -> Iterator[tuple[Row, Post | LeftOutError]]:
    """Yield each post of an export, or why it is left out."""
    for row in rows:
        try:
            yield row, post_of(source, row, files)
        except LeftOutError as error:
            yield row, error
