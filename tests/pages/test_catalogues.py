"""No sentence of a page stands in a template unmarked; every catalogue is whole."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from app.desk import frame
from app.language import mail_languages
from app.pages import render
from app.pages.language import CATALOGUES, languages
from localdev.mail_catalogues import FOLDER, sentences_of_mails

TEMPLATES = sorted(
    path
    for folder in (Path(render.__file__).parent / "templates", frame.TEMPLATES)
    for path in folder.rglob("*.html")
)
ROOT = Path(__file__).parents[2]
_PLACE = re.compile(r"%\(\w+\)s")
_TAG = re.compile(r"</?[a-z]+[^>]*>")
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
    """Return every text of the template that `_()` or `{% trans %}` should hold and does not."""
    jinja = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    words = _Words()
    words.feed("".join(_outside_trans(jinja, source)))
    words.close()
    texts = [found.strip() for found in words.found if _LETTER.search(found)]
    return texts + [text for text in _strings(jinja.parse(source)) if _SENTENCE.search(text)]


def _outside_trans(jinja: Environment, source: str) -> Iterator[str]:
    """Yield the template's HTML without expressions, tags and the content of `trans`."""
    is_inside, previous = False, ""
    for _line, kind, value in jinja.lex(source):
        if kind == "name" and previous == "block_begin":
            is_inside = value == "trans" or (is_inside and value != "endtrans")
        if kind == "data" and not is_inside:
            yield value
        previous = previous if kind == "whitespace" else kind


def _strings(node: nodes.Node) -> Iterator[str]:
    """Yield every string in an expression that is not marked."""
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


def test_every_sentence_is_translated(tmp_path: Path) -> None:
    source = _extracted(tmp_path / "pages.pot")
    for path in CATALOGUES.glob("*.po"):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.stem, abort_invalid=True)
        ids = {message.id for message in catalogue if message.id}
        assert source - ids == set(), "make catalogues, and translate what is new"
        for message in catalogue:
            if message.id:
                _check(message)


def test_catalogues_of_mails_have_every_sentence_that_a_mail_says(tmp_path: Path) -> None:
    pot = tmp_path / "pages.pot"
    _extracted(pot)
    wanted = {message.id for message in sentences_of_mails(pot)}
    assert {"Takeaway", "Digest devoured!", ("%(n)s story", "%(n)s stories")} <= wanted
    for code in mail_languages().keys() - languages().keys():
        with (FOLDER / f"{code}.po").open("rb") as file:
            catalogue = read_po(file, locale=code, abort_invalid=True)
        assert {message.id for message in catalogue if message.id} == wanted, "make catalogues"
        forms = Locale.parse(code, sep="-").plural_form.tags | {"other"}
        assert catalogue.num_plurals == len(forms), "CLDR has as many forms for a count"
        for message in catalogue:
            if message.id:
                _check(message)


def _extracted(pot: Path) -> set[object]:
    """Return the sentences that `make catalogues` finds, as it finds them."""
    marked = re.search(r"^MARKED := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert marked is not None
    command = ["-q", "extract", "-F", str(ROOT / "pyproject.toml"), *marked[1].split()]
    arguments = ["pybabel", *command, "-o", str(pot), str(ROOT)]
    CommandLineInterface().run(arguments)  # type: ignore[no-untyped-call]  # it has no types
    with pot.open("rb") as file:
        return {message.id for message in read_po(file) if message.id}


def _check(message: Message) -> None:
    """Check that every form is there, with the places and the tags of its source."""
    sources = message.id if isinstance(message.id, tuple) else (message.id,)
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    assert all(texts), message.id
    assert not message.fuzzy, message.id
    for place, text in enumerate(texts):
        for pattern in (_PLACE, _TAG):
            found, wanted = (set(pattern.findall(str(one))) for one in (text, sources[-1]))
            # The forms for one and for two may say their number as a word, or by their ending.
            is_one_number = len(texts) > len(sources) and place < len(sources)
            assert found in ([wanted, wanted - {"%(n)s"}] if is_one_number else [wanted]), text
