"""`/v1/account/warm-up`: a ceiling of each day for a new sending domain, which grows."""

from datetime import date
from typing import Annotated, Any, Final

from fastapi import Depends
from pydantic import BaseModel, Field

from app.actors import Actor
from app.api.account import get_allowance
from app.api.deps import NowDep, SessionDep, acts, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import Body, examples
from app.delivery.pace import Allowance
from app.delivery.ramp import FIRST, GROWTH_PERCENT, MOST_DAYS, MOST_FIRST, MOST_GROWTH_PERCENT
from app.delivery.room import room_on
from app.delivery.warm_up import WarmUp, start_warm_up, stop_warm_up, warm_up
from app.enums import Scope
from app.errors import Conflict

router = ApiRouter(prefix="/v1/account/warm-up", tags=["account"])

_EXAMPLE: Final[dict[str, Any]] = {
    "is_going_on": True,
    "begun_on": "2026-04-24",
    "begun_by": "Ada",
    "step": 5,
    "n_days": 30,
    "n_repeats": 0,
    "ceiling": 387,
    "n_free": 387,
    "last": 24000,
}


class WarmUpOut(BaseModel):
    """The warm-up of the sending domain, as it stands today (UTC)."""

    model_config = examples(_EXAMPLE)

    is_going_on: bool = Field(description="Whether today has a ceiling.")
    begun_on: date | None = Field(description="null where none was started, or it was stopped.")
    begun_by: str | None
    step: int | None = Field(description="Which step today is at; beyond `n_days` it is over.")
    n_days: int | None
    n_repeats: int = Field(
        description="Steps that came once more, because a brake had stopped an issue."
    )
    ceiling: int | None = Field(description="How many may be written to today; null for no limit.")
    n_free: int | None = Field(description="How many an issue may have that goes out now.")
    last: int | None = Field(description="The ceiling of its last day.")


class WarmUpBody(Body):
    """How it grows."""

    model_config = Body.model_config | examples({"first": 200, "days": 42})

    first: int = Field(
        default=FIRST, ge=1, le=MOST_FIRST, description="Readers of the first day, today."
    )
    days: Annotated[int, Field(ge=2, le=MOST_DAYS)] | None = Field(
        default=None, description="How many days it takes; null: as many as the growth needs."
    )
    growth_percent: int = Field(
        default=GROWTH_PERCENT,
        ge=1,
        le=MOST_GROWTH_PERCENT,
        description="How much the ceiling grows in a day, where `days` does not say.",
    )


@router.get("", dependencies=[needs(Scope.READ)])
def show_warm_up(session: SessionDep, now: NowDep) -> WarmUpOut:
    """Show the warm-up of the sending domain."""
    return _out(session, warm_up(session, now), now)


@router.post("/start")
@documents(Conflict)
def start(
    allowance: Annotated[Allowance, Depends(get_allowance)],
    actor: Annotated[Actor, acts(Scope.SEND)],
    session: SessionDep,
    now: NowDep,
    body: WarmUpBody | None = None,
) -> WarmUpOut:
    """Start a warm-up of the sending domain.

    Each day of UTC has a ceiling, which grows until all readers are in it, or as many as the
    provider allows in a day. An issue goes to as many as its day has room for, those first whose
    last sign of reading is the newest; the others are left out of it, for the reason `warm_up`.
    """
    asked = (body or WarmUpBody()).model_dump()
    found = start_warm_up(session, actor, now, n_daily=allowance.n_daily, **asked)
    return _out(session, found, now)


@router.post("/stop")
@documents(Conflict)
def stop(actor: Annotated[Actor, acts(Scope.SEND)], session: SessionDep, now: NowDep) -> WarmUpOut:
    """End the warm-up before its last day.

    The next issue goes to all of its readers, and whoever waits for a day with room is written to.
    One that was approved in the warm-up may pause at its launch, for it has more readers now.
    """
    stop_warm_up(session, actor, now)
    return _out(session, None, now)


def _out(session: SessionDep, found: WarmUp | None, now: NowDep) -> WarmUpOut:
    room = None if found is None else room_on(session, now, now)
    ramp = None if found is None else found.ramp
    return WarmUpOut(
        is_going_on=room is not None,
        begun_on=ramp and ramp.begun_on,
        begun_by=found and found.by,
        step=found and found.step,
        n_days=ramp and ramp.n_days,
        n_repeats=0 if ramp is None else ramp.n_repeats,
        ceiling=room and room.ceiling,
        n_free=room and room.n_free,
        last=ramp and ramp.last,
    )
