"""What a person says of lines without a place changes just those."""

from hypothesis import given
from hypothesis import strategies as st

from app.content.drafts import Digest, StoryDraft, Unplaced
from app.content.mending import Mend, headings_of, mended
from app.content.parse import Form, parse
from app.story_fields import MAX_PROSE

STORY = StoryDraft(title="A", summary="S.", what="W.", deep_dive=("One",))


def _digest(*lines: Unplaced, story: StoryDraft = STORY) -> Digest:
    return Digest((story,), lines)


@given(
    st.lists(st.sampled_from(["summary", "what", "deep_dive", "article", "", "url"]), max_size=6),
    st.dictionaries(st.integers(1, 6), st.sampled_from(list(Mend))),
)
def test_every_line_is_added_dropped_or_still_there(
    fields: list[str], mends: dict[int, Mend]
) -> None:
    lines = [Unplaced(n, f"x{n}x", "", "A", field) for n, field in enumerate(fields, start=1)]
    found = mended(_digest(*lines), mends)
    for line in lines:
        is_left, is_in = line in found.unplaced, line.text in str(found.stories)
        mend = mends.get(line.line)
        assert is_left + is_in == (mend is not Mend.DROP)
        assert not is_in or mend is Mend.ABOVE


def test_line_goes_where_it_stood() -> None:
    line = Unplaced(9, "  • Two", "", "A", "deep_dive")
    assert mended(_digest(line), {9: Mend.ABOVE}).stories[0].deep_dive == ("One", "Two")


def test_line_that_would_be_too_much_stays_unplaced() -> None:
    line = Unplaced(9, "x" * MAX_PROSE, "", "A", "what")
    assert mended(_digest(line), {9: Mend.ABOVE}) == _digest(line)


def test_line_between_two_of_one_title_is_added_to_none() -> None:
    digest = Digest((STORY, STORY), (Unplaced(9, "x", "", "A", "what"),))
    assert mended(digest, {9: Mend.ABOVE}) == digest


def test_line_that_is_said_to_be_a_heading_begins_a_story_in_text_and_markdown() -> None:
    text = b"Alone\n\nAI\nIt says so.\n"
    headings = headings_of({1: Mend.HEADING, 3: Mend.DROP})
    assert parse(text).stories == ()
    (story,) = parse(text, headings=headings).stories
    assert (story.title, story.category, story.summary) == ("Alone", "AI", "It says so.")
    (story,) = parse(b"# Alone\n\nIt says so.\n", form=Form.MARKDOWN, headings=[1]).stories
    assert (story.title, story.summary) == ("Alone", "It says so.")
