"""Deliveries: list the readers of an Issue and their state, from the ledger and the plan.

The ledger has a row for everybody whose Call was closed. Who waits stands in a Batch, who is being
written to in an open Call: the three together are all readers of an Issue, each of them once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from app.delivery.receptions import ListedState
from app.enums import Cause, IssueState
from app.errors import Gone
from app.models import DeliveryCount, Issue
from app.sentences import Sentence

_SETTLED: Final = """
    SELECT d.subscriber_id, d.edition_id, d.state, d.attempt, d.reason, d.cause, d.provider_id,
           d.at, d.event_at, CAST(NULL AS timestamptz) AS due_at
    FROM deliveries d
    WHERE d.issue_id = :issue_id AND d.subscriber_id > :after AND d.state <> 'queued'
"""
# An Event may have settled somebody who was queued again: then the ledger knows more.
_UNSETTLED: Final = """
    NOT ({was_tried} AND EXISTS (
        SELECT FROM deliveries d
        WHERE d.issue_id = b.issue_id AND d.subscriber_id = who.id
          AND d.state NOT IN ('in_doubt', 'queued')))
"""
_IN_CALLS: Final = f"""
    SELECT who.id AS subscriber_id, b.edition_id, 'sending', c.attempt, NULL, NULL,
           NULL, c.opened_at, NULL, NULL
    FROM calls c JOIN batches b ON b.id = c.batch_id
    CROSS JOIN LATERAL unnest(c.subscriber_ids) AS who (id)
    WHERE b.issue_id = :issue_id AND b.state <> 'done' AND c.state = 'open' AND who.id > :after
      AND {_UNSETTLED.format(was_tried="c.attempt > 1")}
"""  # noqa: S608  # all are constants
# The readers of a Batch are in the order of their ids: one that ends before the page is passed by.
_IN_BATCHES: Final = f"""
    SELECT who.id AS subscriber_id, b.edition_id, CAST(:waiting AS text), b.tries, NULL, NULL,
           NULL, NULL, NULL, b.not_before
    FROM batches b
    CROSS JOIN LATERAL unnest(b.subscriber_ids[b.n_taken + 1 : b.n_readers]) AS who (id)
    WHERE b.issue_id = :issue_id AND b.state <> 'done' AND b.subscriber_ids[b.n_readers] > :after
      AND who.id > :after
      AND {_UNSETTLED.format(was_tried="b.tries > 0")}
"""  # noqa: S608  # all are constants


_HAS_READER: Final = ":subscriber_id = ANY (b.subscriber_ids)"


@dataclass(frozen=True)
class ListedDelivery:
    """One reader of an Issue.

    `attempt` counts the tries, 0 for who was not tried yet. `at` is when it came to be so, None
    for who waits; `due_at` is when their turn is, None for at once. `cause` is whose doing a bounce
    is, where that is known.
    """

    subscriber_id: int
    edition_id: int
    state: ListedState
    attempt: int
    reason: str | None
    cause: Cause | None
    provider_id: str | None
    at: datetime | None
    event_at: datetime | None
    due_at: datetime | None
    address: str | None


@dataclass(frozen=True)
class DeliveryFilter:
    """A filter of readers: by state, Edition or number; None does not filter."""

    state: ListedState | None = None
    edition_id: int | None = None
    subscriber_id: int | None = None


def list_deliveries(
    session: Session, issue: Issue, wanted: DeliveryFilter, *, after: int, limit: int
) -> Sequence[ListedDelivery]:
    """Return at most `limit` readers with an id above `after`, by their ids; reads only.

    Raises:
        Gone: the Issue's ledger was dropped, and only its counts are left.
    """
    refuse_forgotten(session, issue)
    is_cancelled = issue.state is IssueState.CANCELLED
    waiting = ListedState.CANCELLED if is_cancelled else ListedState.QUEUED
    parts = _parts(wanted, waiting)
    if not parts:
        return []
    values: dict[str, Any] = {
        "issue_id": issue.id,
        "after": after,
        "limit": limit,
        "waiting": waiting.value,
        "state": wanted.state and wanted.state.value,
        "edition_id": wanted.edition_id,
        "subscriber_id": wanted.subscriber_id,
    }
    statement = text(
        f"SELECT l.*, s.address FROM ({' UNION ALL '.join(parts)}) AS l"  # noqa: S608  # constants
        " LEFT JOIN subscribers s ON s.id = l.subscriber_id"
        " ORDER BY l.subscriber_id LIMIT :limit"
    )
    needed = {name: one for name, one in values.items() if f":{name}" in statement.text}
    return [_listed(row, ListedState(row[2])) for row in session.execute(statement, needed)]


def deliveries_of_reader(
    session: Session, issues: Sequence[Issue], subscriber_id: int
) -> dict[int, ListedDelivery]:
    """Return a reader's row of each of these Issues that they are a reader of, by its number."""
    if not issues:
        return {}
    cancelled = {one.id for one in issues if one.state is IssueState.CANCELLED}
    rows = session.execute(
        _OF_READER,
        {
            "issue_ids": [one.id for one in issues],
            "subscriber_id": subscriber_id,
            "after": 0,
            "limit": 1,
            "waiting": ListedState.QUEUED.value,
        },
    )
    found = {}
    for issue_id, *row in rows:
        state = ListedState(row[2])
        if state is ListedState.QUEUED and issue_id in cancelled:
            state = ListedState.CANCELLED
        found[issue_id] = _listed(row, state)
    return found


