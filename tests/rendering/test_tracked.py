"""A tracked mail is the straight one but for the addresses of its stories and its sponsor."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.enums import Depth, LinkKind
from app.link_tokens import LinkSigner, LinkTo, within
from app.rendering.budget import CLIP_BYTES
from app.rendering.edition import render_edition
from app.rendering.inputs import EditionFacts, RenderedMail, SponsorFacts, TrackingFacts
from app.rendering.merge import READER, fields_for, fill
from app.rendering.templates import Templates, our_templates
from tests.rendering.reading import links, parsed, shown
from tests.rendering.samples import (
    BASE_URL,
    MARKED,
    QUIET_FIX,
    SMALL_MODEL,
    SPONSOR,
    edition,
    section,
)

TEMPLATES = our_templates()
SIGNER = LinkSigner(["a key for tests"])
ISSUE = 7
PUBLIC_ID = 2**62 + 7
FIELDS = fields_for("ada@example.org", f"{BASE_URL}/leave/x.y", f"{BASE_URL}/preferences/x.y")
LONGEST = "/" + SIGNER.sign_reader(PUBLIC_ID, 2**63 - 1, 2**63 - 1)

_URLS = st.just("") | st.builds(
    lambda tail: f"https://example.org/{tail}",
    st.text(max_size=40) | st.text("&'#=%;{}", max_size=9),
)
_STORIES = st.lists(
    st.builds(
        lambda url, story_id, within: replace(
            QUIET_FIX,
            url=url,
            story_id=story_id,
            summary="".join(f"[said]({one}) " for one in within),
            deep_dive=tuple(f"*A* [point]({one})" for one in within),
            reads_markdown=True,
        ),
        _URLS,
        st.integers(1, 2**40),
        st.lists(_URLS, max_size=3),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda story: story.story_id,
)


def _tracked(facts: EditionFacts, *, per_reader: bool = True, opens: bool = True) -> RenderedMail:
    tracking = TrackingFacts(ISSUE, PUBLIC_ID, per_reader=per_reader, opens=opens)
    return render_edition(replace(facts, tracking=tracking), TEMPLATES, SIGNER.sign)


def _read(code: str) -> LinkTo:
    return SIGNER.read(code, {ISSUE: PUBLIC_ID}.get)


def _whole() -> EditionFacts:
    first, second = replace(QUIET_FIX, story_id=41), replace(SMALL_MODEL, story_id=42)
    return edition(section("ai", first), section("devops", second), sponsor=SPONSOR)


@given(
    stories=_STORIES,
    depth=st.sampled_from(Depth),
    sponsor=st.none() | st.builds(SponsorFacts, st.just("Label"), st.just("Says."), _URLS),
)
def test_tracked_mail_leads_where_the_straight_one_does(
    stories: list[object], depth: Depth, sponsor: SponsorFacts | None
) -> None:
    facts = edition(section("ai", *stories), depth=depth, sponsor=sponsor)  # type: ignore[arg-type]  # drawn as StoryFacts
    usual, mail = render_edition(facts, TEMPLATES), _tracked(facts)
    assert (mail.html, mail.text, mail.subject) == (usual.html, usual.text, usual.subject)
    table, found = dict(mail.links), set()
    for straight, tracked in zip(links(usual.html), links(mail.tracked_html), strict=True):
        if tracked != straight:
            code = tracked.removeprefix(f"{BASE_URL}/c/").removesuffix(f"{{{{{READER}}}}}")
            assert table[_read(code)] == straight
            found.add(_read(code))
    # Nothing is written down that is not in the mail, so nothing else can be led to.
    assert found | {LinkTo(ISSUE, LinkKind.PIXEL)} >= {
        link for link in table if link.kind is not LinkKind.ISSUE
    }


def test_each_address_within_a_story_is_a_link_of_its_own_and_mailboxes_are_none() -> None:
    story = replace(
        MARKED,
        story_id=41,
        takeaway="[Ask](mailto:ada@example.org), or [see](https://example.org/it#more).",
        deep_dive=("[It](https://example.org/it)",),
    )
    mail = _tracked(edition(section("ai", story)))
    found = {url: link for link, url in mail.links if link.kind is LinkKind.WITHIN}
    assert found == {
        url: within(ISSUE, 41, url)
        for url in (
            "https://example.org/it",
            "https://example.org/it#more",
            "https://example.org/cookie?a=1&b=2",
        )
    }
    straight = [url for url in links(mail.tracked_html) if "example.org" in url]
    assert straight == ["mailto:ada@example.org"]
    it = SIGNER.sign(found["https://example.org/it"], PUBLIC_ID)
    assert mail.tracked_html.count(it) == 3
    assert "https://example.org/it\n" in mail.text


def test_link_that_the_depth_leaves_out_is_not_written_down() -> None:
    facts = edition(section("ai", MARKED), depth=Depth.HEADLINES)
    found = [url for link, url in _tracked(facts).links if link.kind is LinkKind.WITHIN]
    assert found == ["https://example.org/it"]


def test_ways_out_and_the_web_copy_are_never_tracked() -> None:
    mail = _tracked(_whole())
    found = links(mail.tracked_html)
    straight = [url for url in found if not url.startswith(f"{BASE_URL}/c/")]
    assert {url.partition("#")[0] for url in straight} == {
        "{{preferences_url}}",
        "{{leave_url}}",
        f"{BASE_URL}/editions/4f1c2a",
    }
    assert len(found) - len(straight) == 4


def test_text_part_stays_as_it_is() -> None:
    assert "/c/" not in _tracked(_whole()).text


def test_counts_alone_know_no_reader() -> None:
    mail = _tracked(_whole(), per_reader=False)
    assert READER not in mail.tracked_html
    assert f"{{{{{READER}}}}}" in _tracked(_whole()).tracked_html


def test_pixel_is_there_when_opens_are_counted_alone() -> None:
    assert "<img" not in _tracked(_whole(), opens=False).tracked_html
    mail = _tracked(_whole())
    (pixel,) = parsed(mail.tracked_html).iter("img")
    assert (pixel.get("width"), pixel.get("height"), pixel.get("alt")) == ("1", "1", "")
    code = re.fullmatch(rf"{BASE_URL}/o/([\w-]+)\{{\{{reader\}}\}}", pixel.get("src", ""))
    assert code is not None
    assert _read(code[1]) == LinkTo(ISSUE, LinkKind.PIXEL)
    assert mail.tracked_html.rstrip().endswith("></body></html>")


def test_links_are_straight_when_nobody_signs_them() -> None:
    facts = replace(_whole(), tracking=TrackingFacts(ISSUE, PUBLIC_ID, per_reader=True, opens=True))
    mail = render_edition(facts, TEMPLATES)
    assert mail.tracked_html == ""
    assert mail.n_bytes == _tracked(_whole()).n_bytes


def test_nothing_is_tracked_without_tracking() -> None:
    mail = render_edition(_whole(), TEMPLATES, SIGNER.sign)
    assert (mail.tracked_html, mail.links) == ("", ())


@pytest.mark.parametrize("depth", list(Depth))
@pytest.mark.parametrize("n_chars", [300, 4_000])
def test_tracked_mail_is_not_clipped_when_the_issue_is_long(depth: Depth, n_chars: int) -> None:
    text = "A line that goes on. " * (n_chars // 21)
    stories = [
        replace(
            QUIET_FIX, what=text, why_it_matters=text, deep_dive=(text,), story_id=2**40 + number
        )
        for number in range(150)
    ]
    mail = _tracked(edition(section("ai", *stories), depth=depth))
    merged = fill(mail.tracked_html, FIELDS | {READER: LONGEST})
    assert len(merged.encode()) <= mail.n_bytes <= CLIP_BYTES


def test_story_that_was_left_out_takes_no_others_link_away(templates: Templates) -> None:
    text = "A line that goes on. " * 4_000
    stories = [replace(QUIET_FIX, title=f"Story {n}", what=text, story_id=n) for n in range(1, 400)]
    mail = _tracked(edition(section("ai", *stories), depth=Depth.HEADLINES))
    assert "more stories in the browser" in shown(mail.html)
    titles = [
        (heading.get("href", ""), "".join(heading.itertext()))
        for heading in parsed(mail.tracked_html).findall(".//h3/a")
    ]
    for href, title in titles:
        code = href.removeprefix(f"{BASE_URL}/c/").removesuffix(f"{{{{{READER}}}}}")
        assert title == f"Story {_read(code).story_id}"
    assert mail.links[0][0].kind is LinkKind.ISSUE
