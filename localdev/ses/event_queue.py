"""The queue that the events are read from: at least once, unordered, hidden while being read.

Events are not put in: it draws on a feed. Only what was received and not yet deleted is in memory,
and notifications of mails that came in, which are put in as they come.
"""

import base64
import binascii
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import islice
from typing import NamedTuple
from uuid import uuid4

from localdev.ses.faults import Fault
from localdev.ses.feed import Feed, due_events, n_due, settle, skip_all
from localdev.ses.knobs import Planned


class Notification(NamedTuple):
    """What SNS says of a mail that came in, whole, and when it said so, in Unix seconds."""

    fields: dict[str, str]
    due: float


@dataclass(slots=True)
class Item:
    """A message of the queue; `visible_at` is when it may be received again, in Unix seconds.

    `event` is made into a message anew each time; a notification was put in whole.
    """

    id: str
    event: Planned | Notification
    n_receives: int = 0
    first_received_at: float = 0.0
    visible_at: float = 0.0


@dataclass(slots=True)
class Queue:
    """`hidden` are received messages by id, `returned` those that may be received again.

    `hides` is a heap of when hidden ones come back; it may hold instants that no longer count.
    """

    feed: Feed
    hidden: dict[str, Item] = field(default_factory=dict)
    returned: dict[str, Item] = field(default_factory=dict)
    hides: list[tuple[float, str]] = field(default_factory=list)


def receive(queue: Queue, limit: int, hide_seconds: float, at: float) -> list[Item]:
    """Up to `limit` messages, hidden for so long; those that came back are first."""
    _bring_back(queue, at)
    items = [queue.returned.pop(id_) for id_ in list(islice(queue.returned, limit))]
    items += [
        Item(str(uuid4()), event, first_received_at=at)
        for event in due_events(queue.feed, limit - len(items), at)
    ]
    for item in items:
        item.n_receives += 1
        _hide(queue, item, at + hide_seconds)
    return items


def put(queue: Queue, notification: Notification) -> None:
    """Put a notification in, to be received at once."""
    item = Item(str(uuid4()), notification, first_received_at=notification.due)
    queue.returned[item.id] = item
    queue.feed.arrived.set()


def receipt_handle(item: Item) -> str:
    """Return the handle by which the newest receiver deletes the message."""
    return base64.b64encode(f"{item.id}/{item.n_receives}".encode()).decode()


def delete(queue: Queue, handle: str) -> None:
    """Delete the message; with the handle of an earlier receive it stays, without an error.

    Raises:
        Fault: no receipt handle at all.

    Source: DeleteMessage in the SQS API reference.
    """
    item = _find(queue, handle)
    if item is not None:
        queue.hidden.pop(item.id, None)
        queue.returned.pop(item.id, None)
        if isinstance(item.event, Planned):
            settle(queue.feed, item.event)


def change_visibility(queue: Queue, handle: str, hide_seconds: float, at: float) -> None:
    """Hide a message anew, counted from now; 0 gives it back.

    Raises:
        Fault: no receipt handle, or the message is not hidden under it.
    """
    _bring_back(queue, at)
    item = _find(queue, handle)
    if item is None or item.id not in queue.hidden:
        raise Fault("MessageNotInflight", "The message referred to is not in flight.")
    _hide(queue, item, at + hide_seconds)


def purge(queue: Queue) -> None:
    """Everything accepted so far is gone from the queue, whether or not its events were due."""
    forget(queue)
    skip_all(queue.feed)


def forget(queue: Queue) -> None:
    """Let go of what was received and not deleted."""
    for items in (queue.hidden, queue.returned, queue.hides):
        items.clear()


def n_visible(queue: Queue, at: float) -> int:
    """About how many messages could be received."""
    _bring_back(queue, at)
    return len(queue.returned) + n_due(queue.feed, at)


def n_hidden(queue: Queue, at: float) -> int:
    """Return how many messages are being read."""
    _bring_back(queue, at)
    return len(queue.hidden)


def next_return(queue: Queue) -> float | None:
    """Return when the next hidden message may come back; None when none is hidden."""
    return queue.hides[0][0] if queue.hides else None


def _hide(queue: Queue, item: Item, until: float) -> None:
    item.visible_at = until
    queue.hidden[item.id] = item
    heappush(queue.hides, (until, item.id))


def _bring_back(queue: Queue, at: float) -> None:
    """Show again what was hidden long enough."""
    while queue.hides and queue.hides[0][0] <= at:
        _, id_ = heappop(queue.hides)
        item = queue.hidden.get(id_)
        if item is not None and item.visible_at <= at:
            queue.returned[id_] = queue.hidden.pop(id_)


def _find(queue: Queue, handle: str) -> Item | None:
    """Return the message of this handle; None when it is gone or was received again since."""
    try:
        id_, _, n_receives = base64.b64decode(handle, validate=True).decode().rpartition("/")
        number = int(n_receives)
    except (binascii.Error, ValueError):
        message = f"The input receipt handle {handle[:64]!r} is not a valid receipt handle."
        raise Fault("ReceiptHandleIsInvalid", message) from None
    item = queue.hidden.get(id_) or queue.returned.get(id_)
    return item if item is not None and item.n_receives == number else None
