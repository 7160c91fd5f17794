"""Ask: store a request about an address, by the same statement whatever the address is.

Whether the address is known is looked at by a worker later (`readers.answers`), so that neither
the answer nor its time tells anybody (docs/adr/0023).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, TextClause, delete, exists, insert, select, text
from sqlalchemy.orm import Session

from app.addresses import Address
from app.db.session import enqueue_after_commit
from app.enums import AskKind
from app.errors import FieldError, InvalidInput
from app.models import Ask
from app.publication.categories import IS_OPEN
from app.readers.consent import Origin
from app.readers.signup import SignupFields

# Everything that a request asks and writes, in one round trip, whoever it is about.
_ASK_SIGN_UP: Final[TextClause] = text(
    f"""
    WITH unknown AS (
        SELECT array_agg(w.place - 1 ORDER BY w.place) AS places
        FROM unnest(CAST(:slugs AS text[])) WITH ORDINALITY AS w (slug, place)
        WHERE NOT EXISTS
            (SELECT FROM categories WHERE categories.slug = w.slug AND {IS_OPEN})
    ), wish AS (
        SELECT coalesce(bit_or(CAST(1 AS bigint) << CAST(bit AS int)), 0) AS follows
        FROM categories
        WHERE {IS_OPEN}
          AND (CAST(:slugs AS text[]) IS NULL OR slug = ANY(CAST(:slugs AS text[])))
    ), ask AS (
        INSERT INTO asks (kind, address, address_key, is_limited, asked_at, follows, depth, hour,
                          time_zone, language, source, network, wording_hash)
        SELECT 'sign_up', :address, :key, :is_limited, :now, wish.follows, :depth,
               CAST(:hour AS smallint), :time_zone, :language, :source, :network, :wording
        FROM wish, unknown WHERE unknown.places IS NULL AND wish.follows <> 0
    )
    SELECT places, follows FROM unknown, wish
    """  # noqa: S608  # a constant
)


def ask_sign_up(
    run: Session | Connection,
    fields: SignupFields,
    origin: Origin,
    now: datetime,
    *,
    is_limited: bool = False,
) -> None:
    """Write a sign-up down, in one statement; the caller enqueues `answer_asks`.

    One that `is_limited` gets its answer and nothing else.

    Raises:
        InvalidInput: naming every slug that is no open category, or there is none at all; nothing
            was written.
    """
    slugs = None if fields.categories is None else list(fields.categories)
    values = {
        "slugs": slugs,
        "address": fields.address.text,
        "key": fields.address.key,
        "is_limited": is_limited,
        "now": now,
        "depth": fields.depth.value,
        "hour": fields.hour,
        "time_zone": fields.time_zone,
        "language": fields.language,
        "source": origin.source.value,
        "network": origin.network,
        "wording": origin.wording,
    }
    unknown, follows = run.execute(_ASK_SIGN_UP, values).one()
    if unknown and slugs:
        raise InvalidInput(
            "Not every category is known.",
            [FieldError(f"/categories/{n}", f"“{slugs[n]}” is no category") for n in unknown],
        )
    if not follows:
        sentence = "There is nothing to sign up for yet. Please come back soon."
        raise InvalidInput(sentence, [FieldError("/categories", "none is open")])


def ask_link(
    session: Session,
    address: Address,
    now: datetime,
    *,
    is_limited: bool,
    kind: AskKind = AskKind.PREFERENCES_LINK,
    language: str = "",
) -> None:
    """Write down that somebody wants a link sent to this address, and enqueue it."""
    session.execute(
        insert(Ask).values(
            kind=kind,
            address=address.text,
            address_key=address.key,
            is_limited=is_limited,
            asked_at=now,
            language=language,
        )
    )
    enqueue_after_commit(session, "answer_asks")


def enqueue_asks(session: Session) -> None:
    """Enqueue a job for what waits to be answered, in case one was lost."""
    if session.scalar(select(exists(select(Ask.id)))):
        enqueue_after_commit(session, "answer_asks")


def forget_asks(session: Session, addresses: Iterable[str]) -> None:
    """Delete what was asked for these addresses, given in lower case, and not answered yet."""
    session.execute(delete(Ask).where(Ask.address_key.in_(list(addresses))))
