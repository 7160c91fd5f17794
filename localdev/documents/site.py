"""`python -m localdev.documents.site FOLDER`: builds the site with Zensical, without the network.

Pages that the code can say are written here, so that they cannot be stale: commands, routes, the
list of decisions and the change log. A link or an anchor that leads nowhere fails the build.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from localdev.documents import commands, routes
from localdev.documents.dialect import for_zensical

ROOT: Final = Path(__file__).parents[2]
CONFIG: Final = ROOT / "zensical.toml"
MADE: Final = ("changelog.md", "commands.md", "decisions.md", "routes.md")
"""Pages that are no files of docs/."""

_DECISIONS: Final = """\
# Decisions

Why things are as they are, a page each, in the order in which they were made.
"""


class Broken(Exception):
    """The site was not built; the text says where and why."""


def write_sources(folder: Path, docs: Path = ROOT / "docs") -> None:
    """Write what the site is built from: the configuration, the pages, and those of the code."""
    pages = folder / "docs"
    shutil.copytree(docs, pages)
    shutil.copyfile(CONFIG, folder / CONFIG.name)
    for page in pages.rglob("*.md"):
        page.write_text(for_zensical(_inside(page.read_text("utf-8"))), encoding="utf-8")
    shutil.copyfile(ROOT / "LICENSE", pages / "LICENSE")
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    (pages / "changelog.md").write_text(changes.replace("](docs/", "]("), encoding="utf-8")
    (pages / "commands.md").write_text(commands.page(), encoding="utf-8")
    (pages / "decisions.md").write_text(decisions(pages / "adr"), encoding="utf-8")
    (pages / "routes.md").write_text(routes.page(pages / "openapi.json"), encoding="utf-8")


def decisions(folder: Path) -> str:
    """Return the page that leads to each decision by its title."""
    titles = [
        f"- [{one.read_text('utf-8').partition(chr(10))[0].removeprefix('# ')}](adr/{one.name})"
        for one in sorted(folder.glob("*.md"))
    ]
    return "\n".join([_DECISIONS, *titles]) + "\n"


def build(folder: Path) -> Path:
    """Build the site of what `write_sources` wrote, and return its folder.

    Raises `Broken` with what Zensical said, where a page, a link or an anchor is not there.
    """
    program = Path(sys.executable).parent / "zensical"
    ran = subprocess.run(  # noqa: S603  # the program that requirements/dev.txt pins
        [program, "build", "--clean", "--strict", "--config-file", folder / CONFIG.name],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "NO_COLOR": "1"},
    )
    if ran.returncode:
        said, _, _ = (ran.stdout + ran.stderr).partition("Traceback")
        raise Broken(re.sub(r"\x1b\[[0-9;]*m", "", said))
    built = (folder / "site").resolve()
    if nowhere := [f"{page}: {link} is not there" for page, link in _dead_links(built)]:
        raise Broken("\n".join(nowhere))
    return built


class _Links(HTMLParser):
    """Collects where the tags of a page lead, or what they show."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # the base class's signature
        """Take what is named in `href` and `src`."""
        self.found |= {value for name, value in attrs if name in {"href", "src"} and value}


def _dead_links(built: Path) -> Iterator[tuple[str, str]]:
    """Yield page and link where a picture or a file is not there; Zensical looks at pages only."""
    for page in sorted(built.rglob("*.html")):
        links = _Links()
        links.feed(page.read_text("utf-8"))
        for link in sorted(links.found):
            parts = urlsplit(link)
            above = built if parts.path.startswith("/") else page.parent
            target = (above / unquote(parts.path).lstrip("/")).resolve()
            is_here = not (parts.scheme or parts.netloc)
            if is_here and not (target.exists() and target.is_relative_to(built)):
                yield str(page.relative_to(built)), link


def _inside(page: str) -> str:
    """Return the page with the links that lead out of docs/ led to what the site has of them."""
    return page.replace("](../CHANGELOG.md)", "](changelog.md)").replace(
        "](../LICENSE)", "](LICENSE)"
    )


def main(folder: Path) -> None:
    """Build the site into the folder, in the place of one that was built there before."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        write_sources(folder)
        built = build(folder)
    except Broken as broken:
        sys.exit(str(broken))
    sys.stdout.write(f"{built / 'index.html'}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
