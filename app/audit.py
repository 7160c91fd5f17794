"""The audit: record every change in the transaction that makes it.

What may be kept of each kind of row is listed here, field by field: nothing else gets in, and no
text keeps what looks like an address (docs/adr/0026).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final

from sqlalchemy import ColumnElement, any_, func, select
from sqlalchemy.orm import Session

from app.actors import Actor, ActorKind, Verb
from app.db.base import Base
from app.models import (
    ApiKey,
    AuditEntry,
    Category,
    Correction,
    Image,
    Import,
    Issue,
    Publication,
    Resend,
    Share,
    Story,
    Subscriber,
    User,
    Waiver,
    Webhook,
)
from app.story_fields import STORY_FIELDS

MAX_TEXT: Final = 200
"""Characters that are kept of a text; the change itself stands where the text does."""

_STORY: Final = (
    "category_id",
    "position",
    *(one.name for one in STORY_FIELDS if one.name != "category"),
    "taken_down_at",
    "taken_down_note",
)
KEPT: Final[Mapping[type[Base], tuple[str, tuple[str, ...]]]] = {
    Issue: (
        "issue",
        (
            "issued_on",
            "category_id",
            "subject",
            "preheader",
            "opening",
            "sign_off",
            "lead_story_id",
            "sponsor",
            "state",
            "revision",
            "send_at",
            "send_not_after",
            "stale_at",
            "taken_down_at",
            "taken_down_note",
            "at_local_hours",
            "in_doubt_policy",
            "canary_percent",
            "paused_because",
            "reopened_because",
            "corrects_id",
            "n_planned",
            "n_due",
        ),
    ),
    Story: ("story", _STORY),
    Resend: ("resend", ("again", "state", "attempt")),
    ApiKey: ("key", ("name", "scopes", "expires_at", "revoked_at")),
    User: ("user", ("name", "roles", "language")),
    # Its addresses are named where they change, and not said.
    Publication: (
        "publication",
        (
            "name",
            "tagline",
            "time_zone",
            "send_time",
            "weekdays",
            "late_seconds",
            "subject_template",
            "preheader_template",
            "sign_off",
            "sponsor",
            "brake_after",
            "bounce_limit",
            "complaint_limit",
            "soft_bounce_limit",
            "soft_bounce_days",
            "archive_closed_at",
            "shows_articles",
            "shows_all_points",
            "language",
            "asks_if_good",
            "offers_reply",
            "offers_sharing",
            "sends_welcome",
            "tracking",
            "tracks_opens",
            "unwanted_warnings",
            "look",
        ),
    ),
    Category: (
        "category",
        (
            *("slug", "name", "state", "position", "template", "accent", "accent_dark"),
            *("subject_template", "preheader_template", "send_time", "weekdays"),
        ),
    ),
    Subscriber: ("reader", ()),
    Import: ("import", ("state", "form", "follows", "depth", "consent", "n_bytes")),
    Image: ("image", ("name", "width", "height", "n_bytes")),
    Share: ("share", ("follows", "depth", "revoked_at")),
    Waiver: ("waiver", ("code", "pointer", "because")),
    Webhook: ("webhook", ("host", "kinds", "disabled_at", "disabled_because")),
    Correction: ("correction", ("story_id", "revision", "note", "mail_issue_id")),
}
"""By model: what its rows are called, and the fields of which a change is kept."""

_ADDRESS: Final = re.compile(r"(?<!\S)\S+@\S+")
"""It is looked for where a word begins alone: else one of 40,000 letters takes two seconds."""
_SHOWN: Final = 5


def fields_of(row: Base) -> dict[str, Any]:
    """Return what the audit keeps of a row as it is now, as JSON; to be given to `record`."""
    return {name: _plain(getattr(row, name)) for name in KEPT[type(row)][1]}


def record(
    session: Session,
    actor: Actor,
    verb: Verb,
    row: Base,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write one change down, in the caller's transaction.

    `before` are the row's fields as they were, from `fields_of`; none for a new row. `after` are
    they now, unless it is given: it is empty for a row that is gone, and says what a step did that
    no field tells. Only what differs is kept.
    """
    session.flush()  # the row has its number and its version now
    issue = row if isinstance(row, Issue) else _issue_of(session, row)
    was = {name: _plain(value) for name, value in (before or {}).items()}
    became = fields_of(row) if after is None else {name: _plain(after[name]) for name in after}
    differ = {name for name in was | became if was.get(name) != became.get(name)}
    entry = _entry(actor, verb, KEPT[type(row)][0], now, _number_of(row))
    entry.before = {name: was[name] for name in sorted(differ & was.keys())}
    entry.after = {name: became[name] for name in sorted(differ & became.keys())}
    if issue is not None:
        entry.issue_id, entry.issue_version = issue.id, issue.version
    entry.version = getattr(row, "version", None)
    session.add(entry)
    session.flush()
    return entry


