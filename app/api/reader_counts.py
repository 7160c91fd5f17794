"""`/v1/subscribers/counts` and `newest`: how many readers there are, and who came and went last."""

from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BaseModel, Field

from app.api.deps import NowDep, SessionDep, needs
from app.api.errors import ApiRouter
from app.api.fields import Limit, examples
from app.api.subscriber_out import SUBSCRIBER_EXAMPLE, SubscriberOut, subscribers_out
from app.enums import Scope, SubscriberState
from app.readers.subscribers import count_readers, newest_joined, newest_left

router = ApiRouter(prefix="/v1/subscribers", tags=["subscribers"])

_COUNTS: Final[dict[str, Any]] = {
    "by_state": {"pending": 12, "active": 9412, "left": 380, "erased": 41},
    "n_paused": 57,
}


class Newest(StrEnum):
    """Who came last, or who went last."""

    JOINED = "joined"
    LEFT = "left"


_LISTS: Final = {Newest.JOINED: newest_joined, Newest.LEFT: newest_left}


class ReaderCountsOut(BaseModel):
    """How many readers there are."""

    model_config = examples(_COUNTS)

    by_state: dict[SubscriberState, int]
    n_paused: int = Field(description="Those of the active who want no issue for now.")


class NewestSubscribers(BaseModel):
    """Readers, the newest first."""

    model_config = examples({"items": [SUBSCRIBER_EXAMPLE]})

    items: list[SubscriberOut]


@router.get("/counts", dependencies=[needs(Scope.PEOPLE)])
def count_subscribers(session: SessionDep, now: NowDep) -> ReaderCountsOut:
    """Count the subscribers.

    By their state; all of them are looked through.
    """
    counts = count_readers(session, now)
    return ReaderCountsOut(by_state=dict(counts.by_state), n_paused=counts.n_paused)


@router.get("/newest", dependencies=[needs(Scope.PEOPLE)])
def list_newest(
    session: SessionDep,
    who: Annotated[
        Newest,
        Query(description="`joined`: who came last and is still here; `left`: who left last."),
    ] = Newest.JOINED,
    limit: Limit = 10,
) -> NewestSubscribers:
    """List who came or went last.

    The newest first.
    """
    rows = _LISTS[who](session, limit)
    return NewestSubscribers(items=subscribers_out(session, rows))
