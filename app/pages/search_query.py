"""Search: the stories that came out, by PostgreSQL's full text, with the words found marked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Final

from psycopg.errors import QueryCanceled
from sqlalchemy import (
    ARRAY,
    TEXT,
    BigInteger,
    ColumnElement,
    Select,
    SQLColumnExpression,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.delivery.public import is_public, is_story_public
from app.errors import Unavailable
from app.markup.article import article_words
from app.markup.prose import prose_of
from app.models import Category, Issue, Story
from app.models.searching import SEARCH
from app.story_fields import FieldKind, StoryTexts, fields_of, from_columns, map_markup

MAX_QUERY: Final = 200
"""Characters; nobody types more, and a longer one only costs."""

MAX_RANKED: Final = 1000
"""Of a word that is everywhere, only so many of the newest stories are put in order."""

PAGE: Final = 20

# No text of ours holds control characters (`content.limits`). `<` is hidden from PostgreSQL,
# which would leave out what looks like a tag.
_START, _STOP, _LESS = "\x02", "\x03", "\x04"
_NOT_ARTICLES: Final[ColumnElement[str]] = literal_column("""'{a,b,c}'::"char"[]""")
_MARKS: Final = f"StartSel={_START}, StopSel={_STOP}"
_FRAGMENTS: Final = f'{_MARKS}, MaxFragments=2, MaxWords=24, MinWords=12, FragmentDelimiter=" … "'
_AS_ASKED: Final = str.maketrans(dict.fromkeys("“”„«»", '"') | dict.fromkeys("\x00\ufffd", " "))
"""What a text must not hold or has instead, and the quotation marks that keyboards have for `"`."""

_ARTICLE_CHARS: Final = 20_000
"""How much of an article is looked through for a snippet."""
_PROSE: Final = tuple(
    one.name
    for one in fields_of(StoryTexts)
    if one.kind is FieldKind.LINE and one.name not in {"title", "label"}
)
"""What is searched of a story's texts beside its title and its points."""


@dataclass(frozen=True)
class Piece:
    """A piece of a text; `is_hit` where it is one of the words looked for."""

    text: str
    is_hit: bool


@dataclass(frozen=True)
class Found:
    """One story that was found, its title and a snippet in pieces."""

    issue_id: int
    story_id: int
    issued_on: date
    category_id: int
    category: str
    title: tuple[Piece, ...]
    snippet: tuple[Piece, ...]


@dataclass(frozen=True)
class Findings:
    """One page of what was found; `n` is of all pages, at most `MAX_RANKED`.

    Without `has_words` there was nothing to look for: only words such as `the`, or none.
    """

    stories: Sequence[Found]
    n: int
    has_words: bool


def find_stories(session: Session, query: str, page: int, *, in_articles: bool) -> Findings:
    """Find published stories that match, best first, `PAGE` to a page from 1; only read.

    The query is as people write it: words, "a phrase", or, -not; it never is a syntax error. Newer
    stories come first among equals. `in_articles` also looks into the articles.

    Source: PostgreSQL, "Parsing Queries", websearch_to_tsquery.

    Raises:
        Unavailable: it takes longer than the session's statements may.
    """
    try:
        return _find(session, query, page, in_articles=in_articles)
    except OperationalError as error:
        if isinstance(error.orig, QueryCanceled):
            raise Unavailable(
                "This search takes too long. Please look for rarer words, or fewer."
            ) from None
        raise


