"""An Edition: stories in, the finished mail out, once for everybody who reads the same cut."""

from collections.abc import Sequence

from app.errors import RenderError
from app.rendering.budget import (
    CLIP_BYTES,
    HOPELESS_BYTES,
    Step,
    fewest,
    least_bytes,
    merged_bytes,
    steps_of,
    told,
    trims_of,
)
from app.rendering.document import html_document, text_document
from app.rendering.inputs import EditionFacts, RenderedMail
from app.rendering.lines import one_line
from app.rendering.merge import neutralise_text
from app.rendering.templates import Templates
from app.rendering.views import EditionView, edition_view


def render_edition(facts: EditionFacts, templates: Templates) -> RenderedMail:
    """The mail of one cut: subject, HTML and text, with merge fields. Pure; about 8 ms.

    One that would be clipped steps down (`rendering.budget`) and takes a few times as long.

    Raises:
        RenderError: a template is wrong (names file, line and field), a colour or template of a
            section is not usable, or the edition has no story.
    """
    if not any(section.stories for section in facts.sections):
        raise RenderError("an edition without a story is never sent", file="edition.mjml.j2")
    edition, html, taken = _fitted(facts, templates)
    return RenderedMail(
        subject=neutralise_text(one_line(edition.subject)),
        html=html,
        text=text_document("edition.txt.j2", {"edition": edition}, templates, personal=True),
        n_bytes=merged_bytes(html),
        trimmed=told(taken),
    )


def _fitted(facts: EditionFacts, templates: Templates) -> tuple[EditionView, str, Sequence[Step]]:
    """What the edition says, its HTML, and the steps down that it had to take."""
    names = templates.section_names()
    edition = edition_view(facts, names)
    html, n_bytes = _measured(edition, templates)
    if n_bytes <= CLIP_BYTES:
        return edition, html, ()
    steps = steps_of(facts)

    def n_bytes_after(n: int) -> int:
        return _measured(edition_view(facts, names, trims_of(steps[:n])), templates)[1]

    taken = steps[: fewest(n_bytes_after, steps, n_bytes - CLIP_BYTES)]
    edition = edition_view(facts, names, trims_of(taken))
    html = _html(edition, templates)
    if merged_bytes(html) > CLIP_BYTES:
        # Only a template can be to blame; the way out must be seen before the end is lost.
        html = _html(edition, templates, clipped=True)
    return edition, html, taken


def _measured(edition: EditionView, templates: Templates) -> tuple[str, int]:
    """The HTML and its bytes; nothing, and the bytes of the texts, where they are hopeless."""
    least = least_bytes(edition)
    if least > HOPELESS_BYTES:
        return "", least
    html = _html(edition, templates)
    return html, merged_bytes(html)


def _html(edition: EditionView, templates: Templates, *, clipped: bool = False) -> str:
    context = {"edition": edition, "clipped": clipped}
    return html_document("edition.mjml.j2", context, templates, personal=True)
