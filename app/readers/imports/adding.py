"""Adding: the rows of an Import into Subscribers, set-based, a range of slots at a time.

Nobody who is known is changed by a row that says yes. A row that says no makes nobody active, is
written down for whoever is new, and closes those who came by an import themselves and never
signed up here.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from app.delivery.eligibility import suppressed_sql
from app.delivery.suppression import suppress_all
from app.enums import ConsentSource, ImportState, SuppressionReason
from app.models import Import, ImportPiece, ImportRow
from app.readers.consent import Origin
from app.readers.imports.outcomes import ImportOutcome
from app.readers.imports.row_state import RowState
from app.readers.joining import joining_sql
from app.readers.leave import leave_all, left_elsewhere_sql

SLOTS: Final = 256
ROWS_AT_ONCE: Final = 50_000
"""About how many rows a step adds: a second, so that nobody who signs up waits for it longer."""

_NUMBERS: Final = {f"is_{one.name.lower()}": int(one) for one in RowState}

# Of several rows of one address the most careful counts, and of equal ones the last.
_JUDGED: Final = """
    WITH last AS MATERIALIZED (
        SELECT DISTINCT ON (address_key) *
        FROM import_rows WHERE import_id = :import_id AND slot BETWEEN :first AND :final
        ORDER BY address_key, standing = :is_active, standing DESC, line DESC
    )
    SELECT last.*, s.id AS subscriber_id,
        s.state = 'active' AND known.came AS may_close,
        CASE
            WHEN last.standing = :is_unconfirmed THEN 'said_unconfirmed'
            WHEN last.standing = :is_left THEN 'said_left'
            WHEN last.standing = :is_bounced THEN 'said_bounced'
            WHEN last.standing = :is_suppressed THEN 'said_suppressed'
            WHEN last.standing = :is_complained THEN 'said_complained'
            WHEN x.reason = 'complaint' THEN 'complained'
            WHEN x.reason IN ('hard_bounce', 'soft_bounces') THEN 'bounced'
            WHEN x.reason IS NOT NULL THEN 'suppressed'
            WHEN s.state = 'left' THEN 'left'
            WHEN s.id IS NOT NULL THEN 'known'
            WHEN e.address_hmac IS NOT NULL THEN 'erased'
            ELSE 'added'
        END AS outcome
    FROM last
    LEFT JOIN subscribers s ON s.address_key = last.address_key
    LEFT JOIN suppressions x ON x.address_hmac = last.address_hmac
    LEFT JOIN erased_addresses e ON e.address_hmac = last.address_hmac
    LEFT JOIN LATERAL (
        SELECT bool_or(c.step = 'added' AND c.source = 'import')
            AND NOT bool_or(c.step IN ('signed_up', 'confirmed', 'changed', 'moved')) AS came
        FROM consents c WHERE c.subscriber_id = s.id AND last.standing >= :is_left
    ) known ON true
