"""What a command refuses is said in the language of who reads: no error's sentence is glued.

Each is a text of the source, or a `Sentence` of one with its values apart, and in the catalogues.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest
from babel.messages.pofile import read_po

from app import errors
from app.addresses import NoAddress
from app.errors import AppError
from app.issues.written import StillWritten
from app.pages.language import CATALOGUES
from tests.pages.test_catalogues import ROOT

_NEVER_ON_A_PAGE: Final = (
    *("api", "cli", "db/migrate.py", "events", "main.py", "moving", "readers/imports", "recovery"),
)
"""Parts that only the API, the command line or providers speak with; who has no key sees these."""

_OF_THE_API: Final = {"app/access/keys.py"}
_NAMES: Final = frozenset(
    name
    for known in (vars(errors), {"NoAddress": NoAddress, "StillWritten": StillWritten})
    for name, value in known.items()
    if isinstance(value, type) and issubclass(value, AppError)
)
_MADE: Final = frozenset({"Sentence", "counted"})
_WORD: Final = re.compile(r"[a-z]{2,}", re.IGNORECASE)
FILES: Final = sorted(
    path
    for path in (ROOT / "app").rglob("*.py")
    if not path.relative_to(ROOT / "app").as_posix().startswith(_NEVER_ON_A_PAGE)
    and path.relative_to(ROOT).as_posix() not in _OF_THE_API
)


def _glued(tree: ast.AST) -> Iterator[str]:
    """Yield the sentences of errors that are put together, so that nothing can translate them."""
    assigned = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for given in _sentences(tree):
        value = assigned.get(given.id, given) if isinstance(given, ast.Name) else given
        is_format = isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "format"
        if isinstance(value, ast.JoinedStr | ast.BinOp) or is_format:
            yield ast.unparse(value)
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in _MADE:
            for one in call.keywords:
                yield from _words_in(one.value, assigned)


def _words_in(value: ast.AST, assigned: Mapping[str, ast.expr]) -> Iterator[str]:
    """Yield words of ours in what a sentence is filled with: nothing translates those either.

    Words that are a `Sentence` of their own, or marked by `N_`, are translated; arguments of other
    functions, keys and places in a mapping are nobody's words.
    """
    if isinstance(value, ast.Constant):
        if isinstance(value.value, str) and _WORD.search(value.value):
            yield ast.unparse(value)
        return
    if isinstance(value, ast.JoinedStr):
        said = "".join(str(one.value) for one in value.values if isinstance(one, ast.Constant))
        if _WORD.search(said):
            yield ast.unparse(value)
    if isinstance(value, ast.Name) and value.id in assigned:
        rest = {name: one for name, one in assigned.items() if name != value.id}
        yield from _words_in(assigned[value.id], rest)
    for child in _parts(value):
        yield from _words_in(child, assigned)


def _parts(value: ast.AST) -> list[ast.AST]:
    match value:
        case ast.Call(func=ast.Attribute(attr="join")):
            return list(value.args)
        case ast.Call() | ast.Subscript() | ast.Compare() | ast.Constant():
            return []
        case ast.Dict():
            return list(value.values)
        case ast.FormattedValue():
            return [value.value]
        case ast.JoinedStr():
            return [one for one in value.values if not isinstance(one, ast.Constant)]
        case _:
            return list(ast.iter_child_nodes(value))


def _plain(tree: ast.AST) -> set[str]:
    """Return what stands in errors and in a `Sentence` as it is."""
    given = [*_sentences(tree), *_arguments(tree, frozenset({"Sentence"}))]
    return {
        one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


def _sentences(tree: ast.AST) -> Iterator[ast.expr]:
    yield from _arguments(tree, _NAMES)


def _arguments(tree: ast.AST, names: frozenset[str]) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names and node.args:
            yield node.args[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_sentence_of_an_error_can_be_translated(path: Path) -> None:
    assert list(_glued(ast.parse(path.read_text("utf-8")))) == []


def test_sentences_of_errors_are_in_every_catalogue() -> None:
    said = set().union(*(_plain(ast.parse(path.read_text("utf-8"))) for path in FILES))
    assert len(said) > 200
    for path in CATALOGUES.glob("*.po"):
        with path.open("rb") as file:
            known = {message.id for message in read_po(file) if message.id}
        assert said - known == set()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("raise NotFound(f'There is no issue {n}.')", ["f'There is no issue {n}.'"]),
        ("why = 'Issue ' + n\nraise Conflict(why)", ["'Issue ' + n"]),
        ("raise Conflict('Issue {}'.format(n))", ["'Issue {}'.format(n)"]),
        ("raise NotFound(Sentence('There is no issue %(n)s.', n=n))", []),
        ("raise NotFound('Nothing is there.')", []),
        ("Sentence('Since then %(p)s.', p=f'{a} did {b}')", ["f'{a} did {b}'"]),
        ("p = ', '.join(f'{a} did {b}' for a in c)\nSentence('%(p)s.', p=p)", ["f'{a} did {b}'"]),
        ("Sentence('%(p)s.', p=[f'{a.field or \"story\"} {a}' for a in c])", ["'story'"]),
        ("Sentence('%(p)s.', p=Sentence('a story') if a else N_('none'))", []),
        ("counted('%(n)s', '%(n)s', n, code=f'{n:04X}', at=a['key'])", []),
    ],
)
def test_glued_sentence_is_found(source: str, expected: list[str]) -> None:
    assert list(_glued(ast.parse(source))) == expected
