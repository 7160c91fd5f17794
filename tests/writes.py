"""Where code writes a column of a table, in whatever form: SQL in a text, or SQLAlchemy's words."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import app

_GAP: Final = "…"
"""What stands for a value that is put into a text."""


@dataclass(frozen=True)
class Column:
    """A column, the model of its table, and by what an assignment to it is known.

    An assignment counts whose right side names the `enum`, or that is made to a variable of one of
    these `names`.
    """

    table: str
    model: str
    name: str
    enum: str = ""
    names: tuple[str, ...] = ()


def homes(column: Column, value: str = "") -> set[str]:
    """Return the files of `app` that write this column, or write it with what matches `value`."""
    root = Path(app.__file__).parent
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if any(re.search(value, one) for one in writes(path.read_text(), column))
    }


def writes(source: str, column: Column) -> list[str]:
    """Return what a source writes into a column, one text for each place that does."""
    tree = ast.parse(source)
    found = [one for text in _texts(tree) for one in _in_sql(text, column)]
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            found += _in_statement(node, column)
    return found


def _texts(node: ast.AST) -> Iterator[str]:
    """Yield the texts of a source, each whole: joined ones as one, with gaps for what is put in."""
    text = _text(node)
    if text is not None:
        yield text
        return
    for child in ast.iter_child_nodes(node):
        yield from _texts(child)


def _text(node: ast.AST) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_text(one) or _GAP for one in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            before, after = _text(left), _text(right)
            if before is None and after is None:
                return None
            return (before or _GAP) + (after or _GAP)
    return None


def _in_sql(text: str, column: Column) -> Iterator[str]:
    """Yield what the statements of a text write into the column."""
    table = rf'(?:only\s+)?(?:"?public"?\.)?"?(?:{column.table}|{_GAP})"?(?![\w])'
    flags = re.IGNORECASE | re.DOTALL
    for found in re.finditer(rf"\binsert\s+into\s+{table}(.*)", text, flags):
        rest = found[1]
        names = re.match(r"(?:\s+as\s+\w+)?\s*\(([^)]*)\)(.*)", rest, flags)
        if names is None:
            yield rest
        elif column.name in re.findall(r"\w+", names[1]):
            yield re.split(r"\bfrom\b|\bon\s+conflict\b|\breturning\b", names[2], flags=flags)[0]
        yield from (one for one in _sets(names[2] if names else rest, column))
    for found in re.finditer(rf"\b(?:update|merge\s+into)\s+{table}(.*)", text, flags):
        yield from _sets(found[1], column)
    for found in re.finditer(rf"\bcopy\s+{table}\s*(?:\([^)]*\))?\s*from\b(.*)", text, flags):
        yield found[1]


def _sets(text: str, column: Column) -> Iterator[str]:
    """Yield the first SET of a statement if it sets the column."""
    found = re.search(
        r"\bset\b(.*?)(?:\bwhere\b|\bfrom\b|\breturning\b|\binsert\b|$)",
        text,
        re.IGNORECASE | re.DOTALL,
    )
    if found and re.search(rf'(?:^|[,(])\s*"?{column.name}"?\s*[=,)]', found[1], re.IGNORECASE):
        yield found[1]


def _in_statement(node: ast.stmt, column: Column) -> Iterator[str]:
    """Yield what one statement writes by the model: made, inserted, updated or assigned."""
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        right = ast.unparse(node.value)
        yield from (
            right
            for target in targets
            for one in _parts(target)
            if _is_assigned(one, right, column)
        )
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield from (
            one
            for child in _own(node)
            if isinstance(child, ast.Call)
            for one in _in_call(child, column)
        )


def _is_assigned(target: ast.expr, right: str, column: Column) -> bool:
    if not isinstance(target, ast.Attribute) or target.attr != column.name:
        return False
    is_named = isinstance(target.value, ast.Name) and target.value.id in column.names
    return is_named or (column.enum != "" and column.enum in right)


def _in_call(call: ast.Call, column: Column) -> Iterator[str]:
    match call:
        case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value=name), value]):
            if name == column.name:
                yield ast.unparse(value)
        case ast.Call(func=ast.Name(id=column.model)) if call.keywords:
            yield from _values(call, column)
        case ast.Call(func=ast.Attribute(attr="values")):
            told = ast.unparse(call.func)
            if re.search(rf"\b(insert|update)\(\w*\.?{column.model}\)", told):
                yield from _values(call, column)


def _own(node: ast.stmt) -> Iterator[ast.AST]:
    """Yield what stands in a statement, but not in the statements within it."""
    waiting = [one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.stmt)]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += [each for each in ast.iter_child_nodes(one) if not isinstance(each, ast.stmt)]


def _parts(target: ast.expr) -> list[ast.expr]:
    return target.elts if isinstance(target, ast.Tuple | ast.List) else [target]


def _values(call: ast.Call, column: Column) -> Iterator[str]:
    """Yield what a call gives the column; all of it where that cannot be told."""
    for one in call.keywords:
        if one.arg == column.name or one.arg is None:
            yield ast.unparse(one.value)
    for argument in call.args:
        if not isinstance(argument, ast.Dict):
            yield ast.unparse(argument)
            continue
        for key, value in zip(argument.keys, argument.values, strict=True):
            told = "" if key is None else ast.unparse(key).strip("'\"").rpartition(".")[2]
            if told in {column.name, ""}:
                yield ast.unparse(value)
