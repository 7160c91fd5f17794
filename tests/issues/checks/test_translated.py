"""What a finding says is told in German, too, and speaks of the desk, not of the API."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from app.issues.checks.facts import IssueFacts
from app.issues.checks.finding import Finding
from app.issues.checks.registry import run_checks
from app.pages.language import CATALOGUES, SOURCE, activate, languages, translated
from app.sentences import Sentence, Value
from tests.issues.checks import (
    test_pure_article_images,
    test_pure_checks,
    test_pure_loaded,
    test_pure_states,
)

_NOT_OF_THE_DESK: Final = re.compile(r"/v1/|\bdevoured |DEVOURED_|\b(?:GET|POST|PATCH|DELETE)\b|_")


def _findings() -> list[Finding]:
    """Return all that is found in the facts of the checks' own tests: every code there is."""
    modules = (test_pure_article_images, test_pure_checks, test_pure_loaded, test_pure_states)
    marks = [
        mark
        for module in modules
        for test in vars(module).values()
        for mark in getattr(test, "pytestmark", ())
        if mark.name == "parametrize"
    ]
    given = [value for mark in marks for values in mark.args[1] for value in _flat(values)]
    return [found for one in given if isinstance(one, IssueFacts) for found in run_checks(one)]


def _flat(values: object) -> Sequence[object]:
    return values if isinstance(values, tuple) else [values]


@pytest.fixture(scope="module", name="german")
def _german() -> Catalog:
    with (CATALOGUES / "de.po").open("rb") as file:
        return read_po(file, locale="de")


def test_every_sentence_of_a_finding_is_in_the_catalogue(german: Catalog) -> None:
    said = [text for one in _findings() for text in (one.detail, one.mend)]
    assert len({text.one for text in said}) > 80
    missing = {text.one for one in said for text in _sentences(one) if not _is_known(german, text)}
    assert missing == set()


def _sentences(value: Value) -> Iterator[Sentence]:
    """Yield a sentence and those that stand in it."""
    if isinstance(value, Sentence):
        yield value
        for inner in value.values.values():
            yield from _sentences(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _sentences(inner)


def _is_known(german: Catalog, text: Sentence) -> bool:
    found = german.get((text.one, text.many) if text.many else text.one)
    return found is not None and bool(found.string)


def test_no_mend_names_the_api_a_command_or_a_setting() -> None:
    assert [one.mend for one in _findings() if _NOT_OF_THE_DESK.search(one.mend)] == []


def test_a_finding_is_the_same_in_every_language() -> None:
    activate(languages()["de"])
    try:
        in_german = _findings()
        assert any(translated(one.detail) != one.detail for one in in_german)
    finally:
        activate(languages()[SOURCE])
    assert [one.id for one in in_german] == [one.id for one in _findings()]
