"""How long a statement may take: by the kind of process, and by the kind of request in a server."""

import pytest
from sqlalchemy import text

from app.api.concurrency import SERVING
from app.container import build
from app.db.session import BY_HAND, WORKING, Pool, transaction
from app.settings import Settings

READERS, API, SEARCH = "5s", "30s", "2s"


@pytest.mark.parametrize(
    ("pool", "limit"), [(SERVING, READERS), (WORKING, "5min"), (BY_HAND, "30min")]
)
def test_statements_have_the_time_of_their_process(
    settings: Settings, pool: Pool, limit: str
) -> None:
    container = build(settings, enqueue_now=lambda _jobs: None, pool=pool)
    asked = text("SHOW statement_timeout")
    for sessions, expected in (
        (container.api_sessions, API),
        (container.search_sessions, SEARCH),
        (container.sessions, limit),  # last: nothing of the others is left on its connection
    ):
        with transaction(sessions) as session:
            assert session.scalar(asked) == expected
    container.engine.dispose()
