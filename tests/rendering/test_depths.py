"""What a depth is said to show is what its mails show: a correction is told by it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.enums import Depth
from app.rendering.depths import SHOWN_FIELDS, depths_showing
from app.rendering.edition import render_edition
from app.rendering.inputs import EditionFacts, StoryFacts
from app.rendering.templates import our_templates
from app.story_fields import Term
from tests.rendering.samples import BASE_URL, PUBLICATION, QUIET_FIX, SMALL_MODEL, section

_TEMPLATES = our_templates()
_OTHER: dict[str, Any] = {
    "title": "Another title",
    "label": "9 minute read",
    "url": "https://example.net/elsewhere",
    "summary": "Another summary.",
    "what": "Something else.",
    "why_it_matters": "Another reason.",
    "takeaway": "Another hint.",
    "deep_dive": ("Another point",),
    "decoder": (Term("Another term", "and what it means"),),
}


def _texts(story: StoryFacts, depth: Depth) -> tuple[str, str]:
    facts = EditionFacts(
        publication=PUBLICATION,
        issued_on=date(2026, 11, 23),
        subject="Subject",
        preheader="Preheader",
        depth=depth,
        sections=(section("general", story, SMALL_MODEL),),
        browser_url=BASE_URL,
        issue_url=BASE_URL,
    )
    mail = render_edition(facts, _TEMPLATES)
    return mail.html, mail.text


@pytest.mark.parametrize("depth", Depth)
@pytest.mark.parametrize("field", _OTHER)
def test_mail_changes_exactly_when_its_depth_shows_the_field(field: str, depth: Depth) -> None:
    changed = _texts(replace(QUIET_FIX, **{field: _OTHER[field]}), depth)
    assert (changed != _texts(QUIET_FIX, depth)) == (field in SHOWN_FIELDS[depth])


def test_depths_showing_names_them_when_fields_are_mixed() -> None:
    assert depths_showing(["takeaway", "decoder"]) == [Depth.BRIEF, Depth.DEEP, Depth.WHOLE]
    assert depths_showing(["article"]) == []
