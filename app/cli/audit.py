"""`devoured audit`: who changed what."""

import json
from datetime import datetime
from typing import Annotated, Final

import typer

from app.actors import Verb
from app.audit import list_entries
from app.cli.containers import one_transaction
from app.cli.output import examples, instant, note, show_table, table
from app.cli.transitions import read_instant
from app.models import AuditEntry

app = typer.Typer()

_SHOWN: Final = 40


@app.command(
    rich_help_panel="Running it",
    epilog=examples("devoured audit --issue 3", "devoured audit --who desk --verb approve"),
)
def audit(
    *,
    who: Annotated[
        str | None, typer.Option(metavar="NAME", help="The name of a key, or cli.")
    ] = None,
    issue: Annotated[
        int | None, typer.Option(metavar="ISSUE", min=1, help="About this issue and its stories.")
    ] = None,
    verb: Annotated[Verb | None, typer.Option(help="What was done.", show_default=False)] = None,
    since: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="Not before, as 2026-11-23T07:00+01:00.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 50,
) -> None:
    """List who changed what, when, and from what to what, the newest change first."""
    with one_transaction() as (container, session):
        begin: datetime | None = read_instant(session, since, container.clock())
        rows = list_entries(session, limit=limit, who=who, issue_id=issue, verb=verb, since=begin)
    if not rows:
        note("Nothing was changed.")
        return
    made = table("Change", "At", "Who", "What", "Of", "From → to", right=("Change",))
    for row in rows:
        target = f"{row.target_kind} {row.target_id or ''}".strip()
        whom = row.who if row.who_id is None else f"{row.who} ({row.who_kind} {row.who_id})"
        made.add_row(str(row.id), instant(row.at), whom, row.verb, target, _fields(row))
    show_table(made)


def _fields(row: AuditEntry) -> str:
    names = sorted(row.before.keys() | row.after.keys())
    return "; ".join(
        f"{name}: {_short(row.before.get(name))} → {_short(row.after.get(name))}" for name in names
    )


def _short(value: object) -> str:
    text = "–" if value in (None, "") else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
