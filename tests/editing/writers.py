"""People who write in an issue's document, each with a copy of their own, as browsers have it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Self

from pycrdt import Doc, Map, Text, TransactionEvent
from sqlalchemy.orm import Session

from app.actors import Actor, ActorKind
from app.content.drafts import StoryDraft
from app.editing.settle import settle
from app.editing.shape import new_entry, new_story, places_of, read_story, stories_map
from app.editing.store import (
    document_at,
    lock_document,
    news_after,
    open_document,
    store_update,
)
from app.editing.stored import slugs_by_number
from app.editing.wording import normal_texts
from app.issues.stories import stories_of
from app.models import Issue
from app.story_fields import STORY_FIELDS, stored

ADA: Final = Actor(ActorKind.PERSON, "Ada", 1)
BO: Final = Actor(ActorKind.PERSON, "Bo", 2)


class Writer:
    """Somebody with a copy of the document; `unsent` is what only they have."""

    def __init__(self, session: Session, issue_id: int, actor: Actor, now: datetime) -> None:
        self.session, self.issue_id, self.actor, self.now = session, issue_id, actor, now
        self.doc: Doc[Any] = Doc()
        self.seq = 0
        self.unsent: list[bytes] = []
        self._is_hearing = False
        self._subscription = self.doc.observe(self._changed)

    def _changed(self, event: TransactionEvent) -> None:
        if not self._is_hearing:
            self.unsent.append(event.update)

    def joined(self) -> Self:
        """Open the document and read all of it."""
        document = open_document(self.session, self.issue_id)
        self._hear(document.state)
        self.session.commit()
        self.hear()
        return self

    def hear(self) -> None:
        """Take what others wrote."""
        for seq, body in news_after(self.session, self.issue_id, self.seq):
            self._hear(body)
            self.seq = seq
        self.session.rollback()

    def _hear(self, body: bytes) -> None:
        self._is_hearing = True
        self.doc.apply_update(body)
        self._is_hearing = False

    def send(self) -> None:
        """Send what was written, and forget it once it is acknowledged."""
        while self.unsent:
            self.send_bytes(self.unsent[0])
            del self.unsent[0]

    def send_bytes(self, body: bytes) -> None:
        store_update(self.session, self.actor, self.issue_id, body, self.now)
        self.session.commit()

    def rejoin(self) -> None:
        """Lose what was on its way, then send whatever the server lacks, and read on."""
        self.unsent.clear()
        document = lock_document(self.session, self.issue_id)
        assert document is not None
        theirs = document_at(self.session, document, document.last_seq)
        missing = self.doc.get_update(theirs.get_state())
        if missing != b"\x00\x00":
            self.send_bytes(missing)
        self.session.rollback()
        self.hear()

    @property
    def stories(self) -> Map[Any]:
        return stories_map(self.doc)

    def text(self, key: str, name: str) -> str:
        return str(self.stories[key][name])

    def type(self, key: str, name: str, words: str, at: int | None) -> None:
        """Type words in front of a character, or at the end."""
        text: Text = self.stories[key][name]
        text.insert(len(text) if at is None else len(str(text)[:at].encode()), words)

    def cut(self, key: str, name: str, start: int, stop: int) -> None:
        text: Text = self.stories[key][name]
        whole = str(text)
        del text[len(whole[:start].encode()) : len(whole[:stop].encode())]

    def set(self, key: str, name: str, value: Any) -> None:
        self.stories[key][name] = value

    def place(self, key: str, place: float) -> None:
        self.stories[key]["place"] = place

    def drop(self, key: str, *, is_dropped: bool = True) -> None:
        self.stories[key]["dropped"] = is_dropped

    def add(
        self, key: str, place: float, texts: Mapping[str, Any], category: str | None = None
    ) -> None:
        empty = stored(StoryDraft())
        self.stories[key] = new_story(place, category, {**empty, **texts})

    def keys(self, key: str, name: str) -> list[str]:
        written = read_story(self.doc, key)
        assert written is not None
        return list(written.entries[name])

    def type_entry(self, key: str, name: str, n: int, words: str) -> None:
        entry = self.stories[key][name][self.keys(key, name)[n]]
        entry["text"].insert(0, words)

    def add_entry(self, key: str, name: str, entry: str, place: float, value: Any) -> None:
        one = next(field for field in STORY_FIELDS if field.name == name)
        self.stories[key][name][entry] = new_entry(one, place, value)

    def order(self) -> list[str]:
        return [key for _, key in places_of(self.doc)]

    def told(self) -> list[dict[str, Any]]:
        """Return the stories of this copy in their order, in normal form."""
        found = []
        for key in self.order():
            written = read_story(self.doc, key)
            assert written is not None
            found.append(normal_texts(written.texts) | {"category": written.category})
        return found


def rows_of(session: Session, issue_id: int) -> list[dict[str, Any]]:
    """Return the stored stories as `Writer.told` has them."""
    session.expire_all()
    slugs = slugs_by_number(session)
    return [
        {one.name: getattr(row, one.name) for one in STORY_FIELDS if one.name != "category"}
        | {"category": slugs[row.category_id]}
        for row in stories_of(session, issue_id)
    ]


def settled(session: Session, issue: Issue, now: datetime) -> None:
    """Settle the document and commit."""
    settle(session, issue.id, now)
    session.commit()
