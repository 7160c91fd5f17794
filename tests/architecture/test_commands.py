"""A change that is asked for is a command: `verb(session, actor, …, now)`, by whichever door."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

import app

_DOORS: Final = ("app.api", "app.pages", "app.cli", "app.desk", "app.main")
_FIRST: Final = ("session", "container")
"""What a command works on; what has neither, changes nothing that is kept."""


def _commands() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the public functions behind the doors that say who asks for it."""
    for found in pkgutil.walk_packages(app.__path__, "app."):
        if found.name.startswith(_DOORS):
            continue
        module = importlib.import_module(found.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            is_own = function.__module__ == found.name and not name.startswith("_")
            takes = inspect.signature(function).parameters.keys()
            if is_own and "actor" in takes and takes & {*_FIRST}:
                yield f"{found.name}.{name}", function


COMMANDS: Final = dict(_commands())


def test_commands_are_found() -> None:
    assert len(COMMANDS) > 50


@pytest.mark.parametrize("name", COMMANDS)
def test_command_says_first_who_asks_for_it_and_nobody_by_default(name: str) -> None:
    parameters = inspect.signature(COMMANDS[name]).parameters
    first, second = list(parameters)[:2]
    assert first in _FIRST
    assert second == "actor"
    assert parameters["actor"].default is inspect.Parameter.empty
    if "now" in parameters:
        assert parameters["now"].default is inspect.Parameter.empty
