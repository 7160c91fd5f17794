"""Each check finds what it is for, and nothing in an issue in which nothing is wrong."""

from dataclasses import replace
from typing import Any

import pytest

from app.enums import IssueState, LinkOutcome, Trim
from app.issues.checks.facts import CheckedEdition, EarlierStory, IssueFacts, Lines, Neighbour
from app.issues.checks.registry import run_checks
from app.rendering.inputs import Trimmed
from app.story_fields import Term
from tests.issues.checks.told import (
    AI,
    COMPILER,
    DAY,
    DEVOPS,
    LEAVE,
    LOOK,
    MODEL,
    SEEN,
    SPONSOR,
    facts,
    found,
    look,
    seen,
    story,
)


def _own(**changes: str) -> Lines:
    """Return what readers of AI alone get, made by its own templates."""
    fine = Lines("Small models", "A model that fits a phone, and more", True, True, "ai")  # noqa: FBT003
    return replace(fine, **changes)  # type: ignore[arg-type]  # texts alone are changed


def _made(subject: str) -> CheckedEdition:
    return replace(LOOK, subject=subject)


def test_nothing_is_found_when_nothing_is_wrong() -> None:
    assert found(facts()) == []


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (facts(stories=(), editions=()), ("blocks", "no_stories", "")),
        (story(summary=""), ("blocks", "missing_field", "/stories/41/summary")),
        (story(what=""), ("blocks", "missing_field", "/stories/41/what")),
        (story(why_it_matters=""), ("blocks", "missing_field", "/stories/41/why_it_matters")),
        (story(url=""), ("warns", "missing_link", "/stories/41/url")),
        (
            story(what="Lorem  ipsum dolor sit amet"),
            ("blocks", "placeholder_text", "/stories/41/what"),
        ),
        (
            story(deep_dive=("One", "TK: a number")),
            ("warns", "placeholder_text", "/stories/41/deep_dive/1"),
        ),
        (story(takeaway="[insert link]"), ("warns", "placeholder_text", "/stories/41/takeaway")),
        (
            story(decoder=(Term("Term", "xxx"),)),
            ("warns", "placeholder_text", "/stories/41/decoder/0/definition"),
        ),
        (story(summary="Hello {{ name }}"), ("warns", "template_syntax", "/stories/41/summary")),
        (
            facts(stories=(COMPILER, replace(MODEL, url="http://www.news.dev/compiler/?utm_x=1"))),
            ("warns", "repeated_link", "/stories/42/url"),
        ),
        (
            facts(stories=(COMPILER, replace(MODEL, title="a compiler, that explains itself"))),
            ("warns", "repeated_title", "/stories/42/title"),
        ),
        (
            facts(earlier=(EarlierStory(3, DAY, "Other words", "https://news.dev/compiler#top"),)),
            ("warns", "told_before", "/stories/41/url"),
        ),
        (
            facts(earlier=(EarlierStory(3, DAY, "Small models on small machines!", ""),)),
            ("warns", "told_before", "/stories/42/title"),
        ),
        (facts(subject="Word " * 16), ("warns", "long_subject", "/subject")),
        (facts(preheader="Word " * 31), ("warns", "long_preheader", "/preheader")),
        (facts(preheader="Too short"), ("warns", "short_preheader", "/preheader")),
        (look(preheader="Short"), ("warns", "short_preheader", "/preheader")),
        (look(preheader=LOOK.subject), ("warns", "preheader_repeats_subject", "/preheader")),
        (
            facts(subject="The day in small models", preheader="The day in small models!"),
            ("warns", "preheader_repeats_subject", "/preheader"),
        ),
        (look(subject="Act now: compilers"), ("warns", "spam_phrase", "/subject")),
        (look(subject="THE DAY IN COMPILERS"), ("warns", "loud_subject", "/subject")),
        (look(preheader="TODO: a line for every day"), ("warns", "placeholder_text", "/preheader")),
        (look(subject="*|FNAME|*: compilers"), ("warns", "template_syntax", "/subject")),
        (
            facts(lines_of_categories=(_own(subject="Buy now: small models"),)),
            ("warns", "spam_phrase", "/categories/ai/subject_template"),
        ),
        (
            facts(lines_of_categories=(_own(preheader="Daily"),)),
            ("warns", "short_preheader", "/categories/ai/preheader_template"),
        ),
        (
            replace(story(title="Act now, says it"), editions=(_made("Act now, says it"),)),
            ("warns", "spam_phrase", "/stories/41/title"),
        ),
        (
            replace(story(title="TBD: what it says"), editions=(_made("TBD: what it says"),)),
            ("warns", "placeholder_text", "/stories/41/title"),
        ),
        (
            facts(
                subject="What happened on Monday", earlier_subjects={"what happened on monday": DAY}
            ),
            ("warns", "repeated_subject", "/subject"),
        ),
        (facts(subject="You won, act now"), ("warns", "spam_phrase", "/subject")),
        (story(title="RE: the compiler"), ("warns", "spam_phrase", "/stories/41/title")),
        (facts(subject="THE COMPILER EXPLAINS"), ("warns", "loud_subject", "/subject")),
        (
            replace(
                story(title="THE COMPILER EXPLAINS"), editions=(_made("THE COMPILER EXPLAINS"),)
            ),
            ("warns", "loud_subject", "/stories/41/title"),
        ),
        (
            facts(postal_address=" \n"),
            ("blocks", "no_postal_address", "/publication/postal_address"),
        ),
        (
            facts(from_address="Devoured <digest@devoured.example>"),
            ("warns", "sender_placeholder", "/publication/from_address"),
        ),
        (
            facts(neighbours=(Neighbour(9, IssueState.SCHEDULED),)),
            ("blocks", "another_on_its_way", "/issued_on"),
        ),
        (
            facts(neighbours=(Neighbour(9, IssueState.SENT),)),
            ("warns", "another_of_the_day", "/issued_on"),
        ),
        (
            facts(categories=(replace(AI, accent="#FFEE00"), DEVOPS)),
            ("blocks", "low_contrast", "/categories/ai/accent"),
        ),
        (
            facts(categories=(AI, replace(DEVOPS, accent_dark="#808080"))),
            ("blocks", "low_contrast", "/categories/devops/accent_dark"),
        ),
        (
            facts(category="ai"),
            ("blocks", "other_category", "/stories/41/category"),
        ),
        (facts(stories=(COMPILER,)), ("warns", "empty_category", "/categories/ai")),
        (facts(has_readers=False), ("warns", "no_readers", "")),
        (
            facts(categories=(replace(AI, has_readers=False), DEVOPS)),
            ("warns", "category_without_readers", "/categories/ai"),
        ),
        (facts(leaves_readers_out=True), ("warns", "empty_cut", "")),
        (
            look(error="sections/ai.mjml.j2:12: story.titel is undefined"),
            ("blocks", "template_error", ""),
        ),
        (look(n_bytes=102_001), ("blocks", "over_budget", "/deep")),
        (look(n_bytes=80_001), ("warns", "near_budget", "/deep")),
        (look(n_bytes=80_000), None),
        (
            look(trimmed=(Trimmed(Trim.DECODER, ("A", "B")),), n_bytes=101_000),
            ("warns", "shortened", "/deep"),
        ),
        (look(text=LOOK.text.replace(LEAVE, "")), ("blocks", "no_leave_link", "/deep")),
        (look(html=LOOK.html.replace(LEAVE, "")), ("blocks", "no_leave_link", "/deep")),
        (look(text=LEAVE), ("blocks", "no_postal_address", "/deep")),
        (look(html=LOOK.html.replace("Vienna", "")), ("blocks", "no_postal_address", "/deep")),
        (look(html=LOOK.html + "{{name}}"), ("blocks", "field_left_over", "/deep")),
        (look(html=LOOK.html + '<img src="a.png">'), ("blocks", "no_alt_text", "/deep")),
        (
            look(html=LOOK.html + '<a href="x"><img src="a.png" alt=" "/></a>'),
            ("blocks", "no_alt_text", "/deep"),
        ),
        (look(html=LOOK.html + '<a href="x">y</a><img src="a.png" alt=""/>'), None),
        (
            seen(LinkOutcome.GONE),
            ("blocks", "link_gone", "/stories/41/url"),
        ),
        (seen(LinkOutcome.REFUSED), ("warns", "link_refused", "/stories/41/url")),
        (seen(LinkOutcome.FAILING), ("warns", "link_failing", "/stories/41/url")),
        (seen(LinkOutcome.UNREACHABLE), ("warns", "link_unreachable", "/stories/41/url")),
        (seen(LinkOutcome.LOOPING), ("warns", "link_loops", "/stories/41/url")),
        (seen(LinkOutcome.PRIVATE), ("warns", "link_private", "/stories/41/url")),
        (seen(LinkOutcome.NOT_CHECKED), ("warns", "link_not_checked", "/stories/41/url")),
        (seen(LinkOutcome.FINE), None),
        (
            facts(sponsor=SPONSOR, links={SPONSOR.url: replace(SEEN, outcome=LinkOutcome.GONE)}),
            ("blocks", "link_gone", "/sponsor/url"),
        ),
        (
            facts(
                sponsor=replace(SPONSOR, of_publication=True),
                links={SPONSOR.url: replace(SEEN, outcome=LinkOutcome.REFUSED)},
            ),
            ("warns", "link_refused", "/publication/sponsor/url"),
        ),
        (
            facts(sponsor=replace(SPONSOR, text="Lorem ipsum, by the hour.")),
            ("blocks", "placeholder_text", "/sponsor/text"),
        ),
        (
            facts(sponsor=replace(SPONSOR, label="{{name}}")),
            ("warns", "template_syntax", "/sponsor/label"),
        ),
        (facts(sponsor=SPONSOR), None),
        (seen(LinkOutcome.GONE, checks_links=False), None),
        (facts(waiting_links=frozenset({COMPILER.url})), ("warns", "links_not_seen", "")),
        (
            facts(links={f"https://{n}.dev": SEEN for n in range(3)}),
            ("warns", "no_way_out", ""),
        ),
    ],
)
def test_check_finds_what_it_is_for(
    told: IssueFacts, expected: tuple[str, str, str] | None
) -> None:
    assert found(told) == ([expected] if expected else [])


