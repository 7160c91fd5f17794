"""Which tables and columns an export has, which it leaves out and why (docs/export.md).

A table of the models is in one of both by itself: a new one is exported unless it is named here.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Table

from app.enums import ImportState
from app.models import Publication

_SIGN_IN: Final = "lets people sign in here and nowhere else"
_WEBHOOKS: Final = "tells other programs, which get new secrets from where they are told next"
_FLEETING: Final = "is done with within minutes"

LEFT_OUT: Final[Mapping[str, str]] = {
    "accounts": "who brings an export in decides when something is sent",
    "api_keys": "is a secret of programs, which get new ones",
    "asks": _FLEETING,
    "challenges": _SIGN_IN,
    "document_updates": "becomes stories within seconds",
    "documents": "becomes stories within seconds",
    "idempotency_keys": _FLEETING,
    "identities": _SIGN_IN,
    "import_bad_rows": "is deleted a day after its import",
    "import_pieces": "is deleted with its import",
    "import_rows": "is deleted with its import",
    "link_checks": "is asked of the web again",
    "notices": "is wrong with this machine, and is found anew",
    "passkeys": _SIGN_IN,
    "setbacks": "is of the work of this machine",
    "sign_in_links": _SIGN_IN,
    "user_sessions": _SIGN_IN,
    "webhook_attempts": _WEBHOOKS,
    "webhook_messages": _WEBHOOKS,
    "webhook_positions": _WEBHOOKS,
    "webhooks": _WEBHOOKS,
}
"""Tables that no export has, and why."""

LEFT_OUT_COLUMNS: Final[Mapping[str, str]] = {
    "outbox.written_in": "numbers a transaction of one database",
    "stories.words": "PostgreSQL makes it of the other columns",
}
"""Columns that no file has, and why."""

ONE_ROW: Final = ("publications", "installations")
"""Tables whose one row is there from the beginning, and is replaced."""

LATER: Final = ("issues", "lead_story_id")
"""A column that is filled once the table that it refers to is there."""

_DONE: Final = f"state IN ('{ImportState.DONE}', '{ImportState.FAILED}')"
CONDITIONS: Final[Mapping[str, str]] = {"imports": _DONE}
"""Which rows of a table are exported, where not all are: an import that is under way has a file."""


def exported_tables() -> list[Table]:
    """Return the tables of an export, each behind those that it refers to."""
    return [one for one in Publication.metadata.sorted_tables if one.name not in LEFT_OUT]


def exported_columns(table: Table) -> list[str]:
    """Return the columns that a file has of this table, in their order."""
    names = (column.name for column in table.columns)
    return [name for name in names if f"{table.name}.{name}" not in LEFT_OUT_COLUMNS]


def key_of(table: Table) -> list[str]:
    """Return the columns of its primary key, by which its rows are ordered."""
    return [column.name for column in table.primary_key]
