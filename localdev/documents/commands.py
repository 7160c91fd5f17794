"""The page of every command of `devoured`, from the commands themselves."""

import re
from collections.abc import Iterator
from typing import Any, Final

import typer
from rich.text import Text
from typer.main import get_command

from app.cli.entry import PANELS, app

_HEAD: Final = """\
# Commands

What `devoured --help` says, of every command, written when these pages are built. `devoured
COMMAND --help` says the same where you are. Exit codes: 0 is done, 1 means that what was asked for
failed, 2 that arguments, input or settings are wrong.
"""


def page() -> str:
    """Return the page: the commands under the panels of `--help`, in its order."""
    program = get_command(app)
    context = typer.Context(program, info_name="devoured")
    parts = [_HEAD]
    for panel, names in PANELS.items():
        parts.append(f"## {panel}\n")
        for name in names:
            command = program.get_command(context, name)  # type: ignore[attr-defined]  # a group
            parts += _described(command, typer.Context(command, context, name))
    return "\n".join(parts)


def leaves() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each command that does something, with the words that call it after `devoured`."""
    program = get_command(app)
    context = typer.Context(program, info_name="devoured")
    for names in PANELS.values():
        for name in names:
            command: Any = program.get_command(context, name)  # type: ignore[attr-defined]
            yield from _below((name,), command)


def _below(words: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    below = getattr(command, "commands", None)
    if below is None:
        yield words, command
        return
    for name, one in below.items():
        yield from _below((*words, name), one)


def _described(command: Any, context: typer.Context) -> Iterator[str]:
    """Yield the parts of a command, and of those below it."""
    below = getattr(command, "commands", {})
    yield f"### devoured {context.command_path.partition(' ')[2]}\n"
    yield f"{_plain(command.help)}\n"
    if not below or command.invoke_without_command:
        usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
        yield f"```text\n{usage}\n```\n"
        yield from _parameters(command, context)
    if command.epilog:
        yield from _examples(command.epilog)
    for name, one in below.items():
        yield from _described(one, typer.Context(one, context, name))


def _parameters(command: Any, context: typer.Context) -> Iterator[str]:
    records = [one.get_help_record(context) for one in command.get_params(context)]
    rows = [
        f"| `{_cell(name)}` | {_cell(_plain(said))} |"
        for name, said in filter(None, records)
        if not name.endswith("--help")
    ]
    if rows:
        yield "\n".join(["| argument or option | |", "|---|---|", *rows]) + "\n"


def _examples(epilog: str) -> Iterator[str]:
    heading, _, lines = _plain(epilog).partition("\n")
    yield f"{heading}:\n\n```text\n{lines}\n```\n" if lines else f"{heading}\n"


def _plain(said: str | None) -> str:
    """Return what Rich would print, without its marks."""
    return Text.from_markup(said or "").plain.strip()


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")
