"""`/v1/today`: all that whoever runs the day wants to know at a glance."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.orm import Session

from app.api.account import PauseOut, pause_out
from app.api.deps import ContainerDep, NowDep, SessionDep, needs
from app.api.errors import ApiRouter
from app.api.fields import Out, examples, fill
from app.api.problems import FINDING_EXAMPLE, FindingOut
from app.api.progress import COUNTS_EXAMPLE, CountsOut, counts_out
from app.container import Container
from app.enums import DeliveryState, IssueState, Scope
from app.events.silence import silent_since
from app.issues import today
from app.issues.approval import finding_to_dict
from app.issues.checks.finding import Finding
from app.issues.listing import ComingDay
from app.issues.results import Result, result_of
from app.models import Issue
from app.publication.publication import get_publication

router = ApiRouter(prefix="/v1/today", tags=["today"])

_NEXT: Final[dict[str, Any]] = {
    "day": "2026-04-28",
    "at": "2026-04-28T05:00:00Z",
    "issue_id": 7,
    "state": "draft",
    "n_stories": 22,
    "n_readers": 9412,
    "n_cuts": 18,
    "blocking": [FINDING_EXAMPLE],
    "links": [],
}
_LAST: Final[dict[str, Any]] = {
    "issue_id": 6,
    "issued_on": "2026-04-27",
    "sent_at": "2026-04-27T05:11:09Z",
    "is_yesterdays": True,
    "n_due": 9410,
    "settled": {"delivered": 9398, "bounced": 12},
    "n_left": 3,
    "most_read": {
        "story_id": 31,
        "title": "A compiler that explains itself",
        "n": 1692,
        "share": 0.18,
    },
}
_NEEDS: Final[dict[str, Any]] = {
    "doubts": [{"issue_id": 6, "n": 4}],
    "unplaced": [{"issue_id": 7, "n": 6}],
    "stale": [],
    "reopened": [],
    "account": {
        "is_paused": False,
        "paused_because": None,
        "paused_until": None,
        "ends_by_itself": False,
    },
    "events_silent_since": None,
    "n_setbacks": 0,
}
_EXAMPLE: Final[dict[str, Any]] = {
    "time_zone": "Europe/Vienna",
    "next": _NEXT,
    "going_out": [COUNTS_EXAMPLE],
    "last": _LAST,
    "needs": _NEEDS,
    "days": [
        {
            "day": "2026-04-28",
            "at": "2026-04-28T05:00:00Z",
            "is_empty": False,
            "issues": [{"id": 7, "state": "draft"}],
        }
    ],
}


class NextOut(BaseModel):
    """What goes out next."""

    day: date
    at: AwareDatetime = Field(description="Passed already: it should have gone out.")
    issue_id: int | None = Field(description="null: there is no issue for that day yet.")
    state: IssueState | None
    n_stories: int
    n_readers: int = Field(description="Who would get it now.")
    n_cuts: int
    blocking: list[FindingOut] = Field(description="What a draft cannot be approved with.")
    links: list[FindingOut] = Field(description="Its links that may fail and nobody waived.")


class MostReadOut(BaseModel):
    """The story whose links most people followed."""

    story_id: int
    title: str
    n: int = Field(description="Readers; clicks where the publication does not keep them apart.")
    share: float | None = Field(description="Of those who have the issue; null for clicks.")


class LastOut(BaseModel):
    """How the last issue went."""

    issue_id: int
    issued_on: date
    sent_at: AwareDatetime | None
    is_yesterdays: bool
    n_due: int
    settled: dict[DeliveryState, int] = Field(description="Readers by what became of them.")
    n_left: int = Field(description="Readers who left within a day of its launch.")
    most_read: MostReadOut | None = Field(description="null while no click was counted.")


class OfIssue(BaseModel):
    """An issue, and how many of something it has."""

    issue_id: int
    n: int


class NeedsOut(BaseModel):
    """What needs a person."""

    doubts: list[OfIssue] = Field(description="Readers of whom nobody knows whether they got it.")
    unplaced: list[OfIssue] = Field(description="Lines of drafts that no field took.")
    stale: list[int] = Field(description="Approved issues that it is too late for.")
    reopened: list[int] = Field(description="Drafts again, because something changed.")
    account: PauseOut
    events_silent_since: AwareDatetime | None = Field(
        description="Since when no event comes although mails are accepted; null while they do."
    )
    n_setbacks: int = Field(description="See `/v1/setbacks`.")


class DayIssue(Out):
    """An issue of a day."""

    id: int
    state: IssueState


class ComingDayOut(BaseModel):
    """A day ahead."""

    day: date
    at: AwareDatetime | None = Field(description="null: the publication does not send that day.")
    is_empty: bool = Field(description="It sends, and there is nothing to send.")
    issues: list[DayIssue]


class TodayOut(BaseModel):
    """All that there is to see at a glance."""

    model_config = examples(_EXAMPLE)

    time_zone: str = Field(description="The publication's.")
    next: NextOut | None
    going_out: list[CountsOut] = Field(description="Being sent, or paused.")
    last: LastOut | None = Field(description="The last issue that was sent.")
    needs: NeedsOut
    days: list[ComingDayOut] = Field(description="The next two weeks, today first.")


@router.get("", dependencies=[needs(Scope.READ)])
def show_today(container: ContainerDep, session: SessionDep, now: NowDep) -> TodayOut:
    """Show today.

    What goes out next and what is missing for it, what is going out, how the last issue went and
    what needs a person. All readers are counted for it: about a second for a million.
    """
    seen = today.look(session, now)
    return TodayOut(
        time_zone=get_publication(session).time_zone,
        next=_next(container, session, seen.next, now),
        going_out=[counts_out(session, issue, now) for issue in seen.going_out],
        last=_last(seen.last, seen, result_of(session, seen.last, now)) if seen.last else None,
        needs=_needs(container, session, now),
        days=[_day(one) for one in seen.days],
    )


def _next(
    container: Container, session: Session, coming: today.Next | None, now: datetime
) -> NextOut | None:
    if coming is None:
        return None
    issue = coming.issue
    n_readers, n_cuts = today.readers_of(session, issue, now) if issue else (0, 0)
    settings = container.check_settings
    found = today.findings_of(session, issue, settings, now) if issue else today.Found((), ())
    return fill(
        NextOut,
        coming,
        issue_id=issue.id if issue else None,
        state=issue.state if issue else None,
        n_stories=sum(n for _, n in coming.n_stories),
        n_readers=n_readers,
        n_cuts=n_cuts,
        blocking=[_finding(one) for one in found.blocking],
        links=[_finding(one) for one in found.links],
    )


def _finding(found: Finding) -> FindingOut:
    return FindingOut.model_validate(finding_to_dict(found, None))


def _last(issue: Issue, seen: today.Today, result: Result) -> LastOut:
    most = result.most_read
    return fill(
        LastOut,
        issue,
        issue_id=issue.id,
        is_yesterdays=seen.is_yesterdays,
        n_due=result.progress.n_due,
        settled=result.progress.settled,
        n_left=result.n_left,
        most_read=most and fill(MostReadOut, most, story_id=most.story.id, title=most.story.title),
    )


def _needs(container: Container, session: Session, now: datetime) -> NeedsOut:
    wanted = today.needs(session, now)
    return NeedsOut(
        doubts=[OfIssue(issue_id=issue.id, n=n) for issue, n in wanted.doubts],
        unplaced=[OfIssue(issue_id=issue.id, n=n) for issue, n in wanted.unplaced],
        stale=_ids(wanted.stale),
        reopened=_ids(wanted.reopened),
        account=pause_out(wanted.pause),
        events_silent_since=silent_since(session, container.settings, now),
        n_setbacks=len(wanted.setbacks),
    )


def _ids(issues: Sequence[Issue]) -> list[int]:
    return [issue.id for issue in issues]


def _day(one: ComingDay) -> ComingDayOut:
    issues = [DayIssue.model_validate(issue) for issue in one.issues]
    return fill(ComingDayOut, one, at=one.slot, issues=issues)
