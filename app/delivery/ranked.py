"""Ranked: who of an Issue's readers get it while the domain is warmed up, the best readers first.

The best are those whose last sign (`readers.signs`, which a test compares) is the newest, for
providers judge a new domain by what its first readers do. Of equals who confirmed later comes
first, then whose id is lower: a plan and the launch choose the same readers.

The SQL text is of CTEs that follow a `WITH`; its values are those of the Waves, `:now`, which is
when the Issue starts, and `room_values`.
"""

from typing import Any, Final

from app.delivery.corrected import MAY_BE_NOTIFIED
from app.delivery.eligibility import IS_DUE
from app.delivery.room import Room
from app.delivery.warm_up import day_of_sql
from app.delivery.waves import EACH_WAVE, WAVE

BEST_FIRST: Final = "w.last_sign_at DESC NULLS LAST, w.confirmed_at DESC NULLS LAST, w.id"

DAY_OF_WAVE: Final = day_of_sql("coalesce({not_before}, :now)")
"""The day of UTC on which somebody is due who is not before an instant."""

# First as many as each day has room for, then of those as many as the Issue may have: so nobody who
# is due on a full day takes a place from somebody else.
_CHOSEN: Final = """
    wanted AS MATERIALIZED (
        SELECT s.id, {depth} AS depth, {cut} AS cut, s.hour, s.confirmed_at,
               greatest(g.last_at, s.confirmed_at) AS last_sign_at, {wave}
        FROM {readers} LEFT JOIN reader_signs g ON g.subscriber_id = s.id
        {each_wave} WHERE {condition}
    ), placed AS (
        SELECT w.*, room.n_places,
               row_number() OVER (PARTITION BY room.day ORDER BY {best_first}) AS place_of_day
        FROM wanted w
        JOIN unnest(CAST(:room_days AS date[]), CAST(:rooms AS bigint[])) AS room (day, n_places)
          ON room.day = {day}
    ), fitting AS (
        SELECT w.*, row_number() OVER (ORDER BY {best_first}) AS place
        FROM placed w WHERE w.n_places IS NULL OR w.place_of_day <= w.n_places
    ), chosen AS MATERIALIZED (
        SELECT id, depth, cut, hour, not_before FROM fitting WHERE place <= :n_left
    )
"""


def _chosen(readers: str, condition: str, *, depth: str, cut: str) -> str:
    return _CHOSEN.format(
        readers=readers,
        condition=condition,
        depth=depth,
        cut=cut,
        wave=WAVE,
        each_wave=EACH_WAVE,
        day=DAY_OF_WAVE.format(not_before="w.not_before"),
        best_first=BEST_FIRST,
    )


CHOSEN: Final = _chosen("subscribers s", IS_DUE, depth="s.depth", cut="s.follows & :mask")
"""The tables `wanted`, all whom an Issue has something for, and `chosen`, those who get it."""

CHOSEN_TO_TELL: Final = _chosen(
    "wrong w JOIN subscribers s ON s.id = w.subscriber_id",
    MAY_BE_NOTIFIED,
    depth="w.depth",
    cut="CAST(:mask AS bigint)",
)
"""The same of a mail about a correction, behind `corrected.WRONG`."""


def room_values(room: Room) -> dict[str, Any]:
    """Return the values of `CHOSEN` that say how many there is room for."""
    return {
        "room_days": list(room.by_day),
        "rooms": list(room.by_day.values()),
        "n_left": room.n_left,
    }
