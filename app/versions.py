"""Versions: whether a row is still as the caller read it, asked under its lock."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy.orm import Session

from app.audit import changes_since
from app.errors import Change, Stale
from app.models import AuditEntry, Category, Issue, Publication, Story, User

Expected = Collection[int] | None
"""The versions that the caller takes; None for whichever there is."""

_NAMED: Final = 3
_NAMES: Final = {
    Issue: "Issue",
    Story: "Story",
    User: "Person",
    Publication: "Publication",
    Category: "Category",
}

Versioned = Issue | Story | User | Publication | Category


def refuse_stale(
    session: Session, row: Versioned, expected: Expected, possible: Sequence[str] = ()
) -> None:
    """Raise Stale unless the row, which the caller has locked, is of a version that is expected."""
    if expected is None or row.version in expected:
        return
    since = max((one for one in expected if one < row.version), default=row.version)
    changes = [_change_of(entry) for entry in changes_since(session, row, since)]
    raise Stale(
        f"{_NAMES[type(row)]} {row.id} is at version {row.version} now. {_sentence(changes)}"
        "Read it again.",
        version=row.version,
        changes=changes,
        possible_steps=possible,
    )


def _change_of(entry: AuditEntry) -> Change:
    fields = tuple(sorted(entry.before.keys() | entry.after.keys()))
    target = f"{entry.target_kind} {entry.target_id}"
    return Change(entry.at, entry.who, entry.verb, target, fields)


def _sentence(changes: Sequence[Change]) -> str:
    parts = [f"{one.who} did {one.verb} of {one.target}" for one in changes[-_NAMED:]]
    return f"Since then {', '.join(parts)}. " if parts else ""
