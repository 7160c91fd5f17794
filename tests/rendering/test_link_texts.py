"""The text of a link says where it leads, read by itself too: WCAG 2.2, 2.4.4 and 2.4.9."""

import re
from dataclasses import replace

import pytest

from app.enums import Depth
from app.rendering.edition import render_edition
from app.rendering.templates import Templates
from tests.rendering import goldens
from tests.rendering.reading import parsed, shown
from tests.rendering.samples import QUIET_FIX, SPONSOR, edition, section


@pytest.mark.parametrize("depth", list(Depth))
def test_no_text_of_a_link_has_two_targets(templates: Templates, depth: Depth) -> None:
    begun = "A title that begins like another one and ends "
    stories = [
        replace(
            QUIET_FIX,
            title=f"{begun}in {n}",
            url=f"https://example.org/{n}",
            read_url=f"https://devoured.example/read/1/{n}",
        )
        for n in range(1, 4)
    ]
    facts = edition(section("ai", *stories[:2]), section("devops", stories[2]), depth=depth)
    mail = render_edition(replace(facts, sponsor=SPONSOR), templates)
    _assert_texts_tell_targets_apart(mail.html)
    n_offered = 0 if depth is Depth.HEADLINES else 3
    assert shown(mail.html).count("Read it all") == n_offered
    assert "Read it all A title" not in shown(mail.html), "short, without the headline"
    assert len(re.findall(r"^Read it all \[\d+\]$", mail.text, re.MULTILINE)) == n_offered


def test_no_text_of_a_link_has_two_targets_in_any_mail(templates: Templates) -> None:
    for _, mail in goldens.mails(templates):
        _assert_texts_tell_targets_apart(mail.html)


def _assert_texts_tell_targets_apart(html: str) -> None:
    targets: dict[str, set[str]] = {}
    for link in parsed(html).iter("a"):
        url, visible = link.get("href", ""), " ".join("".join(link.itertext()).split())
        # Two links that look alike are told apart by their name, which begins as they look. A title
        # that leads to its own story, further down, is called as that is.
        text = link.get("aria-label", visible)
        assert visible
        assert text.startswith(visible)
        if url.startswith("#"):
            continue
        targets.setdefault(text.casefold(), set()).add(url)
    assert {text: urls for text, urls in targets.items() if len(urls) > 1} == {}
