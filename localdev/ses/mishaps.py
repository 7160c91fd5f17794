"""What goes wrong on purpose with a call: refused, dropped, answered wrongly, late or not at all.

Each call is dealt at most one mishap, by its number and a seed, so that a run can be repeated.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from localdev.ses.connections import CutOff, Dropped, Late
from localdev.ses.faults import Fault
from localdev.ses.knobs import Chance, Seconds
from localdev.ses.limits import MAX_ENTRIES

Kind = Literal[
    # Before acceptance.
    "throttle",
    "denied",
    "error_before",
    "unavailable",
    "drop_before",
    # In a bulk call: some entries are not accepted; all are, but some go unmentioned.
    "partial",
    "fewer",
    # After acceptance.
    "error_after",
    "drop_after",
    "hang",
    "cut",
    "short",
    "garbage",
    "slow",
]
Operation = Literal["SendEmail", "SendBulkEmail", "GetAccount"]
Status = Literal["TRANSIENT_FAILURE", "FAILED", "ACCOUNT_THROTTLED"]
_REFUSALS: Final[dict[str, tuple[str, str]]] = {
    "throttle": ("TooManyRequestsException", "Maximum sending rate exceeded."),
    "denied": ("AccessDeniedException", "The user is not authorized to perform this action."),
    "error_before": ("InternalServiceErrorException", "Failed before it was accepted."),
    "unavailable": ("ServiceUnavailable", "Service is unavailable."),
}
_BULK_ONLY = frozenset({"partial", "fewer"})
WHOLE: Final[frozenset[Kind]] = frozenset({"partial", "slow"})
"""The kinds whose answer says of each message what became of it."""
_GARBAGE = b"<html><head><title>502 Bad Gateway</title></head></html>"
_ENTRIES, _RESULTS = "BulkEmailEntries", "BulkEmailEntryResults"


class Settings(BaseModel):
    """The settings of `--faults` and `PUT /control/faults`; nothing goes wrong to begin with.

    `script` deals the next calls their mishaps, "none" among them; after it `chances` do, which
    together are at most 1. `hang` answers after `hang_seconds`, `slow` after some of
    `slow_seconds`; `partial` refuses each entry at `partial_share`, and at least one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seed: int = 0
    operations: tuple[Operation, ...] = ("SendEmail", "SendBulkEmail")
    script: tuple[Kind | Literal["none"], ...] = ()
    chances: dict[Kind, Chance] = {}  # pydantic copies it
    hang_seconds: Seconds = 60.0
    slow_seconds: tuple[Seconds, Seconds] = (0.1, 1.0)
    partial_share: Chance = 0.3
    partial_statuses: Annotated[tuple[Status, ...], Field(min_length=1)] = (
        "TRANSIENT_FAILURE",
        "FAILED",
        "ACCOUNT_THROTTLED",
    )

    @model_validator(mode="after")
    def _at_most_one(self) -> Self:
        if sum(self.chances.values()) > 1 + 1e-9:
            raise ValueError("chances: together they are more than 1")
        if self.slow_seconds[0] > self.slow_seconds[1]:
            raise ValueError("slow_seconds: the least is more than the most")
        return self


@dataclass(slots=True)
class Dealer:
    """The settings, how many calls were dealt for under them, and what they were dealt."""

    settings: Settings = field(default_factory=Settings)
    n_calls: int = 0
    dealt: Counter[str] = field(default_factory=Counter)


class Mishap(NamedTuple):
    """What happens to one call; `random` is the call's own."""

    kind: Kind
    settings: Settings
    random: Random


def set_mishaps(dealer: Dealer, settings: Settings) -> None:
    """Begin anew under these settings, with the first call."""
    dealer.settings = settings
    dealer.n_calls = 0
    dealer.dealt.clear()


