"""The text of a link says where it leads, read by itself too: WCAG 2.2, 2.4.4 and 2.4.9."""

import re
from dataclasses import replace

import pytest

from app.enums import Depth
from app.rendering.edition import render_edition
from app.rendering.templates import Templates
from tests.rendering import goldens
from tests.rendering.reading import links, said, shown
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
    assert "Read it all: A title that begins like" in shown(mail.html)
    assert len(re.findall(r"^Read it all: A title.* \[\d+\]$", mail.text, re.MULTILINE)) == 3


def test_no_text_of_a_link_has_two_targets_in_any_mail(templates: Templates) -> None:
    for _, mail in goldens.mails(templates):
        _assert_texts_tell_targets_apart(mail.html)


def _assert_texts_tell_targets_apart(html: str) -> None:
    targets: dict[str, set[str]] = {}
    for text, url in zip(said(html, "a"), links(html), strict=True):
        assert text
        targets.setdefault(text.casefold(), set()).add(url)
    assert {text: urls for text, urls in targets.items() if len(urls) > 1} == {}
