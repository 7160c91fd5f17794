"""`python -m benchmarks.drill.restore`: a backup is restored at a random moment of a send.

A dump is taken at one moment, the service goes on, and at a later one the dump takes the database's
place under it. Everything else stays: the state folder, Valkey, the queue, and the provider, who is
the judge. Then a person does what docs/restore.md says.
"""

import argparse
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from random import Random
from typing import Final

from sqlalchemy import func, select

from app.actors import CLI
from app.db.session import transaction
from app.delivery.account import account_pause
from app.delivery.doubt import Decision
from app.delivery.epoch import OLDER
from app.enums import BatchState, ConsentSource, DeliveryState, IssueState, SubscriberState
from app.issues.doubts import decide_doubts
from app.models import Batch, Delivery, Issue, Subscriber
from app.readers.consent import Origin
from app.readers.erasure import erase
from app.readers.leave import leave
from benchmarks.drill.audience import add_issue, add_readers, n_undone, send_now
from benchmarks.drill.deployment import Deployment, start_deployment
from benchmarks.drill.dumping import restore_dump, take_dump
from benchmarks.drill.inbox import n_taken, numbered, of_issue, taken
from benchmarks.drill.plan import Scope
from benchmarks.drill.restored import Verdict, draw, show
from localdev.processes import orderly_end

_LOOK_SECONDS: Final = 0.1
_SHORTEST_PATIENCE: Final = 240.0
_PATIENCE: Final = 10.0
"""How many times the seconds of a whole send are waited for: others may use the machine, too."""
_QUIET: Final = 3.0
"""Seconds for which nothing new has come, after which nothing is expected to."""
_N_GO: Final = 10
_ORIGIN: Final = Origin(ConsentSource.PAGE)
_STOPPED: Final = 130


def run(seed: int, scope: Scope, say: Callable[[str], None]) -> Verdict:
    """Return the verdict of one drill; every process is gone afterwards.

    Raises:
        ChildError: a server did not start.
        TimeoutError: something that has to come did not.
    """
    moments = draw(seed)
    with tempfile.TemporaryDirectory(prefix="devoured-drill-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL may run as another user
        with start_deployment(Path(folder), scope, seed) as deployment:
            deployment.calm()
            issue_id = _set_up(deployment, scope)
            dump = Path(folder) / "dump"
            if moments.dumped == 0:
                dumped = take_dump(deployment, dump)
            _start(deployment, scope)
            _wait(deployment, lambda: n_taken(deployment) >= moments.dumped * scope.n_readers)
            n = n_taken(deployment)
            if moments.dumped > 0:
                dumped = take_dump(deployment, dump)
            say(f"Dumped from {n:,} of {scope.n_readers:,} mails on, in {dumped:.1f} s.")
            gone = _let_go(deployment, seed)
            least = moments.restored * (scope.n_readers - len(gone))
            _wait(
                deployment,
                lambda: n_taken(deployment) >= least or _is_sent(deployment, issue_id),
            )
            return _restored(deployment, issue_id, dump, gone, scope, say)


def _set_up(deployment: Deployment, scope: Scope) -> int:
    """Add the readers, and the issue, scheduled for this moment; nobody works yet."""
    container = deployment.container
    with transaction(container.sessions) as session:
        issue_id = add_issue(session, scope, container.clock())
        add_readers(session, issue_id, scope, container.pepper, container.clock())
    with transaction(container.sessions) as session:
        send_now(session, issue_id, container.clock())
    return issue_id


def _start(deployment: Deployment, scope: Scope) -> None:
    deployment.open_slot("listener", "app.cli", "listen")
    for place in range(scope.n_workers):
        deployment.open_slot(f"worker-{place}", "app.cli", "worker", "--concurrency", "2")
    deployment.open_slot("beat", "app.cli", "beat")


def _let_go(deployment: Deployment, seed: int) -> dict[int, float]:
    """Let readers leave and be erased between dump and restore; with the instant, by the clock."""
    container, random = deployment.container, Random(seed)
    with transaction(container.sessions) as session:
        active = select(Subscriber.id).where(Subscriber.state == SubscriberState.ACTIVE)
        chosen = random.sample(list(session.scalars(active)), _N_GO)
        for place, who in enumerate(chosen):
            if place % 2:
                leave(session, who, container.clock(), _ORIGIN)
            else:
                erase(session, None, who, container.clock(), _ORIGIN)
    return dict.fromkeys(chosen, container.clock().timestamp())


def _restored(
    deployment: Deployment,
    issue_id: int,
    dump: Path,
    gone: dict[int, float],
    scope: Scope,
    say: Callable[[str], None],
) -> Verdict:
    """Restore, do what the runbook says, and judge."""
    deployment.close_slots()
    before = _taken(deployment, issue_id)
    seconds = restore_dump(deployment, dump)
    say(f"Restored at {before.total():,} mails, in {seconds:.1f} s.")
    _start(deployment, scope)
    _wait(deployment, lambda: _is_held(deployment))
    was_held = _is_held(deployment)
    _quiet(deployment)
    began = time.monotonic()
    say(_cli(deployment, "restored"))
    say(f"“devoured restored” took {time.monotonic() - began:.1f} s.")
    _quiet(deployment)
    n_meanwhile = _taken(deployment, issue_id).total() - before.total()
    n_in_doubt = _decide(deployment, issue_id, before)
    say(_cli(deployment, "account", "resume"))
    _wait(deployment, lambda: _is_over(deployment, issue_id))
    _quiet(deployment)
    deployment.close_slots()
    after = _taken(deployment, issue_id)
    due, back = _readers(deployment, issue_id, gone)
    return Verdict(
        n_due=len(due),
        n_messages=after.total(),
        n_before=before.total(),
        n_in_doubt=n_in_doubt,
        was_held=was_held,
        n_meanwhile=n_meanwhile,
        lost=sorted(due - after.keys() - gone.keys()),
        twice=sorted(who for who, n in after.items() if n > 1),
        unwanted=sorted(who for who in gone if after[who] > before[who]),
        back=back,
    )


def _decide(deployment: Deployment, issue_id: int, had_it: Counter[int]) -> int:
    """Say of everybody in doubt what the judge knows; how many those were.

    A person knows less, and would say `sent` of all where they must not get it twice.
    """
    container = deployment.container
    with transaction(container.sessions, container.enqueue_now) as session:
        doubts = session.scalars(
            select(Delivery.subscriber_id).where(
                Delivery.issue_id == issue_id, Delivery.state == DeliveryState.IN_DOUBT
            )
        ).all()
        sent = [who for who in doubts if had_it[who]]
        decide_doubts(session, CLI, issue_id, Decision.SENT, container.clock(), subscriber_ids=sent)
        decide_doubts(session, CLI, issue_id, Decision.RESEND, container.clock())
    return len(doubts)


def _cli(deployment: Deployment, *words: str) -> str:
    """Run `devoured` as a person would, and return what it says."""
    ended = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-P", "-m", "app.cli", *words],
        env=dict(deployment.env),
        capture_output=True,
        text=True,
        timeout=_patience(deployment),
        check=False,
    )
    if ended.returncode:
        raise RuntimeError(f"devoured {' '.join(words)}: {ended.stderr}")
    return ended.stdout.strip()


