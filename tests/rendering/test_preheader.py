from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rendering.edition import render_edition
from app.rendering.lines import FILLER, PREHEADER_CHARS, one_line
from app.rendering.preheader import preheader_in
from app.rendering.templates import Templates, our_templates
from tests.rendering.samples import edition, section

_TEMPLATES = our_templates()


@given(st.text(alphabet="ab &<>\"'{}/-–é漢", min_size=1, max_size=60).filter(str.strip))
def test_preheader_is_read_as_it_was_written_whatever_signs_it_has(written: str) -> None:
    html = render_edition(replace(edition(section()), preheader=written), _TEMPLATES).html
    assert preheader_in(html) == one_line(written)


@pytest.mark.parametrize("html", ["", "<p>Hello</p>", "<body><div>Hello</div></body>"])
def test_preheader_is_empty_when_a_mail_hides_nothing_at_its_beginning(html: str) -> None:
    assert preheader_in(html) == ""


def test_inboxes_show_nothing_behind_the_preheader(templates: Templates) -> None:
    html = render_edition(replace(edition(section()), preheader="Short"), templates).html
    assert f"Short{FILLER * (PREHEADER_CHARS - len('Short'))}</div>" in html


def test_preheader_of_a_usual_mail_is_a_headline(templates: Templates) -> None:
    html = render_edition(edition(section()), templates).html
    assert preheader_in(html)
    assert preheader_in(html) in html
