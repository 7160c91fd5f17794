"""`/v1/issues/{issue_id}/plan`: what sending an issue would do, and the hash to approve it by."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Security
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from app.api.account import Allowance, get_allowance
from app.api.cuts import CUT_EXAMPLE, CutOut, cut_out
from app.api.deps import ContainerDep, NowDep, OurClocks, SessionDep, get_key, needs
from app.api.errors import ApiRouter, BadTemplate, documents
from app.api.fields import (
    After,
    Body,
    Id,
    Instant,
    Limit,
    Out,
    ShownDepth,
    examples,
    fill,
    first_after,
    page_of,
)
from app.api.subscriber_out import subscribers_out
from app.api.subscribers import SubscriberPage
from app.delivery.pace import Allowance as KnownAllowance
from app.delivery.receptions import WhyNot
from app.enums import Depth, Scope
from app.errors import WrongState
from app.issues.plan import Compared, Plan, left_out_of_plan, make_plan
from app.issues.plan_hash import HASH_PATTERN
from app.publication.categories import all_categories

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["steps"])

PLAN_HASH: Final = "5b1e0c7a94d2f3865b1e0c7a94d2f386-0a1b2c3d4e5f60718293a4b5c6d7"
PlanHash = Annotated[str, StringConstraints(pattern=HASH_PATTERN)]

_EXAMPLE: Final[dict[str, Any]] = {
    "issue_id": 7,
    "revision": 3,
    "version": 5,
    "hash": PLAN_HASH,
    "n_readers": 9412,
    "n_before": 9398,
    "previous": {"id": 6, "issued_on": "2026-04-27"},
    "categories": [
        {
            "category": "ai",
            "name": "AI",
            "n_stories": 19,
            "n_readers": 6210,
            "n_before": 9000,
            "depths": [{"depth": "deep", "n_readers": 6210, "n_before": 9000}],
        }
    ],
    "depths": [{"depth": "deep", "n_readers": 9412, "n_before": 9398}],
    "hours": [{"hour": None, "n_readers": 8000}, {"hour": 7, "n_readers": 1412}],
    "waves": [{"at": "2026-04-28T05:00:00Z", "n_readers": 9412}],
    "left_out": [{"why": "paused", "n_readers": 120}],
    "n_wanted": 9412,
    "warm_up": None,
    "n_editions": 18,
    "largest": [CUT_EXAMPLE],
    "allowance": {"rate": 12.6, "n_left": 12000},
    "n_over_quota": 0,
    "account_paused_because": None,
    "starts_at": "2026-04-28T05:00:00Z",
    "ends_at": "2026-04-28T05:12:27Z",
    "changed": [],
    "waits_for_time": False,
}


class PlanBody(Body):
    """When it would start."""

    model_config = Body.model_config | examples({"send_at": "2026-04-28T07:00:00Z"})

    send_at: Instant | None = Field(
        default=None,
        description="One in the past means now; by default when it is scheduled, or its lane "
        "sends on its day.",
    )


class PreviousOut(Out):
    """The issue that this one is compared with."""

    id: int
    issued_on: date


class ComparedOut(Out):
    """Readers of one kind."""

    n_readers: int
    n_before: int | None = Field(
        description="How many the previous issue had; null where it had nothing of this kind."
    )


class PlanDepthOut(ComparedOut):
    """Readers of one depth."""

    depth: ShownDepth


class PlanCategoryOut(ComparedOut):
    """Readers of one of its categories; who follows several is counted in each."""

    category: str
    name: str
    n_stories: int
    depths: list[PlanDepthOut]


class PlanHourOut(BaseModel):
    """Readers who chose an hour."""

    hour: int | None = Field(description="On their own clocks; null: as soon as it starts.")
    n_readers: int


class PlanWaveOut(BaseModel):
    """Readers who are due at one instant."""

    at: AwareDatetime
    n_readers: int


class PlanLeftOut(BaseModel):
    """Readers who would not get it, for one reason."""

    why: WhyNot
    n_readers: int


class PlanWarmUp(Out):
    """The day of the domain's warm-up on which it starts."""

    step: int = Field(description="Which step of the warm-up that day is at, from 1.")
    n_days: int = Field(description="How many steps it has.")
    ceiling: int = Field(description="How many may be written to on that day, by all issues.")


