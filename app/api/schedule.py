"""`/v1/schedule`: what goes out next on each lane, and what became of the last days."""

from datetime import date
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, Field

from app.api.deps import NowDep, SessionDep, needs
from app.api.errors import ApiRouter
from app.api.fields import ShownHour, examples
from app.api.issues import slugs_by_id
from app.enums import DayOutcome, IssueState, Scope
from app.issues.listing import Outlook, outlook, past_days
from app.models import Issue
from app.publication.publication import get_publication

router = ApiRouter(prefix="/v1/schedule", tags=["schedule"])

N_DAYS: Final = 30
_EXAMPLE: Final[dict[str, Any]] = {
    "time_zone": "Europe/Vienna",
    "lanes": [
        {
            "category": None,
            "name": "Devoured",
            "send_time": "07:00",
            "weekdays": [1, 2, 3, 4, 5],
            "next_day": "2026-04-28",
            "next_slot": "2026-04-28T05:00:00Z",
            "issue": {"id": 7, "state": "approved", "send_at": None},
        }
    ],
    "days": [
        {
            "day": "2026-04-27",
            "category": None,
            "outcome": "launched",
            "issue_id": 6,
            "noted_at": "2026-04-27T05:00:02Z",
        }
    ],
}


class ComingIssue(BaseModel):
    """The issue of a lane's next day; a draft does not go out by itself."""

    id: int
    state: IssueState
    send_at: AwareDatetime | None


class LaneOut(BaseModel):
    """When issues of one kind go out."""

    category: str | None = Field(description="The slug; null for combined issues.")
    name: str
    send_time: ShownHour
    weekdays: list[int]
    next_day: date | None = Field(description="null for a lane without weekdays.")
    next_slot: AwareDatetime | None
    issue: ComingIssue | None = Field(description="null: there is none for that day yet.")


class DayOut(BaseModel):
    """What became of a day of a lane."""

    day: date
    category: str | None
    outcome: DayOutcome
    issue_id: int | None
    noted_at: AwareDatetime


class ScheduleOut(BaseModel):
    """Ahead and behind."""

    model_config = examples(_EXAMPLE)

    time_zone: str
    lanes: list[LaneOut] = Field(description="The publication's first.")
    days: list[DayOut] = Field(description=f"The last {N_DAYS} entries, latest first.")


@router.get("", dependencies=[needs(Scope.READ)])
def show_schedule(session: SessionDep, now: NowDep) -> ScheduleOut:
    """Show the schedule.

    Each lane's next slot and the issue for it, and what became of the last days.
    """
    slugs = slugs_by_id(session)
    return ScheduleOut(
        time_zone=get_publication(session).time_zone,
        lanes=[_lane(each, slugs) for each in outlook(session, now)],
        days=[
            DayOut(
                day=row.day,
                category=slugs[row.category_id] if row.category_id is not None else None,
                outcome=row.outcome,
                issue_id=row.issue_id,
                noted_at=row.noted_at,
            )
            for row in past_days(session, N_DAYS)
        ],
    )


def _lane(each: Outlook, slugs: dict[int, str]) -> LaneOut:
    lane = each.lane
    return LaneOut(
        category=slugs[lane.category_id] if lane.category_id is not None else None,
        name=lane.name,
        send_time=lane.send_time,
        weekdays=sorted(lane.weekdays),
        next_day=each.day,
        next_slot=each.slot,
        issue=_coming(each.issue),
    )


def _coming(issue: Issue | None) -> ComingIssue | None:
    if issue is None:
        return None
    return ComingIssue(id=issue.id, state=issue.state, send_at=issue.send_at)
