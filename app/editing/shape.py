"""The shape of an issue's document, made from what `app.story_fields` declares.

The root map `stories` has a map for each story, by key. A text is a Y.Text. Entries of a list are a
map by key, each a map of its texts, so that one that is moved keeps what somebody else types in it.
`category` is a slug. Order is a number, `place`, in each story and each entry; equal places go by
key. A story that was dropped says so in `dropped` and stays. The root map `issue` says in `lead`
which story leads, by its key; one that is dropped leads again once it is back. Whoever can write a
document can put anything in it: reading it never fails, and takes what is not of this shape for
empty.
"""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Any, Final

from pycrdt import Array, Doc, Map, Text

from app.story_fields import MAX_BULLETS, STORY_FIELDS, FieldKind, StoryField

STORIES: Final = "stories"
ISSUE: Final = "issue"
LEAD: Final = "lead"
PLACE: Final = "place"
DROPPED: Final = "dropped"
CATEGORY: Final = "category"
TEXTS: Final[Mapping[FieldKind, tuple[str, ...]]] = {
    FieldKind.BULLETS: ("text",),
    FieldKind.TERMS: ("term", "definition"),
}
"""By the kind of a list: the texts of each entry."""

_NAMES: Final = (PLACE, DROPPED, *(one.name for one in STORY_FIELDS))
_FAR: Final = float(2**53)
_MAX_ENTRIES: Final = 4 * MAX_BULLETS
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Written:
    """One story of a document: its texts as columns hold them, but not in normal form.

    `entries` has the key of each entry of a list, by field.
    """

    key: str
    place: float
    is_dropped: bool
    category: str | None
    texts: Mapping[str, Any]
    entries: Mapping[str, Sequence[str]]


def stories_map(doc: Doc[Any]) -> Map[Any]:
    """Return the map of a document's stories."""
    stories: Map[Any] = doc.get(STORIES, type=Map)
    return stories


def issue_map(doc: Doc[Any]) -> Map[Any]:
    """Return the map of what a document says of its issue itself."""
    issue: Map[Any] = doc.get(ISSUE, type=Map)
    return issue


def lead_of(doc: Doc[Any]) -> str | None:
    """Return the key of the story that is said to lead, dropped or not; None where none is."""
    key = shared_value(issue_map(doc), LEAD)
    return key if isinstance(key, str) and is_key(key) else None


def new_story(place: float, category: str | None, texts: Mapping[str, Any]) -> Map[Any]:
    """Return a story for a document; `texts` are as columns hold them."""
    fields = {
        one.name: _new_value(one, texts[one.name]) for one in STORY_FIELDS if one.name != CATEGORY
    }
    return Map({PLACE: place, DROPPED: False, CATEGORY: category, **fields})


def new_entry(one: StoryField, place: float, value: Any) -> Map[Any]:
    """Return an entry of a list, with these texts."""
    texts = entry_texts(one, value)
    return Map({PLACE: place} | {name: Text(text) for name, text in texts.items()})


def take(doc: Doc[Any], update: bytes) -> bool:
    """Apply an update; return False where a document cannot have it, which some pretend to be."""
    try:
        with panics_as_errors():
            doc.apply_update(update)
    except (ValueError, RuntimeError):
        return False
    return True


@contextmanager
def panics_as_errors() -> Iterator[None]:
    """Raise a RuntimeError where pycrdt panics, which Python does not count among its Exceptions.

    Nothing else would catch it: it would end the tasks of everybody.
    """
    try:
        yield
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise RuntimeError("pycrdt panicked") from error


def new_key() -> str:
    """Return a key for an entry, as browsers make them too."""
    return secrets.token_hex(6)


def entry_texts(one: StoryField, value: Any) -> dict[str, str]:
    """Return the texts of an entry, by name, from what a column holds of it."""
    return {"text": value} if one.kind is FieldKind.BULLETS else dict(value)


def _new_value(one: StoryField, value: Any) -> Text | Map[Any]:
    if one.kind not in TEXTS:
        return Text(value)
    return Map({new_key(): new_entry(one, float(n), each) for n, each in enumerate(value, 1)})


def is_key(key: str) -> bool:
    """Return whether a story or an entry may have this key; others are as if they were not."""
    return _KEY.fullmatch(key) is not None


def keys_of(doc: Doc[Any]) -> list[str]:
    """Return the keys of all stories, dropped ones too, in no order."""
    keys = stories_map(doc).keys()
    return [key for key in keys if is_key(key)]


