"""What looks for a column's writers finds them in any form."""

from typing import Final

import pytest

from tests.writes import Column, writes

_STATE: Final = Column("subscribers", "Subscriber", "state", "SubscriberState", ("reader",))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("q = 'UPDATE subscribers SET left_at = now(), state = \\'left\\''", "left"),
        ("q = 'update only public.subscribers s set (a, state) = (1, x) where true'", "x"),
        ("q = f'UPDATE {table} SET state = {value}'", "…"),
        ("q = 'UPDATE ' + table + ' SET state = 5 WHERE id = 1'", "5"),
        ("q = 'INSERT INTO subscribers (id, state)' ' VALUES (1, 7)'", "7"),
        ("q = ('insert  into' \n f' subscribers (state) select {x} from y')", "select …"),
        ("q = 'INSERT INTO subscribers VALUES (1, 7)'", "7"),
        ("q = 'INSERT INTO subscribers (id) VALUES (1) ON CONFLICT DO UPDATE SET state = 3'", "3"),
        ("q = 'MERGE INTO subscribers USING x ON a WHEN MATCHED THEN UPDATE SET state = 3'", "3"),
        ("q = 'COPY subscribers FROM STDIN'", "STDIN"),
        ("q = text('UPDATE subscribers SET state = :left').bindparams(left=1)", ":left"),
        ("reader.state = whatever", "whatever"),
        ("anybody.state = SubscriberState.LEFT", "LEFT"),
        ("def f(a):\n    a.state, a.x = SubscriberState.LEFT, 1", "LEFT"),
        ("setattr(anybody, 'state', SubscriberState.LEFT)", "LEFT"),
        ("session.add(Subscriber(id=1, state=x))", "x"),
        ("insert(Subscriber).values(state=x)", "x"),
        ("if a:\n    run(update(models.Subscriber).where(b).values({'state': x}))", "x"),
        ("update(Subscriber).values({Subscriber.state: x}).returning(a)", "x"),
        ("update(Subscriber).values(**changes)", "changes"),
        ("insert(Subscriber).values(rows)", "rows"),
    ],
)
def test_writer_is_found_once_in_any_form(source: str, expected: str) -> None:
    (found,) = writes(source, _STATE)
    assert expected in found


@pytest.mark.parametrize(
    "source",
    [
        "q = 'SELECT state FROM subscribers WHERE state = 1'",
        "q = 'UPDATE subscribers SET follows = 1 WHERE state = 2'",
        "q = 'UPDATE subscribers_of SET state = 1'",
        "q = 'INSERT INTO subscribers (id) SELECT state FROM x'",
        "q = 'DELETE FROM subscribers WHERE state = 1'",
        "reader.state == x",
        "issue.state = IssueState.SENT",
        "update(Issue).values(state=x)",
        "update(Subscriber).where(Subscriber.state == x).values(follows=1)",
        "session.get(Subscriber, 1)",
    ],
)
def test_reading_is_no_writing(source: str) -> None:
    assert writes(source, _STATE) == []
