"""What the local SES accepted: bodies once per edition, messages in calls, counters per issue.

Only columns to search by are in memory; the rest is read from the log when somebody looks.
"""

import hashlib
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from sys import intern
from typing import Any

from localdev.ses.log import Log, append, close_log, open_log, replay, truncate
from localdev.ses.outcomes import FAILED
from localdev.ses.shapes import Content, Entry, template_fields

Row = list[Any]

DELIVERY_HEADER = "X-Devoured-Delivery"


@dataclass(slots=True, frozen=True)
class Edition:
    """A body that many messages share: where it stands in the log, and which keys it asks for."""

    form: str
    subject: str
    fields: frozenset[str]
    subject_fields: frozenset[str]
    offset: int
    length: int


@dataclass(slots=True)
class Group:
    """Counters of one issue; `repeated` holds deliveries that came more than once, how often."""

    n_messages: int = 0
    recipients: set[str] = field(default_factory=set)
    deliveries: set[str] = field(default_factory=set)
    repeated: dict[str, int] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True, frozen=True)
class Suppressed:
    """An address on the account's suppression list; `reason` is BOUNCE or COMPLAINT."""

    reason: str
    at: datetime


@dataclass(slots=True)
class Store:
    """Everything kept. Message ids count from 1; columns hold message `id` at `id - 1`.

    `call_ats` are Unix seconds. `sent` gives instants and recipients of the calls read back at the
    start. `settled` says how many calls, from the first, a reader of events is done with.
    """

    log: Log
    editions: list[Edition] = field(default_factory=list)
    by_digest: dict[bytes, int] = field(default_factory=dict)
    call_firsts: "array[int]" = field(default_factory=lambda: array("Q"))
    call_offsets: "array[int]" = field(default_factory=lambda: array("Q"))
    call_lengths: "array[int]" = field(default_factory=lambda: array("Q"))
    call_ats: "array[float]" = field(default_factory=lambda: array("d"))
    recipients: list[str] = field(default_factory=list)
    deliveries: list[str] = field(default_factory=list)
    issues: list[str] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)
    suppressed: dict[str, Suppressed] = field(default_factory=dict)
    sent: list[tuple[float, int]] = field(default_factory=list)
    settled: dict[str, int] = field(default_factory=dict)


def open_store(folder: Path | None = None) -> Store:
    """Open the store in this folder as it was left, or an empty one that ends with the process.

    Raises:
        OSError: the folder cannot be written, or another process has the store open.
    """
    store = Store(open_log(folder))
    for record, offset, length in replay(store.log):
        match record["kind"]:
            case "edition":
                _index_edition(store, Content(*record["content"]), offset, length)
            case "call":
                _index_call(store, record, offset, length)
                store.sent.append(
                    (record["at"], sum(row[3].count(" ") + 1 for row in record["messages"]))
                )
            case "suppressed":
                at = datetime.fromtimestamp(record["at"], UTC)
                store.suppressed[record["address"]] = Suppressed(record["reason"], at)
            case "lifted":
                store.suppressed.pop(record["address"], None)
            case "settled":
                store.settled[record["feed"]] = record["calls"]
    return store


def close_store(store: Store) -> None:
    """Let go of the file."""
    close_log(store.log)


def add_edition(store: Store, content: Content) -> int:
    """Return the number of the edition with this content; keep the content the first time only.

    Raises:
        Fault: a template that cannot be filled.
    """
    number = store.by_digest.get(_digest(content))
    if number is not None:
        return number
    if content.form == "template":
        template_fields(content)
    parts = [content.form, content.subject, content.text, content.html, content.raw]
    offset, length = append(store.log, {"kind": "edition", "content": parts})
    return _index_edition(store, content, offset, length)


def _digest(content: Content) -> bytes:
    """Return a digest that distinguishes one content from another."""
    digest = hashlib.sha256(f"{content.form}\0{content.subject}\0{len(content.text)}\0".encode())
    for part in (content.text, content.html, content.raw):
        digest.update(part.encode())
    return digest.digest()


def _index_edition(store: Store, content: Content, offset: int, length: int) -> int:
    """Remember where the content stands; its number."""
    fields, in_subject = frozenset[str](), frozenset[str]()
    if content.form == "template":
        fields, in_subject = template_fields(content)
    edition = Edition(content.form, content.subject, fields, in_subject, offset, length)
    store.editions.append(edition)
    number = len(store.editions) - 1
    store.by_digest[_digest(content)] = number
    return number


