"""What the API, the command line or a worker changed, brought into the open document.

It is written as somebody would who saw the document as it was last settled: Yjs then merges it with
what was typed since, and carets stay where they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import SequenceMatcher
from typing import Any

from pycrdt import Doc, Map, Text, TransactionEvent

from app.editing.shape import (
    CATEGORY,
    DROPPED,
    LEAD,
    PLACE,
    TEXTS,
    Written,
    entry_texts,
    issue_map,
    lead_of,
    new_entry,
    new_key,
    new_story,
    places_in_order,
    places_of,
    read_story,
    shared_value,
    stories_map,
)
from app.editing.stored import StoredStory, key_of
from app.editing.text_edits import rewrite
from app.editing.wording import Problem, digest, normal_texts
from app.story_fields import STORY_FIELDS, FieldKind, StoryField

Slugs = Mapping[int | None, str | None]


def bring_in(
    doc: Doc[Any],
    stories: Sequence[StoredStory],
    slugs: Slugs,
    numbers: dict[str, int],
    problems: Sequence[Problem],
) -> bytes | None:
    """Write into a document, as it was settled, how the stories differ from it.

    Return the update, None where nothing differs. New stories are added to `numbers`. A field that
    could not be settled is left as people wrote it, until somebody changes that very field of the
    story; so is one that was put back and has no room.
    """
    held = {(one.story, one.field): one.held for one in problems}
    keys = {number: key for key, number in numbers.items()}
    into = stories_map(doc)
    with _heard(doc) as updates, doc.transaction():
        for n, story in enumerate(stories, 1):
            key = keys.setdefault(story.id, key_of(story.id))
            if key not in numbers:
                numbers[key] = story.id
                into[key] = new_story(float(n), slugs.get(story.category_id), story.texts)
                into[key][DROPPED] = story.is_dropped
            elif (written := read_story(doc, key)) is not None:
                _bring_fields(into[key], written, story, slugs, held)
                if written.is_dropped != story.is_dropped and (key, "") not in held:
                    into[key][DROPPED] = story.is_dropped
        _bring_order(doc, [keys[story.id] for story in stories])
        _bring_lead(doc, next((keys[one.id] for one in stories if one.leads), None))
    return updates[0] if updates else None


@contextmanager
def _heard(doc: Doc[Any]) -> Iterator[list[bytes]]:
    """Yield the list that gets what the document's next transactions changed."""
    updates: list[bytes] = []

    def hear(event: TransactionEvent) -> None:
        updates.append(event.update)

    subscription = doc.observe(hear)
    yield updates
    doc.unobserve(subscription)


def _bring_fields(
    into: Map[Any],
    written: Written,
    story: StoredStory,
    slugs: Slugs,
    held: Mapping[tuple[str, str], str],
) -> None:
    usual = normal_texts(written.texts)
    for one in STORY_FIELDS:
        is_category = one.name == CATEGORY
        theirs: Any = slugs.get(story.category_id) if is_category else story.texts[one.name]
        ours = written.category if is_category else written.texts[one.name]
        was_held = held.get((written.key, one.name))
        is_same = (
            theirs == ours or theirs == usual.get(one.name, ours)
            if was_held is None
            else digest(theirs) == was_held
        )
        if is_same:
            continue
        if is_category:
            into[CATEGORY] = theirs
        elif one.kind in TEXTS:
            _bring_entries(_kept(into, one.name, Map), one, written, theirs)
        else:
            rewrite(_kept(into, one.name, Text), theirs)


def _kept(into: Map[Any], name: str, kind: type[Any]) -> Any:
    """Return the shared value of this name; a new one where it is of another kind."""
    value = shared_value(into, name)
    if not isinstance(value, kind):
        into[name] = kind()
        value = into[name]
    return value


def _bring_entries(
    entries: Map[Any], one: StoryField, written: Written, theirs: Sequence[Any]
) -> None:
    """Make a list say `theirs`: entries keep their keys where their texts do, or are reworded."""
    keys, ours = list(written.entries[one.name]), written.texts[one.name]
    if not all(isinstance(shared_value(entries, key), Map) for key in keys):
        for key in entries.keys():  # noqa: SIM118  # to pycrdt a map is no iterator
            del entries[key]
        keys, ours = [], []
    before, after = _comparable(one, ours), _comparable(one, theirs)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    order: list[str] = []
    for kind, i, j, m, n in matcher.get_opcodes():
        both = min(j - i, n - m)
        order += keys[i : j if kind == "equal" else i + both]
        if kind == "equal":
            continue
        for key, value in zip(keys[i : i + both], theirs[m : m + both], strict=True):
            for name, text in entry_texts(one, value).items():
                rewrite(_kept(entries[key], name, Text), text)
        for key in keys[i + both : j]:
            del entries[key]
        for value in theirs[m + both : n]:
            key = new_key()
            entries[key] = new_entry(one, 0.0, value)
            order.append(key)
    places = {key: _number(shared_value(entries[key], PLACE)) for key in order if key in keys}
    for key, place in places_in_order(places, order).items():
        entries[key][PLACE] = place


def _comparable(one: StoryField, values: Sequence[Any]) -> list[Any]:
    return list(values) if one.kind is FieldKind.BULLETS else [tuple(v.values()) for v in values]


def _bring_order(doc: Doc[Any], order: Sequence[str]) -> None:
    places = {key: place for place, key in places_of(doc)}
    wanted = [key for key in order if key in places]
    if [key for key in places if key in wanted] != wanted:
        for key, place in places_in_order(places, wanted).items():
            stories_map(doc)[key][PLACE] = place


def _bring_lead(doc: Doc[Any], lead: str | None) -> None:
    """Let this story lead, unless the document says what comes to the same."""
    live = {key for _, key in places_of(doc)}
    said = lead_of(doc)
    if (said if said in live else None) != (lead if lead in live else None):
        issue_map(doc)[LEAD] = lead


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
