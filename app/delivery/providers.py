"""Providers: how an Issue does at each of the large mailbox providers.

One provider's share is lost in the whole of an Issue long before that provider loses patience. A
provider is known by the domain of the address: who has a domain of their own there is counted with
the whole alone, and nobody can make an Issue stop by a domain of theirs.
"""

from typing import Final

from sqlalchemy import ColumnElement, String, TextClause, literal_column, select, text
from sqlalchemy.orm import Session, aliased

from app.delivery.returns import N_RETURNED, came_back
from app.models import Delivery, Subscriber

_DOMAINS: Final = {
    "Gmail": "gmail.com googlemail.com",
    "Outlook.com": "msn.com windowslive.com passport.com",
    "Yahoo": "ymail.com rocketmail.com myyahoo.com verizon.net att.net sbcglobal.net bellsouth.net",
    "iCloud": "icloud.com me.com mac.com",
    "GMX and WEB.DE": "web.de mail.com",
    "T-Online": "t-online.de magenta.de",
    "Comcast": "comcast.net",
    "Orange": "orange.fr wanadoo.fr",
    "Mail.ru": "mail.ru inbox.ru list.ru bk.ru",
    "QQ": "qq.com foxmail.com",
    "NetEase": "163.com 126.com yeah.net",
    "Naver": "naver.com",
}
_IN_MANY_COUNTRIES: Final = {
    "Outlook.com": "outlook hotmail live",
    "Yahoo": "yahoo aol",
    "GMX and WEB.DE": "gmx",
    "Yandex": "yandex",
}
"""Names before a top-level domain or two: `hotmail.co.uk`."""

PROVIDERS: Final = tuple(dict.fromkeys((*_DOMAINS, *_IN_MANY_COUNTRIES)))
"""The large providers, as they are called here."""

_SAMPLED: Final = 40
"""So many Batches, of about 500 readers, tell which part of an Issue's readers a provider has."""


def _provider() -> str:
    """Write which provider the reader `s` is at; NULL for another."""
    domain = "split_part(s.address_key, '@', 2)"
    cases = [
        f"WHEN {domain} IN ({', '.join(repr(one) for one in domains.split())}) THEN '{name}'"
        for name, domains in _DOMAINS.items()
    ]
    top = r"\.[a-z]{2,3}(\.[a-z]{2})?$"
    cases += [
        f"WHEN {domain} ~ '^({names.replace(' ', '|')}){top}' THEN '{name}'"
        for name, names in _IN_MANY_COUNTRIES.items()
    ]
    return f"CASE {' '.join(cases)} END"


PROVIDER: Final[ColumnElement[str | None]] = literal_column(_provider(), type_=String())
"""The large provider of the Subscriber that a statement calls `s`; NULL for any other."""

# Evenly from all that were begun: an import sorted by domain tells nothing then.
_SHARES: Final[TextClause] = text(
    f"""
    WITH begun AS (
        SELECT b.id, row_number() OVER (ORDER BY b.id) - 1 AS place, count(*) OVER () AS n
        FROM batches b WHERE b.issue_id = :issue_id AND b.n_taken > 0
    ), readers AS (
        SELECT unnest(b.subscriber_ids[1 : b.n_taken]) AS id
        FROM begun JOIN batches b ON b.id = begun.id
        WHERE begun.place % greatest(begun.n / :sampled, 1) = 0
    ), counted AS (
        SELECT {_provider()} AS provider, count(*) AS n
        FROM readers JOIN subscribers s ON s.id = readers.id
        GROUP BY 1
    )
    SELECT provider, CAST(n / sum(n) OVER () AS double precision) FROM counted
    """  # noqa: S608  # all are constants
)


def returns_by_provider(session: Session, issue_id: int) -> dict[str, tuple[int, int, int]]:
    """Return what came back of each large provider: bounced, complained, refused as ours."""
    reader = aliased(Subscriber, name="s")
    rows = session.execute(
        select(PROVIDER, *N_RETURNED)
        .select_from(Delivery)
        .join(reader, reader.id == Delivery.subscriber_id)
        .where(came_back(issue_id))
        .group_by(PROVIDER)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows if row[0] is not None}


def shares_of_providers(session: Session, issue_id: int) -> dict[str, float]:
    """Return about which part of the readers written to so far each large provider has."""
    rows = session.execute(_SHARES, {"issue_id": issue_id, "sampled": _SAMPLED})
    return {row[0]: row[1] for row in rows if row[0] is not None}
