"""Which fields of a document an update touches, and whose update it was."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pycrdt import Doc

from app.actors import SYSTEM, Actor
from app.editing.shape import DROPPED, LEAD, PLACE, is_key, issue_map, stories_map, take

WHOLE = ""
"""Stands for all fields of a story."""


@dataclass
class Touched:
    """Who touched which field of which story last."""

    by_story: dict[str, dict[str, Actor]] = field(default_factory=dict)
    lead: Actor | None = None
    """Who said last which story leads."""

    def note(self, story: str, name: str, actor: Actor) -> None:
        """Note that somebody touched a field."""
        if is_key(story):
            self.by_story.setdefault(story, {})[name] = actor

    def note_again(self, story: str) -> None:
        """Note that a story has to be looked at again, though nobody touched it."""
        self.by_story.setdefault(story, {})

    def stories(self) -> Iterator[str]:
        """Yield the keys of the touched stories, in a set order."""
        yield from sorted(self.by_story)

    def texts(self, story: str) -> bool:
        """Return whether anybody touched what is said in a story, or which it is."""
        return bool(self.by_story.get(story, {}).keys() - {PLACE, DROPPED})

    def actor_of(self, story: str, name: str) -> Actor:
        """Return who touched a field last; who touched the story, where nobody did."""
        fields = self.by_story.get(story, {})
        last = next(reversed(fields.values()), SYSTEM)
        return fields.get(name) or fields.get(WHOLE) or last


def play(doc: Doc[Any], update: bytes, actor: Actor, touched: Touched) -> None:
    """Apply an update of this actor to a document, and note what it touches."""

    def hear(events: list[Any]) -> None:
        for event in events:
            path = [str(step) for step in event.path]
            names = _names(event)
            if not path:
                for story in names:
                    touched.note(story, WHOLE, actor)
            elif len(path) == 1:
                for name in names or [WHOLE]:
                    touched.note(path[0], name, actor)
            else:
                touched.note(path[0], path[1], actor)

    def hear_of_issue(event: Any) -> None:
        if LEAD in _names(event):
            touched.lead = actor

    stories, issue = stories_map(doc), issue_map(doc)
    subscriptions = stories.observe_deep(hear), issue.observe(hear_of_issue)
    take(doc, update)
    stories.unobserve(subscriptions[0])
    issue.unobserve(subscriptions[1])


def _names(event: Any) -> list[str]:
    """Return the keys of a map that an event is about; none where Python has not their values."""
    try:
        return list(getattr(event, "keys", {}) or {})
    except ValueError:  # one is an XML element
        return []
