"""The fields of a story, declared once.

Each field of `StoryTexts`, and of its subclasses, says in its metadata what reading, writing,
checking, showing and correcting have to know. docs/digest-forms.md repeats the limits, and a test
compares them.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Final

from app.enums import Depth
from app.image_names import MAX_GIVEN
from app.web_addresses import MAX_URL

MAX_TITLE: Final = 300
MAX_LABEL: Final = 60
MAX_CATEGORY: Final = 60
MAX_PROSE: Final = 4_000
MAX_BULLETS: Final = 100
MAX_BULLET: Final = 2_000
MAX_TERM: Final = 300
MAX_ALT: Final = 300
MAX_CAPTION: Final = 300

_ABOUT: Final = "about"
_BEFORE: Final = "before"


class FieldKind(StrEnum):
    """What a field holds: one line, a web address, an image, points, decoder terms, paragraphs."""

    LINE = "line"
    ADDRESS = "address"
    IMAGE = "image"
    BULLETS = "bullets"
    TERMS = "terms"
    ARTICLE = "article"


_LISTS: Final = frozenset({FieldKind.BULLETS, FieldKind.TERMS})


@dataclass(frozen=True)
class Term:
    """One entry of a story's Decoder."""

    term: str
    definition: str


@dataclass(frozen=True)
class StoryField:
    """What is known of a field.

    `mark` is its name in the digest forms and in sentences. `most` is how many characters the
    text, or each entry, may have. Mails show it from `from_depth` on; None for what none shows.
    What `has_markup` may be marked up (`app.markup`): a text, each entry, of a term its definition.
    A story without a needed field cannot be approved. What can be corrected may be changed after
    the launch.
    """

    name: str
    mark: str
    kind: FieldKind
    most: int
    from_depth: Depth | None
    is_needed: bool
    is_correctable: bool
    has_markup: bool


def declare(
    mark: str,
    most: int,
    kind: FieldKind = FieldKind.LINE,
    *,
    shown_from: Depth | None = None,
    needed: bool = False,
    correctable: bool = True,
    markup: bool = False,
    before: str = "",
) -> Any:
    """Return a dataclass field that is empty by default.

    `before` names the field of an outer class that it stands before, where it is not the last.
    """
    about = {
        "mark": mark,
        "kind": kind,
        "most": most,
        "from_depth": shown_from,
        "is_needed": needed,
        "is_correctable": correctable,
        "has_markup": markup,
    }
    empty: Any = () if kind in _LISTS else ""
    return field(default=empty, metadata={_ABOUT: about, _BEFORE: before})


@dataclass(frozen=True)
class StoryTexts:
    """What is read in a story in a mail; HTML means nothing in any text."""

    title: str = declare("Title", MAX_TITLE, shown_from=Depth.HEADLINES)
    label: str = declare("Label", MAX_LABEL, shown_from=Depth.HEADLINES)
    summary: str = declare("Summary", 1_000, shown_from=Depth.HEADLINES, needed=True, markup=True)
    what: str = declare("What", MAX_PROSE, shown_from=Depth.BRIEF, needed=True, markup=True)
    why_it_matters: str = declare(
        "Why it matters", MAX_PROSE, shown_from=Depth.BRIEF, needed=True, markup=True
    )
    takeaway: str = declare("Takeaway", MAX_PROSE, shown_from=Depth.BRIEF, markup=True)
    deep_dive: tuple[str, ...] = declare(
        "Deep dive", MAX_BULLET, FieldKind.BULLETS, shown_from=Depth.DEEP, markup=True
    )
    decoder: tuple[Term, ...] = declare(
        "Decoder", MAX_BULLET, FieldKind.TERMS, shown_from=Depth.DEEP, markup=True
    )
    image: str = declare("Story image", MAX_GIVEN, FieldKind.IMAGE, shown_from=Depth.BRIEF)
    image_alt: str = declare("Story image shows", MAX_ALT, shown_from=Depth.BRIEF)
    image_caption: str = declare("Story image caption", MAX_CAPTION, shown_from=Depth.BRIEF)


@dataclass(frozen=True)
class WholeStory(StoryTexts):
    """All of a story: its link as well, its category as its holder names it, and its article.

    The category decides who gets a story, so it is frozen with the launch.
    """

    url: str = declare(
        "Link", MAX_URL, FieldKind.ADDRESS, shown_from=Depth.HEADLINES, before="summary"
    )
    category: str = declare("Category", MAX_CATEGORY, needed=True, correctable=False, before="url")
    article: str = declare("Original article", 200_000, FieldKind.ARTICLE)