def deal(dealer: Dealer, operation: str) -> Mishap | None:
    """Return what happens to the next call; None for most, and where it cannot happen to it."""
    settings = dealer.settings
    if not goes_wrong(dealer):
        return None
    if operation not in settings.operations:
        return None
    number = dealer.n_calls
    dealer.n_calls += 1
    random = Random(f"{settings.seed}/{number}")  # noqa: S311  # to be repeated, not to be secret
    kind = _kind(settings, number, random.random())
    if kind is None or (kind in _BULK_ONLY and operation != "SendBulkEmail"):
        return None
    dealer.dealt[kind] += 1
    return Mishap(kind, settings, random)


def goes_wrong(dealer: Dealer) -> bool:
    """Return whether anything is to go wrong."""
    return bool(dealer.settings.chances or dealer.settings.script)


def _kind(settings: Settings, number: int, draw: float) -> Kind | None:
    """Return the mishap that this draw from [0, 1) means for the call with this number, from 0."""
    if number < len(settings.script):
        scripted = settings.script[number]
        return None if scripted == "none" else scripted
    for kind, chance in settings.chances.items():
        draw -= chance
        if draw < 0:
            return kind
    return None


def run(mishap: Mishap, body: bytes, accept: Callable[[bytes], Any]) -> Any:
    """Return the answer of `accept`, changed by this mishap.

    Raises:
        Fault: it refuses the call, or `accept` does.
    """
    if mishap.kind in _REFUSALS:
        raise Fault(*_REFUSALS[mishap.kind])
    if mishap.kind == "partial":
        return _refuse_some(mishap, body, accept)
    value = accept(body)
    if mishap.kind == "fewer":
        results = value[_RESULTS]
        return {_RESULTS: results[: mishap.random.randrange(len(results))]}
    return value


def spoil(mishap: Mishap, answer: Response) -> Response:
    """Return the answer that is sent instead, once the call was accepted."""
    spoiled = _SPOILED.get(mishap.kind)
    return spoiled(mishap, answer) if spoiled else answer


def _error_after(_: Mishap, _answer: Response) -> Response:
    headers = {"x-amzn-ErrorType": "InternalServiceErrorException"}
    body = orjson.dumps({"message": "Failed after it was accepted."})
    return Response(body, 500, headers, "application/json")


def _short(_: Mishap, answer: Response) -> Response:
    return Response(bytes(answer.body[:6]), 200, None, "application/json")


def _slow(mishap: Mishap, answer: Response) -> Response:
    return Late(answer, mishap.random.uniform(*mishap.settings.slow_seconds))


_SPOILED: Final[dict[str, Callable[[Mishap, Response], Response]]] = {
    "error_after": _error_after,
    "drop_after": lambda _mishap, _answer: Dropped(),
    "hang": lambda mishap, answer: Late(answer, mishap.settings.hang_seconds),
    "cut": lambda _, answer: CutOff(answer.body, 200, None, "application/json"),
    "short": _short,
    "garbage": lambda _mishap, _answer: Response(_GARBAGE, 200, None, "text/html"),
    "slow": _slow,
}


def _refuse_some(mishap: Mishap, body: bytes, accept: Callable[[bytes], Any]) -> Any:
    """Return the results of a bulk call whose chosen entries were never looked at."""
    try:
        request = orjson.loads(body)
        entries = request[_ENTRIES]
        n_entries = len(entries)
    except (orjson.JSONDecodeError, TypeError, KeyError):
        n_entries = 0
    if not 1 <= n_entries <= MAX_ENTRIES:
        return accept(body)
    settings, random = mishap.settings, mishap.random
    chosen = {n for n in range(n_entries) if random.random() < settings.partial_share}
    chosen = chosen or {random.randrange(n_entries)}
    kept = [entry for n, entry in enumerate(entries) if n not in chosen]
    accepted = accept(orjson.dumps(request | {_ENTRIES: kept}))[_RESULTS] if kept else []
    rest = iter(accepted)
    statuses = settings.partial_statuses
    return {
        _RESULTS: [
            {"Status": random.choice(statuses), "Error": "On purpose."}
            if n in chosen
            else next(rest)
            for n in range(n_entries)
        ]
    }
