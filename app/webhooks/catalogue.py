"""The catalogue of events: what a webhook is told of each kind, field by field.

docs/events.md and docs/events.json are made of it (`make events`), and each entry of the outbox
that is written fits it, which tests hold.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.actors import ActorKind
from app.enums import ConsentSource, IssueState, SubscriberState, SuppressionReason
from app.models import OutboxEntry, OutboxKind

PublicId = Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]
"""A public id as a text: JavaScript's numbers hold 53 bits, and these have 62."""


class Data(BaseModel):
    """What is told of one thing that happened."""

    model_config = ConfigDict(extra="forbid")


class IssueData(Data):
    """What is told of an issue."""

    issue_id: PublicId = Field(description="The public id of the issue.")
    issued_on: date = Field(description="Its day.")
    state: IssueState = Field(description="Its state after the step.")
    send_at: AwareDatetime | None = Field(description="When it goes out, if it has a time.")
    by: ActorKind = Field(description="What kind of actor took the step.")


class IssueLaunched(IssueData):
    """What is told of an issue whose audience is frozen."""

    n_due: int = Field(ge=0, description="How many readers it goes to.")


class IssueCorrected(IssueData):
    """What is told of a story that was changed after launch."""

    revision: int = Field(ge=1, description="The issue's revision since then.")
    fields: list[str] = Field(description="Which fields of the story were changed.")


class ReaderData(Data):
    """What is told of a reader."""

    reader_id: PublicId = Field(description="The public id of the reader.")


class ReaderJoined(ReaderData):
    """What is told of a reader who was not with us before."""

    state: SubscriberState = Field(description="`pending` until they confirm.")
    source: ConsentSource = Field(description="By which way they came.")


class ReaderBySource(ReaderData):
    """What is told of a reader who confirmed or left."""

    source: ConsentSource = Field(description="By which way.")


class ReaderChanged(ReaderData):
    """What is told of a reader whose preferences, pause or address changed."""

    fields: list[str] = Field(description="Which of them, not to what.")


class ReaderSuppressed(ReaderData):
    """What is told of a reader whose address must not be written to any more."""

    reason: SuppressionReason = Field(description="Why.")


class ReaderErased(ReaderData):
    """What is told of a reader who was erased."""

    now_reader: PublicId | None = Field(
        default=None, description="Another reader, where that one took over their address."
    )


DATA: Final[Mapping[OutboxKind, tuple[str, type[Data]]]] = {
    OutboxKind.ISSUE_SCHEDULED: ("An issue has a time to go out, or another one.", IssueData),
    OutboxKind.ISSUE_UNSCHEDULED: ("An issue has no time to go out any more.", IssueData),
    OutboxKind.ISSUE_LAUNCHED: ("The readers of an issue are settled; it goes out.", IssueLaunched),
    OutboxKind.ISSUE_PAUSED: ("An issue stopped, by a person or by itself.", IssueData),
    OutboxKind.ISSUE_RESUMED: ("An issue that had stopped goes on.", IssueData),
    OutboxKind.ISSUE_CANCELLED: ("An issue will not go out.", IssueData),
    OutboxKind.ISSUE_SENT: ("Nobody waits for an issue any more.", IssueData),
    OutboxKind.ISSUE_CORRECTED: ("A story was changed after its launch.", IssueCorrected),
    OutboxKind.READER_JOINED: ("Somebody is with us who was not.", ReaderJoined),
    OutboxKind.READER_CONFIRMED: ("A reader confirmed, and is written to.", ReaderBySource),
    OutboxKind.READER_CHANGED: ("A reader's preferences or address changed.", ReaderChanged),
    OutboxKind.READER_LEFT: ("A reader left.", ReaderBySource),
    OutboxKind.READER_BOUNCED: ("Mail to a reader came back: no more is sent.", ReaderSuppressed),
    OutboxKind.READER_COMPLAINED: ("A reader called a mail spam.", ReaderSuppressed),
    OutboxKind.READER_ERASED: ("A reader was erased: delete your copies.", ReaderErased),
}
"""When each kind is told, in a sentence, and what it says."""

_PUBLIC_IDS: Final = frozenset({"issue_id", "reader_id", "now_reader"})
_SAMPLES: Final[Mapping[str, Any]] = {
    "issue_id": "2305843009213693952",
    "issued_on": "2026-04-28",
    "state": "scheduled",
    "send_at": "2026-04-28T05:00:00Z",
    "by": "person",
    "n_due": 1200,
    "revision": 2,
    "fields": ["title"],
    "reader_id": "1152921504606846976",
    "source": "page",
    "reason": "hard_bounce",
    "now_reader": None,
}
_STATES: Final[Mapping[OutboxKind, str]] = {
    OutboxKind.ISSUE_UNSCHEDULED: "draft",
    OutboxKind.ISSUE_LAUNCHED: "sending",
    OutboxKind.ISSUE_PAUSED: "paused",
    OutboxKind.ISSUE_RESUMED: "sending",
    OutboxKind.ISSUE_CANCELLED: "cancelled",
    OutboxKind.ISSUE_SENT: "sent",
    OutboxKind.ISSUE_CORRECTED: "sent",
    OutboxKind.READER_JOINED: "pending",
}


def sample_of(kind: OutboxKind) -> dict[str, Any]:
    """Return data of this kind as it might be, of nobody."""
    sample = {name: _SAMPLES[name] for name in DATA[kind][1].model_fields}
    if "state" in sample:
        sample["state"] = _STATES.get(kind, sample["state"])
    if kind is OutboxKind.READER_COMPLAINED:
        sample["reason"] = "complaint"
    if kind is OutboxKind.ISSUE_UNSCHEDULED:
        sample["send_at"] = None
    return DATA[kind][1].model_validate(sample).model_dump(mode="json")


def data_of(entry: OutboxEntry) -> dict[str, Any]:
    """Return what is told of an entry, which was written as the catalogue says."""
    whose = "reader_id" if entry.issue_id is None else "issue_id"
    told = {whose: getattr(entry, whose), **entry.facts}
    return {name: str(one) if name in _PUBLIC_IDS else one for name, one in told.items()}


def check(entry: OutboxEntry) -> None:
    """Raise ValidationError where what is told of an entry does not fit the catalogue."""
    DATA[entry.kind][1].model_validate(data_of(entry))