def test_story_that_was_cut_off_is_one_finding() -> None:
    assert found(story(summary="", what="", why_it_matters="")) == [
        ("blocks", "incomplete_story", "/stories/41")
    ]
    told = facts(stories=(replace(COMPILER, category="", summary="", what="", why_it_matters=""),))
    assert found(told)[0] == ("blocks", "incomplete_story", "/stories/41")
    told = facts(stories=(replace(COMPILER, category=""), MODEL))
    assert found(told)[0] == ("blocks", "missing_field", "/stories/41/category")


def test_leave_link_behind_the_cut_blocks() -> None:
    told = look(html="x" * 105_000 + LOOK.html, n_bytes=106_000)
    assert [code for _, code, _ in found(told)] == ["over_budget", "no_leave_link"]


def test_template_syntax_of_other_mailers_is_found_in_the_preheader() -> None:
    told = facts(preheader="*|FNAME|*, the day in a few short stories")
    assert ("warns", "template_syntax", "/preheader") in found(told)


@pytest.mark.parametrize(
    "fine",
    [
        "A todo list that sorts itself",
        "Super Bowl highlights and a link to them",
        "Set theory: {1, 2} and {a}",
        "The Lorem Ipsums of typography",
        "It costs $5 and takes 20% less",
        "Ask yourself: why?",
    ],
)
def test_ordinary_words_are_no_placeholders(fine: str) -> None:
    assert found(story(summary=fine)) == []


