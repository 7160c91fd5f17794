"""Make stories of parsed lines: the half of parsing that text and Markdown share.

Every line ends up in a field of a story, is the mark of a field that has content, or is
reported as unplaced.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from app.content import reasons
from app.content.drafts import Digest, StoryDraft, Unplaced
from app.content.errors import MAX_ERRORS, at_line, refusal
from app.content.fitting import PARTICULAR, UNFIT, fits
from app.content.limits import faults, story_count_fault
from app.content.lines import Kind, Line, is_prose, is_row, is_signature
from app.content.normal import bullets, one_line, paragraphs, terms
from app.content.placing import field_above, line_begun
from app.errors import FieldError
from app.image_names import image_name
from app.story_fields import MAX_CATEGORY, Term

_ONE_LINERS: Final = frozenset({"category", "url", "image"})


@dataclass(frozen=True)
class Shape:
    """What differs between forms: the fields of the first plain lines, and how a term looks."""

    slots: tuple[str, ...]
    split_term: Callable[[str], Term]


@dataclass
class _Story:
    """A story being read; `lines` remembers where each field began."""

    title: str
    label: str
    slots: list[str]
    lines: dict[str, int]
    prose: dict[str, list[str]] = field(default_factory=dict)
    points: dict[str, list[list[str]]] = field(
        default_factory=lambda: {"deep_dive": [], "decoder": []}
    )
    article: list[str] = field(default_factory=list)


@dataclass
class _Reading:
    """The state of the parser.

    `wrapped` takes what goes on over the line's end; `mark` is a mark still without content, and
    `is_apart` says that a blank line followed it.
    """

    shape: Shape
    stories: list[StoryDraft] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)
    lead: int | None = None
    story: _Story | None = None
    section: str = ""
    wrapped: list[str] | None = None
    mark: Line | None = None
    is_apart: bool = False


def assemble(lines: Iterable[Line], shape: Shape) -> Digest:
    """Return the stories that the lines describe, and the lines that belong to none.

    Raises ContentError at the first story beyond MAX_STORIES, and at the end for every text that is
    out of bounds.
    """
    reading = _Reading(shape)
    for line in lines:
        _TAKE[line.kind](reading, line)
    _close(reading)
    if reading.errors:
        raise refusal("Parts of the digest are out of bounds.", reading.errors)
    in_order = sorted(reading.unplaced, key=lambda unplaced: unplaced.line)
    return Digest(tuple(reading.stories), tuple(in_order), reading.lead)


def _heading(reading: _Reading, line: Line) -> None:
    _close(reading)
    if fault := story_count_fault(len(reading.stories) + 1):
        place = at_line(line.number, f"story {len(reading.stories) + 1} begins here")
        raise refusal(f"The digest {fault}.", [place])
    slots = list(reading.shape.slots)
    story = reading.story = _Story(line.text, line.label, slots, {"": line.number})
    for name, text in (("url", line.url), ("summary", line.summary)):
        if text:
            story.lines[name], story.prose[name] = line.number, [text]


def _end(reading: _Reading, _line: Line) -> None:
    _close(reading)


def _field(reading: _Reading, line: Line) -> None:
    _settle(reading)
    reading.section, reading.wrapped = "", None
    story = reading.story
    if story is None:
        _unplace(reading, line, _outside(reading, line))
        return
    if line.name in ("label", "lead"):
        (_label if line.name == "label" else _lead)(reading, story, line)
        return
    if line.text and story.prose.get(line.name) == [line.text]:
        return  # said twice, as a linked title and its `Link:` do
    if story.prose.get(line.name) or not fits(line.name, line.text):
        is_twice = fits(line.name, line.text)
        _unplace(reading, line, reasons.GIVEN_TWICE if is_twice else UNFIT[line.name])
        return
    story.lines[line.name] = line.number
    parts = story.prose[line.name] = [line.text] if line.text else []
    reading.mark = None if parts else line
    if line.name not in _ONE_LINERS:
        reading.wrapped = parts
        story.slots.clear()


def _label(reading: _Reading, story: _Story, line: Line) -> None:
    """Take a label that stands on a line of its own, where the heading had none."""
    if story.label or "category" not in story.slots:
        _unplace(reading, line, reasons.GIVEN_TWICE)
    else:
        story.label = line.text


def _lead(reading: _Reading, _story: _Story, line: Line) -> None:
    """Take the mark of the lead story, of which there is one."""
    if reading.lead is None:
        reading.lead = len(reading.stories)
    else:
        _unplace(reading, line, reasons.GIVEN_TWICE)


def _section(reading: _Reading, line: Line) -> None:
    _settle(reading)
    reading.section, reading.wrapped = line.name, None
    if reading.story is None:
        _unplace(reading, line, _outside(reading, line))
        return
    reading.mark = line
    reading.story.lines.setdefault(line.name, line.number)
    reading.story.slots.clear()


def _bullet(reading: _Reading, line: Line) -> None:
    reading.wrapped = None
    if reading.story is None:
        _unplace(reading, line, _outside(reading, line))
        return
    if reading.section not in reading.story.points or not line.text:
        _unplace(reading, line, reasons.POINT_OUTSIDE if line.text else reasons.EMPTY_POINT)
        return
    points = reading.story.points[reading.section]
    reading.story.lines[f"{reading.section}/{len(points)}"] = line.number
    reading.wrapped = [line.text]
    points.append(reading.wrapped)
    reading.mark = None


def _plain(reading: _Reading, line: Line) -> None:
    story = reading.story
    if story is None:
        _unplace(reading, line, _outside(reading, line))
    elif reading.section == "article":
        story.article.append(line.text)
        reading.mark = None
    elif (mark := reading.mark) and mark.name in PARTICULAR and fits(mark.name, line.text):
        story.lines[mark.name], story.prose[mark.name] = line.number, [line.text]
        reading.mark = None
    elif reading.wrapped is not None and (doubt := _doubt(reading, line)):
        _settle(reading)
        reading.wrapped = None
        _unplace(reading, line, doubt)
    elif reading.wrapped is not None and (not reading.section or line.raw[0].isspace()):
        reading.wrapped.append(line.text)
        reading.mark = None
    elif name := _free_slot(story, line):
        story.lines[name], story.prose[name] = line.number, [line.text]
        reading.wrapped = None if name in _ONE_LINERS else story.prose[name]
    else:
        _unplace(reading, line, _because(reading, line))


def _doubt(reading: _Reading, line: Line) -> str:
    """Return why a line may rather end a mail than go on. Source: RFC 3676, section 4.3."""
    if is_signature(line.text) and (reading.wrapped or reading.is_apart):
        return reasons.SIGNATURE
    is_doubtful = reading.mark and reading.is_apart and not is_prose(line.text)
    return reasons.NO_SENTENCE if is_doubtful else ""


def _because(reading: _Reading, line: Line) -> str:
    """Return why a line of a story finds no place."""
    if is_row(line):
        return reasons.NO_NAMES
    return reasons.NO_POINT if reading.section else reasons.NO_FIELD


def _free_slot(story: _Story, line: Line) -> str:
    """Return the first field that waits and may take the line: a long one is no category."""
    waiting = [name for name in story.slots if name not in story.prose]
    if waiting[:1] == ["category"] and len(one_line(line.text)) > MAX_CATEGORY:
        del waiting[0]
    story.slots[:] = waiting[1:]
    return waiting[0] if waiting else ""


def _lost(reading: _Reading, line: Line) -> None:
    """Report a heading that starts no story; what follows it is not the story's before."""
    _settle(reading)
    reading.section, reading.wrapped = "", None
    _unplace(reading, line, line.text)
    if reading.story:
        reading.story.slots.clear()


