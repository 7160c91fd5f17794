"""The Markdown form and its front matter by example."""

from datetime import date

import pytest

from app.content import reasons
from app.content.drafts import Digest, Sponsor, StoryDraft, Unplaced
from app.content.errors import ContentError
from app.content.markdown_form import parse_markdown, write_markdown
from app.story_fields import Term

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
        Unplaced(2, "# Today", reasons.OTHER_LEVEL),
        Unplaced(3, "- point", "it stands before the first story"),
        Unplaced(5, "### Decoder", "a mark with nothing after it", "A"),
    )


def test_heading_of_another_level_is_named_when_it_stands_among_fields() -> None:
    digest = parse_markdown("## A\n**Why it matters:** y\n### B (5 minute read)\nStray.\n")
    assert digest.stories == (StoryDraft(title="A", why_it_matters="y"),)
    assert [(item.line, item.after) for item in digest.unplaced] == [(3, "A"), (4, "A")]
    assert digest.unplaced[0].reason == reasons.OTHER_LEVEL


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
        ("subject: a\0b", 2, "control character U+0000"),
        ("- subject", 2, "only lines such as"),
        ("just text", 2, "only lines such as"),
        ("  indented under nothing", 2, "only lines such as"),
        ("{subject: a}", 2, "unknown key '{subject'"),
        ("x" * 8_001, 1, "at most 8,000 characters"),
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


@pytest.mark.parametrize(
    "value",
    [
        "Issue #42 is here",
        "The #1 reason why queues fill up",
        "a # b",
        "#5",
        "Queues: why they fill",
        "a: b: c",
        "!important",
        "!!str x",
        "100% sure",
        "%d problems",
        "[a, b]",
        "[open",
        "{a: b}",
        "{{ name }}",
        "*a and *b*",
        "&a x",
        "- a",
        "? a",
        "> a",
        "|",
        "| a",
        "@home",
        "`code`",
        '"One" and "two"',
        "'tis the season",
        '"open',
        "it's",
        "“curly”",
        "no",
        "~",
        "null",
        "0x1F",
        "1_000",
        "2026-11-23",
        "12:30:00",
        "\\n and \\U00110000",
        "a, b",
        "<<",
        "=",
    ],
)
def test_value_is_text_as_typed_when_front_matter_is_read(value: str) -> None:
    source = f"subject: {value}\nsponsor: {value}\nsponsor_url: https://example.com/#top"
    digest = parse_markdown(_front(source))
    assert digest.subject == value
    assert digest.sponsor == Sponsor(value, url="https://example.com/#top")


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('subject: "Queues: why"', "Queues: why"),
        ("subject: 'it''s'", "it's"),
        ('subject: "a \\"b\\" c"', 'a "b" c'),
        ("subject: >\n  one\n  two", "one two"),
        ("subject: |-\n  one\n  two", "one two"),
        ("subject: one\n  two: three\n  #4", "one two: three #4"),
        ("subject:\n  one", "one"),
        ("'subject': one", "one"),
        ("# a remark\n\nsubject: one", "one"),
        ("Subject:one", "one"),
    ],
)
def test_value_is_what_yaml_would_say_when_it_is_written_as_yaml(source: str, value: str) -> None:
    assert parse_markdown(_front(source)).subject == value


def test_keys_are_known_when_they_are_spelt_in_another_way() -> None:
    digest = parse_markdown(_front("Sponsor: a\nSponsor-Label: b\nsponsor url: https://c.example"))
    assert digest.sponsor == Sponsor("a", "b", "https://c.example")


def test_form_stays_the_same_when_the_front_matter_of_an_export_is_read() -> None:
    subject = "'Quoted', \"twice\": #1 'again'"
    digest = Digest((), subject=subject)
    assert parse_markdown(write_markdown(digest)) == digest