@pytest.mark.parametrize(
    ("changes", "is_same"),
    [({}, True), ({"summary": "Other words."}, True), ({"title": "Act now, or not"}, False)],
)
def test_finding_is_another_when_the_text_it_concerns_changes(
    changes: dict[str, Any],
    is_same: bool,  # noqa: FBT001 - a case of the table
) -> None:
    before = run_checks(story(title="Act now"))
    after = run_checks(story(**({"title": "Act now"} | changes)))
    assert (before[0].id == after[0].id) is is_same


def test_findings_that_block_come_first() -> None:
    told = facts(subject="Act now", postal_address="")
    assert [severity for severity, _, _ in found(told)] == ["blocks", "warns"]


@pytest.mark.parametrize(
    ("domain", "is_reserved"),
    [
        ("example.com", True),
        ("mail.example.org", True),
        ("digest.test", True),
        ("LOCALHOST", True),
        ("counterexample.com", False),
        ("contest", False),
        ("example.com.au", False),
    ],
)
def test_sender_is_a_placeholder_when_nobody_can_own_its_domain(
    domain: str,
    is_reserved: bool,  # noqa: FBT001  # what the parameter is about
) -> None:
    found = run_checks(facts(from_address=f"Devoured <digest@{domain}>"))
    assert ("sender_placeholder" in {one.code for one in found}) == is_reserved
