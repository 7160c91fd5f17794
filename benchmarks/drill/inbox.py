"""What the provider took, of whichever kind it is: the mails of the issue, and the letters."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import httpx2
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Issue, Letter, Subscriber
from app.public_ids import letter_tag
from benchmarks.drill.deployment import Deployment
from benchmarks.drill.smtp_inbox import TAKEN
from benchmarks.drill.verdict import Message
from localdev.demo.inbox import delivery_of, list_messages

_NOT_RENDERED = "rendering_failure"
LETTER = "letter"


class Taken(NamedTuple):
    """A message that the provider took: whose, under which id, at which attempt."""

    delivery: str
    provider_id: str
    attempt: int = 1


def taken(deployment: Deployment) -> list[Taken]:
    """Return every message that the provider took."""
    if deployment.scope.transport == "smtp":
        lines = (deployment.place.folder / TAKEN).read_text(encoding="ascii").splitlines()
        return [
            Taken(delivery, message_id, _attempt(delivery, message_id))
            for delivery, message_id in map(str.split, lines)
        ]
    return [
        Taken(delivery_of(one), str(one["message_id"]), int(one["tags"].get("attempt", 1)))
        for one in list_messages(deployment.ses)
        if one["outcome"] != _NOT_RENDERED
    ]


def n_taken(deployment: Deployment) -> int:
    """Return how many messages the provider took, letters among them, without reading any."""
    if deployment.scope.transport == "smtp":
        taken_file = deployment.place.folder / TAKEN
        return taken_file.read_bytes().count(b"\n") if taken_file.exists() else 0
    return n_taken_by(deployment.ses)


def n_taken_by(ses: httpx2.Client) -> int:
    """Return how many messages a local SES took."""
    return int(ses.get("/health").raise_for_status().json()["n_messages"])


def _attempt(delivery: str, message_id: str) -> int:
    """Return the attempt, which our SMTP transport writes after the delivery in the Message-ID."""
    after = message_id.removeprefix(f"{delivery}.").partition(".")[0]
    return int(after) if after.isdecimal() else 1


def numbered(session: Session, messages: Iterable[Taken]) -> list[Taken]:
    """Return the same with deliveries by the numbers of their rows; what names none stays."""
    numbers = {
        str(public_id): str(number)
        for column in (Issue, Subscriber)
        for public_id, number in session.execute(select(column.public_id, column.id))
    } | {
        letter_tag(public_id): f"{LETTER}-{number}"
        for public_id, number in session.execute(select(Letter.public_id, Letter.id))
    }

    def name(delivery: str) -> str:
        parts = (numbers.get(part, part) for part in delivery.split("-"))
        return numbers.get(delivery) or "-".join(parts)

    return [one._replace(delivery=name(one.delivery)) for one in messages]


def of_issue(messages: Iterable[Taken], issue_id: int) -> list[Message]:
    """Return the messages of an issue; any other that is no letter is given reader 0."""
    return [
        Message(int(reader) if issue == str(issue_id) else 0, provider_id)
        for delivery, provider_id, _ in messages
        for issue, _, reader in [delivery.partition("-")]
        if issue != LETTER
    ]


def readers_of(deliveries: Iterable[str], issue_id: int) -> set[int]:
    """Return the readers of an issue whose deliveries these are."""
    return {one.subscriber_id for one in of_issue((Taken(d, "") for d in deliveries), issue_id)}


def of_letters(messages: Iterable[Taken]) -> Iterator[int]:
    """Yield the number of the letter of each message that is one."""
    for delivery, _, _ in messages:
        kind, _, number = delivery.partition("-")
        if kind == LETTER:
            yield int(number)