def _taken(deployment: Deployment, issue_id: int) -> Counter[int]:
    """Count the mails of the issue that the provider took, by reader."""
    with transaction(deployment.container.sessions) as session:
        messages = numbered(session, taken(deployment))
    return Counter(message.subscriber_id for message in of_issue(messages, issue_id))


def _is_sent(deployment: Deployment, issue_id: int) -> bool:
    with transaction(deployment.container.sessions) as session:
        return session.get_one(Issue, issue_id).state is IssueState.SENT


def _is_over(deployment: Deployment, issue_id: int) -> bool:
    with transaction(deployment.container.sessions) as session:
        return not n_undone(session, issue_id)


def _is_held(deployment: Deployment) -> bool:
    container = deployment.container
    with transaction(container.sessions) as session:
        pause = account_pause(session, container.clock())
    return pause is not None and pause.because == OLDER


def _readers(
    deployment: Deployment, issue_id: int, gone: Collection[int]
) -> tuple[set[int], list[int]]:
    """Return whom the launch froze, and who of those that had gone is a reader again."""
    with transaction(deployment.container.sessions) as session:
        first = select(func.unnest(Batch.subscriber_ids)).where(
            Batch.issue_id == issue_id, Batch.tries == 0, Batch.state == BatchState.DONE
        )
        active = select(Subscriber.id).where(
            Subscriber.id.in_(gone), Subscriber.state == SubscriberState.ACTIVE
        )
        return set(session.scalars(first)), sorted(session.scalars(active))


def _wait(deployment: Deployment, is_over: Callable[[], bool]) -> None:
    patience = _patience(deployment)
    until = time.monotonic() + patience
    while not is_over():
        if time.monotonic() > until:
            raise TimeoutError(f"It did not come in {patience:.0f} s.")
        deployment.tend()
        time.sleep(_LOOK_SECONDS)


def _patience(deployment: Deployment) -> float:
    return max(_SHORTEST_PATIENCE, _PATIENCE * deployment.scope.seconds)


def _quiet(deployment: Deployment) -> None:
    """Wait until nothing was sent for a while, with everything running."""
    n, until = -1, 0.0
    while time.monotonic() < until or n != n_taken(deployment):
        if n != (now := n_taken(deployment)):
            n, until = now, time.monotonic() + _QUIET
        deployment.tend()
        time.sleep(_LOOK_SECONDS)


def main() -> int:
    """Return 0 for a good verdict, 1 for any other, 130 when it was stopped."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drill.restore", description=__doc__)
    add = parser.add_argument
    add("--seed", type=int, default=secrets.randbelow(1_000_000), help="of the two moments")
    add("--readers", type=int, default=20_000)
    add("--seconds", type=float, default=20.0, help="how long a whole send takes")
    add("--transport", choices=("ses", "smtp"), default="ses", help="smtp has no events")
    add("--workers", type=int, default=2, help="with two processes each")
    options = parser.parse_args()
    scope = Scope(
        n_readers=options.readers,
        n_kills=0,
        seconds=options.seconds,
        scale=1 / 15,
        n_workers=options.workers,
        transport=options.transport,
    )
    try:
        with orderly_end():
            verdict = run(options.seed, scope, _say)
    except KeyboardInterrupt:
        _say("Stopped; no process is left.")
        return _STOPPED
    show(verdict, _say)
    _say(f"Verdict: {'good' if verdict.is_good else 'FAILED'}, seed {options.seed}.")
    return 0 if verdict.is_good else 1


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
