"""`devoured watch`: what is wrong now, and whether those who are to hear of it can be reached."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final

import typer

from app.cli.command import one_transaction, open_container
from app.cli.failures import FAILED, BadInput
from app.cli.metrics import PATIENT
from app.cli.output import examples, note, say, show_table
from app.metrics.collector import make_reading_engine, read_parts, service_parts
from app.models import Notice
from app.watch.alerts import Alert, find_alerts, page_of, severity
from app.watch.figures import figures_of
from app.watch.notices import list_told, sentence_of
from app.watch.rules import RULES
from app.watch.told import trial
from app.watch.ways import NotTold, Ways, make_ways

app = typer.Typer()

_COLUMNS: Final = ("severity", "since", "what", "what to do")
_MOST: Final = 200
_LAST: Final = 2**63 - 1


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
        rows = [
            (severity(is_critical=one.rule.is_critical), one.since, str(one.sentence), one.page)
            for one in alerts
        ]
        show_table(_COLUMNS, rows, none="Nothing is wrong.")
    if alerts:
        raise typer.Exit(FAILED)


@app.command(epilog=examples("devoured notices", "devoured notices --open --json"))
def notices(
    *,
    only_open: Annotated[
        bool, typer.Option("--open", help="Only what is wrong now, and has lasted.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Show what was told to be wrong, and what still is, the newest first; for 30 days.

    It is what `devoured serve` saw, minute by minute; `devoured watch` looks by itself.
    """
    with one_transaction() as (session, now, _):
        is_open = True if only_open else None
        rows = list_told(session, now, limit=_MOST, before=_LAST, is_open=is_open)
    if as_json:
        say(json.dumps([_notice_as_json(one) for one in rows], indent=2))
        return
    show_table(
        ("severity", "since", "until", "what", "what to do"),
        [
            (
                severity(is_critical=one.is_critical),
                one.since,
                one.ended_at,
                str(sentence_of(one)),
                page_of(one.name),
            )
            for one in rows
        ],
        none="Nothing was told.",
    )


def _notice_as_json(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.id,
        "name": notice.name,
        "about": notice.about,
        "severity": severity(is_critical=notice.is_critical),
        "sentence": str(sentence_of(notice)),
        "since": notice.since.isoformat(),
        "ended_at": notice.ended_at and notice.ended_at.isoformat(),
        "page": page_of(notice.name),
    }


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


def _as_json(alert: Alert) -> dict[str, Any]:
    return {
        "name": alert.rule.name,
        "about": alert.about,
        "severity": severity(is_critical=alert.rule.is_critical),
        "sentence": str(alert.sentence),
        "since": alert.since.isoformat(),
        "page": alert.page,
    }
