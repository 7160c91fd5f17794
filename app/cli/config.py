"""`devoured config`: every setting, where it came from, and what is wrong; secrets are hidden."""

import json
from typing import Annotated, Final

import typer

from app.cli.failures import BAD_INPUT
from app.cli.output import examples, note, say, show_table
from app.setting_sources import Origin
from app.setting_values import Shown, shown_settings
from app.settings import Read, read_settings

app = typer.Typer()

_NOT_GIVEN: Final = (Origin.DEFAULT, Origin.NOWHERE)


@app.command(
    epilog=examples("devoured config", "devoured config --given", "devoured config --json"),
)
def config(
    *,
    given: Annotated[
        bool, typer.Option("--given", help="Only those that are given, not the defaults.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show every setting and where it came from, with all secrets hidden.

    It asks no server. What is wrong is said on standard error, a line each, and the exit code is
    2 then: the values are those that were given.
    """
    read = read_settings()
    rows = [one for one in shown_settings(read) if not given or one.origin not in _NOT_GIVEN]
    if as_json:
        say(_as_json(rows, read))
    else:
        show_table(
            ("Setting", "Value", "From"),
            [(one.variable, one.value or "–", _from(one)) for one in rows],
            none="No setting is given.",
        )
    if read.faults:
        for fault in read.faults:
            note(fault)
        raise typer.Exit(BAD_INPUT)


def _from(one: Shown) -> str:
    return f"{one.origin} {one.place}".strip()


def _as_json(rows: list[Shown], read: Read) -> str:
    settings = {
        one.variable: {"value": one.value, "from": one.origin, "place": one.place or None}
        for one in rows
    }
    return json.dumps({"settings": settings, "faults": read.faults}, indent=2, ensure_ascii=False)
