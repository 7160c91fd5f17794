"""The `webhook-id` by which a receiver knows a message: the same however often it is told."""

import re
from typing import Final

from app.errors import FieldError, InvalidInput
from app.models import WebhookMessage
from app.public_ids import LAST
from app.sentences import Sentence

_NAME: Final = re.compile(r"evt_([0-9]{1,19})")


def name_of(message: WebhookMessage, entry_public_id: int | None) -> str:
    """Return the id of a message, by its entry's public id; a sample has one of its own."""
    is_sample = message.entry_id is None
    return f"sample_{message.id}" if is_sample else f"evt_{entry_public_id or 0}"


def entry_of(place: int, name: str) -> int:
    """Return the public id of the entry that a message of this id is of.

    Raises:
        InvalidInput: it is no such id; names its `place` in `messages`.
    """
    found = _NAME.fullmatch(name)
    if found is not None and int(found[1]) <= LAST:
        return int(found[1])
    detail = Sentence("is no id of a message, as evt_1152921504606846976")
    sentence = Sentence("“%(text)s” %(fault)s.", text=name, fault=detail)
    raise InvalidInput(sentence, [FieldError(f"/messages/{place}", detail)])
