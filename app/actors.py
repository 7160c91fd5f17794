"""Who changes something, as each door says it once, and what can be done."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ActorKind(StrEnum):
    """The kind of whoever changes something: an API key, a person by hand, a reader, ourselves."""

    KEY = "key"
    PERSON = "person"
    READER = "reader"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Whoever changes something.

    `name` is the key's, `cli` for the command line, or what of the service does it by itself.
    `id` is the key's number or the reader's public id; None for the others.
    """

    kind: ActorKind
    name: str
    id: int | None = None


CLI: Final = Actor(ActorKind.PERSON, "cli")
"""Whoever types a command. The name of their account is not kept: in a container it says nothing,
elsewhere it is personal."""

SYSTEM: Final = Actor(ActorKind.SYSTEM, "devoured")
"""The service, by itself."""


class Verb(StrEnum):
    """What was done; each is the name of a command."""

    LOAD = "load"
    LOAD_INTO = "load_into"
    CHANGE_ISSUE = "change_issue"
    CHANGE_OPTIONS = "change_options"
    ADD_STORY = "add_story"
    CHANGE_STORY = "change_story"
    DROP_STORY = "drop_story"
    RESTORE_STORY = "restore_story"
    ORDER_STORIES = "order_stories"
    MOVE_STORIES = "move_stories"
    DROP_LINES = "drop_lines"
    APPROVE = "approve"
    REOPEN = "reopen"
    SCHEDULE = "schedule"
    LAUNCH = "launch"
    MARK_STALE = "mark_stale"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    FINISH = "finish"
    TAKE_DOWN = "take_down"
    PUT_BACK = "put_back"
    CORRECT = "correct"
    DRAFT_MAIL = "draft_mail"
    RESEND = "resend"
