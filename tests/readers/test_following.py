"""How many readers follow each category, counted from an index alone."""

import random
from typing import Any

from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from app.enums import SubscriberState
from app.models import Category
from app.readers.following import count_followers
from tests.factories import make_category, make_subscriber


def _categories(session: Session) -> list[Category]:
    """Make categories of the first bits and of the last."""
    made = [make_category(session, slug) for slug in ("ai", "devops", "data")]
    made[2].bit = 62
    session.flush()
    return made


def test_active_readers_are_counted_for_each_category(session: Session) -> None:
    made = _categories(session)
    chance = random.Random(7)
    chosen = [
        (chance.choice(list(SubscriberState)), chance.sample(made, chance.randrange(4)))
        for _ in range(40)
    ]
    for state, follows in chosen:
        make_subscriber(session, state=state, follows=sum(one.mask for one in follows))
    wanted = {
        one.slug: sum(state == "active" and one in follows for state, follows in chosen)
        for one in made
    }
    assert count_followers(session, made) == wanted
    assert count_followers(session, made[2:]) == {"data": wanted["data"]}
    assert count_followers(session, []) == {}


def test_category_that_nobody_follows_has_none(session: Session) -> None:
    assert count_followers(session, _categories(session)) == {"ai": 0, "devops": 0, "data": 0}


def test_count_reads_an_index_and_no_row(session: Session, engine: Engine) -> None:
    made = _categories(session)
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    count_followers(session, made)
    event.remove(engine, "before_cursor_execute", note)
    # A table of a few rows would be read whole.
    for way in ("seqscan", "bitmapscan"):
        session.execute(text(f"SET LOCAL enable_{way} = off"))
    statement, values = asked[-1]
    told = session.connection().exec_driver_sql(f"EXPLAIN {statement}", values).scalars().all()
    assert any("Index Only Scan using ix_subscribers_follows" in line for line in told), told
