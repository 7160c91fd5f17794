"""Templates tried on samples, so that a mistake is found on loading and not at seven."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Final

from app.errors import RenderError
from app.rendering.document import html_document, text_document
from app.rendering.edition import render_edition
from app.rendering.inputs import StoryFacts
from app.rendering.letters import render_letter
from app.rendering.merge import new_marks
from app.rendering.plain import Links
from app.rendering.template_contrast import check_contrast
from app.rendering.template_names import check_names
from app.rendering.template_samples import SHORTENED, WHOLE, editions, letters, whole_edition
from app.rendering.templates import Templates, fill_template, locate, written_by
from app.rendering.views import edition_view
from app.story_fields import read_texts

STORY_BYTES: Final = 1_500
"""What a template may add to a mail for each story beyond the story's own text, in bytes. Ours add
under 1,050; at 25 stories this is a third of what Gmail shows."""

MAIL_BYTES: Final = 20_000
"""What a mail of one short story may take, in bytes; with ours it takes half. It is what every mail
has before its first story, a fifth of what Gmail shows."""

_HREF: Final = re.compile(r"""<a\s[^>]*?href="([^"]*)\"""")


@dataclass(frozen=True)
class Tried:
    """A section template that works, and the bytes it adds for each story."""

    name: str
    story_bytes: int


def check_templates(templates: Templates) -> tuple[Tried, ...]:
    """Try every section template and every letter on samples that take each of our branches.

    Takes about 40 ms for each section of ours.

    Raises:
        RenderError: the first mistake, with file and line: a field or tag that does not exist, a
            link of the HTML that the text part lacks, a text that cannot be read in light or in
            dark, or more than `STORY_BYTES` for each story or `MAIL_BYTES` for a mail of one.
    """
    check_names(templates)
    for kind, facts in letters():
        mail = render_letter(kind, facts, templates)
        _same_links(mail.html, mail.text, f"letters/{kind}.txt.j2", None)
    return tuple(_try(name, templates) for name in templates.section_names())


def _try(name: str, templates: Templates) -> Tried:
    added = _story_bytes(name, templates)
    names = templates.section_names()
    for facts in editions(name):
        mail = render_edition(facts, templates)
        known = {"edition": edition_view(facts, names), "clipped": False}
        _same_links(mail.html, mail.text, f"sections/{name}.txt.j2", (templates, known))
    _try_long(name, templates)
    if templates.own:  # ours alone are held to it by a test
        check_contrast(name, templates)
    return Tried(name, added)


def _story_bytes(name: str, templates: Templates) -> int:
    """Return how many bytes the template adds for each story; raise an error when too many."""
    one, three = (
        len(render_edition(whole_edition(name, *[WHOLE] * n), templates).html.encode())
        for n in (1, 3)
    )
    if one > MAIL_BYTES:
        detail = f"a mail of one story takes {one:,} bytes with it, at most {MAIL_BYTES:,} may be"
        raise _too_large(detail, name, templates, 1)
    added = (three - one) // 2 - _own_bytes(WHOLE)
    if added > STORY_BYTES:
        detail = f"it adds {added:,} bytes for each story, at most {STORY_BYTES:,} are sensible"
        raise _too_large(detail, name, templates, 3)
    return added


def _try_long(name: str, templates: Templates) -> None:
    """Try the text that appears only where an edition was shortened or is still too long."""
    facts = whole_edition(name, WHOLE, WHOLE)
    known = {"edition": edition_view(facts, templates.section_names(), SHORTENED), "clipped": True}
    html = html_document("edition.mjml.j2", known, templates, personal=True)
    text = text_document("edition.txt.j2", known, templates, personal=True)
    _same_links(html, text, f"sections/{name}.txt.j2", (templates, known))


def _same_links(
    html: str, text: str, file: str, source: tuple[Templates, Mapping[str, object]] | None
) -> None:
    """Refuse a link of the HTML that the text part does not have; `source` finds who wrote it."""
    words = set(text.split())
    for url in map(unescape, _HREF.findall(html)):
        # A link within the mail is of no use in a text.
        if url not in words and not url.startswith("#"):
            place = _place_of(url, *source) if source else None
            if place and source and source[0].own and place[0] not in source[0].own:
                place = None  # ours wrote it, so it is an own text part that left it out
            raise RenderError(
                f"the text part lacks the link to {url}",
                file=place[0] if place else file,
                line=place[1] if place else None,
            )


def _place_of(
    url: str, templates: Templates, known: Mapping[str, object]
) -> tuple[str, int] | None:
    for place, written in written_by(_located(templates, known)):
        if any(unescape(found) == url for found in _HREF.findall(written)):
            return place
    return None


def _located(templates: Templates, known: Mapping[str, object]) -> str:
    named = {**known, "fields": {name: f"{{{{{name}}}}}" for name in new_marks().fields}}
    return locate(templates, "edition.mjml.j2", {**named, "links": Links()})


def _too_large(detail: str, name: str, templates: Templates, n_stories: int) -> RenderError:
    """Build the error, at the line that writes the most: a tag and its text, or the style block."""
    file = f"sections/{name}.mjml.j2"
    view = edition_view(whole_edition(name, *[WHOLE] * n_stories), templates.section_names())
    known = {"edition": view, "clipped": False}
    weights: Counter[tuple[str, int]] = Counter()
    for place, written in written_by(_located(templates, known)):
        if not written.startswith("<mj-style") and (
            file not in templates.own or place[0] in templates.own
        ):
            weights[place] += len(written)
    style = {**known, "part": "style", "section": view.sections[0]}
    rules = fill_template(templates, file, style)
    weights[file, _line_of(r"\{%-?\s*block style", file, templates)] += len(rules)
    (place, _), *_ = weights.most_common(1)
    return RenderError(detail, file=place[0], line=place[1])


def _line_of(pattern: str, file: str, templates: Templates) -> int:
    """Return the line of this template on which the pattern is found, or its first."""
    source = templates.source_of(file)
    found = re.search(pattern, source)
    return source.count("\n", 0, found.start()) + 1 if found else 1


def _own_bytes(story: StoryFacts) -> int:
    """Return how many bytes the story's text takes by itself."""
    return sum(len(text.encode()) for text in (story.label, *read_texts(story)))
