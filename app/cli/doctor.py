"""`devoured doctor`: whether what the service stands on is well, and how to mend what is not."""

import json
from typing import Annotated, Final

import typer
from sqlalchemy.exc import OperationalError

from app.cli.command import open_container
from app.cli.failures import Failed
from app.cli.output import counted, examples, say
from app.container import Container
from app.db.session import transaction
from app.doctor.examine import examine, guarded, in_order, open_subject
from app.doctor.findings import Finding, Level, as_json, is_well
from app.doctor.round_trip import PATIENCE, make_round_trip
from app.watch.findings import CODE, findings_of
from app.watch.notices import list_open

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
    """Look at database, Valkey, clock, disk, SES, DNS, the base address; say what mends each.

    What `devoured serve` tells to be wrong at the moment stands at the end.

    Exit 0 where nothing is wrong, 1 where something is. Warnings alone fail nothing. Nothing is
    changed, and no mail is sent without --round-trip. docs/doctor.md explains every line.
    """
    with open_container() as container, open_subject(container) as subject:
        found = examine(subject)
        found = in_order([*found, *guarded(CODE, lambda: _told(container))])
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


def _told(container: Container) -> list[Finding]:
    """Return what is told to be wrong; nothing where the database is itself what is wrong."""
    try:
        with transaction(container.sessions) as session:
            return findings_of(list_open(session, container.clock()))
    except OperationalError:
        return []


def _lines(found: list[Finding]) -> list[str]:
    """Return a line for each finding, and one below it with what mends it."""
    lines = []
    for one in found:
        lines.append(f"{_SIGNS[one.level]:<8} {one.sentence}")
        if one.mend is not None:
            lines.append(f"         → {one.mend} ({one.page})")
    return lines
