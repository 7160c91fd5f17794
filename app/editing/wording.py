"""What of a written story can be stored, and what cannot and why."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson

from app.content.drafts import StoryDraft
from app.content.limits import faults
from app.content.normal import normal
from app.editing.shape import CATEGORY, TEXTS, Written
from app.sentences import Sentence, kept
from app.story_fields import STORY_FIELDS, frozen, stored


@dataclass(frozen=True)
class Problem:
    """Why a field of a document is not in its story: the field, the entry of a list, and what.

    `held` is a digest of what the story has instead. `said` is `detail` as `sentences.kept` has it.
    """

    story: str
    field: str
    entry: str | None
    detail: str
    held: str
    said: Mapping[str, Any] | None = None

    def kept(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self) | {"said": kept(self.detail)}


def digest(value: Any) -> str:
    """Return a short text that tells whether a value was changed."""
    return hashlib.sha256(orjson.dumps(value)).hexdigest()[:16]


def draft_of(texts: Mapping[str, Any]) -> StoryDraft:
    """Return these texts, as columns hold them, as a draft in normal form."""
    values = {one.name: frozen(one, texts[one.name]) for one in STORY_FIELDS if one.name in texts}
    return normal(StoryDraft(**values))


def normal_texts(texts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the texts in normal form, as columns hold them."""
    values = stored(draft_of(texts))
    return {name: values[name] for name in texts}


def wrong_fields(
    written: Written, categories: Collection[str]
) -> dict[str, tuple[str | None, str]]:
    """Return what is wrong with a story by field: the entry of a list, and what it is."""
    wrong: dict[str, tuple[str | None, str]] = {}
    for path, detail in faults(draft_of(written.texts)):
        name, *rest = path.split("/")
        entry = _full_entries(written, name)[int(rest[0])] if rest else None
        wrong.setdefault(name, (entry, detail))
    if written.category is not None and written.category not in categories:
        wrong[CATEGORY] = (None, Sentence("is no category"))
    return wrong


def is_blank(written: Written) -> bool:
    """Return whether nothing was written in a story yet."""
    return not any(normal_texts(written.texts).values())


_KINDS: Final = {one.name: one.kind for one in STORY_FIELDS}


def _full_entries(written: Written, name: str) -> list[str]:
    """Return the keys of the entries of a list that its normal form keeps."""
    texts = written.texts[name]
    is_line = len(TEXTS[_KINDS[name]]) == 1
    return [
        key
        for key, value in zip(written.entries[name], texts, strict=True)
        if any(part.strip() for part in ([value] if is_line else value.values()))
    ]
