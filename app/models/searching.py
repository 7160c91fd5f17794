"""What PostgreSQL needs before the stories' table: how words are told from a text."""

from typing import Final

from sqlalchemy import DDL, event

from app.db.base import Base

SEARCH: Final = "devoured"
"""The text search configuration: accents are taken off, then English endings.

Words of other scripts and languages are found as they are written, whatever their case.
"""

WORDS: Final = (
    f"setweight(to_tsvector('{SEARCH}', translate(title, '<', ' ')), 'A')"
    f" || setweight(to_tsvector('{SEARCH}', translate(summary, '<', ' ')), 'B')"
    f" || setweight(to_tsvector('{SEARCH}', translate("
    "what || ' ' || why_it_matters || ' ' || takeaway || ' ' || one_text(deep_dive),"
    " '<', ' ')), 'C')"
    f" || setweight(to_tsvector('{SEARCH}', decoder), 'C')"
    f" || setweight(to_tsvector('{SEARCH}', translate(left(article, 50000), '<', ' ')), 'D')"
)
"""A story's words by where they stand; the article's are D, so that they can be left out.

A tsvector holds a megabyte at most: 50,000 characters of an article always fit. What looks like
a tag would be passed over, so no `<` opens one.
"""

_MAPPING = (
    "ALTER TEXT SEARCH CONFIGURATION devoured"
    " ALTER MAPPING FOR hword, hword_part, word WITH unaccent, english_stem"
)
# array_to_string is not called immutable only because other types' output may change.
_ONE_TEXT = (
    "CREATE FUNCTION one_text(texts text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE"
    " AS $$ SELECT array_to_string($1, ' ') $$"
)
_BEFORE = (
    "CREATE EXTENSION IF NOT EXISTS unaccent",
    f"CREATE TEXT SEARCH CONFIGURATION {SEARCH} (COPY = english)",
    _MAPPING,
    _ONE_TEXT,
)

for _statement in _BEFORE:
    event.listen(Base.metadata, "before_create", DDL(_statement))  # type: ignore[no-untyped-call]  # it has no types