def read_story(doc: Doc[Any], key: str) -> Written | None:
    """Return the story of this key; None where there is none."""
    story = _story(stories_map(doc), key)
    if story is None:
        return None
    plain = {name: _plain(story, name) for name in _NAMES}
    texts: dict[str, Any] = {}
    entries: dict[str, list[str]] = {}
    for one in STORY_FIELDS:
        value = plain.get(one.name)
        if one.kind in TEXTS:
            rows = _rows(value)
            entries[one.name] = [row_key for row_key, _ in rows]
            texts[one.name] = [_entry(one, row) for _, row in rows]
        elif one.name != CATEGORY:
            texts[one.name] = _text(value)
    category = plain.get(CATEGORY)
    return Written(
        key=key,
        place=_place(plain),
        is_dropped=plain.get(DROPPED) is True,
        category=category if isinstance(category, str) and category else None,
        texts=texts,
        entries=entries,
    )


def places_of(doc: Doc[Any]) -> list[tuple[float, str]]:
    """Return the places and keys of the stories that are not dropped, in their order."""
    stories = stories_map(doc)
    found = []
    for key in keys_of(doc):
        story = _story(stories, key)
        if story is not None and _plain(story, DROPPED) is not True:
            found.append((_place({PLACE: _plain(story, PLACE)}), key))
    return sorted(found)


def places_in_order(places: Mapping[str, float], order: Sequence[str]) -> dict[str, float]:
    """Return the places that have to change so that the keys come in this order.

    Those that have no place yet, or are out of order, come between their neighbours; where there is
    no room left all are numbered anew.
    """
    kept = _longest_rising([(places[key], key) for key in order if key in places])
    changed: dict[str, float] = {}
    fixed = [(n, places[key]) for n, key in enumerate(order) if key in kept]
    bounds = [(-1, None), *fixed, (len(order), None)]
    for (left, low), (right, high) in pairwise(bounds):
        n_between = right - left - 1
        for step in range(1, n_between + 1):
            changed[order[left + step]] = _between(low, high, step, n_between)
    whole = {key: changed.get(key, places.get(key, 0.0)) for key in order}
    if any(whole[one] >= whole[other] for one, other in pairwise(order)):
        return {key: float(n) for n, key in enumerate(order, 1) if places.get(key) != float(n)}
    return changed


def _between(low: float | None, high: float | None, step: int, n: int) -> float:
    if low is None and high is None:
        return float(step)
    if low is None:
        return float(high or 0.0) - (n + 1 - step)
    if high is None:
        return low + step
    return low + (high - low) * step / (n + 1)


def _longest_rising(found: Sequence[tuple[float, str]]) -> set[str]:
    """Return the most keys whose places rise strictly; the others have to move."""
    best: list[tuple[int, int]] = []  # how many end here, and the one before
    for n, (place, _) in enumerate(found):
        before = [
            (best[m][0], m) for m in range(n) if found[m][0] < place and abs(found[m][0]) < _FAR
        ]
        count, last = max(before, default=(0, -1))
        best.append((count + 1, last))
    at = max(range(len(best)), key=lambda n: best[n][0], default=-1)
    chosen = set()
    while at >= 0:
        chosen.add(found[at][1])
        at = best[at][1]
    return chosen


def shared_value(map_: Map[Any], name: str) -> Any:
    """Return what a map has of this name; None for an element that Python has no kind for."""
    try:
        return map_.get(name)
    except ValueError:
        return None


def _story(stories: Map[Any], key: str) -> Map[Any] | None:
    story = shared_value(stories, key)
    return story if isinstance(story, Map) else None


def _plain(story: Map[Any], name: str) -> Any:
    """Return a value of a story as Python has it; None where it has none."""
    value = shared_value(story, name)
    try:
        return value.to_py() if isinstance(value, Array | Map | Text) else value
    except ValueError:
        return None


def _rows(value: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the entries of a list in their order, with their keys."""
    if not isinstance(value, Mapping):
        return []
    rows = [(key, row) for key, row in value.items() if is_key(key) and isinstance(row, Mapping)]
    return sorted(rows, key=lambda row: (_place(row[1]), row[0]))[:_MAX_ENTRIES]


def _entry(one: StoryField, row: Mapping[str, Any]) -> Any:
    texts = {name: _text(row.get(name)) for name in TEXTS[one.kind]}
    return texts["text"] if one.kind is FieldKind.BULLETS else texts


def _place(plain: Mapping[str, Any]) -> float:
    place = plain.get(PLACE)
    return float(place) if isinstance(place, int | float) and isfinite(place) else _FAR


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
