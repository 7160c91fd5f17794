"""Export as CSV: every reader, in the form that an import takes back, and who got an Issue."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.db.session import Sessions, transaction
from app.delivery.deliveries import DeliveryFilter, list_deliveries
from app.enums import SubscriberState
from app.models import Consent, Issue, Subscriber, Suppression
from app.publication.categories import all_categories
from app.readers.imports.records import guard

COLUMNS: Final = [
    "address",
    "state",
    "categories",
    "depth",
    "hour",
    "time_zone",
    "language",
    "paused_until",
    "created_at",
    "confirmed_at",
    "left_at",
    "suppressed",
    "consent_step",
    "consent_source",
    "consent_at",
    "consent_note",
]
ROWS_AT_ONCE: Final = 2000

DELIVERY_COLUMNS: Final = [
    "subscriber_id",
    "address",
    "edition_id",
    "state",
    "attempt",
    "reason",
    "provider_id",
    "at",
    "event_at",
    "due_at",
]
DELIVERIES_AT_ONCE: Final = 5000
"""Those who wait are looked through anew for each page, so a page is large."""


def export_heading() -> str:
    """Return the first line."""
    return to_csv([COLUMNS])


def export_pages(sessions: Sessions, state: SubscriberState | None = None) -> Iterator[str]:
    """Yield the readers' lines in the order of their ids, a page of them at a time.

    Each page is a transaction of its own, so that nothing is held while a slow client reads. A
    reader who changes meanwhile is in it as they were or as they are. Erased readers are not in it.
    """
    after = 0
    while True:
        with transaction(sessions) as session:
            page, after = export_page(session, after, state)
        if not page:
            return
        yield page


def export_page(session: Session, after: int, state: SubscriberState | None) -> tuple[str, int]:
    """Return the lines of the next readers after this id, and the last id; empty at the end."""
    query = (
        select(Subscriber, Suppression.reason, Consent)
        .outerjoin(Suppression, Suppression.address_hmac == Subscriber.address_hmac)
        .outerjoin(
            Consent,
            and_(
                Consent.subscriber_id == Subscriber.id,
                Consent.id
                == select(func.max(Consent.id))
                .where(Consent.subscriber_id == Subscriber.id)
                .correlate(Subscriber)
                .scalar_subquery(),
            ),
        )
        .where(Subscriber.id > after, Subscriber.state != SubscriberState.ERASED)
        .order_by(Subscriber.id)
        .limit(ROWS_AT_ONCE)
        .execution_options(populate_existing=True)
    )
    if state is not None:
        query = query.where(Subscriber.state == state)
    found = session.execute(query).all()
    if not found:
        return "", after
    categories = all_categories(session)
    slugs = [(category.mask, category.slug) for category in categories]
    return to_csv(_cells(*row, slugs) for row in found), found[-1][0].id


def to_csv(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as CSV with CRLF; cells that a spreadsheet would run are guarded.

    Source: RFC 4180.
    """
    lines = io.StringIO()
    csv.writer(lines).writerows([guard(str(cell)) for cell in row] for row in rows)
    return lines.getvalue()


def _cells(
    row: Subscriber, reason: str | None, consent: Consent | None, slugs: list[tuple[int, str]]
) -> list[str]:
    kept = (
        [consent.step.value, consent.source.value, _at(consent.at), consent.note]
        if consent
        else [""] * 4
    )
    return [
        row.address or "",
        row.state.value,
        ",".join(slug for mask, slug in slugs if mask & row.follows),
        row.depth.value,
        "" if row.hour is None else str(row.hour),
        row.time_zone or "",
        row.language,
        _at(row.paused_until),
        _at(row.created_at),
        _at(row.confirmed_at),
        _at(row.left_at),
        reason or "",
        *kept,
    ]


def _at(instant: datetime | None) -> str:
    return instant.isoformat() if instant else ""


def delivery_heading() -> str:
    """Return the first line."""
    return to_csv([DELIVERY_COLUMNS])


def delivery_page(
    session: Session, issue: Issue, wanted: DeliveryFilter, after: int
) -> tuple[str, int]:
    """Return the lines of the next readers behind this id, and the last id; empty at the end.

    Raises:
        Gone: the Issue's ledger was dropped.
    """
    rows = list_deliveries(session, issue, wanted, after=after, limit=DELIVERIES_AT_ONCE)
    if not rows:
        return "", after
    lines = ([_text_of(getattr(row, name)) for name in DELIVERY_COLUMNS] for row in rows)
    return to_csv(lines), rows[-1].subscriber_id


def _text_of(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(value)
