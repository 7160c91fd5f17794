"""`/v1/account` and `/v1/setbacks`: whether mail may be sent, what is allowed, and what fails."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Security
from pydantic import AwareDatetime, BaseModel, Field
from redis import Redis
from sqlalchemy.orm import Session

from app.actors import Actor
from app.api.deps import ContainerDep, NowDep, OurClocks, SessionDep, acts, get_key, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import LINE, Body, Instant, Out, examples, fill
from app.delivery.account import AccountPause, account_pause, pause_account, resume_account
from app.delivery.alone import list_setbacks
from app.delivery.epoch import (
    EpochState,
    Known,
    Marks,
    epoch_state,
    known_epoch,
    read_marks_now,
    refuse_if_behind,
    standing,
)
from app.delivery.pace import Allowance as KnownAllowance
from app.delivery.pace import known_allowance
from app.enums import Scope
from app.errors import FieldError, InvalidInput, WrongState
from app.written import MAX_REASON

router = ApiRouter(prefix="/v1/account", tags=["account"])
setbacks_router = ApiRouter(prefix="/v1/setbacks", tags=["account"])

_VALKEY_SECONDS: Final = 1.0
_PAUSE: Final[dict[str, Any]] = {
    "is_paused": True,
    "paused_because": "quota",
    "paused_until": "2026-04-29T05:00:12Z",
    "ends_by_itself": True,
}

_EPOCH: Final[dict[str, Any]] = {
    "standing": "kept",
    "places": [
        {"place": "folder", "standing": "kept", "error": None},
        {"place": "valkey", "standing": "missing", "error": None},
    ],
}


class PauseOut(BaseModel):
    """Whether anybody is written to at all."""

    model_config = examples(_PAUSE)

    is_paused: bool
    paused_because: str | None = Field(
        description="`quota` where the day is used up, else what somebody or SES said."
    )
    paused_until: AwareDatetime | None = Field(
        description="null while paused: until somebody resumes it."
    )
    ends_by_itself: bool = Field(
        description="Whether it goes on as soon as SES has room again; a person's pause does not."
    )


class Allowance(Out):
    """What the provider allows, as the workers last asked it."""

    rate: float = Field(description="Recipients per second that the workers keep to together.")
    n_left: int | None = Field(description="How many more within 24 hours; null for no limit.")
    n_daily: int | None = Field(
        description="How many it allows within 24 hours at all; null for no limit."
    )


class PlaceOut(BaseModel):
    """A place outside the database that keeps how far it has sent."""

    place: str = Field(description="`folder`, `valkey` or `bucket`.")
    standing: EpochState
    error: str | None = Field(description="Why it did not answer.")


class SendEpochOut(BaseModel):
    """Whether this database knows of everything that was sent from it."""

    standing: EpochState = Field(
        description="`older` and `missing` hold the account until `restored` was run; while it is "
        "`unreachable` nothing is sent."
    )
    places: list[PlaceOut]


class AccountOut(PauseOut):
    """The sending account."""

    model_config = examples(
        {
            **_PAUSE,
            "allowance": {"rate": 12.6, "n_left": 0, "n_daily": 50000},
            "quota_unknown_because": None,
            "send_epoch": _EPOCH,
        }
    )

    allowance: Allowance | None = Field(
        description="null while no worker has asked within ten minutes, or nothing limits it."
    )
    quota_unknown_because: str | None = Field(
        description="Why the provider's own quota is not known, such as a missing permission. "
        "Then `DEVOURED_MAX_RATE` is the rate, or one a second where that is not set."
    )
    send_epoch: SendEpochOut


class AccountPauseBody(Body):
    """Why, and for how long."""

    model_config = Body.model_config | examples({"because": "the domain is being moved"})

    because: Annotated[str, Field(min_length=1, max_length=MAX_REASON, pattern=LINE)] = (
        "paused by hand"
    )
    until: Instant | None = Field(default=None, description="null: until somebody resumes it.")


def get_allowance(container: ContainerDep) -> KnownAllowance:
    """Return what Valkey knows of the account; asked before the request's transaction begins."""
    url = container.settings.redis_url
    with Redis.from_url(
        url, socket_timeout=_VALKEY_SECONDS, socket_connect_timeout=_VALKEY_SECONDS
    ) as valkey:
        return known_allowance(valkey)


