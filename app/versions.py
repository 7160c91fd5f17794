"""Versions: whether a row is still as the caller read it, asked under its lock."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy.orm import Session

from app.audit import changes_since
from app.errors import Change, Stale
from app.models import AuditEntry, Category, Issue, Publication, Story, Subscriber, User
from app.sentences import N_, Sentence, Value
from app.steps_in_words import step_in_words

Expected = Collection[int] | None
"""The versions that the caller takes; None for whichever there is."""

_NAMED: Final = 3
_NAMES: Final = {
    Issue: N_("Issue"),
    Story: N_("Story"),
    User: N_("Person"),
    Subscriber: N_("Reader"),
    Publication: N_("Publication"),
    Category: N_("Category"),
}

Versioned = Issue | Story | User | Subscriber | Publication | Category


def refuse_stale(
    session: Session, row: Versioned, expected: Expected, possible: Sequence[str] = ()
) -> None:
    """Raise Stale unless the row, which the caller has locked, is of a version that is expected."""
    if expected is None or row.version in expected:
        return
    since = max((one for one in expected if one < row.version), default=row.version)
    changes = [_change_of(entry) for entry in changes_since(session, row, since)]
    raise Stale(
        _sentence(row, changes),
        version=row.version,
        changes=changes,
        possible_steps=possible,
    )


def _change_of(entry: AuditEntry) -> Change:
    # Of a reader the audit keeps which fields were changed, and not to what.
    fields = tuple(entry.after.get("fields") or sorted(entry.before.keys() | entry.after.keys()))
    target = f"{entry.target_kind} {entry.target_id}"
    return Change(entry.at, entry.who, entry.verb, target, fields)


def _sentence(row: Versioned, changes: Sequence[Change]) -> Sentence:
    values: dict[str, Value] = {
        "what": Sentence(_NAMES[type(row)]),
        "id": row.id,
        "version": row.version,
    }
    if not changes:
        form = N_("%(what)s %(id)s is at version %(version)s now. Read it again.")
        return Sentence(form, **values)
    parts = [step_in_words(one.who, one.verb) for one in changes[-_NAMED:]]
    form = N_(
        "%(what)s %(id)s is at version %(version)s now. Since then: %(parts)s. Read it again."
    )
    return Sentence(form, **values, parts=parts)