def _blank(reading: _Reading, line: Line) -> None:
    """End a wrapped text; a mark that still has no content may have it after blank lines."""
    if reading.story and reading.section == "article":
        reading.story.article.append(line.text)
    elif reading.wrapped:
        reading.wrapped = None
    reading.is_apart = reading.mark is not None


def _settle(reading: _Reading) -> None:
    """Report the last mark if nothing followed it."""
    if reading.mark:
        _unplace(reading, reading.mark, reasons.MARK_ALONE)
    reading.mark, reading.is_apart = None, False


def _outside(reading: _Reading, line: Line) -> str:
    """Return why a line outside of stories finds no place."""
    if is_row(line):
        return reasons.NO_NAMES
    if reading.stories:
        return reasons.AFTER_THE_END
    is_field = line.kind in (Kind.FIELD, Kind.SECTION)
    return reasons.FIELD_BEFORE_STORIES if is_field else reasons.BEFORE_STORIES


def _unplace(reading: _Reading, line: Line, reason: str) -> None:
    after = reading.story.title if reading.story else ""
    is_told = reading.story and reason != reasons.MARK_ALONE
    field = field_above(reading.story.lines, line) if reading.story and is_told else ""
    reading.unplaced.append(Unplaced(line.number, line.raw, reason, after, field))


def _close(reading: _Reading) -> None:
    """End the story that is being read, if there is one."""
    _settle(reading)
    if reading.story:
        draft = _draft(reading.story, reading.shape)
        reading.stories.append(draft)
        if len(reading.errors) < MAX_ERRORS:
            reading.errors += _errors(draft, reading.story.lines)
    reading.story, reading.section, reading.wrapped = None, "", None


def _draft(story: _Story, shape: Shape) -> StoryDraft:
    points = {name: [" ".join(parts) for parts in points] for name, points in story.points.items()}
    prose = {name: one_line(" ".join(parts)) for name, parts in story.prose.items()}
    if "image" in prose:
        prose["image"] = image_name(prose["image"])
    return StoryDraft(
        title=story.title,
        label=story.label,
        deep_dive=bullets(points["deep_dive"]),
        decoder=terms(shape.split_term(one_line(line)) for line in points["decoder"]),
        article=paragraphs("\n".join(story.article)),
        **prose,
    )


def _errors(draft: StoryDraft, lines: dict[str, int]) -> list[FieldError]:
    return [at_line(line_begun(path, lines), f"{path} {detail}") for path, detail in faults(draft)]


_TAKE: Final[dict[Kind, Callable[[_Reading, Line], None]]] = {
    Kind.HEADING: _heading,
    Kind.FIELD: _field,
    Kind.SECTION: _section,
    Kind.BULLET: _bullet,
    Kind.PLAIN: _plain,
    Kind.BLANK: _blank,
    Kind.END: _end,
    Kind.LOST: _lost,
}
