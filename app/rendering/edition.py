"""Render an Edition: stories in, the finished mail out, once for all readers of a cut."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from app.errors import RenderError
from app.language import speaking
from app.rendering.budget import (
    CLIP_BYTES,
    HOPELESS_BYTES,
    Step,
    fewest,
    least_bytes,
    merged_bytes,
    steps_of,
    to_trimmed,
    trims_of,
)
from app.rendering.document import html_document, text_document
from app.rendering.inputs import EditionFacts, RenderedMail
from app.rendering.lines import one_line
from app.rendering.merge import neutralise_text
from app.rendering.plain import Links
from app.rendering.points import with_few_points
from app.rendering.story_views import with_refs
from app.rendering.templates import Templates
from app.rendering.tracked import MarkedLinks, Sign, mark_links, unsigned
from app.rendering.views import EditionView, edition_view


def render_edition(
    facts: EditionFacts, templates: Templates, sign: Sign | None = None
) -> RenderedMail:
    """Render the mail of one cut: subject, HTML and text, with merge fields. Pure; about 7 ms.

    Our own words in it are said in the publication's language (docs/adr/0043).

    An edition that would be clipped steps down (`rendering.budget`) and takes a few times as long.
    If links are tracked, its size is measured with them; it holds them only where `sign` makes
    them.

    Raises:
        RenderError: a template is wrong (names file, line and field), a colour or template of a
            section is not usable, or the edition has no story.
    """
    if not any(section.stories for section in facts.sections):
        raise RenderError("an edition without a story is never sent", file="edition.mjml.j2")
    with speaking(facts.publication.spoken):
        return _rendered(with_few_points(facts), templates, sign)


def _rendered(facts: EditionFacts, templates: Templates, sign: Sign | None) -> RenderedMail:
    edition, page, taken = _fitted(facts, templates)
    places = page.places
    return RenderedMail(
        subject=neutralise_text(one_line(edition.subject)),
        html=places.straight(page.html) if places else page.html,
        text=text_document("edition.txt.j2", _in_text(edition), templates, personal=True),
        n_bytes=page.n_bytes,
        trimmed=to_trimmed(taken),
        tracked_html=places.tracked(page.html, sign) if places and sign else "",
        links=places.found() if places else (),
    )


def _in_text(edition: EditionView) -> dict[str, object]:
    """Return what the text template sees: links within stories are numbered like all others."""
    links = Links()
    sections = tuple(
        replace(section, stories=tuple(with_refs(story, links.ref) for story in section.stories))
        for section in edition.sections
    )
    return {"edition": replace(edition, sections=sections), "links": links}


@dataclass(frozen=True)
class _Page:
    """The HTML of one try, with marks where there are `places`, and the bytes that are mailed."""

    html: str
    n_bytes: int
    places: MarkedLinks | None = None


def _fitted(facts: EditionFacts, templates: Templates) -> tuple[EditionView, _Page, Sequence[Step]]:
    """Return what the edition says, its HTML, and the steps down that it had to take."""
    names = templates.section_names()
    edition = edition_view(facts, names)
    page = _measured(facts, edition, templates)
    if page.n_bytes <= CLIP_BYTES:
        return edition, page, ()
    steps = steps_of(facts)

    @cache
    def shortened(n: int) -> tuple[EditionView, _Page]:
        shorter = edition_view(facts, names, trims_of(steps[:n]))
        return shorter, _measured(facts, shorter, templates)

    n_taken = fewest(lambda n: shortened(n)[1].n_bytes, steps, page.n_bytes - CLIP_BYTES)
    taken = steps[:n_taken]
    edition, page = shortened(n_taken)
    if page.n_bytes > CLIP_BYTES:
        # Only a template can be to blame; the way out must be seen before the end is lost.
        page = _page(facts, edition, templates, clipped=True)
    return edition, page, taken


def _measured(facts: EditionFacts, edition: EditionView, templates: Templates) -> _Page:
    """Return the HTML and its bytes; no HTML and the bytes of the texts if those are hopeless."""
    least = least_bytes(edition)
    return _Page("", least) if least > HOPELESS_BYTES else _page(facts, edition, templates)


def _page(
    facts: EditionFacts, edition: EditionView, templates: Templates, *, clipped: bool = False
) -> _Page:
    base_url = facts.publication.base_url
    if facts.tracking is None:
        html = _html(edition, templates, clipped=clipped)
        return _Page(html, merged_bytes(html, base_url))
    marked, places = mark_links(edition, facts)
    html = _html(marked, templates, clipped=clipped)
    tracked = places.tracked(html, unsigned)
    return _Page(html, merged_bytes(tracked, base_url), places)


def _html(edition: EditionView, templates: Templates, *, clipped: bool) -> str:
    context = {"edition": edition, "clipped": clipped}
    return html_document("edition.mjml.j2", context, templates, personal=True)