def record_step(
    session: Session,
    actor: Actor,
    verb: Verb,
    kind: str,
    now: datetime,
    *,
    target_id: int | None = None,
    issue_id: int | None = None,
    after: Mapping[str, Any] | None = None,
    version: int | None = None,
) -> None:
    """Write down what was done to something of which no field is kept, as a reader's.

    `after` says what is worth knowing of it: counts, and which fields were changed.
    """
    entry = _entry(actor, verb, kind, now, target_id)
    entry.issue_id, entry.version = issue_id, version
    entry.before, entry.after = {}, _plain(after or {})
    session.add(entry)


def _entry(actor: Actor, verb: Verb, kind: str, now: datetime, target_id: int | None) -> AuditEntry:
    return AuditEntry(
        at=now,
        who_kind=actor.kind,
        who=_plain(actor.name),
        who_id=actor.id,
        verb=verb,
        target_kind=kind,
        target_id=target_id,
    )


def list_entries(
    session: Session,
    *,
    before: int | None = None,
    limit: int,
    who: str | None = None,
    who_id: int | None = None,
    kind: ActorKind | None = None,
    issue_id: int | None = None,
    reader_id: int | None = None,
    verb: Verb | None = None,
    since: datetime | None = None,
) -> Sequence[AuditEntry]:
    """Return at most `limit` entries, newest first, with an id below `before`.

    `reader_id` is a reader's public id: what was done to them, and by them.
    """
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    wanted = {
        AuditEntry.who: who,
        AuditEntry.who_id: who_id,
        AuditEntry.who_kind: kind,
        AuditEntry.issue_id: issue_id,
        AuditEntry.verb: verb,
    }
    for column, value in wanted.items():
        if value is not None:
            query = query.where(column == value)
    if reader_id is not None:
        query = query.where(AuditEntry.id == any_(_of_reader(reader_id)))
    if before is not None:
        query = query.where(AuditEntry.id < before)
    if since is not None:
        query = query.where(AuditEntry.at >= since)
    return session.scalars(query).all()


def _of_reader(reader_id: int) -> ColumnElement[Sequence[int]]:
    """Return the ids of the entries about a reader and by them, each part by its index.

    As an array, so that they are looked up by themselves: a join may go through all entries, newest
    first, until it meets the reader's, which may be old.
    """
    of_reader = (AuditEntry.target_kind == "reader") & (AuditEntry.target_id == reader_id)
    by_reader = (AuditEntry.who_kind == ActorKind.READER) & (AuditEntry.who_id == reader_id)
    both = select(AuditEntry.id).where(of_reader).union(select(AuditEntry.id).where(by_reader))
    return func.array(both.scalar_subquery())


def changes_since(
    session: Session, row: Issue | Story | User | Subscriber | Publication | Category, version: int
) -> Sequence[AuditEntry]:
    """Return the last five entries about a row, or an Issue's Stories, after a version."""
    if isinstance(row, Issue):
        about = (AuditEntry.issue_id == row.id) & (AuditEntry.issue_version > version)
    else:
        about = (AuditEntry.target_kind == KEPT[type(row)][0]) & (AuditEntry.version > version)
        about &= AuditEntry.target_id == _number_of(row)
        if isinstance(row, Story):
            about &= AuditEntry.issue_id == row.issue_id
    query = select(AuditEntry).where(about).order_by(AuditEntry.id.desc()).limit(_SHOWN)
    return session.scalars(query).all()[::-1]


def _issue_of(session: Session, row: Base) -> Issue | None:
    issue_id = getattr(row, "issue_id", None)
    return None if issue_id is None else session.get(Issue, issue_id)


def _number_of(row: Base) -> int | None:
    """Return the number that names the row; the publication is the only one and has none."""
    name = {Publication: "", Subscriber: "public_id"}.get(type(row), "id")
    return getattr(row, name, None)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: texts short and without addresses, instants as texts."""
    match value:
        case str():
            text = _ADDRESS.sub("[address]", str(value))
            return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
        case datetime() | date() | time():
            return value.isoformat()
        case Mapping():
            return {str(name): _plain(one) for name, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(one) for one in value]
        case _:
            return value
