"""The steps of an issue's life, and `/v1/schedule`: what goes out next, and what went before."""

from datetime import date
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, Field

from app.api.changes import Change, EtagDep, changes
from app.api.deps import ContainerDep, NowDep, OurClocks, SessionDep, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import LINE, Body, Id, Instant, Out, ShownHour, between, examples, fill
from app.api.issues import ISSUE_EXAMPLE, IssueOut, issue_answer, slugs_by_id
from app.api.plan import PLAN_HASH, PlanHash
from app.api.problems import FindingOut
from app.enums import DayOutcome, InDoubtPolicy, IssueState, Scope
from app.errors import ChecksFailed, Conflict, PlanChanged, WrongState
from app.issues import lifecycle
from app.issues.approval import approve_checked, findings_to_dicts, schedule_approved
from app.issues.listing import Outlook, outlook, past_days
from app.issues.options import CANARY_PERCENT
from app.publication.publication import get_publication
from app.written import MAX_REASON

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["steps"])
schedule_router = ApiRouter(prefix="/v1/schedule", tags=["schedule"])

_Sender = Annotated[Change, changes(Scope.SEND)]


class Times(Body):
    """When and how an issue goes out; without times, at its lane's time on its day."""

    model_config = Body.model_config | examples({"send_at": "2026-04-28T07:00:00Z"})

    send_at: Instant | None = Field(default=None, description="One in the past means now.")
    send_not_after: Instant | None = Field(
        default=None, description="It never starts later; by default `late_seconds` after send_at."
    )
    at_local_hours: Annotated[bool, Field(strict=True)] | None = Field(
        default=None,
        description="Who chose an hour gets it when their clocks next show it, within a day; false "
        "sends it to all at once. null leaves it.",
    )
    canary_percent: Annotated[int, between(CANARY_PERCENT, examples=[10])] | None = Field(
        default=None,
        description="So many of 100 go first, and the others once those did well; at local hours "
        "of each hour's readers. null leaves it.",
    )
    in_doubt_policy: InDoubtPolicy | None = Field(
        default=None, description="What becomes of readers in doubt; null leaves it."
    )

    def options(self) -> dict[str, Any]:
        """Return the options that the request sets for how it goes out."""
        chosen = {"at_local_hours", "canary_percent", "in_doubt_policy"}
        return self.model_dump(include=chosen, exclude_none=True)


class Reason(Body):
    """Why, for your colleagues."""

    model_config = Body.model_config | examples({"because": "a wrong link in the first story"})

    because: Annotated[str, Field(min_length=1, max_length=MAX_REASON, pattern=LINE)]


class Approval(Body):
    """Which plan is approved."""

    model_config = Body.model_config | examples({"plan": PLAN_HASH})

    plan: PlanHash | None = Field(
        default=None,
        description="The `hash` of the plan that somebody looked at: if it is another one by now, "
        "nothing is approved. Needed where `DEVOURED_APPROVE_NEEDS_PLAN` is set.",
    )


class ApprovedOut(IssueOut):
    """The approved issue, and what the checks only warned of."""

    model_config = examples({**ISSUE_EXAMPLE, "findings": []})

    findings: list[FindingOut] = Field(description="What is worth a look all the same.")


@router.post("/approve")
@documents(Conflict, WrongState, PlanChanged, ChecksFailed)
def approve_issue(
    container: ContainerDep,
    issue_id: Id,
    change: _Sender,
    etag: EtagDep,
    body: Approval | None = None,
) -> ApprovedOut:
    """Approve a draft.

    It goes out by itself on its day. Nothing that the checks find may block it: `findings` of the
    problem lists it all. No other issue of its day and lane may be on its way. All that its mails
    are made of is frozen: when a category, the publication or a template changes, it is a draft
    again, and `reopened_because` says why.

    `n_planned` readers would get it now. If there are too many more or fewer at its launch
    (`DEVOURED_AUDIENCE_DRIFT_PERCENT`), it is paused instead.
    """
    plan = None if body is None else body.plan
    checked = approve_checked(*change.by, issue_id, container.check_settings, *change.at, plan=plan)
    findings = [FindingOut.model_validate(one) for one in findings_to_dicts(checked)]
    issue = issue_answer(change.session, checked.issue, etag)
    return ApprovedOut(**issue.model_dump(), findings=findings)


