"""The digest text form by example."""

import pytest

from app.content.drafts import Digest, StoryDraft, Unplaced
from app.content.errors import ContentError
from app.content.limits import MAX_LINES, MAX_STORIES
from app.content.text_form import parse_text, write_text
from app.errors import FieldError
from app.story_fields import MAX_PROSE, Term

_WHOLE = """\
Fresh Devoured
Queues (and why they fill) (4 minute read)

Queues (and why they fill) (4 minute read)

DevOps
A queue that fills is a rate that was never measured.
Link: https://example.org/queues
What: Arrival and service rates,
explained on one page.
Why it matters: Waiting grows without bound near full use.
Takeaway: Measure both rates.
Deep dive
  • The first point
    goes on here.

  • The second: with a colon.
Decoder
  • Little's law: L = λW.
  • Utilisation
Original article

First paragraph.

Decoder
  1. Indented.

Caches ()

Caches ()

AI
Summary line.
Digest devoured!
"""


def _one(body: str, title: str = "A (b)") -> str:
    return f"{title}\n\n{title}\n\n{body}"


def test_story_has_all_its_fields_when_all_are_there() -> None:
    first, second = parse_text(_WHOLE).stories
    assert first == StoryDraft(
        title="Queues (and why they fill)",
        label="4 minute read",
        category="DevOps",
        url="https://example.org/queues",
        summary="A queue that fills is a rate that was never measured.",
        what="Arrival and service rates, explained on one page.",
        why_it_matters="Waiting grows without bound near full use.",
        takeaway="Measure both rates.",
        deep_dive=("The first point goes on here.", "The second: with a colon."),
        decoder=(Term("Little's law", "L = λW."), Term("Utilisation", "")),
        article="First paragraph.\n\nDecoder\n  1. Indented.",
    )
    assert second == StoryDraft(title="Caches", category="AI", summary="Summary line.")
    assert (first.minutes, first.incomplete, second.incomplete) == (4, False, True)


def test_nothing_is_unplaced_when_all_is_understood() -> None:
    assert parse_text(_WHOLE).unplaced == ()


def test_reading_is_the_same_when_lines_end_as_on_windows() -> None:
    assert parse_text(_WHOLE.replace("\n", "\r\n")) == parse_text(_WHOLE)


def test_stories_are_apart_when_an_article_runs_into_the_next_heading() -> None:
    digest = parse_text(_one("AI\nOriginal article\n  • last point\n") + _one("Ops\n", "C (d)"))
    assert [story.title for story in digest.stories] == ["A", "C"]
    assert digest.stories[0].article == "  • last point"


def test_story_is_incomplete_when_it_was_cut_off() -> None:
    digest = parse_text(_one("DevOps\nSummary\nDigest devoured!\n"))
    assert digest.stories == (StoryDraft(title="A", label="b", category="DevOps"),)
    assert digest.stories[0].incomplete
    assert digest.unplaced == (Unplaced(6, "Summary", "a mark with nothing after it", "A"),)


def test_lines_are_unplaced_when_no_heading_came_before() -> None:
    digest = parse_text("Hello\n  • point\nWhat: x\n\n" + _one("AI\n"))
    assert digest.unplaced == (
        Unplaced(1, "Hello", "it stands before the first story"),
        Unplaced(2, "  • point", "it stands before the first story"),
        Unplaced(3, "What: x", "a field before any story"),
    )
    assert len(digest.stories) == 1


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("AI\nOne.\nWhat: x\n\nStray.", 9),
        ("AI\nOne.\nWhat: x\nWhat: y", 8),
        ("AI\nOne.\n  • outside a list", 7),
        ("AI\nOne.\nDeep dive\n  • x\nStray.", 9),
        ("AI\nOne.\nLink: javascript:alert(1)", 7),
        ("AI\nOne.\nDeep dive\nDecoder\n  • a: b", 7),
        ("AI\nOne.\nTakeaway:\nDecoder\n  • a: b", 7),
        ("AI\nOne.\nDigest devoured!\nAfterword.", 8),
    ],
)
def test_line_is_reported_when_no_field_takes_it(body: str, line: int) -> None:
    assert [item.line for item in parse_text(_one(body)).unplaced] == [line]