def fields_of(declared: type[StoryTexts]) -> tuple[StoryField, ...]:
    """Return what is declared of the fields of this class, in their order."""
    known = _KNOWN.get(declared)
    if known is None:
        known = _KNOWN[declared] = _gathered(declared)
    return known


_KNOWN: Final[dict[type[StoryTexts], tuple[StoryField, ...]]] = {}
"""By class: each story of an edition asks for them several times. (`functools.cache` would do, but
mypy takes the classes of dataclasses for unhashable.)"""


def _gathered(declared: type[StoryTexts]) -> tuple[StoryField, ...]:
    found: list[StoryField] = []
    for one in fields(declared):
        if _ABOUT in one.metadata:
            names = [other.name for other in found]
            before = one.metadata[_BEFORE]
            at = names.index(before) if before else len(names)
            found.insert(at, StoryField(name=one.name, **one.metadata[_ABOUT]))
    return tuple(found)


STORY_FIELDS: Final = fields_of(WholeStory)
CORRECTABLE: Final = frozenset(one.name for one in STORY_FIELDS if one.is_correctable)
"""What may be changed after the launch."""
NEEDED: Final = tuple(one for one in STORY_FIELDS if one.is_needed)


def is_list(one: StoryField) -> bool:
    """Return whether a field holds entries, not one text."""
    return one.kind in _LISTS


def from_columns(row: object, declared: type[StoryTexts]) -> dict[str, Any]:
    """Return the values of a stored story for the fields of this class that are columns of it."""
    return {
        one.name: frozen(one, getattr(row, one.name))
        for one in fields_of(declared)
        if hasattr(row, one.name)
    }


def frozen(one: StoryField, value: Any) -> Any:
    """Return the value of a column or of JSON as a story holds it: entries in tuples."""
    match one.kind:
        case FieldKind.BULLETS:
            return tuple(value)
        case FieldKind.TERMS:
            return tuple(Term(**entry) for entry in value)
        case _:
            return value


def stored(story: StoryTexts) -> dict[str, Any]:
    """Return the values of the fields as columns and JSON hold them."""
    return {one.name: _stored(one, getattr(story, one.name)) for one in fields_of(type(story))}


def _stored(one: StoryField, value: Any) -> Any:
    match one.kind:
        case FieldKind.BULLETS:
            return list(value)
        case FieldKind.TERMS:
            return [asdict(entry) for entry in value]
        case _:
            return value


def map_markup(story: object, change: Callable[[Any], Any]) -> dict[str, Any]:
    """Return the fields that may be marked up, `change` done to each paragraph of them."""
    changed: dict[str, Any] = {}
    for one in fields_of(StoryTexts):
        if not one.has_markup:
            continue
        value = getattr(story, one.name)
        match one.kind:
            case FieldKind.BULLETS:
                changed[one.name] = tuple(map(change, value))
            case FieldKind.TERMS:
                changed[one.name] = tuple(
                    replace(entry, definition=change(entry.definition)) for entry in value
                )
            case _:
                changed[one.name] = change(value)
    return changed


def placed_texts(story: StoryTexts) -> Iterator[tuple[str, str]]:
    """Yield every text that a mail shows, with its path, as `deep_dive/1`; no empty lines."""
    for one in fields_of(StoryTexts):
        value = getattr(story, one.name)
        match one.kind:
            case FieldKind.LINE if value:
                yield one.name, value
            case FieldKind.BULLETS:
                yield from ((f"{one.name}/{n}", point) for n, point in enumerate(value))
            case FieldKind.TERMS:
                for n, entry in enumerate(value):
                    yield f"{one.name}/{n}/term", entry.term
                    yield f"{one.name}/{n}/definition", entry.definition


def read_texts(story: StoryTexts) -> Iterator[str]:
    """Yield everything that is read in a story, in its order: all but its label and address."""
    for one in fields_of(StoryTexts):
        value = getattr(story, one.name)
        match one.kind:
            case FieldKind.BULLETS:
                yield from value
            case FieldKind.TERMS:
                yield from (text for entry in value for text in (entry.term, entry.definition))
            case FieldKind.LINE if one.name != "label":
                yield value


def missing_fields(story: object, category: object) -> list[StoryField]:
    """Return the needed fields that this story lacks; only its holder knows its category."""
    return [
        one
        for one in NEEDED
        if not (category if one.name == "category" else getattr(story, one.name))
    ]
