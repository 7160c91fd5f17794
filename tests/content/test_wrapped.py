"""What a mail program does to a digest: headings are wrapped or half said, signatures follow."""

import textwrap
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.content import reasons
from app.content.drafts import Digest, StoryDraft
from app.content.markdown_form import parse_markdown
from app.content.text_form import parse_text, write_text
from app.content.text_marks import heading_line

BEGINNING = "Why queues fill up in the systems that everybody thought"
FIRST = StoryDraft(
    title=f"{BEGINNING} were large enough",
    label="4 minute read",
    category="DevOps",
    summary="A queue that fills is a rate that nobody measured and that everybody waits for.",
    what="How arrival and service rates decide the length of a queue.",
    why_it_matters="Waiting grows without bound as a system comes close to full use.",
    takeaway="Measure both rates before adding workers.",
    article="The text of the article.\n\nIt has another paragraph.",
)
_WORDS = st.sampled_from(("queues", "of", "many-sided", "systems,", "(some)", "large:", "why"))
_TITLES = st.lists(_WORDS, min_size=2, max_size=24).map(" ".join)


def _wrapped(story: StoryDraft, width: int) -> str:
    return textwrap.fill(heading_line(story.title, story.label), width)


def _text(stories: list[StoryDraft], widths: list[int]) -> str:
    """Return the digest as text, the headings wrapped at these widths in turn."""
    text = write_text(Digest(tuple(stories)))
    for place, story in enumerate(stories):
        heading = heading_line(story.title, story.label)
        marked = text.replace(f"{heading}\n", f"\x00{place}\n", 2)
        for width in widths[:2]:
            marked = marked.replace(f"\x00{place}", _wrapped(story, width), 1)
        text = marked
    return text


@given(_TITLES, st.lists(st.integers(40, 78), min_size=2, max_size=2))
def test_heading_that_is_said_twice_is_whole_however_it_was_wrapped(
    title: str, widths: list[int]
) -> None:
    stories = [FIRST, replace(FIRST, title=f"Another: {title}", label="12 minute read")]
    digest = parse_text(_text(stories, widths))
    assert (list(digest.stories), digest.unplaced) == (stories, ())


@pytest.mark.parametrize(
    "heading",
    [
        f"{BEGINNING}\nwere large enough (Paper)",
        f"{BEGINNING} were large enough (4\nminute read)",
        f"{BEGINNING} were large enough\n(4 minute read)",
        f"{BEGINNING} were large enough (4 minute\nread)",
        f"Why queues\n{BEGINNING[11:]}\nwere large\nenough (4 minute read)",
    ],
)
@pytest.mark.parametrize("again", [True, False], ids=["both wrapped", "first wrapped"])
def test_heading_is_whole_when_it_was_wrapped_anywhere(heading: str, *, again: bool) -> None:
    second = heading if again else heading.replace("\n", " ")
    rest = write_text(Digest((replace(FIRST, title="X", label=""),))).partition("X ()\n\nX ()\n")[2]
    before = write_text(Digest((FIRST,))).removesuffix("Digest devoured!\n")
    digest = parse_text(f"{before}{heading}\n\n{second}\n{rest}")
    assert [story.title for story in digest.stories] == [FIRST.title] * 2
    assert digest.stories[0] == FIRST
    assert digest.unplaced == ()


def test_beginning_of_a_heading_said_once_is_reported_when_it_stands_in_an_article() -> None:
    second = (
        "Small models on machines that everybody thought were by\nfar too small (3 minute read)\n\n"
        "AI\n\nA model that fits a phone answers as well as the largest one of last year.\n\n"
        "What: It was trained on fewer texts.\nWhy it matters: It needs no network.\n"
    )
    before = write_text(Digest((FIRST,))).removesuffix("Digest devoured!\n")
    digest = parse_text(before + second)
    assert digest.stories[0] == FIRST
    assert [(one.text, one.reason) for one in digest.unplaced] == [
        (second.partition("\n")[0], reasons.HEADING_WRAPPED)
    ]


@pytest.mark.parametrize("line", ["minute read)", "(4 minute read)", "read)", "large enough (x)"])
def test_stretch_that_looks_like_a_heading_stays_text_when_we_wrote_it(line: str) -> None:
    story = replace(FIRST, article=f"{BEGINNING} (4\n{line}\n\n{BEGINNING} (4\n{line}")
    assert parse_text(write_text(Digest((story,)))).stories == (story,)


