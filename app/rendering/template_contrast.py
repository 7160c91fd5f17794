"""Contrast of what section templates print, measured in the mails that they make."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from app.colours import TEXT, contrast, rounded
from app.enums import Depth
from app.errors import RenderError
from app.look import OURS, Look
from app.rendering.document import located_html
from app.rendering.edition import render_edition
from app.rendering.inputs import EditionFacts
from app.rendering.lines import shortened
from app.rendering.painted import Printed, dark, light, outlook_dark
from app.rendering.template_samples import MARKED, WHOLE, paid, whole_edition
from app.rendering.templates import Templates
from app.rendering.views import edition_view
from app.sentences import N_, Sentence

_PAINTS: Final[Mapping[str, Callable[[str], list[Printed]]]] = {
    "light": light,
    "dark": dark,
    "dark in Outlook.com": outlook_dark,
}
_FAINT: Final = N_(
    "“%(text)s” in %(colour)s on %(ground)s has a contrast of %(ratio)s to 1 in %(scheme)s; text"
    " needs %(enough)s"
)
_UNCLEAR: Final = N_(
    "“%(text)s” is painted with %(colour)s, whose contrast nobody can measure: write # and six hex"
    " digits"
)
_TEXT_CHARS: Final = 30


def check_contrast(
    name: str,
    templates: Templates,
    look: Look = OURS,
    accents: tuple[str, str] | None = None,
) -> None:
    """Check that every text of a section template can be read, light and dark.

    In the look, and with the accents of a category, else with those of the samples. About 40 ms.

    Raises:
        RenderError: the first text that cannot, with the file and line of an own template.
    """
    for facts in _samples(name, look, accents):
        html = render_edition(facts, templates).html
        for scheme, paint in _PAINTS.items():
            if faint := next(_faint(paint(html)), None):
                raise _told(faint, scheme, name, facts, templates)


def _samples(name: str, look: Look, accents: tuple[str, str] | None) -> Iterator[EditionFacts]:
    whole = whole_edition(name, WHOLE, MARKED)
    for facts in (paid(whole), replace(whole, depth=Depth.HEADLINES)):
        (section,) = facts.sections
        if accents:
            section = replace(section, accent=accents[0], accent_dark=accents[1])
        theirs = replace(facts.publication, look=look)
        yield replace(facts, publication=theirs, sections=(section,))


def _faint(texts: list[Printed]) -> Iterator[Printed]:
    for one in texts:
        if one.unclear or contrast(one.colour, one.ground) < TEXT:
            yield one


def _told(
    faint: Printed, scheme: str, name: str, facts: EditionFacts, templates: Templates
) -> RenderError:
    """Return what is wrong with a text, at the line of the template that wrote or painted it."""
    text = shortened(faint.text, _TEXT_CHARS)
    if faint.unclear:
        detail = Sentence(_UNCLEAR, text=text, colour=faint.unclear)
    else:
        ratio = rounded(contrast(faint.colour, faint.ground))
        colours = {"text": text, "colour": faint.colour, "ground": faint.ground}
        detail = Sentence(_FAINT, **colours, ratio=ratio, scheme=scheme, enough=TEXT)
    view = edition_view(facts, templates.section_names())
    html = located_html("edition.mjml.j2", {"edition": view, "clipped": False}, templates)
    found = next((one for one in _PAINTS[scheme](html) if one == faint), faint)
    file = f"sections/{name}.mjml.j2"
    if found.place and (found.place[0] == file or found.place[0] in templates.own):
        return RenderError(detail, file=found.place[0], line=found.place[1])
    # Ours wrote it: then a rule of this template painted it.
    return RenderError(detail, file=file, line=_painted_at(templates.source_of(file), faint))


def _painted_at(source: str, faint: Printed) -> int:
    """Return the line that says one of the two colours, or where the template's rules begin."""
    lines = source.split("\n")
    for wanted in (faint.unclear, faint.colour, faint.ground, "block style"):
        if wanted:
            for number, line in enumerate(lines, start=1):
                if re.search(re.escape(wanted), line, re.IGNORECASE):
                    return number
    return 1
