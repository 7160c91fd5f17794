"""What the provider took, of whichever kind it is: the mails of the issue, and the letters."""

from collections.abc import Iterable, Iterator

from app.local.demo.inbox import delivery_of, list_messages
from benchmarks.drill.house import House
from benchmarks.drill.smtp_inbox import TAKEN
from benchmarks.drill.verdict import Message

_NOT_RENDERED = "rendering_failure"
_LETTER = "letter"


def taken(house: House) -> list[tuple[str, str]]:
    """The delivery and the provider's id of every message that it took."""
    if house.scope.transport == "smtp":
        lines = (house.place.folder / TAKEN).read_text(encoding="ascii").splitlines()
        return [(delivery, message_id) for delivery, message_id in map(str.split, lines)]
    return [
        (delivery_of(one), str(one["message_id"]))
        for one in list_messages(house.ses)
        if one["outcome"] != _NOT_RENDERED
    ]


def of_issue(messages: Iterable[tuple[str, str]], issue_id: int) -> list[Message]:
    """Those of an issue; any other that is no letter belongs to nobody, and is of reader 0."""
    return [
        Message(int(reader) if issue == str(issue_id) else 0, provider_id)
        for delivery, provider_id in messages
        for issue, _, reader in [delivery.partition("-")]
        if issue != _LETTER
    ]


def of_letters(messages: Iterable[tuple[str, str]]) -> Iterator[int]:
    """The number of the letter of each message that is one."""
    for delivery, _ in messages:
        kind, _, number = delivery.partition("-")
        if kind == _LETTER:
            yield int(number)
