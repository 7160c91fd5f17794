"""`devoured doctor`: whether what the service stands on is well, and how to mend what is not."""

import json
from typing import Annotated, Final

import typer

from app.cli.command import open_container
from app.cli.failures import Failed
from app.cli.output import counted, examples, say
from app.doctor.examine import examine, guarded, in_order, open_subject
from app.doctor.findings import Finding, Level, as_json, is_well
from app.doctor.round_trip import PATIENCE, make_round_trip

app = typer.Typer()

_SIGNS: Final = {
    Level.OK: "well",
    Level.UNKNOWN: "unknown",
    Level.WARNING: "warning",
    Level.WRONG: "WRONG",
}


@app.command(
    epilog=examples(
        "devoured doctor", "devoured doctor --round-trip", "devoured doctor --json | jq ."
    )
)
def doctor(
    *,
    round_trip: Annotated[
        bool,
        typer.Option("--round-trip", help="Also mail SES's simulator, and wait for the events."),
    ] = False,
    patience: Annotated[
        float, typer.Option(min=1, max=3600, help="Seconds to wait for those events.")
    ] = PATIENCE,
    as_json_: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Look at database, Valkey, clock, disk, SES, DNS and the base address; say what mends each.

    Exit 0 where nothing is wrong, 1 where something is. Warnings alone fail nothing. Nothing is
    changed, and no mail is sent without --round-trip. docs/doctor.md explains every line.
    """
    with open_container() as container, open_subject(container) as subject:
        found = examine(subject)
        if round_trip:
            enqueue = container.enqueue_now
            found += guarded(
                "round_trip", lambda: make_round_trip(subject, enqueue, patience=patience)
            )
            found = in_order(found)
    if as_json_:
        say(json.dumps({"is_well": is_well(found), "findings": [as_json(one) for one in found]}))
    else:
        say("\n".join(_lines(found)))
    if not is_well(found):
        n_wrong = sum(one.level is Level.WRONG for one in found)
        raise Failed(f"{counted(n_wrong, 'thing')} wrong.")


def _lines(found: list[Finding]) -> list[str]:
    """Return a line for each finding, and one below it with what mends it."""
    lines = []
    for one in found:
        lines.append(f"{_SIGNS[one.level]:<8} {one.sentence}")
        if one.mend is not None:
            lines.append(f"         → {one.mend} ({one.page})")
    return lines
