"""Halving: find the recipient for whom a provider refuses a whole call.

Each further call is made only after a definite refusal, so nobody is on the wire twice.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from app.transports.base import Accepted, Outcome, Refused

T = TypeVar("T")

ENOUGH_ALONE: Final = 5
"""So many refused alone, and nobody taken: the fault is not theirs but the mail's."""


def settle(
    groups: Sequence[Sequence[T]], call: Callable[[Sequence[T]], list[Outcome] | Outcome]
) -> list[Outcome]:
    """Return one outcome for every member of the groups, in order.

    Args:
        groups: each small enough for one call.
        call: makes the call; a list holds an outcome for each, a single outcome is everybody's.

    A group refused `never` is halved until the members at fault are alone. A refusal of any other
    kind holds for all that still wait, without another call.
    """
    outcomes: list[Outcome] = []
    alone: list[int] = []
    waiting = list(groups)[::-1]
    while waiting:
        group = waiting.pop()
        answer = call(group)
        if not isinstance(answer, Refused):
            outcomes += answer if isinstance(answer, list) else [answer] * len(group)
            continue
        if answer.kind == "never" and len(group) > 1:
            middle = len(group) // 2
            waiting += (group[middle:], group[:middle])
            continue
        if answer.kind == "never":
            alone.append(len(outcomes))
        outcomes += [answer] * len(group)
        if _is_mails_fault(outcomes, alone):
            answer = Refused("stop", answer.code, answer.detail)
            for place in alone:
                outcomes[place] = answer
        if answer.kind != "never":
            outcomes += [answer] * sum(map(len, waiting))
            break
    return outcomes


def _is_mails_fault(outcomes: Sequence[Outcome], alone: Sequence[int]) -> bool:
    return len(alone) >= ENOUGH_ALONE and not any(isinstance(one, Accepted) for one in outcomes)
