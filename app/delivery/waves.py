"""Waves: when a reader is due, as SQL text for the large statements and asked of one reader.

A Wave is the first instant, from an issue's time on, at which a reader's clocks show the hour that
they chose: all in it are due at that instant, and at once where it is their hour already. Who chose
none is due at once.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Boolean, bindparam, text
from sqlalchemy.orm import Session

from app.models import Issue
from app.publication.publication import get_publication

WAVE: Final = "CASE WHEN :at_local_hours AND wave.at > :now THEN wave.at END AS not_before"
_EACH_WAVE: Final = """
        CROSS JOIN LATERAL (SELECT coalesce(s.time_zone, :time_zone) AS name) zone
        CROSS JOIN LATERAL (
            SELECT CAST({send_at} AS timestamptz) AT TIME ZONE zone.name AS at
        ) local
        CROSS JOIN LATERAL (
            SELECT CASE WHEN s.hour IS NOT NULL THEN (
                date_trunc('day', local.at)
                + make_interval(days => (s.hour < extract(hour FROM local.at))::int,
                                hours => s.hour::int)
            ) AT TIME ZONE zone.name END AS at
        ) wave
"""
EACH_WAVE: Final = _EACH_WAVE.format(send_at=":send_at")
AT_LOCAL_HOURS: Final = bindparam("at_local_hours", type_=Boolean)

_WAVE_OF: Final = text(
    f"SELECT {WAVE} FROM subscribers s {EACH_WAVE} WHERE s.id = :subscriber_id"  # noqa: S608  # constants
).bindparams(AT_LOCAL_HOURS)
_ARRIVALS: Final = text(
    f"""
    SELECT greatest(slots.at, wave.at) FROM subscribers s
    CROSS JOIN unnest(CAST(:slots AS timestamptz[])) AS slots (at)
    {_EACH_WAVE.format(send_at="slots.at")}
    WHERE s.id = :subscriber_id ORDER BY 1
    """  # noqa: S608  # all are constants
)


def wave_of(session: Session, issue: Issue, subscriber_id: int, now: datetime) -> datetime | None:
    """Return when a reader's Wave would be due, were the Issue launched now; None for at once."""
    values = wave_values(session, issue, now) | {"subscriber_id": subscriber_id, "now": now}
    found: datetime | None = session.execute(_WAVE_OF, values).scalar_one()
    return found


def arrivals(
    session: Session, subscriber_id: int, send_ats: Sequence[datetime]
) -> Sequence[datetime]:
    """Return when Issues of these times reach a reader, at local hours, in order; reads only."""
    values = {
        "subscriber_id": subscriber_id,
        "slots": list(send_ats),
        "time_zone": get_publication(session).time_zone,
    }
    return session.scalars(_ARRIVALS, values).all()


def wave_values(session: Session, issue: Issue, now: datetime) -> dict[str, Any]:
    """Return what a reader's Wave is computed from, beside their own hour and zone."""
    return {
        "at_local_hours": issue.at_local_hours,
        "send_at": issue.send_at or now,
        "time_zone": get_publication(session).time_zone,
    }
