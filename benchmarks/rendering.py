"""Rendering: one edition, from stories to checked HTML and text, beside bare Jinja and MJML."""

from typing import Final

import mjml
from sqlalchemy import select

from app.db.session import transaction
from app.delivery.compose import edition_facts
from app.models import Issue
from app.rendering.edition import render_edition
from app.rendering.inputs import EditionFacts
from app.rendering.merge import new_marks
from app.rendering.templates import Templates
from app.rendering.views import edition_view
from app.words import Depth
from benchmarks.audience import add_issue
from benchmarks.measure import Row, milliseconds, ratio
from benchmarks.sending import Ready

_EVERYTHING: Final = (1 << 62) - 1


def render_row(ready: Ready) -> Row:
    """The longest cut of the sample digest: every category, at full depth."""
    box = ready.container
    with transaction(box.sessions) as session:
        add_issue(session, box.clock())
        issue = session.scalars(select(Issue).order_by(Issue.id.desc())).first()
        assert issue is not None  # noqa: S101  # it was made a line above
        facts = edition_facts(
            session,
            issue,
            follows=_EVERYTHING,
            depth=Depth.DEEP,
            base_url=box.settings.base_url,
            browser_url=box.settings.base_url,
        )
    floor = milliseconds(lambda: _render_barely(facts, box.templates))
    ours = milliseconds(lambda: render_edition(facts, box.templates))
    html = render_edition(facts, box.templates).html
    return Row(
        "render one edition, everything at full depth",
        f"{ours:.1f} ms",
        f"{floor:.1f} ms",
        ratio(ours, floor),
        f"{len(html.encode()) / 1024:.0f} KB of HTML",
    )


def _render_barely(facts: EditionFacts, templates: Templates) -> None:
    """Jinja and the MJML compiler: no check, no inlined styles, no text part."""
    edition = edition_view(facts, templates.section_names())
    source = templates.jinja.get_template("edition.mjml.j2").render(
        edition=edition, clipped=False, fields=new_marks().fields
    )
    mjml.mjml2html(source, fonts={}, social_icon_origin="")
