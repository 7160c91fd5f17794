r"""Escapes: a leading backslash makes plain text of a line that looks like a mark.

Counting makes it exact: an odd number of backslashes before what looks like a mark is an
escaped line, and stands for half as many, rounded down (`\Decoder` is the text `Decoder`,
`\\\Decoder` is `\Decoder`). Before anything else a backslash is a backslash.
"""

from collections.abc import Callable

IsMark = Callable[[str], bool]
"""Whether a line, its leading backslashes aside, looks like a mark of the form."""


def leading(line: str) -> int:
    """Return how many backslashes the line begins with."""
    return len(line) - len(line.lstrip("\\"))


def escape(line: str, is_mark: IsMark) -> str:
    """Return the line as it must be written where `is_mark` marks are understood."""
    if not is_mark(line):
        return line
    return "\\" * (leading(line) + 1) + line


def unescape(line: str, is_mark: IsMark) -> str:
    """Return the text that a written line stands for; the inverse of `escape`."""
    backslashes = leading(line)
    if backslashes % 2 == 0 or not is_mark(line):
        return line
    return line[backslashes - backslashes // 2 :]
