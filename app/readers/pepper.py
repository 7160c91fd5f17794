"""The pepper: refuse another one than the database's HMACs were made with, and add one over it.

With another one nobody who is suppressed would be recognised, and all would be written to again.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.addresses import address_hmac, joined_peppers, peppers_of
from app.db.session import Sessions, transaction
from app.errors import ConfigError
from app.models import Installation

_SUBJECT = "devoured.pepper"

PEPPERED: Final = (
    ("subscribers", "address_hmac"),
    ("suppressions", "address_hmac"),
    ("lifts", "address_hmac"),
    ("erased_addresses", "address_hmac"),
    ("import_rows", "address_hmac"),
    ("served", "address_hmac"),
    ("letters", "mailbox"),
    ("mailboxes", "digest"),
)
"""Every column that holds `address_hmac`s; empty bytes are of nobody."""

_BLOCK: Final = 64
"""Bytes of a block of SHA-256. Source: RFC 2104 section 2."""


def check_pepper(session: Session, pepper: str) -> None:
    """Refuse a pepper that is not this database's; the first one that is seen is taken for it.

    Raises:
        ConfigError: the database was filled under another pepper.
    """
    fingerprint = address_hmac(_SUBJECT, pepper)
    installation = session.get_one(Installation, 1)
    if installation.pepper_fingerprint is None:
        installation.pepper_fingerprint = fingerprint
    if installation.pepper_fingerprint != fingerprint:
        if n_applied(installation.pepper_fingerprint, pepper):
            raise ConfigError(
                "DEVOURED_ADDRESS_PEPPER: it is newer than this database. Stop every process, and"
                " run devoured pepper migrate."
            )
        raise ConfigError(
            "DEVOURED_ADDRESS_PEPPER: it is another one than this database was filled under, so"
            " suppressed addresses would not be recognised. Set the former one."
        )


def n_applied(fingerprint: bytes, pepper: str) -> int:
    """Return how many of the peppers, the oldest first, a database was filled under; 0 for none."""
    peppers = peppers_of(pepper)
    under = range(1, len(peppers) + 1)
    return next((n for n in under if _fingerprint(peppers[:n]) == fingerprint), 0)


def _fingerprint(peppers: Sequence[str]) -> bytes:
    return address_hmac(_SUBJECT, joined_peppers(peppers))


def n_before(session: Session, pepper: str) -> int:
    """Return how many of the peppers this database is under; all of them where it has none yet.

    Raises:
        ConfigError: the oldest one is not this database's.
    """
    fingerprint = session.get_one(Installation, 1).pepper_fingerprint
    found = n_applied(fingerprint, pepper) if fingerprint else 0
    if not found:
        check_pepper(session, pepper)
    return found or len(peppers_of(pepper))


def add_peppers(session: Session, pepper: str) -> int:
    """Bring every HMAC under those of the peppers that it is not under yet; how many peppers.

    What stands for an address is made of what stood for it, so that nobody's address is needed.
    Locks the tables until the caller's transaction ends: a minute for a million readers.

    Raises:
        ConfigError: the oldest pepper is not this database's.
    """
    installation = session.get_one(Installation, 1, with_for_update=True, populate_existing=True)
    peppers = peppers_of(pepper)
    new = peppers[n_before(session, pepper) :]
    if new:
        _hash_again(session, new)
    installation.pepper_fingerprint = _fingerprint(peppers)
    return len(new)


def _hash_again(session: Session, new: Sequence[str]) -> None:
    """Put an HMAC by each of these peppers over every HMAC.

    It is worked out by PostgreSQL, of pads from a table of this transaction: a slow statement may
    come into the server's log with its parameters. Source: RFC 2104 section 2.
    """
    session.execute(text("SET LOCAL statement_timeout = 0"))
    tables = ", ".join(sorted({table for table, _ in PEPPERED}))
    session.execute(text(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE"))
    session.execute(
        text("CREATE TEMP TABLE pads (place int, inside bytea, outside bytea) ON COMMIT DROP")
    )
    add = text("INSERT INTO pads VALUES (:place, :inside, :outside)")
    for place, one in enumerate(new):
        inside, outside = _pads(one.encode())
        session.execute(add, {"place": place, "inside": inside, "outside": outside})
        for table, column in PEPPERED:
            session.execute(
                text(
                    f"UPDATE {table} SET {column} ="  # noqa: S608  # names of the list above
                    f" sha256(pads.outside || sha256(pads.inside || {column}))"
                    f" FROM pads WHERE pads.place = :place AND {column} <> ''"
                ),
                {"place": place},
            )


def _pads(key: bytes) -> tuple[bytes, bytes]:
    """Return what HMAC puts before the text, and before the hash of both."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def check_pepper_at_start(sessions: Sessions, pepper: str) -> None:
    """Do the same before a service starts; where the database does not answer yet, do nothing.

    Raises:
        ConfigError: as `check_pepper`.
    """
    try:
        with transaction(sessions) as session:
            check_pepper(session, pepper)
    except SQLAlchemyError:
        return  # what needs the database says so, and a migration may still be under way
