"""Whether a command that a page names is one: of `devoured`, of make, of Compose, or the API's."""

import json
import re
import shlex
from functools import cache
from typing import Any, Final

import typer
import yaml
from typer.main import get_command

from app.cli.entry import app
from app.cli.failures import explain
from tests.documents.pages import ROOT, without_variables

PROGRAMS: Final = (
    *("devoured", ".venv/bin/devoured", "make", "docker", "aws", "cp", "sed"),
    *("kubectl", "systemctl", "sudo", "useradd"),
)
"""What begins a command in a page: such a line has to stand in a block of commands."""

_SOCKETS: Final = ("/v1/issues/{issue_id}/document",)
"""Routes that become WebSockets, of which OpenAPI knows nothing."""

_COMPOSE: Final = {"build", "up", "exec", "run", "stop"}
_WITH_VALUE: Final = {"--profile", "--scale"}
_ROUTE: Final = re.compile(r"^(GET|POST|PUT|PATCH|DELETE) (/v1/[^\s`…?,]*[^\s`…?,./])(?=[\s?,.]|$)")


def fault(line: str, *, whole: bool = True) -> str | None:
    """Return what is wrong with a command, or None; what is no command of ours is right.

    A command that is not `whole`, as in a sentence, may lack arguments and name them by a word.
    """
    if route := _ROUTE.match(line):
        return None if _is_route(route[1], route[2]) else "there is no such route"
    line = without_variables(line)
    if line.partition(" ")[0].rpartition("/")[2] not in {"devoured", "make", "docker"}:
        return None
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return "a quotation mark is not closed"
    return _of_program(words, whole=whole)


def _of_program(words: list[str], *, whole: bool) -> str | None:
    program = words[0].rpartition("/")[2]
    if program == "devoured":
        return _of_devoured(words[1:], whole=whole)
    if program == "make":
        return _of_make(words[1:])
    if words[:2] == ["docker", "compose"]:
        return _of_compose(words[2:], whole=whole)
    return None


def _of_devoured(words: list[str], *, whole: bool) -> str | None:
    command: Any = get_command(app)
    context = typer.Context(command, info_name="devoured")
    words = _without_redirection(words)
    try:
        while words and not words[0].startswith("-") and hasattr(command, "get_command"):
            found = command.get_command(context, words[0])
            if found is None:
                return f"devoured has no command {words[0]}"
            command, words = found, words[1:]
            context = typer.Context(command, context, info_name=command.name)
        if whole and not hasattr(command, "get_command"):
            command.make_context(command.name, words, parent=context.parent)
            return None
        known = {
            name for one in command.get_params(context) for name in (*one.opts, *one.secondary_opts)
        }
        unknown = [
            word for word in words if word.startswith("--") and word.partition("=")[0] not in known
        ]
        return f"there is no option {unknown[0]}" if unknown else None
    except Exception as error:  # what cannot be explained is raised again
        found = explain(error)
        if found is None:
            raise
        # A file of the reader's is not here.
        return None if "does not exist" in found[1] else found[1] or None


def _without_redirection(words: list[str]) -> list[str]:
    """Return the words before a shell's own: a pipe, a file, another command."""
    for place, word in enumerate(words):
        if re.fullmatch(r"[|>;&<]+|2>&1", word):
            return words[:place]
        if word.endswith(";"):
            return [*words[:place], word[:-1]]
    return words


def _of_make(words: list[str]) -> str | None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    unknown = [word for word in words if re.fullmatch("[a-z-]+", word) and word not in targets]
    return f"make has no target {unknown[0]}" if unknown else None


def _of_compose(words: list[str], *, whole: bool) -> str | None:
    known = _compose()
    profiles = {one for service in known.values() for one in service.get("profiles", ())}
    while words and words[0] == "--profile":
        if words[1] not in profiles:
            return f"Compose has no profile {words[1]}"
        words = words[2:]
    if not words or words[0] not in _COMPOSE:
        return "Compose is asked for what tests do not know" if whole else None
    verb, rest = words[0], _plain(words[1:])
    if verb in {"exec", "run"}:
        if rest and rest[0] not in known:
            return f"Compose has no service {rest[0]}"
        return _of_program(rest[1:], whole=whole) if rest[1:] else None
    unknown = [word for word in rest if word not in known]
    return f"Compose has no service {unknown[0]}" if unknown else None


def _plain(words: list[str]) -> list[str]:
    """Return the words without the options of Compose itself, which stand before a service."""
    while words and words[0].startswith("-"):
        words = words[2:] if words[0] in _WITH_VALUE else words[1:]
    return words


@cache
def _compose() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))[
        "services"
    ]
    return services


def _is_route(method: str, path: str) -> bool:
    """Return whether the API has the route; a number or a word in braces stands for any value."""
    return any(
        method.lower() in operations and re.fullmatch(pattern, path)
        for pattern, operations in _routes()
    )


@cache
def _routes() -> list[tuple[str, dict[str, Any]]]:
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))["paths"]
    named = paths | {path: {"get": {}} for path in _SOCKETS}
    return [(re.sub(r"\{\w+\}", r"[^/]+", path), operations) for path, operations in named.items()]