"""
_COUNTED: Final = text(f"SELECT outcome, count(*) FROM ({_JUDGED}) AS judged GROUP BY outcome")  # noqa: S608  # no input in it
_STEP: Final = text(f"CREATE TEMPORARY TABLE import_step ON COMMIT DROP AS {_JUDGED}")
_N_ROWS: Final = text(
    "SELECT count(*) FROM import_rows"
    " WHERE import_id = :import_id AND slot BETWEEN :first AND :final"
)
_ADD: Final = text(joining_sql("import_step WHERE outcome = 'added'", "count(*)"))
_ADD_LEFT: Final = text(
    left_elsewhere_sql("import_step WHERE outcome = 'said_left' AND subscriber_id IS NULL")
)
# By an array, so that it goes by the primary key: of a table that was filled a moment ago nobody
# knows how large it is, and a join could read it anew for each subscriber. They are locked, so that
# they are still what they were when they leave.
_MAY_CLOSE: Final = text(
    """
    SELECT id FROM subscribers
    WHERE state = 'active' AND id = ANY (ARRAY(
        SELECT subscriber_id FROM import_step WHERE may_close AND standing = :is_left))
    ORDER BY id FOR UPDATE
    """
)
# Who is suppressed already stays so for the reason that is known here.
_UNWANTED: Final = text(
    f"""
    SELECT address_hmac, CASE standing WHEN :is_bounced THEN 'hard_bounce'
               WHEN :is_complained THEN 'complaint' ELSE 'manual' END AS reason,
           (SELECT s.public_id FROM subscribers s WHERE s.id = j.subscriber_id) AS reader_id
    FROM import_step j
    WHERE standing IN (:is_bounced, :is_suppressed, :is_complained)
        AND (subscriber_id IS NULL OR may_close)
        AND NOT {suppressed_sql("j.address_hmac")}
    """  # noqa: S608  # no input in it
)


def expected_counts(session: Session, row: Import) -> dict[str, int]:
    """Count the rows by the outcome they would have if added now, duplicates among them."""
    session.execute(text("SET LOCAL work_mem = '64MB'"))
    found = session.execute(_COUNTED, _range(row, 0, SLOTS - 1)).all()
    counts = {str(outcome): int(n) for outcome, n in found}
    n_twice = row.n_rows - row.n_bad - sum(counts.values())
    return counts | ({ImportOutcome.TWICE.value: n_twice} if n_twice else {})


def add_slots(session: Session, row: Import, now: datetime) -> None:
    """Add the next slots of the Import; behind the last one it is done and its rows are deleted.

    The caller holds the Import's row. What the step did and how far it came is one transaction:
    one that is killed leaves nothing of its step, and the next begins with the same slots.
    """
    n_good = max(1, row.n_rows - row.n_bad)
    first = row.next_slot
    final = min(SLOTS, first + max(1, SLOTS * ROWS_AT_ONCE // n_good)) - 1
    session.execute(text("SET LOCAL work_mem = '64MB'"))
    counts = _add(session, row, first, final, now)
    row.counts = {
        outcome: row.counts.get(outcome, 0) + counts.get(outcome, 0)
        for outcome in (*row.counts, *(one for one in counts if one not in row.counts))
    }
    row.next_slot = final + 1
    if row.next_slot == SLOTS:
        _end(session, row, now)


def _add(session: Session, row: Import, first: int, final: int, now: datetime) -> dict[str, int]:
    """Add the rows in these slots and return what became of them."""
    found = _range(row, first, final)
    session.execute(_STEP, found)
    judged = session.execute(text("SELECT outcome, count(*) FROM import_step GROUP BY outcome"))
    counts = {str(outcome): int(n) for outcome, n in judged}
    n_rows = session.scalar(_N_ROWS, {key: found[key] for key in ("import_id", "first", "final")})
    values = _NUMBERS | {
        "follows": row.follows,
        "depth": row.depth.value,
        "now": now,
        "source": ConsentSource.IMPORT,
        "wording": None,
        "network": None,
        "consent": f"Import {row.id}: {row.consent}",
        "note": f"import {row.id}",
    }
    n_added = session.scalar(_ADD, values) or 0
    session.execute(_ADD_LEFT, values)
    _close(session, values)
    n_twice = (n_rows or 0) - sum(counts.values())
    # Whoever signed up between the look and the step is known by now.
    n_late = counts.get(ImportOutcome.ADDED, 0) - n_added
    counts[ImportOutcome.ADDED.value] = n_added
    counts[ImportOutcome.KNOWN.value] = counts.get(ImportOutcome.KNOWN, 0) + n_late
    counts[ImportOutcome.TWICE.value] = n_twice
    return {outcome: n for outcome, n in counts.items() if n}


def _close(session: Session, values: dict[str, Any]) -> None:
    """Let those leave, and suppress those, whom the file says not to write to."""
    now, origin = values["now"], Origin(ConsentSource.IMPORT)
    ids = session.scalars(_MAY_CLOSE, values).all()
    leave_all(session, ids, now, origin, note=values["consent"])
    unwanted = session.execute(_UNWANTED, values).all()
    suppress_all(
        session,
        [(row.address_hmac, SuppressionReason(row.reason), values["note"]) for row in unwanted],
        now,
        {row.address_hmac: row.reader_id for row in unwanted if row.reader_id is not None},
    )


def _end(session: Session, row: Import, now: datetime) -> None:
    for table in (ImportRow, ImportPiece):
        session.execute(delete(table).where(table.import_id == row.id))
    row.state, row.finished_at = ImportState.DONE, now


def _range(row: Import, first: int, final: int) -> dict[str, Any]:
    return {**_NUMBERS, "import_id": row.id, "first": first, "final": final}
