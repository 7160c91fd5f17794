"""Postmaster: ask Google once a day what it says of the domain that mail comes from."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from app.clock import Clock
from app.db.session import Sessions, transaction
from app.delivery.reputation import GMAIL, is_due, keep_days, keep_requirements, note_told
from app.net.postmaster import ROOT, DayTold, ask, read_key
from app.publication.publication import get_publication
from app.settings import Settings

_DAYS: Final = timedelta(days=14)
"""So far back is asked: Google mends its figures of the last days."""


def ask_postmaster(sessions: Sessions, settings: Settings, clock: Clock, root: str = ROOT) -> bool:
    """Ask and keep what Google tells, where a key is set and a day has passed; return whether so.

    No transaction is open while it is asked.

    Raises:
        PostmasterError: it did not tell.
        ValueError: the key is none.
    """
    text = settings.postmaster_key.get_secret_value()
    if not text:
        return False
    now = clock()
    with transaction(sessions) as session:
        domain = get_publication(session).from_address.rpartition("@")[2].strip("> ").lower()
        if not domain or not is_due(session, now):
            return False
    key = read_key(text, settings.postmaster_person)
    told = ask(key, domain, (now - _DAYS).date(), now.date(), now, root)
    with transaction(sessions) as session:
        keep_days(session, [_row(domain, one) for one in told.days], now)
        keep_requirements(session, GMAIL, domain, told.requirements, now)
        note_told(session, now)
    return True


def _row(domain: str, told: DayTold) -> Mapping[str, Any]:
    return {
        "provider": GMAIL,
        "domain": domain,
        "day": told.day,
        "spam_rate": told.spam,
        "spf_rate": told.spf,
        "dkim_rate": told.dkim,
        "dmarc_rate": told.dmarc,
    }