def forgotten_among(session: Session, issue_ids: Collection[int]) -> set[int]:
    """Return those of these Issues whose ledger was dropped because they are old."""
    if not issue_ids:
        return set()
    kept = select(DeliveryCount.issue_id).where(DeliveryCount.issue_id.in_(issue_ids))
    return set(session.scalars(kept.distinct()))


def refuse_forgotten(session: Session, issue: Issue) -> None:
    """Raise Gone where the Issue's ledger was dropped because it is old."""
    if forgotten_among(session, [issue.id]):
        raise Gone(
            Sentence("Issue %(issue)s is so old that only its counts were kept.", issue=issue.id)
        )


def _listed(row: Sequence[Any], state: ListedState) -> ListedDelivery:
    """Make one of a row of `_parts`, by which its state may be another word."""
    cause = None if row[5] is None else Cause(row[5])
    return ListedDelivery(row[0], row[1], state, row[3], row[4], cause, *row[6:])


def _parts(wanted: DeliveryFilter, waiting: ListedState) -> list[str]:
    """Return the selects that can have somebody who is wanted, each of a page at most."""
    unwritten = {ListedState.QUEUED, ListedState.CANCELLED, ListedState.SENDING}
    chosen = []
    if wanted.state not in unwritten:
        chosen.append(_SETTLED)
    if wanted.state in {None, ListedState.SENDING}:
        chosen.append(_IN_CALLS)
    if wanted.state in {None, waiting}:
        chosen.append(_IN_BATCHES)
    return [f"({_narrowed(part, wanted)} ORDER BY 1 LIMIT :limit)" for part in chosen]


def _narrowed(part: str, wanted: DeliveryFilter) -> str:
    who, edition = ("who.id", "b.edition_id")
    conditions = [part]
    if part is _SETTLED:
        who, edition = ("d.subscriber_id", "d.edition_id")
        conditions += ["d.state = :state"] if wanted.state is not None else []
    elif wanted.subscriber_id is not None:
        conditions.append(_HAS_READER)  # so that only this Batch is taken apart
    conditions += [f"{who} = :subscriber_id"] if wanted.subscriber_id is not None else []
    conditions += [f"{edition} = :edition_id"] if wanted.edition_id is not None else []
    return " AND ".join(conditions)


def _of_reader() -> TextClause:
    """Write the statement of one reader and several Issues: each is asked as one alone."""
    parts = _parts(DeliveryFilter(subscriber_id=0), ListedState.QUEUED)
    of_one = " UNION ALL ".join(parts).replace(":issue_id", "i.id")
    return text(
        "SELECT i.id, l.*, s.address FROM unnest(CAST(:issue_ids AS bigint[])) AS i (id)"  # noqa: S608  # constants
        f" CROSS JOIN LATERAL ({of_one} LIMIT 1) AS l"
        " LEFT JOIN subscribers s ON s.id = l.subscriber_id"
    )


_OF_READER: Final = _of_reader()
