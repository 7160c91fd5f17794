"""Rendering: one edition, from stories to checked HTML and text, beside bare Jinja and MJML."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import mjml
from sqlalchemy import select

from app.db.session import transaction
from app.delivery.compose import edition_facts
from app.enums import Depth
from app.link_tokens import LinkSigner
from app.models import Issue
from app.rendering.edition import render_edition
from app.rendering.inputs import EditionFacts, TrackingFacts
from app.rendering.merge import new_marks
from app.rendering.templates import Templates
from app.rendering.tracked import Sign
from app.rendering.views import edition_view
from benchmarks.audience import add_issue
from benchmarks.measure import Row, milliseconds, ratio
from benchmarks.sending import Ready

_EVERYTHING: Final = (1 << 62) - 1
_KILO: Final = 1024


def render_rows(ready: Ready) -> Iterator[Row]:
    """Measure the longest cut of the sample digest, tracked, one nearly full and one shortened."""
    container = ready.container
    facts = _longest_cut(ready)
    sign = LinkSigner(container.signer.keys).sign
    tracked = replace(facts, tracking=TrackingFacts(1, 1, per_reader=True, opens=True))
    yield _row("everything at full depth", facts, container.templates, sign)
    yield _row("the same, tracked", tracked, container.templates, sign)
    yield _row("twice the stories, tracked", _repeated(tracked, 2), container.templates, sign)
    yield _row("four times, shortened to fit", _repeated(tracked, 4), container.templates, sign)


def _longest_cut(ready: Ready) -> EditionFacts:
    """Return the edition of every category of the sample digest, at full depth."""
    container = ready.container
    with transaction(container.sessions) as session:
        add_issue(session, container.clock())
        issue = session.scalars(select(Issue).order_by(Issue.id.desc())).first()
        assert issue is not None  # noqa: S101  # it was made a line above
        return edition_facts(
            session,
            issue,
            follows=_EVERYTHING,
            depth=Depth.DEEP,
            base_url=container.settings.base_url,
            browser_url=container.settings.base_url,
        )


def _repeated(facts: EditionFacts, n: int) -> EditionFacts:
    """Return every section with its stories repeated `n` times."""
    sections = tuple(replace(one, stories=one.stories * n) for one in facts.sections)
    return replace(facts, sections=sections)


def _row(what: str, facts: EditionFacts, templates: Templates, sign: Sign) -> Row:
    floor = milliseconds(lambda: _render_barely(facts, templates))
    ours = milliseconds(lambda: render_edition(facts, templates, sign))
    mail = render_edition(facts, templates, sign)
    n_stories = sum(len(section.stories) for section in facts.sections)
    return Row(
        f"render one edition, {what}",
        f"{ours:.1f} ms",
        f"{floor:.1f} ms",
        ratio(ours, floor),
        f"{n_stories} stories, {mail.n_bytes / _KILO:.0f} KB of HTML",
    )


def _render_barely(facts: EditionFacts, templates: Templates) -> None:
    """Jinja and the MJML compiler: no check, no inlined styles, no text part."""
    edition = edition_view(facts, templates.section_names())
    source = templates.jinja.get_template("edition.mjml.j2").render(
        edition=edition, clipped=False, fields=new_marks().fields
    )
    mjml.mjml2html(source, fonts={}, social_icon_origin="")
