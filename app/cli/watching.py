"""`devoured watch`: what is wrong now, and whether those who are to hear of it can be reached."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final

import typer

from app.cli.command import open_container
from app.cli.failures import FAILED, BadInput
from app.cli.metrics import PATIENT
from app.cli.output import examples, note, say, show_table
from app.metrics.collector import make_reading_engine, read_parts, service_parts
from app.watch.alerts import Alert, find_alerts
from app.watch.figures import figures_of
from app.watch.rules import RULES
from app.watch.told import trial
from app.watch.ways import NotTold, Ways, make_ways

app = typer.Typer()

_COLUMNS: Final = ("severity", "since", "what", "what to do")


@app.command(
    epilog=examples("devoured watch", "devoured watch --json", "devoured watch --try-ways")
)
def watch(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
    try_ways: Annotated[
        bool, typer.Option("--try-ways", help="Tell a trial by each way that is set, and ping.")
    ] = False,
) -> None:
    """Look for what is wrong now, and fail if anything is. Each rule is in docs/alerts.md.

    `devoured serve` does so each minute and tells it by DEVOURED_WATCH_WEBHOOK and by mail; here is
    shown at once what it tells only when it lasts. --try-ways fails where a way does not work.
    """
    with open_container() as container:
        if try_ways:
            _try(make_ways(container.settings, container.clock), container.clock())
            return
        engine = make_reading_engine(container.settings, PATIENT)
        parts = service_parts(container.settings, engine, container.clock)
        samples = read_parts(parts, PATIENT.statement_seconds)
        engine.dispose()
        alerts = find_alerts(figures_of(samples, container.clock()), RULES)
    if as_json:
        say(json.dumps([_as_json(one) for one in alerts], indent=2))
    else:
        rows = [(_severity(one), one.since, str(one.sentence), one.page) for one in alerts]
        show_table(_COLUMNS, rows, none="Nothing is wrong.")
    if alerts:
        raise typer.Exit(FAILED)


def _try(ways: Ways, now: datetime) -> None:
    """Tell a trial by each way, and say of each how it went."""
    tried: list[tuple[str, Callable[[], None]]] = [
        (name.value, partial(tell, [trial(now)])) for name, tell in ways.tell.items()
    ]
    if ways.ping is not None:
        tried.append(("ping", ways.ping))
    if not tried:
        raise BadInput("No way is set: see DEVOURED_WATCH_WEBHOOK in docs/settings.md.")
    if sum(_is_fault(name, tell) for name, tell in tried):  # each is tried
        raise typer.Exit(FAILED)


def _is_fault(name: str, tell: Callable[[], None]) -> bool:
    try:
        tell()
    except NotTold as error:
        note(f"{name}: {error}")
        return True
    say(f"{name}: told")
    return False


def _severity(alert: Alert) -> str:
    return "critical" if alert.rule.is_critical else "warning"


def _as_json(alert: Alert) -> dict[str, Any]:
    return {
        "name": alert.rule.name,
        "about": alert.about,
        "severity": _severity(alert),
        "sentence": str(alert.sentence),
        "since": alert.since.isoformat(),
        "page": alert.page,
    }
