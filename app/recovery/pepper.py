"""A new pepper over the former ones, in the database and in what the journal tells of before it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import orjson
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.addresses import hashed_by, peppers_of
from app.audit import record_step
from app.container import Container
from app.db.session import transaction
from app.errors import Unavailable, WrongState
from app.models import Installation
from app.outside.base import StoreError
from app.outside.journal import Entry, JournalStep
from app.readers.pepper import add_peppers, n_before
from app.sentences import Sentence

_OTHERS: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


def migrate_pepper(container: Container, actor: Actor, *, anyway: bool = False) -> int:
    """Bring the database under the peppers of the settings that are new to it; how many were.

    Opens transactions of its own. Killed at any moment, it can be run again: the journal is told
    first, and told twice it says the same of what was before.

    Raises:
        ConfigError: the oldest pepper is not this database's.
        WrongState: others are connected to the database, and `anyway` was not given.
        Unavailable: a place that keeps the journal does not answer; nothing was changed.
    """
    with transaction(container.sessions) as session:
        before = n_before(session, container.pepper)
        whose = session.scalars(select(Installation.installation_id)).one()
        if before == len(peppers_of(container.pepper)):
            return 0
        if not anyway:
            _refuse_others(session)
    now = container.clock()
    line = orjson.dumps({"what": JournalStep.PEPPERED, "at": now, "keys": [], "before": before})
    for place in container.places:
        try:
            place.append(whose, [line], now)
        except StoreError:
            sentence = Sentence("The journal in the %(place)s cannot be told.", place=place.name)
            raise Unavailable(sentence) from None
    with transaction(container.sessions) as session:
        n_new = add_peppers(session, container.pepper)
        after = {"n_peppers": before + n_new}
        record_step(session, actor, Verb.MIGRATE_PEPPER, "database", container.clock(), after=after)
    return n_new


def _refuse_others(session: Session) -> None:
    """Raise WrongState while anybody else is connected, who may know the former pepper alone."""
    n_others = session.execute(_OTHERS).scalar_one()
    if n_others:
        raise WrongState(
            Sentence(
                "Connections to the database besides this one: %(n)s. Stop serve, worker, beat and"
                " listen on every host first. If these are none of ours, say --anyway.",
                n=n_others,
            )
        )


def under_all(entries: Sequence[Entry], pepper: str) -> tuple[Entry, ...]:
    """Return the entries, oldest first as they come, with all keys under all of the peppers."""
    peppers = peppers_of(pepper)
    n_under, found = len(peppers), []
    for entry in reversed(entries):
        if entry.what is JournalStep.PEPPERED:
            n_under = int(entry.facts["before"])
        missing = peppers[n_under:]
        found.append(replace(entry, keys=tuple(hashed_by(key, missing) for key in entry.keys)))
    return tuple(reversed(found))
