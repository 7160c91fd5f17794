"""Undone: what a drill was to do and did not, without which its verdict is worth nothing."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from typing import Final

from benchmarks.drill.plan import KILLS, OUTAGES, Disturbance, Kind, Scope, faults, smtp_faults

_BULK_ONLY: Final = frozenset({"partial", "fewer"})
"""Faults that a call for one letter is not dealt."""


def undone(
    planned: Sequence[Disturbance],
    done: Mapping[Kind, int],
    scope: Scope,
    *,
    n_calls: int,
    n_faults: int,
    n_waited: int,
) -> list[str]:
    """Return what fell short, in words; empty when all was done.

    Every planned kill counts; of each other kind one is enough. Of the `n_calls` that the provider
    met, `n_faults` must be about the part that was to fail; `n_waited` answers came while
    PostgreSQL took none.
    """
    short = [*_not_disturbed(planned, done), *_not_failed(scope, n_calls, n_faults)]
    if not n_waited and any(one.kind in OUTAGES for one in planned):
        short.append("no answer was in hand while PostgreSQL was of no use")
    return short


def least_faults(scope: Scope, n_calls: int) -> int:
    """Return how few of so many calls may have failed: the expected number less four deviations.

    These are standard deviations. Return 0 when nothing goes wrong but PostgreSQL.
    """
    by_smtp = scope.transport == "smtp"
    chances = (smtp_faults if by_smtp else faults)(0, scope)["chances"]
    left_out = {"slow"} if by_smtp else {"slow", *_BULK_ONLY}
    if scope.only_outages:
        return 0
    due = n_calls * sum(chance for kind, chance in chances.items() if kind not in left_out)
    return max(1, int(due - 4 * sqrt(due)))


def _not_disturbed(planned: Sequence[Disturbance], done: Mapping[Kind, int]) -> Iterator[str]:
    wanted = Counter(one.kind for one in planned)
    n_kills, n_killed = (sum(those.get(kind, 0) for kind in KILLS) for those in (wanted, done))
    if n_killed < n_kills:
        yield f"{n_killed} of {n_kills} kills of workers"
    for kind in Kind:
        if kind not in KILLS and wanted[kind] and not done.get(kind):
            yield f"0 of {wanted[kind]} {kind.replace('_', ' ')}"


def _not_failed(scope: Scope, n_calls: int, n_faults: int) -> Iterator[str]:
    least = least_faults(scope, n_calls)
    if n_faults < least:
        yield f"{n_faults} faults of {n_calls} calls, where {least} are the least"
