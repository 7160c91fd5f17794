"""The templates of `emails/`: loaded and compiled once, strict, escaping by themselves."""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import (
    BaseLoader,
    DictLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    meta,
    select_autoescape,
)

from app.errors import RenderError
from app.in_words import apart, set_apart, unbroken
from app.language import gettext, ngettext
from app.rendering.merge import is_link
from app.rendering.plain import underlined, wrap
from app.shipped import shipped

EMAILS: Final = shipped("emails")
"""The folder of templates that comes with the source."""

# Characters that XML has no room for, lone surrogates among them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_SECTION = re.compile(r"sections/([^/_][^/]*)\.mjml\.j2")  # that of the lead story is no category's
# Comments whole, so that the beginnings of tags in them are left alone.
_TAG = re.compile(r"<!--.*?-->|\{#.*?#\}|<(?=[a-zA-Z/])", re.DOTALL)
_MARK = re.compile(r"^<!--@(.+):(\d+)-->", re.MULTILINE)
# What a template may do wrong while it runs, besides Jinja's own complaints.
_MISTAKES = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RuntimeError)


@dataclass(frozen=True)
class Source:
    """What a template was when it was loaded: its mark, and the templates that it names itself."""

    mark: str
    names: frozenset[str]


@dataclass(frozen=True)
class Templates:
    """All templates, compiled; make one with `load_templates` and hand it to every rendering.

    `own` are the names of those that are not ours.
    """

    jinja: Environment
    names: frozenset[str]
    sources: Mapping[str, Source] = field(default_factory=dict)
    own: frozenset[str] = frozenset()

    def section_names(self) -> tuple[str, ...]:
        """Return the template names that a category may use: `default` and the others, sorted."""
        return tuple(sorted(found[1] for name in self.names if (found := _SECTION.fullmatch(name))))

    def marks_of(self, sections: Iterable[str]) -> dict[str, str]:
        """Return the marks of all templates that an edition with these sections is made of.

        They are of what was loaded, not of what is on the disk by now. A template that is not there
        has none.
        """
        shared = {name for name in self.names if not name.startswith(("sections/", "letters/"))}
        ends = (".mjml.j2", ".txt.j2")
        found = {f"sections/{one}{end}" for one in (*sections, "default") for end in ends}
        waiting = [*shared, *found]
        while waiting:
            source = self.sources.get(waiting.pop())
            more = source.names - found - shared if source else frozenset()
            found |= more
            waiting += more
        return {
            name: source.mark
            for name in sorted(shared | found)
            if (source := self.sources.get(name)) is not None
        }

    def source_of(self, name: str) -> str:
        """Return the template as it was written."""
        return Path(self.jinja.get_template(name).filename or "").read_text("utf-8")


class _Missing(StrictUndefined):
    """An undefined name that says itself as templates write it: `story.titles is undefined`."""

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return self._undefined_hint
        owner = type(self._undefined_obj).__name__
        ours = re.fullmatch(r"(\w+)(?:View|Facts)", owner)
        before = f"{ours[1].lower()}." if ours else ""
        return f"{before}{self._undefined_name} is undefined"


def load_templates(folder: Path = EMAILS, own: Path | None = None) -> Templates:
    """Load and compile the templates below `folder`; those below `own` add to or replace them.

    Raises:
        RenderError: one of them is not valid Jinja, or not UTF-8; names file and line.
    """
    jinja = _environment(FileSystemLoader([folder] if own is None else [own, folder]))
    names = frozenset(jinja.list_templates(extensions=["j2"]))
    sources = {}
    for name in sorted(names):
        try:
            sources[name] = _source(jinja, name)
            jinja.get_template(name)
        except TemplateSyntaxError as error:
            raise _syntax_error(error, name) from error
        except UnicodeDecodeError as error:
            raise RenderError("the file is not UTF-8", file=name) from error
    theirs = [] if own is None else FileSystemLoader(own).list_templates()
    return Templates(jinja, names, sources, names.intersection(theirs))


@cache
def our_templates() -> Templates:
    """Return the templates that come with Devoured, compiled once in a process (0.1 s)."""
    return load_templates()


