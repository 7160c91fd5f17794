from hypothesis import given
from hypothesis import strategies as st

from app.in_words import listing
from app.rendering.edition import render_edition
from app.rendering.lines import PREHEADER_CHARS, SUBJECT_CHARS, preheader_of, shortened, subject_of
from app.rendering.preheader import preheader_in
from app.rendering.templates import Templates
from tests.rendering.samples import QUIET_FIX, SMALL_MODEL, edition, section

LONG = "A headline that takes its time to come to the point and then goes on for a while longer"
TITLES = st.lists(st.text(max_size=120), min_size=1, max_size=4)


def test_subject_holds_two_headlines_when_both_fit() -> None:
    assert subject_of(["Short one", "Short two", "Short three"]) == ("Short one · Short two", 2)


def test_subject_holds_one_headline_when_two_are_too_long() -> None:
    assert subject_of([QUIET_FIX.title, LONG]) == (QUIET_FIX.title, 1)


def test_subject_is_cut_between_words_when_one_headline_is_too_long() -> None:
    subject, n_used = subject_of([LONG])
    assert subject == "A headline that takes its time to come to the point and then goes on for a…"
    assert n_used == 1


@given(TITLES)
def test_subject_is_one_line_of_sensible_length(titles: list[str]) -> None:
    subject, n_used = subject_of(titles)
    assert len(subject) <= SUBJECT_CHARS
    assert len(subject.splitlines()) <= 1
    assert 1 <= n_used <= 2


def test_preheader_says_the_next_two_headlines() -> None:
    assert preheader_of(["One", "Two", "Three", "Four"], 1, "") == "Two · Three"
    assert preheader_of(["One", "Two", "Three", "Four"], 2, "") == "Three · Four"


def test_preheader_is_the_summary_when_there_is_no_other_headline() -> None:
    assert preheader_of(["One"], 1, "What happened.") == "What happened."


@given(TITLES, st.integers(1, 2), st.text())
def test_preheader_is_never_too_long(titles: list[str], n_used: int, summary: str) -> None:
    assert len(preheader_of(titles, n_used, summary)) <= PREHEADER_CHARS


def test_shortened_cuts_a_word_when_it_is_all_there_is() -> None:
    assert shortened("x" * 100, 10) == "x" * 9 + "…"


def test_editors_subject_and_preheader_are_kept(templates: Templates) -> None:
    mail = render_edition(edition(subject="The\r\nday", preheader="And so on"), templates)
    assert mail.subject == "The day"
    assert preheader_in(mail.html) == "And so on"
    mail = render_edition(edition(subject="The day"), templates)
    assert preheader_in(mail.html) == SMALL_MODEL.title


def test_preheader_goes_on_where_the_subject_ends(templates: Templates) -> None:
    mail = render_edition(edition(section("ai", QUIET_FIX), section("devops")), templates)
    assert mail.subject == QUIET_FIX.title
    assert preheader_in(mail.html) == f"{QUIET_FIX.title} · {SMALL_MODEL.title}"


def test_listing_is_written_as_one_says_it() -> None:
    assert [listing(["a", "b", "c"][:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
