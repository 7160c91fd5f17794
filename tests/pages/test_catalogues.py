"""No sentence of a page stands in a template unmarked; every catalogue is whole."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from app.pages import render
from app.pages.language import CATALOGUES

TEMPLATES = sorted((Path(render.__file__).parent / "templates").rglob("*.html"))
_READ_OUT = {"alt", "title", "aria-label", "aria-description", "placeholder"}
_LETTER = re.compile(r"[^\W\d_]")
_SENTENCE = re.compile(r"[^\W\d_]{2,}[,.?]? [^\W\d_]{2,}")
_MARKS = {"gettext", "ngettext", "_"}


class _Words(HTMLParser):
    """The text that a person would read or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in _READ_OUT and value]

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def unmarked(source: str) -> list[str]:
    """Every text of the template that `_()` or `{% trans %}` should hold and does not."""
    jinja = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    words = _Words()
    words.feed("".join(_outside_trans(jinja, source)))
    words.close()
    texts = [found.strip() for found in words.found if _LETTER.search(found)]
    return texts + [text for text in _strings(jinja.parse(source)) if _SENTENCE.search(text)]


def _outside_trans(jinja: Environment, source: str) -> Iterator[str]:
    """The template's HTML without expressions, tags and what stands in `trans`."""
    is_inside, previous = False, ""
    for _line, kind, value in jinja.lex(source):
        if kind == "name" and previous == "block_begin":
            is_inside = value == "trans" or (is_inside and value != "endtrans")
        if kind == "data" and not is_inside:
            yield value
        previous = previous if kind == "whitespace" else kind


def _strings(node: nodes.Node) -> Iterator[str]:
    """Every string in an expression that is not marked."""
    if isinstance(node, nodes.Call) and getattr(node.node, "name", "") in _MARKS:
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    for child in node.iter_child_nodes():
        yield from _strings(child)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_has_no_text_that_is_not_marked_to_be_translated(path: Path) -> None:
    assert unmarked(path.read_text()) == [], "say it as {{ _('…') }} or {% trans %}…{% endtrans %}"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<p>{% trans %}Hello{% endtrans %} you</p>", ["you"]),
        ("<p>{%- trans n=2 %}One{% pluralize n %}Many{% endtrans -%}</p>", []),
        ('<p>{{ _("Hello you") }}</p>', []),
        ('<p>{{ "Hello you" if site else _("Hi") }}</p>', ["Hello you"]),
        ('<img alt="A tree">', ["A tree"]),
        ("<img alt=\"{{ _('A tree') }}\">", []),
        ('<a class="end of it" href="/x">·</a>', []),
    ],
)
def test_unmarked_text_is_found(source: str, expected: list[str]) -> None:
    assert unmarked(source) == expected


def test_there_is_a_catalogue() -> None:
    assert [path.name for path in sorted(CATALOGUES.glob("*.po"))] == ["de.po"]
