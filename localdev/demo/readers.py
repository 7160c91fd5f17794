"""The sample readers: the same in every run, of every depth and many tastes."""

import zlib
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from app.models import Category, Subscriber

SIMULATED: Final = ("success", "bounce", "complaint")
"""Mailboxes of SES's simulator; what they do is seen in the inbox."""

ELSEWHERE: Final = ("Weekend", "Archive", "Letters")
"""Categories for those who follow nothing of the digest; the first that is not in it is taken."""

_DEPTHS: Final = ("headlines", "headlines", "headlines", "brief", "brief", "brief", "deep", "deep")
_FOLLOWED_BY: Final = 60
"""Of a hundred readers, how many follow any one category."""

_ELSEWHERE_EVERY: Final = 25


def sample_readers(n: int, slugs: Sequence[str], elsewhere: str) -> list[dict[str, Any]]:
    """Bodies for `POST /v1/subscribers`: `n` readers, the simulator's mailboxes the last of them.

    Every 25th follows only `elsewhere`; everybody else follows one of `slugs` at least.
    """
    return [
        {
            "address": address,
            "categories": _taste(number, slugs, elsewhere),
            "depth": _depth(number),
        }
        for number, address in enumerate(_addresses(n), start=1)
    ]


def give_followers(session: Session, slugs: Sequence[str]) -> int:
    """Let sample readers follow each category of `slugs` that has none yet; return how many.

    Another digest may bring categories that the readers of the first run did not know.
    """
    n_changed = 0
    categories = session.scalars(select(Category).where(Category.slug.in_(slugs))).all()
    samples = {address: number for number, address in enumerate(_addresses(10_000), start=1)}
    for category in categories:
        follows_it = Subscriber.follows.bitwise_and(category.mask) != 0
        if session.scalar(select(exists().where(follows_it))):
            continue
        rows = session.execute(select(Subscriber.id, Subscriber.address)).all()
        ids = [
            row.id
            for row in rows
            if row.address in samples and _likes(samples[row.address], category.slug)
        ]
        session.execute(
            update(Subscriber)
            .where(Subscriber.id.in_(ids))
            .values(follows=Subscriber.follows.bitwise_or(category.mask))
        )
        n_changed += len(ids)
    return n_changed


def _addresses(n: int) -> list[str]:
    simulated = [f"{name}@simulator.amazonses.com" for name in SIMULATED[:n]]
    n_others = n - len(simulated)
    return [f"reader-{i:03d}@readers.example" for i in range(1, n_others + 1)] + simulated


def _taste(number: int, slugs: Sequence[str], elsewhere: str) -> list[str]:
    if number % _ELSEWHERE_EVERY == 0:
        return [elsewhere]
    return [slug for slug in slugs if _likes(number, slug)] or [slugs[number % len(slugs)]]


def _likes(number: int, slug: str) -> bool:
    in_digest = number % _ELSEWHERE_EVERY != 0
    return in_digest and zlib.crc32(f"{number} {slug}".encode()) % 100 < _FOLLOWED_BY


def _depth(number: int) -> str:
    return _DEPTHS[zlib.crc32(f"{number} depth".encode()) % len(_DEPTHS)]
