"""The plan of a drill: what is to go wrong and when, the same for the same seed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any, Final, Literal


class Kind(StrEnum):
    """What is done to the service; the first four are `kill -9`."""

    KILL_WORKER = "kill_worker"
    KILL_PARENT = "kill_parent"
    KILL_PROCESS = "kill_process"
    KILL_LISTENER = "kill_listener"
    FREEZE_WORKER = "freeze_worker"
    FREEZE_PROCESS = "freeze_process"
    FLUSH_BROKER = "flush_broker"
    RESTART_BROKER = "restart_broker"
    KILL_BROKER = "kill_broker"
    RESTART_POSTGRES = "restart_postgres"
    KILL_POSTGRES = "kill_postgres"
    POSTGRES_GONE = "postgres_gone"
    POSTGRES_FULL = "postgres_full"
    STOP_WORKER = "stop_worker"
    WITHHOLD_EVENTS = "withhold_events"
    LEAVE = "leave"
    SIGN_UP = "sign_up"


KILLS: Final = frozenset({Kind.KILL_WORKER, Kind.KILL_PARENT, Kind.KILL_PROCESS})
"""The kills of workers, which are what a drill counts: any of them may be amid a call."""


@dataclass(frozen=True, order=True)
class Disturbance:
    """One thing that goes wrong `at` seconds after the send began, for `seconds` if it lasts.

    `draw` from [0, 1) says whom it hits, among those who are there at that moment.
    """

    at: float
    kind: Kind
    draw: float
    seconds: float


@dataclass(frozen=True)
class Scope:
    """How large a drill is; `seconds` is how long its disturbances last, `scale` the protocol's.

    With `n_waves` the readers have so many hours, moved together into that time, and
    `canary_percent` of each go first. `in_doubt` is the issue's policy. With `only_outages`
    PostgreSQL is of no use for a while, once gone and once full, and nothing else goes wrong. With
    `warm_up` the domain is warmed up, and so many of the readers get it.
    """

    n_readers: int
    n_kills: int
    seconds: float
    scale: float
    n_workers: int = 2
    n_waves: int = 0
    canary_percent: int = 0
    transport: Literal["ses", "smtp"] = "ses"
    in_doubt: Literal["hold", "resend"] = "hold"
    only_outages: bool = False
    warm_up: int = 0


_KILLS: Final = ((Kind.KILL_WORKER, 3), (Kind.KILL_PARENT, 1), (Kind.KILL_PROCESS, 4))
_BESIDE: Final = (
    # For this many kills of workers there is one of these.
    (Kind.FREEZE_WORKER, 6),
    (Kind.FREEZE_PROCESS, 4),
    (Kind.FLUSH_BROKER, 12),
    (Kind.RESTART_BROKER, 25),
    (Kind.KILL_BROKER, 25),
    (Kind.RESTART_POSTGRES, 25),
    (Kind.KILL_POSTGRES, 25),
    (Kind.POSTGRES_GONE, 54),
    (Kind.POSTGRES_FULL, 54),
    (Kind.STOP_WORKER, 12),
    (Kind.KILL_LISTENER, 12),
    (Kind.WITHHOLD_EVENTS, 25),
    (Kind.LEAVE, 3),
    (Kind.SIGN_UP, 1),
)

OUTAGES: Final = frozenset({Kind.POSTGRES_GONE, Kind.POSTGRES_FULL})
_OUTAGE_SECONDS: Final = 30.0
"""For so long nothing can be written, or for a sixth of the drill where that is shorter."""
_LAST_OUTAGE: Final = 0.7
"""The part of the drill within which outages begin, so that all of one is in it."""

_CHANCES: Final = {
    "throttle": 0.015,
    "error_before": 0.02,
    "unavailable": 0.015,
    "drop_before": 0.02,
    "partial": 0.03,
    "fewer": 0.01,
    "error_after": 0.02,
    "drop_after": 0.02,
    "hang": 0.02,
    "cut": 0.01,
    "short": 0.01,
    "garbage": 0.01,
}
"""Of all calls a fifth; see `mishaps` of the local SES for what each of them is."""

_SMTP_CHANCES: Final = {
    "busy": 0.005,
    "later": 0.01,
    "never": 0.002,
    "drop_before": 0.01,
    "drop_after": 0.003,
    "hang_after": 0.0005,
    "slow": 0.01,
}
"""Of all messages. The answer is lost of few: each is a reader in doubt whom no event proves."""

_SLOW: Final = 0.4
"""The part of the calls that are answered well but late, so that more of them are under way."""

_IN_HAND: Final = (0.2, 0.6)
"""Seconds that each call takes where it matters that many are under way at any moment."""


def plan(seed: int, scope: Scope) -> list[Disturbance]:
    """Return the disturbances of this seed in order: exactly `n_kills` kills, evenly spread."""
    random = Random(seed)
    if scope.only_outages:
        return sorted(_strewn(random, [Kind.POSTGRES_GONE, Kind.POSTGRES_FULL], scope))
    weights = [weight for _, weight in _KILLS]
    kinds = random.choices([kind for kind, _ in _KILLS], weights, k=scope.n_kills)
    found = [*_strewn(random, kinds, scope)]
    for kind, kills in _BESIDE:
        n = max(1, round(scope.n_kills / kills))
        found += _strewn(random, [kind] * n, scope)
    return sorted(found)


def said(disturbances: list[Disturbance]) -> str:
    """Return a text that says how many there are of each kind."""
    counts = Counter(one.kind for one in disturbances)
    return ", ".join(f"{counts[kind]} {kind.replace('_', ' ')}" for kind in Kind if counts[kind])


def faults(seed: int, scope: Scope) -> dict[str, Any]:
    """Return settings of the local SES that make every fifth call fail, and many slow."""
    if scope.only_outages:
        return {"seed": seed, "chances": {"slow": 1.0}, "slow_seconds": _IN_HAND}
    return {
        "seed": seed,
        "chances": _CHANCES | {"slow": _SLOW},
        "hang_seconds": 60 * scope.scale,
        "slow_seconds": [3 * scope.scale, 9 * scope.scale],
    }


def smtp_faults(seed: int, scope: Scope) -> dict[str, Any]:
    """Return settings of `smtp_inbox` that make some messages fail at the SMTP server."""
    return {
        "seed": seed,
        "chances": {"slow": 0.05} if scope.only_outages else _SMTP_CHANCES,
        "hang_seconds": 90 * scope.scale,
        "slow_seconds": 3 * scope.scale,
    }


def event_knobs(seed: int, scope: Scope, *, withhold: float = 0.0) -> dict[str, Any]:
    """Events that come late, the wrong way round and twice: settings of the local SES."""
    return {
        "seed": seed,
        "delay_seconds": [0, 30 * scope.scale],
        "reorder": 0.2,
        "repeat": 0.1,
        "withhold": withhold,
    }


def _strewn(random: Random, kinds: list[Kind], scope: Scope) -> Iterator[Disturbance]:
    """Yield each kind at a random moment of its own equal part of the time."""
    part = scope.seconds / len(kinds)
    for place, kind in enumerate(kinds):
        at = (place + random.random()) * part * (_LAST_OUTAGE if kind in OUTAGES else 1)
        yield Disturbance(round(at, 2), kind, random.random(), _lasting(random, kind, scope))


def _lasting(random: Random, kind: Kind, scope: Scope) -> float:
    """Seconds: every third freeze outlasts the lease, and every other withholding the doubt."""
    if kind in OUTAGES:
        return min(_OUTAGE_SECONDS, scope.seconds / 6)
    scale = scope.scale
    if kind in {Kind.FREEZE_WORKER, Kind.FREEZE_PROCESS}:
        shortest, longest = random.choice([(5, 30), (30, 120), (130, 240)])
        return round(random.uniform(shortest, longest) * scale, 2)
    if kind is Kind.WITHHOLD_EVENTS:
        shortest, longest = random.choice([(120, 300), (900, 1200)])
        return round(random.uniform(shortest, longest) * scale, 2)
    return 0.0