@router.post("/reopen")
@documents(WrongState)
def reopen_issue(
    issue_id: Id, change: Annotated[Change, changes(Scope.EDIT)], etag: EtagDep
) -> IssueOut:
    """Reopen an issue.

    An approved or scheduled one is a draft again.
    """
    issue = lifecycle.reopen(*change.by, issue_id, change.now, expected=change.expected)
    return issue_answer(change.session, issue, etag)


@router.post("/schedule")
@documents(Conflict, WrongState)
def schedule_issue(
    container: ContainerDep,
    issue_id: Id,
    change: _Sender,
    etag: EtagDep,
    clocks: OurClocks,
    body: Times | None = None,
) -> IssueOut:
    """Schedule an issue.

    Gives an approved one its time, or a scheduled one another. 409 where anything that its mails
    are made of has changed since it was approved.
    """
    times = body or Times()
    issue = schedule_approved(
        *change.by,
        issue_id,
        container.check_settings,
        change.now,
        send_at=clocks.read("send_at", times.send_at),
        send_not_after=clocks.read("send_not_after", times.send_not_after),
        options=times.options(),
        expected=change.expected,
    )
    return issue_answer(change.session, issue, etag)


@router.post("/pause")
@documents(WrongState)
def pause_issue(
    issue_id: Id, change: _Sender, etag: EtagDep, body: Reason | None = None
) -> IssueOut:
    """Pause a running issue.

    What is in flight finishes; nothing more is begun.
    """
    because = {} if body is None else {"because": body.because}
    issue = lifecycle.pause(
        change.session, change.actor, issue_id, change.now, expected=change.expected, **because
    )
    return issue_answer(change.session, issue, etag)


@router.post("/resume")
@documents(WrongState)
def resume_issue(issue_id: Id, change: _Sender, etag: EtagDep) -> IssueOut:
    """Resume a paused issue.

    Editions that could not be rendered are tried anew. One that stopped because something had
    changed since it was approved is approved as it was then: `paused_because` names what changed.
    """
    issue = lifecycle.resume(*change.by, issue_id, *change.at)
    return issue_answer(change.session, issue, etag)


@router.post("/cancel")
@documents(WrongState)
def cancel_issue(issue_id: Id, change: _Sender, etag: EtagDep) -> IssueOut:
    """Cancel an issue.

    For good; a running one stops within one call per worker.
    """
    issue = lifecycle.cancel(*change.by, issue_id, *change.at)
    return issue_answer(change.session, issue, etag)


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


class ComingIssue(Out):
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


@schedule_router.get("", dependencies=[needs(Scope.READ)])
def show_schedule(session: SessionDep, now: NowDep) -> ScheduleOut:
    """Show the schedule.

    Each lane's next slot and the issue for it, and what became of the last days.
    """
    slugs = slugs_by_id(session)
    return ScheduleOut(
        time_zone=get_publication(session).time_zone,
        lanes=[_lane(each, slugs) for each in outlook(session, now)],
        days=[
            fill(DayOut, row, category=_slug(slugs, row.category_id))
            for row in past_days(session, N_DAYS)
        ],
    )


def _lane(each: Outlook, slugs: dict[int, str]) -> LaneOut:
    return fill(
        LaneOut,
        each.lane,
        category=_slug(slugs, each.lane.category_id),
        weekdays=sorted(each.lane.weekdays),
        next_day=each.day,
        next_slot=each.slot,
        issue=each.issue,
    )


def _slug(slugs: dict[int, str], category_id: int | None) -> str | None:
    return None if category_id is None else slugs[category_id]
