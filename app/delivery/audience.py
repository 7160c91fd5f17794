"""Audience: count who an Issue would go to, when, and who is left out of it and why; only read.

Who may be written to is `delivery.eligibility`, when a reader is due is `delivery.waves`, who of
them gets it while the domain is warmed up is `delivery.ranked`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Boolean, TextClause, bindparam, func, select, text
from sqlalchemy.orm import Session

from app.delivery.corrected import (
    MAY_BE_NOTIFIED,
    WRONG,
    audience_of,
    correction_of_mail,
    wrong_values,
)
from app.delivery.eligibility import IS_DUE, WHY_NOT, is_due
from app.delivery.ranked import BEST_FIRST, CHOSEN, CHOSEN_TO_TELL, room_values
from app.delivery.receptions import WhyNot
from app.delivery.room import Room, room_for_issue
from app.delivery.warm_up import stored_ramp
from app.delivery.waves import EACH_WAVE, WAVE
from app.enums import Depth
from app.models import Correction, Issue, Subscriber
from app.publication.issue_masks import issue_mask
from app.publication.publication import get_publication

# Readers alike are counted before their clocks are asked: there are few kinds of them.
_KINDS: Final = f"""
    SELECT s.follows & :mask AS cut, s.depth, s.hour, s.time_zone, count(*) AS n
    FROM subscribers s WHERE {IS_DUE} GROUP BY 1, 2, 3, 4
"""  # noqa: S608  # constants
_KINDS_TO_TELL: Final = f"""
    SELECT CAST(:mask AS bigint) AS cut, w.depth, s.hour, s.time_zone, count(*) AS n
    FROM wrong w JOIN subscribers s ON s.id = w.subscriber_id
    WHERE {MAY_BE_NOTIFIED} GROUP BY 1, 2, 3, 4
"""  # noqa: S608  # constants
_COUNTED: Final = f"SELECT s.cut, s.depth, s.hour, {WAVE}, s.n FROM kinds s {EACH_WAVE}"  # noqa: S608  # constants
_LOCAL: Final = bindparam("at_local_hours", type_=Boolean)
_COUNT: Final = text(f"WITH kinds AS ({_KINDS}) {_COUNTED}").bindparams(_LOCAL)
_COUNT_TO_TELL: Final = text(f"WITH {WRONG}, kinds AS ({_KINDS_TO_TELL}) {_COUNTED}").bindparams(
    _LOCAL
)
_OF_CHOSEN: Final = """
    SELECT cut, depth, hour, not_before, count(*) FROM chosen GROUP BY 1, 2, 3, 4
"""
_COUNT_CHOSEN: Final = text(f"WITH {CHOSEN} {_OF_CHOSEN}").bindparams(_LOCAL)
_COUNT_CHOSEN_TO_TELL: Final = text(f"WITH {WRONG}, {CHOSEN_TO_TELL} {_OF_CHOSEN}").bindparams(
    _LOCAL
)

_WHY_LEFT_OUT: Final = f"coalesce({WHY_NOT}, 'nothing_to_read')"
_WHY_NOT_TOLD: Final = f"""
    coalesce({WHY_NOT}, CASE WHEN w.state = 'in_doubt' THEN 'in_doubt' ELSE 'suppressed' END)
"""
_LEFT_OUT: Final = f"FROM subscribers s WHERE NOT ({IS_DUE})"
_NOT_TOLD: Final = f"""
    FROM wrong w JOIN subscribers s ON s.id = w.subscriber_id WHERE NOT ({MAY_BE_NOTIFIED})
