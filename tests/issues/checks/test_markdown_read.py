"""Checks of stories that read Markdown: they see the words, and the marks that are not read."""

from dataclasses import replace
from typing import Any

import pytest

from app.issues.checks.facts import IssueFacts
from app.issues.checks.markup import marked_up_text
from app.story_fields import Term
from tests.issues.checks.told import COMPILER, MODEL, facts

LINK = (
    "Write a link as [words](https://example.org), and an image in an article alone. Or waive this"
    " if readers are meant to see them."
)


def _marked(**changes: Any) -> IssueFacts:
    return facts(stories=(replace(COMPILER, reads_markdown=True, **changes), MODEL))


def test_marks_that_are_read_are_not_told() -> None:
    told = _marked(
        summary="It is **new** and *quite* `*so*`.",
        what="See [the docs](https://a.example/b).",
        deep_dive=("Write `[a](https://b.example)` and `<b>`.",),
        decoder=(Term("Mark", "a *sign*"),),
        article="# One\n\n**Two** and `<b>`\n\n```\n<b>*three*</b>\n```\n\n- [four](https://a.example)",
    )
    assert list(marked_up_text(told)) == []


@pytest.mark.parametrize(
    ("changes", "place", "mend"),
    [
        (
            {"what": "It is _quite_ new."},
            "/stories/41/what",
            "Write it between asterisks: *quite*. Or waive this if readers are meant to see them.",
        ),
        (
            {"takeaway": "See ![a plan](https://a.example/b.png)."},
            "/stories/41/takeaway",
            LINK,
        ),
        (
            {"deep_dive": ("Fine.", "See [the docs](/docs).")},
            "/stories/41/deep_dive/1",
            LINK,
        ),
        (
            {"article": "One.\n\n- _Two_"},
            "/stories/41/article",
            "Write it between asterisks: *Two*. Or waive this if readers are meant to see them.",
        ),
        (
            {"title": "A *new* compiler"},
            "/stories/41/title",
            "Write the words alone: “new”. Or waive this if readers are meant to see them.",
        ),
    ],
)
def test_marks_that_are_not_read_are_told(changes: dict[str, Any], place: str, mend: str) -> None:
    (found,) = marked_up_text(_marked(**changes))
    assert (found.code, found.place.pointer, found.mend) == ("markdown_in_text", place, mend)


def test_texts_are_the_words_alone() -> None:
    told = _marked(what="A [very *long*](https://a.example/b) word").stories[0]
    assert dict(told.texts())["what"] == "A very long word"
    assert dict(replace(told, reads_markdown=False).texts())["what"] == told.what
