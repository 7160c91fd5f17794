"""Reading back: which messages a question means, newest first, and what they say."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import orjson

from localdev.ses.log import read
from localdev.ses.shapes import Content
from localdev.ses.store import Store
from localdev.ses.template import Fields, fill


@dataclass(slots=True, frozen=True)
class Message:
    """One message as it was accepted, the defaults of its call merged in.

    `error` says why it could not be rendered; it is empty for all others.
    """

    id: int
    message_id: str
    at: datetime
    from_address: str
    to: list[str]
    cc: list[str]
    bcc: list[str]
    reply_to: list[str]
    subject: str
    headers: dict[str, str]
    tags: dict[str, str]
    outcome: str
    error: str
    edition: int
    templated: bool
    fields: Fields
    operation: str
    configuration_set: str


def n_messages(store: Store) -> int:
    """Return how many messages there are, including those that could not be rendered."""
    return len(store.recipients)


def find(
    store: Store,
    *,
    to: str = "",
    delivery: str = "",
    issue: str = "",
    outcome: str = "",
    after: int = 0,
    before: int | None = None,
    newest_first: bool = True,
    limit: int = 50,
) -> list[int]:
    """Ids of messages between `after` and `before`, both left out, that fit every given filter.

    `to` is a part of an address, in any case; the others must be equal.
    """
    last = n_messages(store) if before is None else min(before - 1, n_messages(store))
    ids: Iterable[int] = range(after + 1, last + 1)
    if newest_first:
        ids = range(last, after, -1)
    if part := to.strip().lower():
        ids = (id_ for id_ in ids if part in store.recipients[id_ - 1])
    equal = ((store.deliveries, delivery), (store.issues, issue), (store.outcomes, outcome))
    for column, wanted in equal:
        if wanted:
            ids = _equal(ids, column, wanted)
    return list(islice(ids, limit))


def _equal(ids: Iterable[int], column: list[str], wanted: str) -> Iterator[int]:
    """Return the ids whose column holds this value."""
    return (id_ for id_ in ids if column[id_ - 1] == wanted)


def read_messages(store: Store, ids: Iterable[int]) -> Iterator[Message]:
    """Yield these messages in this order; raise KeyError for an unknown id.

    Neighbours of one call cost one read.
    """
    number, call = -1, {}
    for id_ in ids:
        if not 1 <= id_ <= n_messages(store):
            raise KeyError(id_)
        found = bisect_right(store.call_firsts, id_) - 1
        if found != number:
            number = found
            call = read(store.log, store.call_offsets[number], store.call_lengths[number])
        yield _message(store, call, id_, call["messages"][id_ - store.call_firsts[number]])


def _message(store: Store, call: dict[str, Any], id_: int, row: list[Any]) -> Message:
    """Build a message from a row of the log."""
    message_id, to, cc, bcc, _, data, headers, tags, outcome, error = row
    edition = store.editions[call["edition"]]
    fields = orjson.loads(data or call["data"] or "{}")
    subject = edition.subject
    if edition.subject_fields and not error:
        subject = fill(subject, fields)
    return Message(
        id=id_,
        message_id=message_id,
        at=datetime.fromtimestamp(call["at"], UTC),
        from_address=call["from"],
        to=to,
        cc=cc,
        bcc=bcc,
        reply_to=call["reply_to"],
        subject=subject,
        headers=merge_headers(call["headers"], headers),
        tags={**call["tags"], **tags},
        outcome=outcome,
        error=error,
        edition=call["edition"],
        templated=edition.form == "template",
        fields=fields,
        operation=call.get("operation", "SendEmail"),
        configuration_set=call["configuration_set"],
    )


def merge_headers(shared: dict[str, str], own: dict[str, str]) -> dict[str, str]:
    """Return the template's headers, replaced by the entry's of the same name, then the rest.

    Source: `BulkEmailEntry.ReplacementHeaders` in the SESv2 model.
    """
    replaced = {name.lower() for name in own}
    return {name: value for name, value in shared.items() if name.lower() not in replaced} | own


def read_content(store: Store, message: Message) -> Content:
    """Return the message's body, filled in; for a raw one the base64 it came as.

    A message that could not be rendered has its template, unfilled.
    """
    edition = store.editions[message.edition]
    content = Content(*read(store.log, edition.offset, edition.length)["content"])
    if content.form != "template" or message.error:
        return content
    subject, text, html = (
        fill(part, message.fields) for part in (content.subject, content.text, content.html)
    )
    return Content(content.form, subject, text, html)