def _find(session: Session, query: str, page: int, *, in_articles: bool) -> Findings:
    asked = func.websearch_to_tsquery(SEARCH, query.translate(_AS_ASKED))
    if not session.scalar(select(func.numnode(asked))):
        return Findings((), 0, has_words=False)
    matching = _matching(asked, in_articles=in_articles).subquery()
    n = session.scalars(select(func.count()).select_from(matching)).one()
    best = (
        select(matching.c.id)
        .order_by(matching.c.rank.desc(), matching.c.public_at.desc(), matching.c.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    ids = session.scalars(best).all()
    rows = {
        found.story_id: found
        for found in _results_line(session, asked, ids, in_articles=in_articles)
    }
    return Findings([rows[one] for one in ids], n, has_words=True)


def pieces_of(marked: str) -> tuple[Piece, ...]:
    """Split a text of `ts_headline` into pieces; no character of it but the marks is lost."""
    first, *rest = marked.replace(_LESS, "<").split(_START)
    pieces = [Piece(first, is_hit=False)]
    for part in rest:
        hit, _, after = part.partition(_STOP)
        pieces += [Piece(hit, is_hit=True), Piece(after, is_hit=False)]
    return tuple(piece for piece in pieces if piece.text)


def _matching(asked: ColumnElement[str], *, in_articles: bool) -> Select[tuple[int, object, float]]:
    query = (
        select(Story.id, Issue.public_at, func.ts_rank(Story.words, asked).label("rank"))
        .join(Issue, Issue.id == Story.issue_id)
        .where(
            Story.words.op("@@")(asked),
            is_public(),
            is_story_public(),
        )
        .order_by(Issue.public_at.desc(), Story.id)
        .limit(MAX_RANKED)
    )
    if in_articles:
        return query
    return query.where(func.ts_filter(Story.words, _NOT_ARTICLES).op("@@")(asked))


def _results_line(
    session: Session, asked: ColumnElement[str], ids: Sequence[int], *, in_articles: bool
) -> list[Found]:
    texts = _shown_texts(session, ids, in_articles=in_articles)
    shown = (
        func.unnest(
            bindparam("ids", list(texts), ARRAY(BigInteger)),
            bindparam("texts", list(texts.values()), ARRAY(TEXT)),
        )
        .table_valued("id", "text")
        .render_derived()
    )
    rows = session.execute(
        select(
            Story.issue_id,
            Story.id,
            Issue.issued_on,
            Category.id,
            Category.name,
            func.ts_headline(SEARCH, _plain(Story.title), asked, f"{_MARKS}, HighlightAll=true"),
            func.ts_headline(SEARCH, _plain(shown.c.text), asked, _FRAGMENTS),
        )
        .join(Issue, Issue.id == Story.issue_id)
        .join(Category, Category.id == Story.category_id)
        .join(shown, shown.c.id == Story.id)
    )
    return [
        Found(issue_id, story_id, day, home_id, home, pieces_of(title), pieces_of(snippet))
        for issue_id, story_id, day, home_id, home, title, snippet in rows
    ]


def _shown_texts(session: Session, ids: Sequence[int], *, in_articles: bool) -> dict[int, str]:
    """Return by story the bare words of what a snippet may show of it."""
    columns = [getattr(Story, one.name) for one in fields_of(StoryTexts)]
    article = _beginning(Story.article) if in_articles else literal("")
    rows = session.execute(
        select(Story.id, Story.reads_markdown, article.label("article"), *columns).where(
            Story.id.in_(ids)
        )
    )
    return {row.id: " ".join(filter(None, _words(row))) for row in rows}


def _words(row: Any) -> Iterator[str]:
    texts = StoryTexts(**from_columns(row, StoryTexts))
    marked = map_markup(texts, partial(prose_of, reads_markdown=row.reads_markdown))
    shown = replace(texts, **marked)
    yield from (getattr(shown, name) for name in _PROSE)
    yield from shown.deep_dive
    yield article_words(row.article, reads_markdown=row.reads_markdown)


def _beginning(article: SQLColumnExpression[str]) -> ColumnElement[str]:
    """Return the first words of an article, without the one that is cut."""
    left = func.regexp_replace(func.left(article, _ARTICLE_CHARS), r"\S+$", "")
    return case((func.char_length(article) > _ARTICLE_CHARS, left), else_=article)


def _plain(text: SQLColumnExpression[str]) -> ColumnElement[str]:
    return func.translate(text, "<", _LESS)
