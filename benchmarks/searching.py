"""Searching: how long a one-click leave takes while 24 people search an archive without a pause."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import quote

from sqlalchemy import text

from app.db.session import transaction
from benchmarks.audience import add_issue
from benchmarks.sending import Ready
from localdev.demo.place import HOST

N_SEARCHERS: Final = 24
_N_ISSUES: Final = 200
_N_WORDS: Final = 1500
"""Of each article: some nine thousand characters."""

_VOCABULARY: Final = tuple(
    a + b for a in ("com", "de", "re", "inter", "over", "sub") for b in ("pile", "port", "late")
)
_OUT: Final = text("UPDATE issues SET state = 'sent', launched_at = :now WHERE launched_at IS NULL")
_ARTICLES: Final = text(
    "UPDATE stories SET article = (SELECT string_agg((CAST(:words AS text[]))"
    "[1 + (stories.id * n * 7919 + n) % CAST(:n_words AS int)], ' ')"
    " FROM generate_series(1, :length) AS n)"
)


def add_archive(ready: Ready) -> int:
    """Add issues that came out, with long articles; how many stories there are then."""
    with transaction(ready.container.sessions) as session:
        now = ready.container.clock()
        for _ in range(_N_ISSUES):
            add_issue(session, now)
        session.execute(_OUT, {"now": now})
        values = {"words": list(_VOCABULARY), "n_words": len(_VOCABULARY), "length": _N_WORDS}
        session.execute(_ARTICLES, values)
        return session.scalar(text("SELECT count(*) FROM stories")) or 0


@asynccontextmanager
async def searchers(port: int, n: int) -> AsyncIterator[None]:
    """So many people who search for words that are everywhere, each as soon as answered."""
    tasks = [asyncio.create_task(_search(port, number)) for number in range(n)]
    try:
        await asyncio.sleep(2)
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def _search(port: int, number: int) -> None:
    chosen = random.Random(number)  # of no consequence
    while True:
        query = quote(" or ".join(chosen.sample(_VOCABULARY, 6)))
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(
            f"GET /search?q={query} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
        )
        await reader.read()
        writer.close()
