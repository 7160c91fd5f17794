"""What the commands print with: results on standard output, everything else on standard error."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import typer
from rich.console import Console
from rich.table import Table


def say(text: str) -> None:
    """Print a line of the result."""
    typer.echo(text)


def note(text: str) -> None:
    """Print a line beside the result, which a pipe does not get."""
    typer.echo(text, err=True)


def console(*, err: bool = False) -> Console:
    """Return the console for tables and bars; plain text when it is no terminal."""
    return Console(stderr=err, highlight=False, soft_wrap=True)


def table(*columns: str, right: Collection[str] = ()) -> Table:
    """Return a table with a heading and without lines; the columns in `right` hold numbers."""
    made = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left")
    return made


def show_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: Collection[str] = (),
    none: str | None = None,
) -> bool:
    """Print a table on standard output, a pipe gets it in full width; return whether it has rows.

    None and instants are shown as `instant` does. Where there are no rows and `none` is given, that
    is noted instead.
    """
    made = table(*columns, right=right)
    for row in rows:
        made.add_row(*map(_cell, row))
    if none is not None and not made.row_count:
        note(none)
        return False
    out = console()
    if not out.is_terminal:
        out.width = max(out.width, 200)
    out.print(made)
    return bool(made.row_count)


def instant(at: datetime | None) -> str:
    """Return an instant as `2026-11-23 06:00 UTC`, or a dash."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "–"


def counted(n: int, thing: str, things: str | None = None) -> str:
    """Return a number with its noun: `1 story`, `22 stories`."""
    return f"{n:,} {thing if n == 1 else things or thing + 's'}"


def examples(*commands: str) -> str:
    """Return the examples that stand under a command's help."""
    return "\n".join(["[bold]Examples[/bold]", *commands])


def _cell(value: object) -> str:
    if value is None or isinstance(value, datetime):
        return instant(value)
    return str(value)
