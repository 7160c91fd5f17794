"""Joining by the consent that somebody else holds: an editor's list, or an Import.

Who signs up themselves joins by `readers.signup`, and whoever comes back by `readers.leave`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.addresses import Address, address_hmac
from app.audit import record_step
from app.enums import Depth
from app.models import OutboxKind
from app.outbox import publishing_sql
from app.outside.journal import JournalStep, remember
from app.readers.consent import Origin

_TOLD: Final = publishing_sql(
    "fresh",
    kind=f"'{OutboxKind.READER_JOINED}'",
    facts="jsonb_build_object('state', 'active', 'source', CAST(:source AS text))",
)


def joining_sql(rows: str, result: str) -> str:
    """Write a statement that adds active readers and selects `result` from those who are new.

    `rows` is what follows FROM, with the columns `address`, `address_key`, `address_hmac`,
    `follows`, `depth`, `hour`, `time_zone`, `language`, `paused_until` and `confirmed_at`, nobody
    among them who was erased. Who is known in any state stays as they are. The statement has
    `:follows` and `:depth` for whom `rows` say none, and `:now`, `:source`, `:wording`, `:network`
    and `:consent`.
    """
    return f"""
    WITH fresh AS (
        INSERT INTO subscribers (address, address_key, address_hmac, state, follows, depth, hour,
                                 language, time_zone, paused_until, created_at, confirmed_at)
        SELECT address, address_key, address_hmac, 'active', coalesce(follows, :follows),
               coalesce(depth, :depth), hour, coalesce(language, ''), time_zone, paused_until,
               :now, coalesce(confirmed_at, :now)
        FROM {rows} ORDER BY address_key
        ON CONFLICT (address_key) DO NOTHING
        RETURNING id, public_id, address_hmac, follows, depth
    ), agreed AS (
        INSERT INTO consents (subscriber_id, step, source, at, follows, depth,
                              wording_hash, network, note)
        SELECT id, 'added', :source, :now, follows, depth,
               CAST(:wording AS bytea), :network, :consent
        FROM fresh ORDER BY id
    ), told AS ({_TOLD}
    )
    SELECT {result} FROM fresh
    """  # noqa: S608  # put together from constants


_LISTED: Final = """
    (SELECT v.*, CAST(NULL AS smallint) AS hour, CAST(NULL AS text) AS time_zone,
            CAST(NULL AS timestamptz) AS paused_until, CAST(NULL AS timestamptz) AS confirmed_at
     FROM unnest(CAST(:addresses AS text[]), CAST(:address_keys AS text[]),
                 CAST(:address_hmacs AS bytea[]), CAST(:masks AS bigint[]), CAST(:depths AS text[]),
                 CAST(:languages AS text[]))
         AS v (address, address_key, address_hmac, follows, depth, language)
     WHERE NOT EXISTS (SELECT FROM erased_addresses e WHERE e.address_hmac = v.address_hmac)
    ) AS listed
"""
_ADD_LISTED: Final[TextClause] = text(joining_sql(_LISTED, "address_hmac, follows"))


class NewReader(NamedTuple):
    """Somebody to add: their address, what they are to get, and the code of their language.

    `follows` is the mask of categories. Without a language it is the publication's.
    """

    address: Address
    follows: int
    depth: Depth
    language: str = ""


def add_active(
    session: Session,
    actor: Actor,
    readers: Sequence[NewReader],
    pepper: str,
    now: datetime,
    origin: Origin,
) -> int:
    """Add active Subscribers for people whose consent an editor holds; return how many were new.

    Addresses that are known in any state, those who left among them, are left as they are, and so
    are those that were erased.
    """
    if not readers:
        return 0
    values = {
        "addresses": [one.address.text for one in readers],
        "address_keys": [one.address.key for one in readers],
        "address_hmacs": [address_hmac(one.address.key, pepper) for one in readers],
        "masks": [one.follows for one in readers],
        "depths": [one.depth.value for one in readers],
        "languages": [one.language for one in readers],
    }
    how = {"source": origin.source, "wording": origin.wording, "network": origin.network}
    unsaid = {"follows": 0, "depth": Depth.BRIEF, "consent": ""}
    added = session.execute(_ADD_LISTED, {**values, **how, **unsaid, "now": now}).all()
    for follows in sorted({row.follows for row in added}):
        keys = [row.address_hmac for row in added if row.follows == follows]
        remember(session, JournalStep.JOINED, now, keys, source=origin.source, follows=follows)
    after = {"n_added": len(added)}
    record_step(session, actor, Verb.ADD_READERS, "readers", now, after=after)
    return len(added)
