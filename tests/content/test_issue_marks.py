"""An issue's opening and sign-off in the text form, which change nothing else of it."""

from dataclasses import replace

import pytest
from hypothesis import example, given

from app.content import reasons
from app.content.drafts import Digest
from app.content.limits import MAX_OPENING
from app.content.text_form import parse_text, write_text
from tests.content.drawn import texts

_STORY = "A (b)\n\nA (b)\n\nAI\nOne.\nWhat: It is.\nOriginal article\nText.\n"


def _said(source: str) -> tuple[str, str, list[tuple[int, str]]]:
    digest = parse_text(source)
    return digest.opening, digest.sign_off, [(one.line, one.reason) for one in digest.unplaced]


def test_words_of_the_issue_stand_before_the_stories_and_after_the_end() -> None:
    source = f"Fresh Devoured\nOpening: Good morning.\n\n{_STORY}Digest devoured!\nSign-off: Bye.\n"
    digest = parse_text(source)
    assert (digest.opening, digest.sign_off) == ("Good morning.", "Bye.")
    assert digest.stories == parse_text(_STORY).stories
    assert write_text(digest).splitlines() == [
        *("Fresh Devoured", "Opening: Good morning.", ""),
        *_STORY.replace("article\n", "article\n\n").splitlines(),
        *("", "Digest devoured!", "Sign-off: Bye."),
    ]


@pytest.mark.parametrize(
    ("before", "opening", "sign_off"),
    [
        ("Opening: One\ntwo.\n\n", "One two.", ""),
        ("Opening:\nOne.\n\n", "One.", ""),
        ("Opening:\n\nOne.\n\n", "One.", ""),
        ("  **OPENING:** *One* two.\n", "*One* two.", ""),
        ("*Opening*: One.\n", "One.", ""),
        ("Opening\tOne.\n", "One.", ""),
        ("Sign off: Two.\nOpening: One.\n", "One.", "Two."),
        ("Opening: One.\nSign–off: Two.\n", "One.", "Two."),
        ("Opening:\n\\See this (5 minute read)\n\n", "See this (5 minute read)", ""),
        ("Opening:\n\\Opening: it is\n\n", "Opening: it is", ""),
        ("Opening: One.\nOpening: One.\n", "One.", ""),
        ("Opening: See\nhttps://example.org/b\n", "See https://example.org/b", ""),
    ],
)
def test_words_of_the_issue_are_read_as_fields_are(
    before: str, opening: str, sign_off: str
) -> None:
    assert _said(before + _STORY) == (opening, sign_off, [])


@pytest.mark.parametrize(
    ("before", "opening", "unplaced"),
    [
        ("Opening:\n\n", "", [(1, reasons.MARK_ALONE)]),
        ("Opening: One.\n\nTwo.\n", "One.", [(3, reasons.BEFORE_STORIES)]),
        ("Opening: One.\n--\nAnn\n", "One.", [(n, reasons.BEFORE_STORIES) for n in (2, 3)]),
        ("Opening: One.\nWhat: x\n", "One.", [(2, reasons.FIELD_BEFORE_STORIES)]),
        ("Opening: One.\nOpening: Two\nor.\n", "One.", [(n, reasons.SAID_TWICE) for n in (2, 3)]),
        (f"Opening: {'a ' * MAX_OPENING}\nb\n", "", [(n, reasons.TOO_LONG) for n in (1, 2)]),
        ("\\Opening: One.\n", "", [(1, reasons.BEFORE_STORIES)]),
        ("Openings: One.\n", "", [(1, reasons.BEFORE_STORIES)]),
    ],
)
def test_line_is_reported_when_the_issue_does_not_take_it(
    before: str, opening: str, unplaced: list[tuple[int, str]]
) -> None:
    assert _said(f"{before}\n{_STORY}") == (opening, "", unplaced)


@pytest.mark.parametrize(
    "body",
    [
        "AI\nOpening: One.\nWhat: x",
        "AI\nOne.\nTakeaway: x\nSign-off: y",
        "AI\nOne.\nWhat: x\n\nSign-off: y",
        "AI\nOne.\nDeep dive\n  • Opening: x",
        "AI\nOne.\nOriginal article\nOpening: x\n\nSign-off: y",
    ],
)
def test_words_in_a_story_are_the_storys(body: str) -> None:
    digest = parse_text(f"A (b)\n\nA (b)\n\n{body}\n")
    assert (digest.opening, digest.sign_off) == ("", "")
    assert "Opening: " in str(digest) or "Sign-off: " in str(digest)


def _without_marks(source: str) -> str:
    return source.replace("Opening", "Xpening").replace("Sign", "Xign")


def _with_marks(digest: Digest) -> str:
    return str(digest.stories).replace("Xpening", "Opening").replace("Xign", "Sign")


@given(source=texts)
@example(source="Opening: a\n\nAI\nb\nWhat: x")
@example(source="Opening: a (5 minute read)\nAI\nb\nWhat: x")
@example(source="a (b)\n\na (b)\n\nDigest devoured!\nOpening: a (b)\n\nOpening: a (b)")
def test_nothing_else_changes_when_a_text_has_such_words(source: str) -> None:
    digest, before = parse_text(source), parse_text(_without_marks(source))
    assert (_with_marks(before), before.lead) == (str(digest.stories), digest.lead)
    assert {one.line for one in digest.unplaced} <= {one.line for one in before.unplaced}
    if _without_marks(source) == source:
        assert replace(digest, unplaced=()) == Digest(digest.stories, lead=digest.lead)
        assert digest.unplaced == before.unplaced
