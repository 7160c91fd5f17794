"""The site of the documents: built by Zensical without the network, and no link leads nowhere."""

import re
from pathlib import Path
from typing import Final

import pytest

from localdev.documents import commands, site
from localdev.documents.dialect import MARKDOWN

_PAGES: Final = "[one](no-such-page.md) [another](sending.md#no-such-heading)"
_FILES: Final = "![one](images/no-such-picture.png) [another](no-such-file.csv)"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the whole site once."""
    folder = tmp_path_factory.mktemp("documents")
    site.write_sources(folder)
    return site.build(folder)


def test_site_has_every_page_of_the_documents_and_of_the_code(built: Path) -> None:
    pages = {path.relative_to(site.ROOT / "docs") for path in (site.ROOT / "docs").rglob("*.md")}
    wanted = {path.with_suffix(".html") for path in (*pages, *map(Path, site.MADE))}

    assert len(wanted) > 70
    assert sorted(path for path in wanted if not (built / path).exists()) == []


def test_page_shows_the_lists_tables_and_blocks_that_it_shows_where_it_lies(built: Path) -> None:
    for page in (site.ROOT / "docs").rglob("*.md"):
        path = built / page.relative_to(site.ROOT / "docs").with_suffix(".html")
        article = path.read_text("utf-8").partition("<article")[2].partition("</article>")[0]
        plain = MARKDOWN.render(page.read_text("utf-8"))
        assert _counted(article) == _counted(plain), path.name


def _counted(html: str) -> dict[str, int]:
    return {
        tag: len(re.findall(rf"<{tag}[ >]", html)) for tag in ("ol", "ul", "li", "table", "pre")
    }


def test_page_asks_no_other_host_for_anything(built: Path) -> None:
    asked = re.compile(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"?https?://[^\"> ]+")
    found = [asked.findall(page.read_text("utf-8")) for page in built.rglob("*.html")]

    assert [one for one in found if one] == []


def test_page_of_commands_has_each_and_what_it_takes(built: Path) -> None:
    page = (built / "commands.html").read_text("utf-8")

    for words, _ in commands.leaves():
        assert f"devoured {' '.join(words)}" in page
    assert "--split-by-category" in page
    assert "[bold]" not in page


@pytest.mark.parametrize("links", [_PAGES, _FILES], ids=["pages", "files"])
def test_site_is_not_built_where_a_link_leads_to_what_is_not_there(
    links: str, tmp_path: Path
) -> None:
    site.write_sources(tmp_path)
    page = tmp_path / "docs" / "tracking.md"
    page.write_text(f"{page.read_text('utf-8')}\n{links}\n", encoding="utf-8")

    with pytest.raises(site.Broken) as broken:
        site.build(tmp_path)

    assert "tracking" in str(broken.value)
    for link in re.findall(r"no-such-\w+", links):
        assert link in str(broken.value)
