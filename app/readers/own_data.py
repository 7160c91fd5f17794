"""All that is kept of one reader, for themselves: values that JSON can hold."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.models import (
    Category,
    Consent,
    Delivery,
    Edition,
    Issue,
    Letter,
    Opinion,
    ReaderClick,
    Resend,
    Subscriber,
    Suppression,
    TrackedLink,
    Wording,
)
from app.publication.categories import all_categories, slugs_in
from app.readers.consent import consents_of
from app.readers.current import all_ids_of
from app.readers.signs import last_sign_of

_OF_EDITION: Final = (Edition.subject, Edition.follows, Edition.depth, Edition.revision)


def own_data(session: Session, reader: Subscriber, now: datetime) -> dict[str, Any]:
    """Return who they are, what they chose and agreed to, and every mail with what became of it.

    Where they joined two addresses of theirs, the data of the other one is there too. Instants are
    ISO 8601 in UTC. It only reads.
    """
    ids = all_ids_of(session, reader.id)
    categories = all_categories(session)
    return {
        "made_at": _at(now),
        "subscriber": {
            "id": reader.id,
            "address": reader.address,
            "state": reader.state,
            "created_at": _at(reader.created_at),
            "confirmed_at": _at(reader.confirmed_at),
            "left_at": _at(reader.left_at),
            "last_sign_at": _at(last_sign_of(session, reader)),
        },
        "preferences": {
            "categories": slugs_in(categories, reader.follows),
            "depth": reader.depth,
            "hour": reader.hour,
            "time_zone": reader.time_zone,
            "language": reader.language,
            "paused_until": _at(reader.paused_until),
            "silent_at": _at(reader.silent_at),
            "refuses_tracking": reader.refuses_tracking,
        },
        "suppression": _suppression(session, reader),
        "consents": _consents(session, ids, categories),
        "deliveries": _deliveries(session, ids, categories),
        "resends": _resends(session, ids),
        "letters": _letters(session, ids),
        "clicks": _clicks(session, ids),
        "opinions": _opinions(session, ids),
    }


def _at(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")


def _suppression(session: Session, reader: Subscriber) -> dict[str, Any] | None:
    """Return why we may not write to them, if so."""
    found = session.get(Suppression, reader.address_hmac)
    if found is None:
        return None
    return {"reason": found.reason, "since": _at(found.created_at)}


def _consents(
    session: Session, ids: Sequence[int], categories: Sequence[Category]
) -> list[dict[str, Any]]:
    rows = consents_of(session, *ids)
    wordings = _wordings(session, rows)
    return [
        {
            "step": row.step,
            "at": _at(row.at),
            "source": row.source,
            "network": row.network,
            "categories": slugs_in(categories, row.follows),
            "depth": row.depth,
            "wording_version": row.wording_version,
            "wording": wordings.get(row.wording_hash or b""),
            "wording_sha256": row.wording_hash and row.wording_hash.hex(),
            "note": row.note or None,
        }
        for row in rows
    ]


def _wordings(session: Session, rows: Sequence[Consent]) -> dict[bytes, str]:
    hashes = {row.wording_hash for row in rows if row.wording_hash}
    found = session.scalars(select(Wording).where(Wording.hash.in_(hashes)))
    return {one.hash: one.text for one in found}


def _deliveries(
    session: Session, ids: Sequence[int], categories: Sequence[Category]
) -> list[dict[str, Any]]:
    """Return what they got of each issue; `revision` counts the corrections that were in it."""
    rows = session.execute(
        select(Delivery, Issue.issued_on, *_OF_EDITION)
        .join(Issue, Issue.id == Delivery.issue_id)
        .outerjoin(Edition, Edition.id == Delivery.edition_id)
        .where(Delivery.subscriber_id.in_(ids))
        .order_by(Delivery.issue_id, Delivery.at)
    )
    return [
        {
            "issue": row.issue_id,
            "issued_on": issued_on.isoformat(),
            "subject": subject,
            "categories": slugs_in(categories, follows or 0),
            "depth": depth,
            "revision": revision,
            "state": row.state,
            "reason": row.reason,
            "message_id": row.provider_id,
            "at": _at(row.at),
            "told_at": _at(row.event_at),
        }
        for row, issued_on, subject, follows, depth, revision in rows
    ]


def _resends(session: Session, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return how often somebody here wanted them to get an issue once more."""
    rows = session.scalars(select(Resend).where(Resend.subscriber_id.in_(ids)).order_by(Resend.id))
    return [
        {"issue": row.issue_id, "asked_at": _at(row.asked_at), "state_before": row.state}
        for row in rows
    ]


def _letters(session: Session, ids: Sequence[int]) -> list[dict[str, Any]]:
    rows = session.scalars(select(Letter).where(Letter.subscriber_id.in_(ids)).order_by(Letter.id))
    return [
        {
            "kind": row.kind,
            "address": row.address,
            "state": row.state,
            "reason": row.reason,
            "message_id": row.provider_id,
            "created_at": _at(row.created_at),
            "settled_at": _at(row.settled_at),
        }
        for row in rows
    ]


def _opinions(session: Session, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return what they said of issues."""
    rows = session.scalars(
        select(Opinion).where(Opinion.subscriber_id.in_(ids)).order_by(Opinion.said_at)
    )
    return [
        {"issue": row.issue_id, "was_good": row.was_good, "said_at": _at(row.said_at)}
        for row in rows
    ]


def _clicks(session: Session, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return the links of their mails that they followed, and mails they opened, if stored."""
    same = and_(
        TrackedLink.issue_id == ReaderClick.issue_id,
        TrackedLink.kind == ReaderClick.kind,
        TrackedLink.story_id == ReaderClick.story_id,
        TrackedLink.key == ReaderClick.key,
    )
    rows = session.execute(
        select(ReaderClick, TrackedLink.url)
        .join(TrackedLink, same)
        .where(ReaderClick.subscriber_id.in_(ids))
        .order_by(ReaderClick.first_at, ReaderClick.kind, ReaderClick.story_id, ReaderClick.key)
    )
    return [
        {
            "issue": row.issue_id,
            "kind": row.kind,
            "url": url or None,
            "times": row.n_human,
            "times_by_machines": row.n_machine,
            "first_at": _at(row.first_at),
            "last_at": _at(row.last_at),
        }
        for row, url in rows
    ]
