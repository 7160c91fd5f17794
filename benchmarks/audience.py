"""Audience: made-up readers of many tastes, and an issue of the sample digest for them."""

from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import address_hmac
from app.content.parse import parse
from app.enums import IssueState
from app.issues.load import load
from app.models import CategoryState, Issue
from app.publication.categories import change_category

_FIRST_DAY: Final = date(2026, 1, 5)

# Every eighth taste follows all categories, the others three of four each; depths are spread as
# in the demo. So there are 24 editions, the shortest a few headlines, the longest everything.
_READERS = text(
    """
    INSERT INTO subscribers (address, address_key, address_hmac, state, follows, depth,
                             created_at, confirmed_at)
    SELECT address, address, hmac, 'active',
           CASE n % 8 WHEN 0 THEN -1 ELSE ~(CAST(0x11111111 AS bigint) << CAST(n % 4 AS int)) END
               & CAST(:mask AS bigint),
           (ARRAY['headlines', 'headlines', 'headlines', 'brief', 'brief', 'brief', 'deep',
                  'deep'])[1 + (n / 8) % 8],
           :now, :now
    FROM unnest(CAST(:addresses AS text[]), CAST(:hmacs AS bytea[]))
         WITH ORDINALITY AS made (address, hmac, n)
    """
)


def add_readers(session: Session, n_readers: int, pepper: str, now: datetime) -> None:
    """Add this many active readers; `vacuum` belongs behind it.

    `pepper` keys the HMAC of each address: an event's recipient is compared by it.
    """
    addresses = [f"reader{number}@readers.example" for number in range(1, n_readers + 1)]
    hmacs = [address_hmac(address, pepper) for address in addresses]
    values = {"addresses": addresses, "hmacs": hmacs, "mask": (1 << 60) - 1, "now": now}
    session.execute(_READERS, values)


def add_issue(session: Session, now: datetime) -> Issue:
    """Add the sample digest as an issue that may be launched, each on a day of its own."""
    data = files("localdev").joinpath("samples/digest.txt").read_bytes()
    n_before = session.scalar(text("SELECT count(*) FROM issues")) or 0
    day = _FIRST_DAY + timedelta(days=n_before)
    loaded = load(session, CLI, parse(data), issued_on=day, now=now, drop_incomplete=True)
    for category in loaded.proposed:
        change_category(session, CLI, category, {"state": CategoryState.OPEN}, now)
    issue = loaded.issues[0]
    issue.state = IssueState.SCHEDULED
    return issue
