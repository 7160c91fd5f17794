"""The documents as tests read them: which pages are guides, and the commands that stand in them."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from markdown_it.token import Token

from localdev.documents.dialect import MARKDOWN

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
COMMANDS: Final = "sh"
"""The language of a block of commands; any other block is something to read or to copy."""

_GUIDES: Final = ("Tutorial", "How to")


@dataclass(frozen=True)
class Block:
    """A block of code; `marks` are the words with a dot in the braces behind its language."""

    page: str
    line: int
    language: str
    marks: frozenset[str]
    text: str
    is_fenced: bool

    @property
    def place(self) -> str:
        """Return where it stands, for a message."""
        return f"{self.page}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """Return its commands, one a line: what goes on behind a backslash is put together."""
        whole = self.text.replace("\\\n", " ")
        return [line.strip() for line in whole.splitlines() if line.strip()]


def pages() -> list[Path]:
    """Return every page that people read, apart from decisions and the change log."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]


def guides() -> list[Path]:
    """Return README, the tutorial and the how-tos, by their place in the site."""
    nav: list[dict[str, Any]] = _site()["nav"]
    named = [
        path
        for part in nav
        for title, entries in part.items()
        if title in _GUIDES
        for entry in entries
        for path in entry.values()
    ]
    return [ROOT / "README.md", *(DOCS / path for path in named)]


def places() -> list[str]:
    """Return the pages that have a place in the site, each as often as it is named."""
    nav: list[dict[str, Any]] = _site()["nav"]
    found: list[str] = []
    for part in nav:
        for entries in part.values():
            if isinstance(entries, str):
                found.append(entries)
            else:
                found += [path for entry in entries for path in entry.values()]
    return found


def blocks(page: Path) -> list[Block]:
    """Return the blocks of code of a page, in their order."""
    tokens = MARKDOWN.parse(page.read_text("utf-8"))
    return [_block(page, one) for one in tokens if one.type in {"fence", "code_block"}]


def inline(page: Path) -> Iterator[str]:
    """Yield what stands in a page's sentences as code."""
    for token in MARKDOWN.parse(page.read_text("utf-8")):
        yield from (one.content for one in token.children or () if one.type == "code_inline")


def without_variables(command: str) -> str:
    """Return a command without the variables that are set for it alone."""
    return re.sub(r"^(?:\w+=\S+ )+", "", command)


def _block(page: Path, token: Token) -> Block:
    language, _, braces = token.info.partition("{")
    return Block(
        page=str(page.relative_to(ROOT)),
        line=(token.map or [0])[0] + 1,
        language=language.strip(),
        marks=frozenset(re.findall(r"\.([a-z]+)", re.sub(r'"[^"]*"', "", braces))),
        text=token.content,
        is_fenced=token.type == "fence",
    )


def _site() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]
    return project
