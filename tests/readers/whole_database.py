"""Looking for a text in every column of every table, whatever its type."""

import base64
from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

_OF_EDITORS = {
    "api_keys": "an editor's, with what they named it",
    "challenges": "of people who work here, while they sign in",
    "corrections": "what was wrong in a story",
    "document_updates": "what editors write, and their names",
    "documents": "what editors write",
    "dropped_stories": "what editors wrote",
    "identities": "of people who work here",
    "issues": "what editors wrote",
    "pastes": "what editors pasted",
    "passkeys": "of people who work here",
    "revisions": "what editors wrote, and their names",
    "shares": "an editor's",
    "sign_in_links": "of people who work here",
    "stories": "what editors wrote",
    "unplaced_lines": "what editors wrote",
    "user_sessions": "of people who work here",
    "users": "people who work here",
    "waivers": "an editor's",
}
"""Tables in which editors write: what a person may be in them, only editors know."""

_OF_WEBHOOKS = ("webhook_attempts", "webhook_messages", "webhook_positions", "webhooks")
OF_OTHERS = _OF_EDITORS | dict.fromkeys(_OF_WEBHOOKS, "ids, words of ours, addresses of servers")
"""Those and what other programs are told: no step of a reader writes a text to them."""


def spellings(address: str) -> set[str]:
    """Return how a row's text may hold the address: plain, as hex of bytes, as Base64 of it."""
    forms = {address, address.lower(), address.casefold()}
    as_bytes = {form.encode().hex() for form in forms}
    # Base64 of a text within a text begins at any of three places; the middle is always the same.
    as_base64 = {
        base64.b64encode(b"\0" * shift + form.encode())[4:-4].decode()
        for form in forms
        for shift in range(3)
    }
    return forms | as_bytes | as_base64


def places_of(session: Session, needles: Iterable[str]) -> set[str]:
    """Return the columns, as `table.column`, that hold one of these texts.

    Partitions count as their table. `bytea` is searched as hex and as text, arrays and JSON as
    their text, all in lower case.
    """
    session.flush()
    wanted = [needle.lower() for needle in needles]
    found = set()
    for table, column, is_bytes in session.execute(_COLUMNS).all():
        # As hex it is found whole, as escaped text whatever its case.
        shown = (
            f"""encode(t."{column}", 'escape') || t."{column}"::text"""
            if is_bytes
            else f't."{column}"'
        )
        like = text(
            f'SELECT EXISTS (SELECT FROM "{table}" AS t'  # noqa: S608  # names from the catalog
            f" WHERE EXISTS (SELECT FROM unnest(CAST(:wanted AS text[])) AS one"
            f" WHERE strpos(lower(CAST({shown} AS text)), one) > 0))"
        )
        if session.scalar(like, {"wanted": wanted}):
            found.add(f"{table}.{column}")
    return found


def unfilled_columns(session: Session) -> set[str]:
    """Return the columns of text, bytes or JSON, as `table.column`, that are empty in every row."""
    session.flush()
    found = set()
    for table, column, _ in session.execute(_COLUMNS).all():
        kind = session.scalar(_KIND, {"table": table, "column": column})
        if kind not in _FREE:
            continue
        filled = text(
            f'SELECT EXISTS (SELECT FROM "{table}" AS t'  # noqa: S608  # names from the catalog
            f" WHERE CAST(t.\"{column}\" AS text) NOT IN ('', '\\x', '{{}}', '[]', 'null'))"
        )
        if not session.scalar(filled):
            found.add(f"{table}.{column}")
    return found


_FREE = {"text", "character varying", "bytea", "json", "jsonb", "text[]", "character varying[]"}
_KIND = text(
    "SELECT format_type(atttypid, NULL) FROM pg_attribute"
    " WHERE attrelid = CAST(quote_ident(:table) AS regclass) AND attname = :column"
)
_COLUMNS = text(
    """
    SELECT c.relname, a.attname, a.atttypid = 'bytea'::regtype
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
    ORDER BY 1, 2
    """
)
