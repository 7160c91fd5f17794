"""An Edition: stories in, the finished mail out, once for everybody who reads the same cut."""

from typing import Final

from app.errors import RenderError
from app.rendering.document import html_document, text_document
from app.rendering.inputs import EditionFacts, RenderedMail
from app.rendering.lines import one_line
from app.rendering.merge import neutralise_text
from app.rendering.templates import Templates
from app.rendering.views import EditionView, edition_view

CLIP_BYTES: Final = 102 * 1024
"""Gmail shows no more of a mail's HTML than this.

Source: Google Workspace admin help, "Message clipped": messages over 102 KB.
"""

_ROOM_FOR_FIELDS: Final = 1024
"""What the values of the merge fields may add to the HTML, in bytes."""


def render_edition(facts: EditionFacts, templates: Templates) -> RenderedMail:
    """The mail of one cut: subject, HTML and text, with merge fields. Pure; about 8 ms.

    Raises:
        RenderError: a template is wrong (names file, line and field), a colour or template of a
            section is not usable, or the edition has no story.
    """
    if not any(section.stories for section in facts.sections):
        raise RenderError("an edition without a story is never sent", file="edition.mjml.j2")
    edition = edition_view(facts, templates.section_names())
    return RenderedMail(
        subject=neutralise_text(one_line(edition.subject)),
        html=_html(edition, templates),
        text=text_document("edition.txt.j2", {"edition": edition}, templates, personal=True),
    )


def _html(edition: EditionView, templates: Templates) -> str:
    """The HTML; where it is long enough to be clipped, with the way out at the top as well."""
    context = {"edition": edition, "clipped": False}
    html = html_document("edition.mjml.j2", context, templates, personal=True)
    if len(html.encode()) + _ROOM_FOR_FIELDS <= CLIP_BYTES:
        return html
    return html_document("edition.mjml.j2", context | {"clipped": True}, templates, personal=True)
