"""The rules of this code as functions from a file's text to complaints; `test_codebase` has them.

What import-linter can say (who may import whom) is said in pyproject.toml, not here.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MAX_FILE_LINES: Final = 300
MAX_FUNCTION_LINES: Final = 50

_CLOCKS: Final = frozenset(
    {
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "time.time",
        "time.time_ns",
        "time.localtime",
        "time.gmtime",
    }
)
_ENVIRONMENT: Final = frozenset({"os.environ", "os.environb", "os.getenv", "os.putenv"})
_ENDS: Final = frozenset({"commit", "rollback"})
_GETS: Final = frozenset({"get", "get_one"})


@dataclass(frozen=True, order=True)
class Complaint:
    """One line that breaks a rule."""

    line: int
    what: str


def long_file(source: str) -> list[Complaint]:
    """Return one complaint when the file is too long to be read at once."""
    n_lines = len(source.splitlines())
    if n_lines <= MAX_FILE_LINES:
        return []
    return [Complaint(n_lines, f"a file of {n_lines} lines")]


def long_functions(source: str) -> list[Complaint]:
    """Return the functions whose bodies are too long.

    Signatures do not count, because a command's options are in them.
    """
    return sorted(
        Complaint(node.lineno, f"{node.name} has {length} lines")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.body[0].lineno + 1)
        > MAX_FUNCTION_LINES
    )


def ended_transactions(source: str) -> list[Complaint]:
    """Calls of a method `commit` or `rollback`."""
    return sorted(
        Complaint(node.lineno, f".{node.func.attr}()")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _ENDS
    )


def stale_locks(source: str) -> list[Complaint]:
    """Calls of `get` that lock a row and keep what the session had read of it before the lock."""
    return sorted(
        Complaint(node.lineno, f".{node.func.attr}() without populate_existing")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _GETS
        and "with_for_update" in (names := {one.arg for one in node.keywords})
        and "populate_existing" not in names
    )


def copied_answers(source: str) -> list[Complaint]:
    """Calls of an answer's class that copy two attributes of one object by hand."""
    tree = ast.parse(source)
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = _dotted(node.func)
        if name in own or name.endswith("Out"):
            copied = [_dotted(one.value) for one in node.keywords]
            of = [
                path.removesuffix(f".{one.arg}")
                for path, one in zip(copied, node.keywords, strict=True)
                if path.endswith(f".{one.arg}")
            ]
            found |= {Complaint(node.lineno, name) for one in of if of.count(one) > 1}
    return sorted(found)


def asked_clocks(source: str) -> list[Complaint]:
    """Return where the system clock is read; a monotonic clock does not count."""
    return _named(source, _CLOCKS)


def read_environment(source: str) -> list[Complaint]:
    """Return where environment variables are read or set."""
    return _named(source, _ENVIRONMENT)


def unchecked_approvals(source: str) -> list[Complaint]:
    """Return where an issue is approved without its checks."""
    return _named(source, frozenset({"app.issues.lifecycle.approve"}))


def imported(source: str, package: str) -> list[Complaint]:
    """Return where `package`, or anything in it, is imported."""
    return sorted(
        Complaint(line, name)
        for name, line in _imports(ast.parse(source))
        if name == package or name.startswith(f"{package}.")
    )


def addresses(source: str) -> list[Complaint]:
    """Lines of a requirements file that say where packages come from, which is the reader's own."""
    return [
        Complaint(number, line.strip())
        for number, line in enumerate(source.splitlines(), start=1)
        if "://" in line or line.lstrip().startswith(("-i ", "-f ", "--index", "--extra", "--find"))
    ]


def _named(source: str, forbidden: frozenset[str]) -> list[Complaint]:
    """Uses of dotted names, by whatever way they were imported."""
    tree = ast.parse(source)
    aliases = dict(_aliases(tree))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            first, _, rest = _dotted(node).partition(".")
            name = ".".join(filter(None, (aliases.get(first, first), rest)))
            name = name.removeprefix("datetime.") if name.count(".") > 1 else name
            if name in forbidden:
                found.add(Complaint(node.lineno, name))
    return sorted(found)


def _dotted(node: ast.expr) -> str:
    """`a.b.c` for an expression of that form, else nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def _imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or "", node.lineno


def _aliases(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield what each imported name stands for: `clock` → `time.time`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    yield alias.asname, alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"