SIGNATURES = [
    "Best regards,\nAnna Berger",
    "Anna Berger\nEditor, Devoured",
    "--\nAnna Berger edits the digest of the day and answers to what you write.",
    "—\nAnna Berger",
    "Sent from my phone",
    "anna@example.org",
]


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("mark", ["Takeaway", "Why it matters", "What"])
def test_signature_is_reported_when_it_follows_a_mark_without_a_text(
    mark: str, signature: str
) -> None:
    fields = {"What": "what", "Why it matters": "why_it_matters", "Takeaway": "takeaway"}
    plain = replace(FIRST, article="")
    text = write_text(Digest((plain,))).removesuffix("\nDigest devoured!\n")
    kept = text[: text.index(f"{mark}:")]
    digest = parse_text(f"{kept}{mark}:\n\n{signature}\n")
    emptied: dict[str, Any] = dict.fromkeys(list(fields.values())[list(fields).index(mark) :], "")
    assert digest.stories == (replace(plain, **emptied),)
    assert [one.text for one in digest.unplaced] == [f"{mark}:", *signature.split("\n")]


def test_signature_is_reported_when_dashes_stand_right_below_a_text() -> None:
    plain = replace(FIRST, article="")
    text = write_text(Digest((plain,))).removesuffix("\nDigest devoured!\n")
    digest = parse_text(f"{text}-- \nAnna Berger\n")
    assert digest.stories == (plain,)
    assert [one.text for one in digest.unplaced] == ["--", "Anna Berger"]


@pytest.mark.parametrize(
    "takeaway",
    ["Measure first.", "Measure both rates before adding workers, and look again\nafter a week"],
)
def test_text_is_taken_when_a_blank_line_follows_its_mark(takeaway: str) -> None:
    text = write_text(Digest((replace(FIRST, takeaway="", article=""),)))
    digest = parse_text(text.removesuffix("\nDigest devoured!\n") + f"Takeaway:\n\n{takeaway}\n")
    assert digest.stories[0].takeaway == " ".join(takeaway.split())
    assert digest.unplaced == ()


@pytest.mark.parametrize("signature", SIGNATURES)
def test_signature_is_reported_in_markdown_too(signature: str) -> None:
    text = "## A (b)\n\nA summary.\n\n**Category:** AI\n\n**Takeaway:**\n\n" + signature
    digest = parse_markdown(text)
    assert digest.stories[0].takeaway == ""
    assert len(digest.unplaced) == 1 + len(signature.split("\n"))


def test_wrapped_heading_is_not_taken_in_silence_in_markdown() -> None:
    digest = parse_markdown("## Why queues\nfill up (4 minute read)\n\nA summary.\n")
    assert [one.text for one in digest.unplaced] == ["A summary."]


def test_long_line_below_a_row_with_a_summary_is_reported_and_not_refused() -> None:
    long = "a line that is longer than a category can be, and no summary is wanted any more"
    digest = parse_text(f"A title\t5 min read\tA summary\n{long}\n")
    assert (digest.stories[0].category, digest.stories[0].summary) == ("", "A summary")
    assert [one.text for one in digest.unplaced] == [long]


_AGAIN = [
    ("A title", "A title (5 minute read)", "5 minute read", ""),
    ("A title (5 minute read)", "A title", "5 minute read", ""),
    ("A title", "[A title](https://example.org/a)", "", "https://example.org/a"),
    ("[A title](https://example.org/a)", "A title (Podcast)", "Podcast", "https://example.org/a"),
]


@pytest.mark.parametrize(("first", "second", "label", "url"), _AGAIN)
def test_heading_is_whole_when_its_two_lines_say_parts_of_it(
    first: str, second: str, label: str, url: str
) -> None:
    rest = write_text(Digest((replace(FIRST, title="X", label=""),))).partition("X ()\n\nX ()\n")[2]
    digest = parse_text(f"{first}\n\n{second}\n{rest}")
    story = digest.stories[0]
    assert (story.title, story.label, story.url) == ("A title", label, url)
    assert (len(digest.stories), digest.unplaced) == (1, ())


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("A title (5 minute read)", "A title (6 minute read)"),
        ("A title (5 min read)", "A title (5 minute read)"),
        ("[A title](https://example.org/a)", "[A title](https://example.org/b)"),
    ],
)
def test_second_line_of_a_heading_is_reported_when_it_says_otherwise(
    first: str, second: str
) -> None:
    rest = write_text(Digest((replace(FIRST, title="X", label=""),))).partition("X ()\n\nX ()\n")[2]
    digest = parse_text(f"{first}\n\n{second}\n{rest}")
    assert [story.title for story in digest.stories] == ["A title"]
    assert [(one.text, one.reason) for one in digest.unplaced] == [(second, reasons.GIVEN_TWICE)]
