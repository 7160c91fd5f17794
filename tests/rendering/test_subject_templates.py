from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rendering.inputs import LineTemplates
from app.rendering.lines import PREHEADER_CHARS, SUBJECT_CHARS, preheader_of, subject_of
from app.rendering.subjects import (
    DEFAULT_PREHEADER,
    DEFAULT_SUBJECT,
    PLACEHOLDERS,
    Day,
    preheader_line,
    subject_line,
    template_faults,
)
from app.rendering.templates import Templates
from app.rendering.views import edition_view
from tests.rendering.samples import edition, section

DAY = Day(
    publication="Devoured",
    issued_on=date(2026, 4, 28),
    categories="AI and DevOps",
    stories="9 stories",
    minutes="4 minutes",
    titles=("Short one", "Short two", "Short three"),
    summary="What happened.",
)
LONG = "A headline that takes its time to come to the point and then goes on for a while longer"
TITLES = st.lists(st.text(max_size=120), min_size=1, max_size=4).map(tuple)
TEMPLATES = st.lists(
    st.sampled_from([*(f"{{{name}}}" for name in PLACEHOLDERS), " · ", ": ", "The day", "{", "}"])
).map("".join)


@pytest.mark.parametrize(
    ("template", "subject", "n_said"),
    [
        ("", "Short one · Short two", 2),
        ("{publication}: {headlines}", "Devoured: Short one · Short two", 2),
        ("[{publication}] {first}", "[Devoured] Short one", 1),
        ("{ first } and {second}", "Short one and Short two", 2),
        ("{weekday}, {date}: {stories}", "Tuesday, 28 April: 9 stories", 0),
        ("{categories} · {minutes}", "AI and DevOps · 4 minutes", 0),
        ("The morning digest", "The morning digest", 0),
    ],
)
def test_subject_is_made_by_its_template(template: str, subject: str, n_said: int) -> None:
    assert subject_line(template, DAY) == (subject, n_said)


def test_headlines_share_the_room_that_is_left() -> None:
    day = replace(DAY, titles=(LONG, "Short two"))
    subject, n_said = subject_line("{publication}: {headlines}", day)
    assert subject == "Devoured: A headline that takes its time to come to the point and then goes…"
    assert n_said == 1
    assert subject_line("{second}: {first}", day)[0].startswith("Short two: A headline that takes")


def test_part_without_room_or_words_leaves_no_sign_behind() -> None:
    assert subject_line("{first} · {second}", replace(DAY, titles=(LONG, LONG)))[0].endswith("…")
    one = replace(DAY, titles=("Only one",))
    assert subject_line("{first} · {second}", one) == ("Only one", 1)
    assert subject_line("{categories}: {second} | {first}", one)[0] == "AI and DevOps: Only one"
    assert subject_line("{second}", one) == ("Only one", 1)


@pytest.mark.parametrize(
    ("template", "n_said", "preheader"),
    [
        ("", 1, "Short two · Short three"),
        ("", 3, "What happened."),
        ("{stories} in {minutes}: {rest}", 2, "9 stories in 4 minutes: Short three"),
        ("{second}", 0, "Short two"),
    ],
)
def test_preheader_is_made_by_its_template(template: str, n_said: int, preheader: str) -> None:
    assert preheader_line(template, DAY, n_said) == preheader


@given(TEMPLATES, TITLES, st.text(max_size=90))
def test_lines_are_never_too_long_nor_more_than_one(
    template: str, titles: tuple[str, ...], publication: str
) -> None:
    day = replace(DAY, titles=titles, publication=publication)
    subject, n_said = subject_line(template, day)
    preheader = preheader_line(template, day, n_said)
    assert len(subject) <= SUBJECT_CHARS
    assert len(preheader) <= PREHEADER_CHARS
    assert 0 <= n_said <= 2
    assert max(len(subject.splitlines()), len(preheader.splitlines())) <= 1


@given(st.lists(st.text("abc ", min_size=1, max_size=60).map(str.strip).filter(bool), min_size=1))
def test_usual_template_makes_the_usual_lines(titles: list[str]) -> None:
    day = replace(DAY, titles=tuple(titles))
    subject, n_said = subject_line(DEFAULT_SUBJECT, day)
    assert (subject, n_said) == subject_of(titles)
    expected = preheader_of(titles, n_said, day.summary)
    assert preheader_line(DEFAULT_PREHEADER, day, n_said) == expected


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("{headline}", "“{headline}” is no placeholder; there are {headlines}, {first}"),
        ("{}", "“{}” is no placeholder"),
        ("{first", "has a “{” that belongs to no placeholder"),
        ("first}", "has a “}” that belongs to no placeholder"),
        ("{{first}}", "has a “{” that belongs to no placeholder"),
        ("{first.__class__}", "is no placeholder"),
        ("{first!r:>99}", "is no placeholder"),
        ("{rest}", "“{rest}” is for the preheader alone"),
        ("x" * 67 + "{first}", "has 67 characters of its own"),
    ],
)
def test_template_with_a_fault_says_it(template: str, fault: str) -> None:
    assert fault in "; ".join(template_faults(template, is_subject=True))


@pytest.mark.parametrize("template", ["", "{rest}", "{stories}: {first} · {second}", "The day"])
def test_template_without_a_fault_says_nothing(template: str) -> None:
    assert list(template_faults(template, is_subject=False)) == []


@given(st.text())
def test_faults_are_told_of_whatever_was_written(template: str) -> None:
    if not list(template_faults(template, is_subject=True)):
        assert len(subject_line(template, DAY)[0]) <= SUBJECT_CHARS


def test_edition_takes_its_lines_from_the_templates_unless_an_editor_wrote_them(
    templates: Templates,
) -> None:
    lines = LineTemplates("{categories}: {first}", "{stories}. {rest}")
    facts = edition(section("ai"), section("devops"), lines=lines)
    view = edition_view(facts, templates.section_names())
    assert view.subject.startswith("AI and DevOps: A quiet fix")
    assert view.preheader.startswith("4 stories. A small model")
    own = edition_view(replace(facts, subject="Ours", preheader="Too"), templates.section_names())
    assert (own.subject, own.preheader) == ("Ours", "Too")
