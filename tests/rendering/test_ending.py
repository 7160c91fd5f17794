"""What the end of a mail asks and offers, where its publication wants it."""

from dataclasses import replace

import pytest

from app.enums import Depth
from app.rendering.edition import render_edition
from app.rendering.inputs import EndingFacts
from app.rendering.merge import fields_for, fill, html_without_reader
from app.rendering.templates import Templates
from tests.rendering.goldens import unusual
from tests.rendering.reading import links, shown
from tests.rendering.samples import BASE_URL, edition

ALL = EndingFacts(7, "Editors+mail@devoured.example", shares=True)
FIELDS = fields_for("ada@example.org", f"{BASE_URL}/leave/t", f"{BASE_URL}/preferences/t")


@pytest.mark.parametrize("depth", list(Depth))
def test_end_has_what_is_switched_on(templates: Templates, depth: Depth) -> None:
    mail = render_edition(replace(edition(depth=depth), ending=ALL), templates)
    html, text = (fill(one, FIELDS) for one in (mail.html, mail.text))
    own = f"{BASE_URL}/preferences/t/issues/7"
    for address in (f"{own}/yes", f"{own}/no", "mailto:Editors%2Bmail@devoured.example"):
        assert f'href="{address}"' in html
        assert f"\n{address}\n" in text
    after = shown(html).partition("Digest devoured!")[2]
    for words in ("Was this good?", "Yes", "No", "Reply to the editor", "Share this mail"):
        assert words in after
        after = after.partition(words)[2]


def test_end_has_nothing_where_nothing_is_switched_on(templates: Templates) -> None:
    mail = render_edition(edition(), templates)
    for part in (mail.html, mail.text):
        for sign in ("Was this good?", "Reply to the editor", "Share this", "mailto:", "/issues/"):
            assert sign not in part


def test_web_copy_leads_nobody_to_itself(templates: Templates) -> None:
    facts = edition()
    mail = render_edition(facts, templates)
    assert facts.browser_url in links(mail.html)
    page = html_without_reader(mail.html, BASE_URL, "en")
    assert facts.browser_url not in links(page)
    assert "View in the browser" not in page


def test_web_copy_of_a_long_mail_says_nothing_of_mail_programs(templates: Templates) -> None:
    mail = dict(unusual(templates))["clipped"]
    assert "Read it in the browser" in mail.html
    page = html_without_reader(mail.html, BASE_URL, "en")
    assert "Read it in the browser" not in page
    assert edition().browser_url not in links(page)


def test_web_copy_asks_nobody(templates: Templates) -> None:
    mail = render_edition(replace(edition(), ending=ALL), templates)
    page = html_without_reader(mail.html, BASE_URL, "en")
    assert "Was this good?" not in page
    assert "Reply to the editor" in page
    assert links(page)
