"""What is found in stories as they were pasted: lines without a place, and marks of markup."""

import pytest

from app.issues.checks.facts import IssueFacts
from app.issues.checks.markup import marked_up_text
from app.issues.checks.stories import nothing_unplaced
from app.story_fields import Term
from tests.issues.checks.told import LINE, facts, found, story


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (facts(unplaced=(LINE,), n_unplaced=1), ("blocks", "unplaced_line", "/unplaced/9")),
        (story(what="It is **new**."), ("warns", "markdown_in_text", "/stories/41/what")),
        (story(what="It is *quite new*."), ("warns", "markdown_in_text", "/stories/41/what")),
        (story(title="_Really_ new"), ("warns", "markdown_in_text", "/stories/41/title")),
        (
            story(deep_dive=("See [the docs](https://a.example/b).",)),
            ("warns", "markdown_in_text", "/stories/41/deep_dive/0"),
        ),
        (story(article="One.\n\n**Two**"), ("warns", "markdown_in_text", "/stories/41/article")),
        (facts(subject="A *new* day"), ("warns", "markdown_in_text", "/subject")),
        (story(summary="AT&amp;T"), ("warns", "html_in_text", "/stories/41/summary")),
        (story(summary="AT&#39;s"), ("warns", "html_in_text", "/stories/41/summary")),
        (story(summary="a&nbsp;b"), ("warns", "html_in_text", "/stories/41/summary")),
        (story(takeaway="<b>Try</b> it"), ("warns", "html_in_text", "/stories/41/takeaway")),
        (
            story(takeaway='<a href="https://a.example/">Try</a>'),
            ("warns", "html_in_text", "/stories/41/takeaway"),
        ),
        (
            story(decoder=(Term("Term – a definition", ""),)),
            ("warns", "dash_in_term", "/stories/41/decoder/0/term"),
        ),
        (
            story(decoder=(Term("Term -- a definition", ""),)),
            ("warns", "dash_in_term", "/stories/41/decoder/0/term"),
        ),
    ],
)
def test_finding_names_severity_code_and_place(
    told: IssueFacts, expected: tuple[str, str, str]
) -> None:
    assert expected in found(told)


@pytest.mark.parametrize(
    "text",
    [
        "2 * 3 * 4 is 24",
        "a*b*c",
        "2**10 and 3**2",
        "snake_case_name and __init__",
        "R&D; Q&A",
        "List<String> and <T>",
        "a < b > c",
        "array[0](x)",
        "[1] and (2)",
        "well-known – so to speak",
        "5 * stars *",
    ],
)
def test_nothing_is_found_when_signs_are_meant(text: str) -> None:
    assert list(marked_up_text(story(what=text))) == []


def test_both_are_said_when_a_text_has_markdown_and_html() -> None:
    told = story(summary="AT&amp;T&#39;s **new** tool&nbsp;is out.")
    details = [finding.detail for finding in marked_up_text(told)]
    assert details == [
        "“**new**” is Markdown, and this text is plain: readers would see the signs.",
        "“&amp;” is HTML, and texts are plain: readers would see the signs.",
    ]
    mends = [finding.mend.partition(" Or ")[0] for finding in marked_up_text(told)]
    assert mends == ["Write the words alone: “new”.", "Write the sign itself: “&”."]


def test_line_is_told_with_its_story_and_reason() -> None:
    (finding,) = nothing_unplaced(facts(unplaced=(LINE,), n_unplaced=1))
    expected = "Line 214 (in “A compiler”) found no place, “Try it.”: a point with nothing in it."
    assert finding.detail == expected