def add_call(store: Store, call: dict[str, Any], messages: Sequence[Row]) -> None:
    """Keep the messages of one call: written to the log first, counted afterwards.

    `call` has `at` (Unix seconds), `edition`, `from`, `reply_to`, `headers`, `tags`, `data`,
    `configuration_set` and `operation`. A message is a list, see `row`.
    """
    record = {"kind": "call", **call, "messages": messages}
    offset, length = append(store.log, record)
    _index_call(store, record, offset, length)


def row(entry: Entry, message_id: str, outcome: str, error: str) -> Row:
    """Build a message as the log has it; `read_messages` in search.py reads it again."""
    addresses = " ".join(entry.bare)
    return [
        message_id,
        entry.to,
        entry.cc,
        entry.bcc,
        addresses,
        entry.data,
        entry.headers,
        entry.tags,
        outcome,
        error,
    ]


def _n_recipients(rows: Sequence[Row]) -> int:
    """Recipients of all these messages together."""
    return sum(row[4].count(" ") + 1 for row in rows)


def _index_call(store: Store, record: dict[str, Any], offset: int, length: int) -> None:
    """Add a call's messages to the columns and counters."""
    store.call_firsts.append(len(store.recipients) + 1)
    store.call_offsets.append(offset)
    store.call_lengths.append(length)
    store.call_ats.append(record["at"])
    shared, shared_headers = record["tags"], record["headers"]
    for message in record["messages"]:
        addresses, headers, tags, outcome = message[4], message[6], message[7], message[8]
        issue = intern(tags.get("issue_id") or shared.get("issue_id", ""))
        delivery = (
            tags.get("delivery_id")
            or headers.get(DELIVERY_HEADER)
            or shared.get("delivery_id")
            or shared_headers.get(DELIVERY_HEADER, "")
        )
        store.recipients.append(addresses)
        store.deliveries.append(delivery)
        store.issues.append(issue)
        store.outcomes.append(intern(outcome))
        group = store.groups.get(issue)
        if group is None:
            group = store.groups[issue] = Group()
        _count(group, addresses, delivery, outcome)


def _count(group: Group, addresses: str, delivery: str, outcome: str) -> None:
    """Count one more message; one that was not rendered reached nobody and counts separately."""
    group.outcomes[outcome] += 1
    if outcome == FAILED:
        return
    group.n_messages += 1
    if " " in addresses:
        group.recipients.update(addresses.split(" "))
    else:
        group.recipients.add(addresses)
    if not delivery:
        return
    if delivery in group.deliveries:
        group.repeated[delivery] = group.repeated.get(delivery, 1) + 1
    else:
        group.deliveries.add(delivery)


def suppress(store: Store, address: str, reason: str, now: datetime) -> None:
    """Put an address on the account's suppression list."""
    record = {"kind": "suppressed", "address": address, "reason": reason, "at": now.timestamp()}
    append(store.log, record)
    store.suppressed[address] = Suppressed(reason, now)


def lift(store: Store, address: str) -> bool:
    """Take the address off the suppression list; return whether it was on it."""
    if address not in store.suppressed:
        return False
    append(store.log, {"kind": "lifted", "address": address})
    del store.suppressed[address]
    return True


def settle_calls(store: Store, feed: str, n_calls: int) -> None:
    """Settle the first `n_calls` calls for a reader of events."""
    append(store.log, {"kind": "settled", "feed": feed, "calls": n_calls})
    store.settled[feed] = n_calls


def clear(store: Store) -> int:
    """Delete all messages and return how many there were; the suppression list stays."""
    n_messages = len(store.recipients)
    suppressed = dict(store.suppressed)
    truncate(store.log)
    for column in (
        store.editions,
        store.recipients,
        store.deliveries,
        store.issues,
        store.outcomes,
    ):
        column.clear()
    for numbers in (store.call_firsts, store.call_offsets, store.call_lengths):
        del numbers[:]
    del store.call_ats[:]
    for mapping in (store.by_digest, store.groups, store.settled):
        mapping.clear()
    for address, entry in suppressed.items():
        suppress(store, address, entry.reason, entry.at)
    return n_messages