def fill_template(templates: Templates, name: str, context: Mapping[str, object]) -> str:
    """Return the template `name` with `context` filled in.

    Raises:
        RenderError: naming the file and line, below any includes and macros, and the field.
    """
    try:
        return printable(templates.jinja.get_template(name).render(context))
    except TemplateSyntaxError as error:
        raise _syntax_error(error, name) from error
    except (TemplateError, *_MISTAKES) as error:
        file, line = _innermost(error, templates)
        raise RenderError(_detail(error), file=file or name, line=line) from error


def locate(templates: Templates, name: str, context: Mapping[str, object]) -> str:
    """Fill a template as `fill_template` does; a comment before every tag names its place.

    Use it only to find the place of a mistake: see `written_at`.
    """
    sources = {each: _marked(each, templates.source_of(each)) for each in templates.names}
    marked = Templates(_environment(DictLoader(sources)), templates.names, own=templates.own)
    return fill_template(marked, name, context)


def written_at(source: str, line: int, own: Collection[str] = ()) -> tuple[str, int] | None:
    """Return the template and the line in it that wrote `line` of the output of `locate`.

    Where that is ours, it is the last place before it that is of an `own` template, if any: ours
    are whole, and a tag that an own one leaves open is missed only further on.
    """
    marks = _MARK.findall("\n".join(source.split("\n")[:line]))
    if not marks:
        return None
    theirs = [mark for mark in marks if mark[0] in own]
    file, number = theirs[-1] if theirs else marks[-1]
    return file, int(number)


def written_by(source: str) -> Iterator[tuple[tuple[str, int], str]]:
    """Yield every tag in the output of `locate`, up to the next tag, with its template and line."""
    _, *parts = _MARK.split(source)
    for file, line, written in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        yield (file, int(line)), written


def _source(jinja: Environment, name: str) -> Source:
    assert jinja.loader is not None  # noqa: S101  # every environment of ours has one
    text, _, _ = jinja.loader.get_source(jinja, name)
    named = meta.find_referenced_templates(jinja.parse(text, name))
    mark = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]
    # Where a name is made while it runs, it is that of a section.
    return Source(mark, frozenset(filter(None, named)))


def _marked(name: str, source: str) -> str:
    def mark(tag: re.Match[str]) -> str:
        line = source.count("\n", 0, tag.start()) + 1
        return tag[0] if len(tag[0]) > 1 else f"\n<!--@{name}:{line}--><"

    return _TAG.sub(mark, source)


def _environment(loader: BaseLoader) -> Environment:
    jinja = Environment(
        loader=loader,
        undefined=_Missing,
        autoescape=select_autoescape((), ("txt.j2",), default=True),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    jinja.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    set_apart(jinja, unless_plain=True, unless=is_link)
    # Nothing that authors write may reach the mail unescaped, so there is no way to ask for it.
    del jinja.filters["safe"]
    jinja.filters |= {"wrap": wrap, "underlined": underlined, "apart": apart, "unbroken": unbroken}
    return jinja


def printable(text: str) -> str:
    """Return `text` without characters that are of no use in a mail.

    Once for the whole document: asked for every value, it was a sixth of a rendering.
    """
    # Line ends and no-break spaces stay, and few mails hold anything else that is not printable.
    if text.replace("\n", "").replace("\u00a0", "").isprintable():
        return text
    return _UNPRINTABLE.sub("", text)


def _syntax_error(error: TemplateSyntaxError, name: str) -> RenderError:
    return RenderError(error.message or "not valid", file=error.name or name, line=error.lineno)


def _innermost(error: BaseException, templates: Templates) -> tuple[str | None, int | None]:
    """Return the template and line that raised: the last of the frames that is in a template.

    That of an own template comes before those of ours that it called.
    """
    files = {templates.jinja.get_template(name).filename: name for name in templates.names}
    found: tuple[str | None, int | None] = (None, None)
    is_own = False
    frame = error.__traceback__
    while frame is not None:
        name = files.get(frame.tb_frame.f_code.co_filename)
        if name is not None and (name in templates.own or not is_own):
            found = (name, frame.tb_lineno)
            is_own = name in templates.own
        frame = frame.tb_next
    return found


def _detail(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no template {error.name}"
    return str(error) if isinstance(error, TemplateError) else f"{type(error).__name__}: {error}"