"""
_COUNT_LEFT_OUT: Final = text(f"SELECT {_WHY_LEFT_OUT}, count(*) {_LEFT_OUT} GROUP BY 1")
_COUNT_NOT_TOLD: Final = text(
    f"WITH {WRONG} SELECT {_WHY_NOT_TOLD}, count(*) {_NOT_TOLD} GROUP BY 1"
)
_ASKED: Final = "(CAST(:why AS text) IS NULL OR :why ="
_PAGE: Final = "AND s.id > :after ORDER BY s.id LIMIT :limit"
_LIST_LEFT_OUT: Final = text(f"SELECT s.* {_LEFT_OUT} AND {_ASKED} {_WHY_LEFT_OUT}) {_PAGE}")
_LIST_NOT_TOLD: Final = text(
    f"WITH {WRONG} SELECT s.* {_NOT_TOLD} AND {_ASKED} {_WHY_NOT_TOLD}) {_PAGE}"
)
_BEYOND: Final = "beyond AS MATERIALIZED (SELECT id FROM wanted EXCEPT SELECT id FROM chosen)"


def _list_in_warm_up(tables: str, readers: str, condition: str, why: str) -> TextClause:
    """Return the statement that lists who is left out, those beyond the ceiling among them."""
    why = f"CASE WHEN beyond.id IS NOT NULL THEN 'warm_up' ELSE {why} END"
    return text(
        f"""
        WITH {tables}, {_BEYOND} SELECT s.* FROM {readers} LEFT JOIN beyond ON beyond.id = s.id
        WHERE (beyond.id IS NOT NULL OR NOT ({condition})) AND {_ASKED} {why}) {_PAGE}
        """  # noqa: S608  # constants
    ).bindparams(_LOCAL)


_LIST_IN_WARM_UP: Final = _list_in_warm_up(CHOSEN, "subscribers s", IS_DUE, _WHY_LEFT_OUT)
_LIST_NOT_TOLD_IN_WARM_UP: Final = _list_in_warm_up(
    f"{WRONG}, {CHOSEN_TO_TELL}",
    "wrong w JOIN subscribers s ON s.id = w.subscriber_id",
    MAY_BE_NOTIFIED,
    _WHY_NOT_TOLD,
)


@dataclass(frozen=True)
class Readers:
    """So many readers of one cut, who chose the same hour and are due at the same instant.

    `follows` are the cut's categories as bits; `hour` is on their own clocks, None for who chose
    none; `due_at` is None for who is due as soon as the Issue starts.
    """

    follows: int
    depth: Depth
    hour: int | None
    due_at: datetime | None
    n: int


@dataclass(frozen=True)
class Due:
    """How many get an Issue, and how many more would but for the warm-up of the domain.

    That is None outside of one.
    """

    n: int
    n_beyond_warm_up: int | None


def count_audience(
    session: Session, issue: Issue, starts_at: datetime, room: Room | None
) -> list[Readers]:
    """Return who would get the Issue if it were launched at `starts_at`, as readers are now.

    `room` is what the warm-up of the domain leaves for it (`room.room_for_issue`).
    """
    correction = correction_of_mail(session, issue)
    values = _values(session, issue, starts_at, room)
    statement = _COUNT if room is None else _COUNT_CHOSEN
    if correction is not None:
        statement = _COUNT_TO_TELL if room is None else _COUNT_CHOSEN_TO_TELL
        values |= wrong_values(session, correction)
    rows = session.execute(statement, values)
    return [Readers(follows, Depth(depth), *rest) for follows, depth, *rest in rows]


def count_left_out(session: Session, issue: Issue, starts_at: datetime) -> dict[WhyNot, int]:
    """Count by reason who would not get it; of a correction's mail among those who got it wrong.

    Who is beyond the ceiling of a warm-up is not among them.
    """
    statement, values = _of_left_out(session, issue, starts_at, _COUNT_LEFT_OUT, _COUNT_NOT_TOLD)
    rows = sorted(session.execute(statement, values), key=lambda row: -row[1])
    return {WhyNot(why): n for why, n in rows}


def list_left_out(
    session: Session,
    issue: Issue,
    starts_at: datetime,
    why: WhyNot | None,
    *,
    after: int,
    limit: int,
    room: Room | None,
) -> Sequence[Subscriber]:
    """Return at most `limit` of those whom a plan counts as left out for a reason, or for any.

    They are in the order of their ids, and have one above `after`. Where few are left out so, all
    readers are looked through.
    """
    statements = _LIST_LEFT_OUT, _LIST_NOT_TOLD
    if room is not None:
        statements = _LIST_IN_WARM_UP, _LIST_NOT_TOLD_IN_WARM_UP
    statement, values = _of_left_out(session, issue, starts_at, *statements)
    values |= _values(session, issue, starts_at, room)
    values |= {"why": why and why.value, "after": after, "limit": limit}
    return session.scalars(select(Subscriber).from_statement(statement), values).all()


def _of_left_out(
    session: Session,
    issue: Issue,
    starts_at: datetime,
    ordinary: TextClause,
    correcting: TextClause,
) -> tuple[TextClause, dict[str, Any]]:
    """Return the one of two statements that is for this Issue, with its values."""
    correction = correction_of_mail(session, issue)
    if correction is None:
        return ordinary, {"mask": issue_mask(session, issue.id), "now": starts_at}
    return correcting, {"now": starts_at} | wrong_values(session, correction)


def count_due(session: Session, issue: Issue, starts_at: datetime, now: datetime) -> Due:
    """Return how many readers the Issue would go to if it were launched at `starts_at`."""
    n_wanted = count_wanted(session, issue, starts_at)
    room = room_for_issue(session, issue, starts_at, now)
    if room is None:
        return Due(n_wanted, None)
    n = sum(one.n for one in count_audience(session, issue, starts_at, room))
    return Due(n, max(0, n_wanted - n))


def count_wanted(session: Session, issue: Issue, starts_at: datetime) -> int:
    """Return how many readers the Issue has something for, whatever a warm-up leaves."""
    correction: Correction | None = correction_of_mail(session, issue)
    if correction is not None:
        return audience_of(session, correction, starts_at).n_to_tell
    due = is_due(issue_mask(session, issue.id), starts_at)
    return session.scalar(select(func.count()).select_from(Subscriber).where(due)) or 0


def audience_rule(session: Session, issue: Issue) -> Sequence[object]:
    """Return all that decides who gets an Issue, but the readers themselves: for a plan's hash."""
    correction = correction_of_mail(session, issue)
    told = None if correction is None else (MAY_BE_NOTIFIED, correction.id, correction.revision)
    ramp = stored_ramp(session)
    rule = (IS_DUE, issue_mask(session, issue.id), told)
    return rule if ramp is None else (*rule, BEST_FIRST, ramp)


def _values(
    session: Session, issue: Issue, starts_at: datetime, room: Room | None
) -> dict[str, Any]:
    """Return what an audience is counted by, but for that of a correction's mail."""
    return {
        "mask": issue_mask(session, issue.id),
        "at_local_hours": issue.at_local_hours,
        "send_at": starts_at,
        "now": starts_at,
        "time_zone": get_publication(session).time_zone,
        **({} if room is None else room_values(room)),
    }
