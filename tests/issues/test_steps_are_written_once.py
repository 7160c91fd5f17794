"""An issue's state is changed in one function for each step, whoever asks for it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import app
from app.enums import IssueState

_ROOT: Final = Path(app.__file__).parent
_HOMES: Final = {
    IssueState.DRAFT: {
        "issues/lifecycle.reopen",
        "issues/load._add_issue",
        "issues/begin.begin_issue",
        "issues/correction_mail.draft_mail",
    },
    IssueState.APPROVED: {
        "issues/lifecycle.approve",
        "issues/lifecycle.resume",
        "issues/scheduling.mark_stale",
    },
    IssueState.SCHEDULED: {"issues/scheduling._put_on_schedule", "issues/lifecycle.resume"},
    IssueState.SENDING: {
        "delivery/launch.launch",
        "delivery/finish.open_again",
        "issues/lifecycle.resume",
    },
    IssueState.SENT: {
        "delivery/launch.launch",
        "delivery/finish.finish",
        "moving/past_issues._add",
    },
    IssueState.PAUSED: {"delivery/pausing.pause"},
    IssueState.CANCELLED: {"issues/lifecycle.cancel"},
}
"""The functions that put an Issue into each state."""


def _states(value: ast.expr) -> Iterator[IssueState]:
    """Yield the states that a value may be; what a condition compares with is none of them."""
    match value:
        case ast.Attribute(value=ast.Name(id="IssueState"), attr=name):
            yield IssueState[name]
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*_states(body), *_states(orelse))


def _given_to(target: ast.expr, value: ast.expr) -> Iterator[IssueState]:
    match target, value:
        case ast.Attribute(attr="state"), _:
            yield from _states(value)
        case ast.Tuple(elts=targets), ast.Tuple(elts=values):
            for one, other in zip(targets, values, strict=True):
                yield from _given_to(one, other)


def _assigned(function: ast.FunctionDef) -> Iterator[IssueState]:
    inner = {
        child
        for node in ast.walk(function)
        if isinstance(node, ast.FunctionDef) and node is not function
        for child in ast.walk(node)
    }
    for node in ast.walk(function):
        if node in inner:
            continue
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from _given_to(target, value)
            case ast.Call(func=ast.Name(id="list_issues")):
                continue  # it asks for those in a state
            case ast.Call(keywords=keywords):
                yield from (
                    state for one in keywords if one.arg == "state" for state in _states(one.value)
                )


def _writers() -> Iterator[tuple[IssueState, str]]:
    for path in _ROOT.rglob("*.py"):
        name = path.relative_to(_ROOT).with_suffix("").as_posix()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                yield from ((state, f"{name}.{node.name}") for state in _assigned(node))


def test_each_step_has_one_home() -> None:
    found: dict[IssueState, set[str]] = {state: set() for state in IssueState}
    for state, writer in _writers():
        found[state].add(writer)
    assert found == _HOMES


def test_no_statement_changes_an_issues_state() -> None:
    changing = re.compile(r"\bupdate issues\b|\binsert into issues\b", re.IGNORECASE)
    assert [path for path in _ROOT.rglob("*.py") if changing.search(path.read_text())] == []
