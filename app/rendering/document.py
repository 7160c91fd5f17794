"""One document from its two templates: MJML and text, with merge fields settled last of all."""

import re
from collections.abc import Mapping

from app.errors import RenderError
from app.rendering.merge import Marks, new_marks, settle_html, settle_text
from app.rendering.mjml import compile_mjml
from app.rendering.plain import Links
from app.rendering.templates import Templates, fill_template, locate, written_at

_INDENT = re.compile(r"\n\s+")
_BESIDE_MJML = re.compile(r"<!--@[^>]*-->(?=</?mj)")


def html_document(
    name: str, context: Mapping[str, object], templates: Templates, *, personal: bool
) -> str:
    """Return the finished HTML of the MJML template `name`; `personal` allows the merge fields.

    Raises:
        RenderError: naming the template's file and line, and the field or tag.
    """
    marks = new_marks()
    known = {**context, **_fields(marks, personal=personal)}
    source = _INDENT.sub("\n", fill_template(templates, name, known))
    try:
        html = compile_mjml(source, file=name)
    except RenderError as error:
        raise _placed(error, name, known, templates) from error
    return settle_html(html, marks)


def located_html(name: str, context: Mapping[str, object], templates: Templates) -> str:
    """Return the HTML with a comment before each tag that says where it comes from.

    Merge fields stand in it as marks. Use it only to find the place of a mistake.
    """
    source = locate(templates, name, {**context, **_fields(new_marks(), personal=True)})
    # The compiler takes comments within HTML, and not everywhere between tags of its own.
    return compile_mjml(_BESIDE_MJML.sub("", source), file=name)


def text_document(
    name: str, context: Mapping[str, object], templates: Templates, *, personal: bool
) -> str:
    """Return the finished text of the template `name`; `links` in it numbers its links.

    What in `context` numbers links by itself brings its own `links`.

    Raises:
        RenderError: as `html_document`.
    """
    marks = new_marks()
    known = {"links": Links(), **context, **_fields(marks, personal=personal)}
    text = fill_template(templates, name, known)
    text = "\n".join(map(str.rstrip, text.split("\n")))
    # Parts that were left out leave runs of blank lines: one is enough.
    parts = (part.strip("\n") for part in text.split("\n\n"))
    return settle_text("\n\n".join(filter(None, parts)).strip() + "\n", marks)


def _fields(marks: Marks, *, personal: bool) -> dict[str, object]:
    return {"fields": marks.fields} if personal else {}


def _placed(
    error: RenderError, name: str, context: Mapping[str, object], templates: Templates
) -> RenderError:
    """Return `error` with the file and line of the template that wrote the faulty tag.

    The document is put together once more with comments that say where each tag comes from: slow,
    and only done when something is wrong.
    """
    source = locate(templates, name, context)
    try:
        compile_mjml(source, file=name)
    except RenderError as again:
        place = written_at(source, again.line, templates.own) if again.line else None
        if place:
            return RenderError(again.detail, file=place[0], line=place[1])
    return RenderError(error.detail, file=error.file)
