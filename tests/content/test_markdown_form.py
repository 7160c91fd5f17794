"""The Markdown form and its front matter by example."""

from datetime import date

import pytest

from app.content.drafts import Digest, StoryDraft, Term, Unplaced
from app.content.errors import ContentError
from app.content.markdown_form import parse_markdown

_WHOLE = """\
---
date: 2026-11-23
subject: "Queues: why they fill"
preheader: no
---

## Queues (4 minute read)

**Category:** DevOps

**Link**: https://example.org/queues

A queue that fills is a rate
that was never **measured**.

**What:** Arrival and service rates.
**Why it matters:** Waiting grows.

**Takeaway:** Measure both.

### Deep dive

- The first point
  goes on here.
* The second.

### Decoder

- **Little's law:** L = λW.
- Load: how busy it is.
- **Utilisation:**

### Original article

### Its own heading

- a list
"""


def _front(source: str) -> str:
    return f"---\n{source}\n---\n"


def test_digest_has_all_its_fields_when_all_are_there() -> None:
    story = StoryDraft(
        title="Queues",
        label="4 minute read",
        category="DevOps",
        url="https://example.org/queues",
        summary="A queue that fills is a rate that was never **measured**.",
        what="Arrival and service rates.",
        why_it_matters="Waiting grows.",
        takeaway="Measure both.",
        deep_dive=("The first point goes on here.", "The second."),
        decoder=(
            Term("Little's law", "L = λW."),
            Term("Load", "how busy it is."),
            Term("Utilisation", ""),
        ),
        article="### Its own heading\n\n- a list",
    )
    digest = parse_markdown(_WHOLE)
    assert digest == Digest(
        stories=(story,),
        issued_on=date(2026, 11, 23),
        subject="Queues: why they fill",
        preheader="no",
    )


def test_lines_are_unplaced_when_no_heading_came_before() -> None:
    digest = parse_markdown("\n# Today\n- point\n## A\n### Decoder\n## B")
    assert [story.title for story in digest.stories] == ["A", "B"]
    assert digest.unplaced == (
        Unplaced(2, "# Today", "it stands before the first story"),
        Unplaced(3, "- point", "it stands before the first story"),
        Unplaced(5, "### Decoder", "a mark with nothing after it", "A"),
    )


def test_label_is_empty_when_the_heading_has_no_parenthesis() -> None:
    titles = ["A", "(b)", "A (b) ()"]
    digest = parse_markdown("\n".join(f"## {title}" for title in titles))
    assert [(story.title, story.label) for story in digest.stories] == [
        ("A", ""),
        ("(b)", ""),
        ("A (b)", ""),
    ]


def test_line_is_text_when_a_backslash_stands_before_its_mark() -> None:
    (story,) = parse_markdown("## A\n\\- One.\n### Original article\n\\## B\n\\# C").stories
    assert (story.summary, story.article) == ("- One.", "## B\n\\# C")


@pytest.mark.parametrize("source", ["", "# a remark", "date:", "subject: ''\n"])
def test_front_matter_is_empty_when_it_says_nothing(source: str) -> None:
    assert parse_markdown(_front(source)) == Digest(())


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("headline: x", 2, "unknown key 'headline'"),
        ("subject: a\nsubject: b", 3, "given twice"),
        ("subject: a\nsponsor_label: b", 2, "sponsor is needed"),
        ("sponsor: a\nsponsor_url: javascript:b", 3, "sponsor_url must be an http"),
        (f"sponsor: {'x' * 601}", 2, "601 characters"),
        ("date: 2026-02-30", 2, "date must be like"),
        ("date: 2026-11-23 10:00", 2, "date must be like"),
        (f"subject: {'x' * 201}", 2, "201 characters"),
        ('subject: "\\0"', 2, "control character U+0000"),
        ("subject: [a, b]", 2, "only lines such as"),
        ("subject: {a: b}", 2, "only lines such as"),
        ("- subject", 2, "only lines such as"),
        ("just text", 2, "only lines such as"),
        ("subject: &a x", 2, "only lines such as"),
        ("subject: *a", 2, "only lines such as"),
        ('subject: "open', 2, "unexpected end"),
        ("subject: a: b", 2, "mapping values"),
        ('subject: "\\UFFFFFFFF"', 1, "is no YAML"),
        ('subject: "\\U00110000"', 1, "is no YAML"),
        ("x" * 4_001, 1, "at most 4,000 characters"),
    ],
)
def test_place_is_named_when_front_matter_is_wrong(source: str, line: int, said: str) -> None:
    with pytest.raises(ContentError) as caught:
        parse_markdown(_front(source))
    (error,) = caught.value.errors
    assert error.pointer == f"line {line}"
    assert said in error.detail


def test_place_is_named_when_front_matter_does_not_end() -> None:
    with pytest.raises(ContentError, match="does not end"):
        parse_markdown("---\nsubject: a\n")


def test_aliases_are_refused_when_they_would_multiply() -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(ContentError, match="more than a list of settings"):
        parse_markdown(_front("\n".join(["a0: &a0 x", *levels])))


def test_depth_is_refused_when_yaml_is_nested() -> None:
    with pytest.raises(ContentError, match="more than a list of settings"):
        parse_markdown(_front("subject: " + "[" * 3_000))