@pytest.mark.parametrize(
    ("heading", "title", "label"),
    [
        ("Sets (of sets) (9 minute read)", "Sets (of sets)", "9 minute read"),
        ("Sets (read (twice))", "Sets", "read (twice)"),
        ("Odd ) title ( (x)", "Odd ) title (", "x"),
        (r"Sets (a \) b)", "Sets", "a ) b"),
        (r"\\LaTeX (Podcast)", r"\LaTeX", "Podcast"),
        ("Bare ()", "Bare", ""),
    ],
)
def test_label_is_the_last_parenthesis_when_titles_have_their_own(
    heading: str, title: str, label: str
) -> None:
    (story,) = parse_text(_one("AI\n", heading)).stories
    assert (story.title, story.label) == (title, label)


@pytest.mark.parametrize("line", ["Said twice.", "(x)", "call(x)", "  indented (x)", r"\A (b)"])
def test_line_starts_no_story_when_it_is_no_heading(line: str) -> None:
    digest = parse_text(_one(f"AI\nOriginal article\n{line}\n\n{line}\n"))
    assert len(digest.stories) == 1


def test_category_is_empty_when_the_summary_stands_in_its_place() -> None:
    (story,) = parse_text(_one(f"{'A long sentence. ' * 5}\nWhat: x\n")).stories
    assert (story.category, story.summary) == ("", ("A long sentence. " * 5).strip())


def test_markup_and_templates_stay_text_when_a_story_holds_them() -> None:
    (story,) = parse_text(_one("AI\n<b>Bold</b> {{ name }}\nWhat: {% if x %}<script>")).stories
    assert story.summary == "<b>Bold</b> {{ name }}"
    assert story.what == "{% if x %}<script>"


def test_ordinary_text_has_no_backslash_when_written() -> None:
    story = StoryDraft(
        title="A",
        label="b",
        category="AI",
        summary="One (two).",
        article="Decoder\nWhat: x\n\nC (d)\n\n\\begin{x}",
    )
    assert write_text(Digest((story,))).count("\\") == 1


def test_heading_in_an_article_is_escaped_when_it_would_start_a_story() -> None:
    story = StoryDraft(title="A", label="b", article="C (d)\n\nC (d)")
    assert "\n\\C (d)\n\nC (d)\n" in write_text(Digest((story,)))


def test_place_is_named_when_a_field_is_too_long() -> None:
    with pytest.raises(ContentError) as caught:
        parse_text(_one("AI\nOne.\nWhat: " + "x" * (MAX_PROSE + 1)))
    expected = FieldError("line 7", "what is 4,001 characters long; at most 4,000")
    assert caught.value.errors == (expected,)


def test_reading_stops_when_there_are_too_many_stories() -> None:
    source = "".join(_one("AI\n\n", f"Story {number} (x)") for number in range(2_000))
    with pytest.raises(ContentError, match=f"more than {MAX_STORIES} stories") as caught:
        parse_text(source)
    assert caught.value.errors[0].pointer == f"line {MAX_STORIES * 6 + 1}"


def test_reading_stops_when_there_are_too_many_lines() -> None:
    with pytest.raises(ContentError, match=r"more than 50,000 lines"):
        parse_text("a\n" * (MAX_LINES + 1))
    assert len(parse_text("a\n" * MAX_LINES).unplaced) == MAX_LINES


@pytest.mark.parametrize(
    ("line", "category"),
    [
        ("Category: Code", "Code"),
        ("  CATEGORY :C++", "C++"),
        ("Category:", "Category:"),
        ("Categories: all", "Categories: all"),
        ("Category theory", "Category theory"),
        ("Category: Category: Code", "Category: Code"),
    ],
)
def test_word_before_a_category_is_none_of_it(line: str, category: str) -> None:
    digest = parse_text(_one(f"{line}\nA summary.\nWhat: It is.\n"))
    assert (digest.stories[0].category, digest.stories[0].summary) == (category, "A summary.")
    assert parse_text(write_text(digest)).stories == digest.stories
