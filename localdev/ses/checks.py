"""What tests, drills and the demo ask of the inbox, as JSON: messages, counts, what came twice."""

from collections.abc import Iterator
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from localdev.ses.context import Context
from localdev.ses.event_queue import Queue, forget
from localdev.ses.feed import start_again
from localdev.ses.outcomes import FAILED
from localdev.ses.search import Message, find, n_messages, read_messages
from localdev.ses.store import Group, Store, clear

MAX_LIMIT = 1000
_DEFAULT_LIMIT = 100
_MAX_REPEATED = 1000
_LINES_AT_ONCE = 10_000


def check_routes(context: Context, queue: Queue | None = None) -> list[BaseRoute]:
    """Return the routes of the inbox that answer with JSON."""
    store = context.store

    async def messages(request: Request) -> Response:
        return _json(_messages(store, request))

    async def summary(request: Request) -> Response:
        return _json(_summary(store, request.query_params.get("issue_id")))

    async def deliveries(request: Request) -> Response:
        lines = _deliveries(store, request.query_params.get("issue_id"))
        return StreamingResponse(lines, media_type="text/plain")

    async def empty(_: Request) -> Response:
        n_deleted = clear(store)
        for feed in context.feeds:
            start_again(feed)
        if queue is not None:
            forget(queue)
        return _json({"n_deleted": n_deleted})

    async def health(_: Request) -> Response:
        return _json({"status": "ok", "n_messages": n_messages(store)})

    return [
        Route("/health", health),
        Route("/inbox.json", messages),
        Route("/inbox/summary.json", summary),
        Route("/inbox/deliveries.txt", deliveries),
        Route("/inbox", empty, methods=["DELETE"]),
    ]


def _json(value: object) -> Response:
    """Return the value as JSON, never kept by a browser."""
    return Response(
        orjson.dumps(value), media_type="application/json", headers={"Cache-Control": "no-store"}
    )


def _messages(store: Store, request: Request) -> dict[str, Any]:
    """Return a page of messages, oldest first; `next_after` is for the next, null at the end."""
    query = request.query_params
    limit = min(max(_number(query.get("limit"), _DEFAULT_LIMIT), 1), MAX_LIMIT)
    ids = find(
        store,
        to=query.get("to", ""),
        delivery=query.get("header_delivery", ""),
        issue=query.get("issue_id", ""),
        outcome=query.get("outcome", ""),
        after=_number(query.get("after"), 0),
        newest_first=False,
        limit=limit,
    )
    return {
        "messages": [_to_dict(message) for message in read_messages(store, ids)],
        "next_after": ids[-1] if len(ids) == limit else None,
        "n_messages": n_messages(store),
    }


def _number(text: str | None, default: int) -> int:
    """Return a whole number from a query, or `default`."""
    return int(text) if text and text.isascii() and text.isdecimal() else default


def _to_dict(message: Message) -> dict[str, Any]:
    """Return a message without its body."""
    return {
        "id": message.id,
        "message_id": message.message_id,
        "at": message.at,
        "from": message.from_address,
        "to": message.to,
        "cc": message.cc,
        "bcc": message.bcc,
        "subject": message.subject,
        "tags": message.tags,
        "headers": message.headers,
        "outcome": message.outcome,
        "error": message.error,
        "edition": message.edition,
    }


def _summary(store: Store, issue: str | None) -> dict[str, Any]:
    """Counters of one issue ('' for mail outside any), or of all of them by issue."""
    if issue is not None:
        return {"issue_id": issue, **_counts(store.groups.get(issue, Group()))}
    return {
        "n_messages": n_messages(store),
        "n_editions": len(store.editions),
        "issues": {name: _counts(group) for name, group in store.groups.items()},
    }


def _counts(group: Group) -> dict[str, Any]:
    """Return the counters; `repeated` names at most the first thousand repeated deliveries."""
    return {
        "n_messages": group.n_messages,
        "n_recipients": len(group.recipients),
        "n_deliveries": len(group.deliveries),
        "n_repeated": len(group.repeated),
        "repeated": sorted(group.repeated)[:_MAX_REPEATED],
        "outcomes": group.outcomes,
    }


def _deliveries(store: Store, issue: str | None) -> Iterator[str]:
    """Yield one delivery id per message and line, in the order of arrival; none for failed ones."""
    lines: list[str] = []
    for id_ in range(n_messages(store)):
        if store.outcomes[id_] == FAILED or not store.deliveries[id_]:
            continue
        if issue is None or store.issues[id_] == issue:
            lines.append(store.deliveries[id_] + "\n")
        if len(lines) == _LINES_AT_ONCE:
            yield "".join(lines)
            lines.clear()
    yield "".join(lines)
