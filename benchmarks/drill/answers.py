"""Answers: which ones the provider gave, and whether anybody who got one does not know of it."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.enums import CallState
from app.models import Batch, Call
from benchmarks.drill.deployment import Deployment
from benchmarks.drill.inbox import LETTER, Taken
from benchmarks.drill.smtp_inbox import TOLD

_WAITED: Final = re.compile(r"answer_waits.*?\bcall_id=(\d+)")


@dataclass(frozen=True)
class AnswerVerdict:
    """What became of the provider's answers.

    Of `n_told` messages it said, whole, that they are taken. `forgotten` are deliveries whose
    Call is in doubt all the same, each with the worker that asked, which nobody killed. Of
    `n_died` the worker was killed with the answer. `known` are the messages that we must know of.
    """

    n_told: int
    n_died: int
    forgotten: Collection[str]
    known: Collection[str]


def told(deployment: Deployment) -> set[str]:
    """Return the provider's ids of the messages it accepted in an answer that was sent whole."""
    if deployment.scope.transport == "smtp":
        path = deployment.place.folder / TOLD
        return set(path.read_text(encoding="ascii").split()) if path.exists() else set()
    return set(deployment.ses.get("/control/told").raise_for_status().json())


def n_waited(deployment: Deployment) -> int:
    """Return how many Calls had an answer that a worker could not write down at once."""
    found: set[str] = set()
    for log in deployment.place.logs.glob("worker-*.log"):
        found.update(_WAITED.findall(log.read_text(encoding="utf-8", errors="replace")))
    return len(found)


def judge_answers(
    unsettled: Iterable[tuple[str, int, str]],
    taken: Iterable[Taken],
    told: Collection[str],
    killed: Collection[int],
) -> AnswerVerdict:
    """Judge whether every answer that came is in the ledger.

    `unsettled` gives, for each Call that is not closed, its deliveries, attempt and worker. A
    worker that was killed may have died with the answer unread.
    """
    asked = {(delivery, attempt): worker for delivery, attempt, worker in unsettled}
    heard = [one for one in taken if one.provider_id in told]
    lost = [one for one in heard if (one.delivery, one.attempt) in asked]
    died = [one for one in lost if _pid(asked[one.delivery, one.attempt]) in killed]
    return AnswerVerdict(
        n_told=len(heard),
        n_died=len(died),
        forgotten=sorted(
            f"{one.delivery} by {asked[one.delivery, one.attempt]}" for one in set(lost) - set(died)
        ),
        known={one.provider_id for one in heard} - {one.provider_id for one in died},
    )


def sent_again(taken: Iterable[Taken], known: Collection[str]) -> set[str]:
    """Deliveries that there are two of, where nobody could know of the first."""
    by_delivery: dict[str, list[Taken]] = defaultdict(list)
    for one in taken:
        by_delivery[one.delivery].append(one)
    return {
        delivery
        for delivery, both in by_delivery.items()
        if len(both) == 2 and min(both, key=lambda one: one.attempt).provider_id not in known
    }


def unsettled(session: Session) -> Iterator[tuple[str, int, str]]:
    """Yield each delivery of a Call that is not closed, its attempt and its worker."""
    rows = session.execute(
        select(Call, Batch.issue_id)
        .outerjoin(Batch, Batch.id == Call.batch_id)
        .where(Call.state != CallState.CLOSED)
    )
    for call, issue_id in rows:
        whose = [f"{issue_id}-{reader}" for reader in call.subscriber_ids]
        for delivery in whose or [f"{LETTER}-{call.letter_id}"]:
            yield delivery, call.attempt, call.worker


def _pid(worker: str) -> int:
    """Return the process id of a worker from the name that `workers.app` gives it."""
    return int(worker.rpartition("-")[2])