def get_marks(container: ContainerDep) -> Marks:
    """Return how far it has sent, as the places outside the database say.

    They are asked before the request's transaction begins.
    """
    return read_marks_now(container.sessions, container.places)


Outside = Annotated[Marks, Depends(get_marks)]


# The key stands behind what is asked elsewhere: checking it is what begins the transaction.
@router.get("")
def show_account(
    allowance: Annotated[KnownAllowance, Depends(get_allowance)],
    outside: Outside,
    _key: Annotated[object, Security(get_key, scopes=[Scope.READ.value])],
    session: SessionDep,
    now: NowDep,
) -> AccountOut:
    """Show the account.

    Whether it is paused, why, what the provider allowed when a worker last asked it, and whether
    the database is older than what was sent from it.
    """
    allowance_out = None if allowance.rate is None else Allowance.model_validate(allowance)
    return AccountOut(
        **_pause(session, now).model_dump(),
        allowance=allowance_out,
        quota_unknown_because=allowance.unknown_because,
        send_epoch=_epoch(known_epoch(session), outside),
    )


@router.post("/pause")
def pause_sending(
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, acts(Scope.SEND)],
    clocks: OurClocks,
    body: AccountPauseBody | None = None,
) -> PauseOut:
    """Pause all sending.

    Nobody is written to, of any issue; what is in flight finishes. Of two pauses the longer one
    holds, with its reason.
    """
    asked = body or AccountPauseBody()
    until = clocks.read("until", asked.until)
    if until is not None and until <= now:
        raise InvalidInput(
            "A pause must end in the future.", [FieldError("/until", "has passed already")]
        )
    pause_account(session, actor, asked.because, now, until)
    session.flush()
    return _pause(session, now)


@router.post("/resume")
@documents(WrongState)
def resume_sending(
    outside: Outside, actor: Annotated[Actor, acts(Scope.SEND)], session: SessionDep, now: NowDep
) -> PauseOut:
    """Resume all sending.

    Whatever paused it: look at the reason first. Refused while the database is older than what was
    sent from it.
    """
    refuse_if_behind(session, outside)
    resume_account(session, actor, now)
    return _pause(session, now)


def _pause(session: Session, now: datetime) -> PauseOut:
    return pause_out(account_pause(session, now))


def pause_out(pause: AccountPause | None) -> PauseOut:
    """Return the answer that shows the account's pause, or that there is none."""
    if pause is None:
        return PauseOut(
            is_paused=False, paused_because=None, paused_until=None, ends_by_itself=False
        )
    return PauseOut(
        is_paused=True,
        paused_because=pause.because,
        paused_until=pause.until,
        ends_by_itself=pause.is_quota,
    )


def _epoch(known: Known, outside: Marks) -> SendEpochOut:
    return SendEpochOut(
        standing=standing(known, outside),
        places=[fill(PlaceOut, mark, standing=epoch_state(known, mark)) for mark in outside.marks],
    )


class SetbackOut(Out):
    """A part of the service's own work that failed each time since `first_at`."""

    model_config = examples(
        {
            "what": "tidy: events",
            "reason": "ForeignKeyViolation: update or delete on table violates a constraint",
            "n_times": 3,
            "first_at": "2026-04-28T05:00:00Z",
            "last_at": "2026-04-28T07:00:00Z",
        }
    )

    what: str = Field(description="The task, and its part.")
    reason: str
    n_times: int
    first_at: AwareDatetime
    last_at: AwareDatetime


class Setbacks(BaseModel):
    """All that fails just now, the oldest first."""

    model_config = examples({"items": []})

    items: list[SetbackOut]


@setbacks_router.get("", dependencies=[needs(Scope.READ)])
def show_setbacks(session: SessionDep) -> Setbacks:
    """Show setbacks.

    Parts of the service's own work, such as forgetting what is old, that fail just now. Each is
    tried again by itself, and gone from here once it works. What fails for one issue, import,
    letter or event is said there instead.
    """
    return Setbacks(items=[SetbackOut.model_validate(row) for row in list_setbacks(session)])
