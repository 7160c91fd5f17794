"""Who changes something, and the changes there are: what audit entries name."""

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

    `name` is the key's or the person's, `cli` for the command line, or what of the service does it
    by itself. `id` is the key's or the person's number, or the reader's public id; else None.
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

    BEGIN = "begin"
    PASTE = "paste"
    MEND_PASTE = "mend_paste"
    CHANGE_PASTE = "change_paste"
    DISCARD_PASTE = "discard_paste"
    LOAD = "load"
    LOAD_INTO = "load_into"
    CHANGE_ISSUE = "change_issue"
    CHANGE_OPTIONS = "change_options"
    ADD_STORY = "add_story"
    CHANGE_STORY = "change_story"
    DROP_STORY = "drop_story"
    RESTORE_STORY = "restore_story"
    RESTORE_REVISION = "restore_revision"
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
    WAIVE = "waive"
    TAKE_BACK_WAIVER = "take_back_waiver"
    ADD_IMAGE = "add_image"
    SHARE = "share"
    REVOKE_SHARE = "revoke_share"
    SEND_TEST = "send_test"
    DECIDE_DOUBTS = "decide_doubts"
    ADD_CATEGORY = "add_category"
    CHANGE_CATEGORY = "change_category"
    CHANGE_PUBLICATION = "change_publication"
    CHANGE_LOOK = "change_look"
    MAKE_KEY = "make_key"
    REVOKE_KEY = "revoke_key"
    ADD_WEBHOOK = "add_webhook"
    CHANGE_WEBHOOK = "change_webhook"
    REMOVE_WEBHOOK = "remove_webhook"
    ROTATE_WEBHOOK = "rotate_webhook"
    ENABLE_WEBHOOK = "enable_webhook"
    DISABLE_WEBHOOK = "disable_webhook"
    REPLAY_WEBHOOK = "replay_webhook"
    SEND_SAMPLE = "send_sample"
    ADD_USER = "add_user"
    CHANGE_USER = "change_user"
    REMOVE_USER = "remove_user"
    SEND_SIGN_IN = "send_sign_in"
    MAKE_SIGN_IN_LINK = "make_sign_in_link"
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    ADD_PASSKEY = "add_passkey"
    REMOVE_PASSKEY = "remove_passkey"
    BIND_IDENTITY = "bind_identity"
    REMOVE_IDENTITY = "remove_identity"
    ADD_READERS = "add_readers"
    FOLLOW_SUNSET = "follow_sunset"
    CHANGE_READER = "change_reader"
    UNSUBSCRIBE = "unsubscribe"
    ERASE_READER = "erase_reader"
    SUPPRESS = "suppress"
    LIFT = "lift"
    UPLOAD_IMPORT = "upload_import"
    CHANGE_IMPORT = "change_import"
    START_IMPORT = "start_import"
    DISCARD_IMPORT = "discard_import"
    PAUSE_ACCOUNT = "pause_account"
    RESUME_ACCOUNT = "resume_account"
    START_WARM_UP = "start_warm_up"
    STOP_WARM_UP = "stop_warm_up"
    REPEAT_WARM_UP = "repeat_warm_up"
    RESTORED = "restored"
    BRING_IN = "bring_in"
    ADD_PAST_ISSUE = "add_past_issue"
    MIGRATE_PEPPER = "migrate_pepper"
    APPLY_EVENTS_AGAIN = "apply_events_again"