class PlanOut(BaseModel):
    """What would happen if the issue were launched when it starts, as all is now."""

    model_config = examples(_EXAMPLE)

    issue_id: int
    revision: int
    version: int
    hash: PlanHash = Field(
        description="Over its revision, all that its mails are made of, the rule of who gets them "
        "and how they go out; not over the readers themselves. For `approve`."
    )
    n_readers: int
    n_before: int | None = Field(description="How many the previous issue was launched to.")
    previous: PreviousOut | None = Field(description="The last one of its lane that was launched.")
    categories: list[PlanCategoryOut]
    depths: list[PlanDepthOut]
    hours: list[PlanHourOut]
    waves: list[PlanWaveOut] = Field(description="The first is at its start.")
    left_out: list[PlanLeftOut] = Field(
        description="Everybody else, by reason; for a correction's mail those of them who got the "
        "wrong text."
    )
    n_wanted: int = Field(description="How many would get it but for the warm-up of the domain.")
    warm_up: PlanWarmUp | None = Field(
        description="null where the domain is not being warmed up on that day."
    )
    n_editions: int
    largest: list[CutOut] = Field(description="The largest mail of each depth.")
    allowance: Allowance | None = Field(
        description="null while no worker has asked within ten minutes, or nothing limits it."
    )
    n_over_quota: int = Field(description="Readers who wait until the day's quota has room again.")
    account_paused_because: str | None = Field(description="Why nobody at all is written to now.")
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None = Field(
        description="At the present pace; null while that is unknown, or the quota is too small."
    )
    waits_for_time: bool = Field(
        description="Whether an approval alone does not make it start: it is too late for its day, "
        "its lane does not send on that, or it is the mail about a correction."
    )
    changed: list[str] = Field(
        description="What is not as it was approved, which makes it a draft again within seconds; "
        "nothing of a draft."
    )


@router.post("/plan")
@documents(WrongState, BadTemplate)
def plan_issue(
    container: ContainerDep,
    allowance: Annotated[KnownAllowance, Depends(get_allowance)],
    _key: Annotated[object, Security(get_key, scopes=[Scope.READ.value])],
    session: SessionDep,
    now: NowDep,
    issue_id: Id,
    clocks: OurClocks,
    body: PlanBody | None = None,
) -> PlanOut:
    """Plan an issue.

    Says who would get it, who would not and why, in which mails, when, and what changed since the
    last issue. Nothing is written. `approve` takes the `hash`, and refuses it once what was planned
    has changed. All readers are counted: a second for a million.
    """
    send_at = clocks.read("send_at", None if body is None else body.send_at)
    plan = make_plan(session, issue_id, container.check_settings, allowance, now, send_at)
    categories = all_categories(session)
    return fill(
        PlanOut,
        plan,
        **_readers(plan),
        warm_up=None if plan.room is None else fill(PlanWarmUp, plan.room),
        issue_id=plan.issue.id,
        revision=plan.issue.revision,
        version=plan.issue.version,
        largest=[cut_out(one, categories) for one in plan.largest],
        allowance=None if plan.allowance.rate is None else plan.allowance,
        account_paused_because=plan.account_pause and plan.account_pause.because,
    )


@router.get("/left-out", dependencies=[needs(Scope.PEOPLE)])
@documents(WrongState)
def list_left_out(
    session: SessionDep,
    now: NowDep,
    clocks: OurClocks,
    issue_id: Id,
    why: Annotated[
        WhyNot | None, Query(description="Only for this reason, as the plan names it.")
    ] = None,
    send_at: Annotated[
        Instant | None, Query(description="When it would start, as the plan was asked.")
    ] = None,
    limit: Limit = 50,
    after: After = None,
) -> SubscriberPage:
    """List who is left out.

    The readers whom the plan of the issue counts as left out, a page at a time. The fewer there
    are, the longer it takes: a second for a million readers.
    """
    rows = left_out_of_plan(
        session,
        issue_id,
        why,
        now,
        clocks.read("send_at", send_at),
        after=first_after(after),
        limit=limit + 1,
    )
    page, following = page_of(rows, limit, lambda row: row.id)
    return SubscriberPage(items=subscribers_out(session, page), next=following)


def _readers(plan: Plan) -> dict[str, Any]:
    return {
        "n_readers": plan.all.n_readers,
        "n_before": plan.all.n_before,
        "categories": [
            fill(
                PlanCategoryOut,
                one,
                category=one.category.slug,
                name=one.category.name,
                depths=_depths(one.depths),
            )
            for one in plan.categories
        ],
        "depths": _depths(plan.depths),
        "hours": [PlanHourOut(hour=hour, n_readers=n) for hour, n in plan.hours.items()],
        "waves": [PlanWaveOut(at=at, n_readers=n) for at, n in plan.waves.items()],
        "left_out": [PlanLeftOut(why=why, n_readers=n) for why, n in plan.left_out.items()],
    }


def _depths(of_depths: Mapping[Depth, Compared]) -> list[PlanDepthOut]:
    return [fill(PlanDepthOut, one, depth=depth) for depth, one in of_depths.items()]
