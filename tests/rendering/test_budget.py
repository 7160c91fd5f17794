"""No mail is clipped, whatever an issue holds, and none gives up more than it must."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.enums import Depth, Trim
from app.link_tokens import LinkSigner
from app.rendering.budget import (
    CLIP_BYTES,
    Step,
    fewest,
    merged_bytes,
    steps_of,
    to_trimmed,
    trims_of,
)
from app.rendering.document import html_document
from app.rendering.edition import render_edition
from app.rendering.inputs import EditionFacts, RenderedMail, StoryFacts
from app.rendering.merge import ADDRESS_T, READER, fields_for, fill
from app.rendering.templates import EMAILS, Templates, load_templates
from app.rendering.views import edition_view
from app.story_fields import Term
from app.tokens import Purpose, Signer
from tests.rendering.reading import said, shown
from tests.rendering.samples import BASE_URL, QUIET_FIX, edition, section

TOKEN = "eyJ-_." * 12
FIELDS = fields_for(
    "a.long.name.of.a.reader@a-long-department.of.a-long-company.example.org",
    f"{BASE_URL}/leave/{TOKEN}",
    f"{BASE_URL}/preferences/{TOKEN}",
)


def _story(number: int, n_chars: int, *, title: str = "") -> StoryFacts:
    """Build a story whose texts together take about `n_chars`."""
    unit = "A line that goes on and on. " * (n_chars // 280)
    return StoryFacts(
        title=title or f"Story number {number} of the day",
        label="4 minute read",
        minutes=4,
        url=f"https://www.example.org/{number}",
        read_url=f"https://devoured.example/read/1/{number}",
        summary=f"Summary {number}. {unit}",
        what=f"What {number}. {unit}",
        why_it_matters=f"Why {number}. {unit}",
        takeaway=f"Takeaway {number}. {unit}",
        deep_dive=(f"Dive {number}. {unit}", unit + unit),
        decoder=(Term("A term", f"Definition {number}. {unit}"), Term("Another", unit)),
        has_article=False,
    )


def _long(n_stories: int, n_chars: int, depth: Depth = Depth.DEEP) -> EditionFacts:
    stories = [_story(number, n_chars) for number in range(1, n_stories + 1)]
    most = n_stories * 3 // 4
    return edition(section("ai", *stories[:most]), section("devops", *stories[most:]), depth=depth)


def _gone(mail: RenderedMail) -> dict[Trim, tuple[str, ...]]:
    return {step.what: step.titles for step in mail.trimmed}


def test_nothing_is_given_up_when_the_mail_is_not_too_long(templates: Templates) -> None:
    mail = render_edition(_long(8, 3000), templates)
    assert mail.trimmed == ()
    assert mail.n_bytes == merged_bytes(mail.html, BASE_URL)
    assert "too long for one mail" not in mail.html


@pytest.mark.parametrize("depth", list(Depth))
@pytest.mark.parametrize("n_chars", [4_000, 20_000, 100_000])
def test_mail_stays_below_the_limit_when_the_issue_is_absurd(
    templates: Templates, depth: Depth, n_chars: int
) -> None:
    mail = render_edition(_long(200, n_chars, depth), templates)
    assert len(fill(mail.html, FIELDS).encode()) <= mail.n_bytes <= CLIP_BYTES
    assert mail.trimmed
    assert mail.html.index("{{leave_url}}") < CLIP_BYTES
    for part in (shown(mail.html), " ".join(mail.text.split())):
        assert "too long for one mail" in part
        assert "1 Harbour Street" in part


def test_mail_stays_below_the_limit_when_every_field_is_as_long_as_it_may_be(
    templates: Templates,
) -> None:
    story = replace(
        _story(1, 100_000), title="T" * 300, label="L" * 60, url="https://x.example/" + "u" * 1900
    )
    mail = render_edition(edition(section("security", *[story] * 500)), templates)
    assert mail.n_bytes <= CLIP_BYTES
    n_left = len(said(mail.html, "h3"))
    assert 1 <= n_left == 500 - len(_gone(mail)[Trim.STORY])
    assert f"{500 - n_left} more stories in the browser" in shown(mail.html)
    assert f"{500 - n_left} more stories in the browser" in mail.text
    assert "https://devoured.example/read/1\n" in mail.text


def test_steps_go_through_the_parts_in_order_from_the_last_stories_up() -> None:
    facts = edition(
        section("ai", *[_story(n, 300) for n in (1, 2)]), section("devops", _story(3, 300))
    )
    steps = [(step.trim, step.title.split()[2]) for step in steps_of(facts)]
    parts = ["decoder", "deep_dive", "takeaway", "why_it_matters", "headline", "story"]
    order = [(part, number) for part in parts for number in "231"]
    assert steps == order[:-1]


@given(
    sizes=st.lists(st.integers(300, 40_000), min_size=1, max_size=60),
    depth=st.sampled_from(Depth),
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_edition_fits_and_gives_up_no_step_too_many(
    templates: Templates, sizes: list[int], depth: Depth
) -> None:
    stories = [_story(number, n_chars) for number, n_chars in enumerate(sizes)]
    facts = edition(section("ai", *stories), depth=depth)
    mail = render_edition(facts, templates)
    assert mail.n_bytes <= CLIP_BYTES
    n_taken = sum(len(step.titles) for step in mail.trimmed)
    steps = steps_of(facts)[:n_taken]
    assert mail.trimmed == to_trimmed(steps)
    _assert_only_these_are_gone(mail, facts, steps)


def _assert_only_these_are_gone(
    mail: RenderedMail, facts: EditionFacts, steps: Sequence[Step]
) -> None:
    view = edition_view(facts, {"ai"}, trims_of(steps))
    html, text = shown(mail.html), " ".join(mail.text.split())
    for story in view.sections[0].stories:
        for said_of_it in story.texts():
            assert " ".join(said_of_it.split()) in html
            assert " ".join(said_of_it.split()) in text
    for step in steps:
        story_facts = facts.sections[step.section].stories[step.place]
        for what, gone in {
            Trim.TAKEAWAY: story_facts.takeaway,
            Trim.WHY_IT_MATTERS: story_facts.why_it_matters,
            Trim.HEADLINE: story_facts.summary,
            Trim.STORY: story_facts.read_url + '"',
        }.items():
            if step.trim is what:
                assert " ".join(gone.split()[:4]) not in html + mail.html


def test_steps_are_worth_about_what_they_save(templates: Templates) -> None:
    # Each leads to its article from the start, so that no step adds a link.
    stories = [replace(_story(number, 2_800), has_article=True) for number in range(12)]
    facts = edition(section("ai", *stories))
    steps = steps_of(facts)

    def n_bytes(n_taken: int) -> int:
        view = edition_view(facts, templates.section_names(), trims_of(steps[:n_taken]))
        context = {"edition": view, "clipped": False}
        page = html_document("edition.mjml.j2", context, templates, personal=True)
        return len(page.encode())

    n_taken = 0
    for trim in Trim:
        worth = [step.n_bytes for step in steps if step.trim is trim]
        saved = n_bytes(n_taken) - n_bytes(n_taken + len(worth))
        assert sum(worth) == pytest.approx(saved, rel=0.35), trim
        n_taken += len(worth)


@given(
    sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=300),
    guessed=st.lists(st.integers(0, 9000), min_size=1, max_size=300),
)
def test_fewest_steps_are_found_however_wrong_the_guess(
    sizes: list[int], guessed: list[int]
) -> None:
    steps = [Step(Trim.TAKEAWAY, 0, n, "", guessed[n % len(guessed)]) for n in range(len(sizes))]
    total = CLIP_BYTES + sum(sizes) // 2 + 1

    def n_bytes_after(n: int) -> int:
        return total - sum(sizes[:n])

    n = fewest(n_bytes_after, steps, total - CLIP_BYTES)
    assert n_bytes_after(n) <= CLIP_BYTES
    assert n_bytes_after(n - 1) > CLIP_BYTES


def test_story_leads_to_its_reading_page_when_something_of_it_was_given_up(
    templates: Templates,
) -> None:
    mail = render_edition(_long(40, 5_000), templates)
    first, last = _story(1, 5000), _story(40, 5000)
    assert last.title in _gone(mail)[Trim.DECODER]
    assert last.read_url in mail.html
    assert last.read_url in mail.text
    assert (first.read_url in mail.html) is (first.title in _gone(mail)[Trim.DECODER])


def test_categories_give_up_by_rank_not_by_their_place(templates: Templates) -> None:
    mail = render_edition(_long(40, 4_000), templates)
    deepest = _gone(mail)[mail.trimmed[-1].what]
    assert "Story number 30 of the day" in deepest, "the last of AI, ranked 30th there"
    assert "Story number 31 of the day" not in deepest, "the first of DevOps"


def test_leave_link_stands_at_the_top_when_a_template_alone_is_too_large(
    templates: Templates, tmp_path: Path
) -> None:
    folder = tmp_path / "emails"
    shutil.copytree(EMAILS, folder)
    huge = '{% extends "sections/default.mjml.j2" %}{% block band %}' + "x " * 60_000
    (folder / "sections" / "huge.mjml.j2").write_text(huge + "{% endblock %}", encoding="utf-8")
    mail = render_edition(edition(section("general", template="huge")), load_templates(folder))
    assert mail.n_bytes > CLIP_BYTES
    assert mail.html.index("{{leave_url}}") < mail.html.index("x x x")
    usual = render_edition(edition(section("general", QUIET_FIX)), templates)
    assert usual.html.index("{{leave_url}}") > usual.html.index(QUIET_FIX.summary)


@pytest.mark.parametrize("base_url", [BASE_URL, f"https://{'a-long-label.' * 18}example.org"])
def test_room_is_kept_for_every_merge_field_of_the_html(base_url: str) -> None:
    last = datetime(2200, 1, 1, tzinfo=UTC)
    leave, preferences = (
        Signer(["a key"]).sign(purpose, 2**63 - 1, now=last)
        for purpose in (Purpose.LEAVE, Purpose.PREFERENCES)
    )
    links = f"{base_url}/leave/{leave}", f"{base_url}/preferences/{preferences}"
    longest = fields_for(f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 61}", *links)
    reader = f"/{LinkSigner(['a key']).sign_reader(1, 2**63 - 1, 2**63 - 1)}"
    for name, value in {**longest, READER: reader}.items():
        if name != ADDRESS_T:
            assert merged_bytes(f"{{{{{name}}}}}", base_url) >= len(value), name
    assert merged_bytes("é{{x}}", base_url) == 7
