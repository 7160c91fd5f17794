"""Reputation: keep what mailbox providers say of a domain, and tell it.

Gmail's comes from Postmaster Tools by itself, that of others by a person's file. Nothing of it is
audited: these are other people's figures.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import Installation, ReputationDay, ReputationRequirement

GMAIL: Final = "Gmail"

ASKED_EVERY: Final = timedelta(hours=20)
"""Google has new figures once a day."""

NEWEST_WITHIN: Final = timedelta(days=7)
"""An older day says nothing of today; providers tell of a day one or two days later."""


@dataclass(frozen=True)
class Reputation:
    """What one provider says of a domain: its days, the last first, and what is not met."""

    provider: str
    domain: str
    days: Sequence[ReputationDay]
    unmet: Sequence[str]

    @property
    def newest(self) -> ReputationDay | None:
        """Return the last day of which it tells complaints."""
        return next((one for one in self.days if one.spam_rate is not None), None)


def keep_days(session: Session, rows: Iterable[Mapping[str, Any]], now: datetime) -> int:
    """Keep these days; one that is told again is as it was told last. Return how many they are.

    A row has `provider`, `domain`, `day`, and of the rates those that are told; `ReputationDay`
    says which there are.
    """
    names = ("spam_rate", "spf_rate", "dkim_rate", "dmarc_rate")
    found = {
        (one["provider"], one["domain"], one["day"]): dict.fromkeys(names) | dict(one)
        for one in rows
    }
    if found:
        values = [{**row, "told_at": now} for row in found.values()]
        statement = insert(ReputationDay).values(values)
        told = {name: statement.excluded[name] for name in (*names, "told_at")}
        keys = ["provider", "domain", "day"]
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_=told))
    return len(found)


def keep_requirements(
    session: Session, provider: str, domain: str, met: Mapping[str, bool], now: datetime
) -> None:
    """Keep what is asked of a domain, and whether it is met; what is asked no more stays as old."""
    if not met:
        return
    same = {"provider": provider, "domain": domain, "told_at": now}
    values = [{**same, "requirement": name, "is_met": is_met} for name, is_met in met.items()]
    statement = insert(ReputationRequirement).values(values)
    told = {name: statement.excluded[name] for name in ("is_met", "told_at")}
    keys = ["provider", "domain", "requirement"]
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=told))


def is_due(session: Session, now: datetime) -> bool:
    """Return whether Google has told nothing for a day.

    It is so by when it answered, not by what: it tells nothing of who sends little, and judges no
    requirement of others. So another domain is asked of within a day, too.
    """
    last = session.scalars(select(Installation.postmaster_told_at)).one()
    return last is None or last <= now - ASKED_EVERY


def note_told(session: Session, now: datetime) -> None:
    """Note that Google has answered, be it that it knows nothing."""
    session.execute(update(Installation).values(postmaster_told_at=now))


def reputations(session: Session, now: datetime, days: int = 30) -> Sequence[Reputation]:
    """Return what each provider says of each domain within so many days, by their names."""
    of_days: dict[tuple[str, str], list[ReputationDay]] = {}
    since = (now - timedelta(days=days)).date()
    query = select(ReputationDay).where(ReputationDay.day >= since)
    for row in session.scalars(query.order_by(ReputationDay.day.desc())):
        of_days.setdefault((row.provider, row.domain), []).append(row)
    unmet: dict[tuple[str, str], list[str]] = {}
    asked = select(ReputationRequirement).where(ReputationRequirement.told_at > now - NEWEST_WITHIN)
    for one in session.scalars(asked.order_by(ReputationRequirement.requirement)):
        found = unmet.setdefault((one.provider, one.domain), [])
        if not one.is_met:
            found.append(one.requirement)
    keys = sorted({*of_days, *unmet})
    return [Reputation(*key, of_days.get(key, []), unmet.get(key, [])) for key in keys]
