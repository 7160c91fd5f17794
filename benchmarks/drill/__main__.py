"""`python -m benchmarks.drill`: one drill, its verdict, and what it takes to replay it."""

import argparse
import secrets
import sys
from collections.abc import Collection

from benchmarks.drill.plan import KILLS, Kind, Scope, plan, said
from benchmarks.drill.report import Report
from benchmarks.drill.run import run
from localdev.processes import orderly_end

_SHOWN = 10
_STOPPED = 130


def main() -> int:
    """0 for a good verdict, 1 for any other, 130 when it was stopped."""
    options = _options()
    if options.transport == "smtp":
        options.canary = 0  # a canary is judged by events, of which there are none
    scope = Scope(
        n_readers=options.readers,
        n_kills=options.kills,
        seconds=options.seconds,
        scale=options.scale,
        n_workers=options.workers,
        n_waves=0 if options.sender == "naive" else options.waves,
        canary_percent=0 if options.sender == "naive" else options.canary,
        transport=options.transport,
        in_doubt=options.in_doubt,
        only_outages=options.only_outages,
        warm_up=options.warm_up,
    )
    _say(f"Seed {options.seed}: {said(plan(options.seed, scope))}.")
    try:
        with orderly_end():
            report = run(options.seed, scope, options.sender, _say)
    except KeyboardInterrupt:
        _say("Stopped; no process is left.")
        return _STOPPED
    _show(report)
    verdict = "good" if report.is_good else "FAILED"
    _say(f"Verdict: {verdict}, seed {options.seed}, after {report.all_seconds:.0f} s.")
    if not report.is_good:
        _say(f"Replay it with: {_replay(options)}")
    return 0 if report.is_good else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drill", description=__doc__)
    add = parser.add_argument
    add("--seed", type=int, default=secrets.randbelow(1_000_000), help="of the plan")
    add("--readers", type=int, default=50_000)
    add("--kills", type=int, default=54, help="of workers, by kill -9")
    add("--seconds", type=float, default=200.0, help="how long it is disturbed")
    add("--scale", type=float, default=1 / 15, help="of the protocol's times")
    add("--workers", type=int, default=2, help="with two processes each")
    add("--waves", type=int, default=4, help="local hours, moved together; 0: all at once")
    add("--canary", type=int, default=10, help="percent of each wave that goes first; 0: none")
    add("--transport", choices=("ses", "smtp"), default="ses", help="smtp has no events")
    add("--in-doubt", choices=("hold", "resend"), default="hold", help="the issue's policy")
    add("--warm-up", type=int, default=0, help="ceiling of a warm-up of the domain; 0: none")
    add("--only-outages", action="store_true", help="PostgreSQL gone and full, and nothing else")
    add("--sender", choices=("devoured", "naive"), default="devoured")
    return parser.parse_args()


def _show(report: Report) -> None:
    verdict = report.verdict
    n_kills = sum(report.done[kind] for kind in KILLS)
    others = ", ".join(
        f"{report.done[kind]} {kind.replace('_', ' ')}"
        for kind in Kind
        if report.done[kind] and kind not in KILLS
    )
    n_slow = report.faults["slow"]
    dealt = ", ".join(
        f"{n} {kind.replace('_', ' ')}"
        for kind, n in sorted(report.faults.items())
        if kind != "slow"
    )
    states = ", ".join(f"{n:,} {state}" for state, n in sorted(report.states.items()))
    _say(f"Kill -9 of workers: {n_kills}. Besides: {others}.")
    _say(
        f"Calls meanwhile: {report.n_calls_dealt}; faults: {report.faults.total() - n_slow} "
        f"({dealt}); slow: {n_slow}."
    )
    _say(
        f"Readers: {report.n_resolved_by_events:,} doubts ended by events, "
        f"{report.n_queued_again:,} queued again after one, "
        f"{report.n_refused_later:,} after a refusal; {report.n_calls_lost} calls were given up."
    )
    _say(f"Ledger: {states}. Sent in {report.send_seconds:.0f} s.")
    if not report.is_sent:
        _say("The issue was not sent in time.")
    _show_letters(report)
    for shortfall in report.undone:
        _say(f"Not done: {shortfall}.")
    _show_answers(report)
    if report.n_early:
        _say(f"Too early: {report.n_early} calls were opened before their time.")
    if verdict.n_doubts:
        had = f"{verdict.n_doubts_taken:,} have it"
        _say(f"In doubt, and named: {verdict.n_doubts:,}, of whom {had}.")
    _say(f"Due: {verdict.n_due:,}. Messages: {verdict.n_messages:,}.")
    for name in ("lost", "twice", "extra", "disagreed"):
        _show_offenders(name, getattr(verdict, name))


def _show_answers(report: Report) -> None:
    found, n_again = report.answers, report.verdict.n_sent_again
    _say(
        f"Answers that came: for {found.n_told:,} messages; of {report.n_waited} calls they waited "
        f"for PostgreSQL; died with a killed worker: {found.n_died}; "
        f"forgotten: {len(found.forgotten)}."
    )
    if found.forgotten:
        _say(f"  the first of them: {', '.join(list(found.forgotten)[:_SHOWN])}")
    if n_again:
        _say(f"Written to once more by policy, after an answer that never came: {n_again:,}.")
    if report.n_overdue:
        _say(f"Told to stop, and did not in time: {report.n_overdue} workers.")


def _show_letters(report: Report) -> None:
    post = report.letters
    _say(
        f"Letters: {post.n_letters}, messages: {post.n_messages}, {post.n_sent_again} of them sent "
        f"again after a lost answer; lost: {len(post.lost)}, twice: {len(post.twice)}."
    )


def _show_offenders(name: str, readers: Collection[int]) -> None:
    first = ", ".join(str(reader) for reader in list(readers)[:_SHOWN])
    _say(f"  {name}: {len(readers):,}" + (f", the first of them readers {first}" if first else ""))


def _replay(options: argparse.Namespace) -> str:
    given = [
        f"--{name.replace('_', '-')}" + ("" if value is True else f" {value}")
        for name, value in vars(options).items()
        if value is not False
    ]
    return f"python -m benchmarks.drill {' '.join(given)}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
