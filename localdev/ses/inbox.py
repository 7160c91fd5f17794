"""The inbox in a browser: a list, and each message as HTML, text, headers and raw.

Works without script. The mail itself is shown in a sandboxed frame under a policy of its own that
lets it load nothing from anywhere but this machine.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from localdev.ses.context import Context
from localdev.ses.mime import bodies, build
from localdev.ses.search import Message, find, n_messages, read_content, read_messages
from localdev.ses.store import Store

_FOLDER = Path(__file__).parent / "templates"
_PAGE = 50
_VIEWS = ("html", "text", "headers", "raw")
_WIDTHS = ("phone", "desktop")
_OUTCOMES = {
    "bounced": "bounces",
    "complained": "complains",
    "out_of_office": "out of office",
    "suppressed": "suppressed",
    "rendering_failure": "not rendered",
}
_LOCAL = "http://127.0.0.1:* http://localhost:*"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_FRAME_HEADERS = _HEADERS | {
    "Content-Security-Policy": (
        f"sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
        f"style-src 'unsafe-inline'; img-src data: {_LOCAL}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    ),
}
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
# Links of a mail open beside the inbox, as they do from a mail program.
_LINKS_OUTSIDE = '<base target="_blank">'


def inbox_routes(context: Context) -> list[BaseRoute]:
    """Return the routes of the pages; everything they need comes from here."""
    store = context.store
    pages = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined
    )
    pages.globals["outcomes"] = _OUTCOMES

    async def start(_: Request) -> Response:
        return RedirectResponse("/inbox")

    async def style(_: Request) -> Response:
        return FileResponse(_FOLDER / "inbox.css", media_type="text/css", headers=_HEADERS)

    async def listing(request: Request) -> Response:
        return _page(pages, "list.html", **_listing(store, request))

    async def message(request: Request) -> Response:
        return _page(pages, "message.html", **_one(store, request))

    async def frame(request: Request) -> Response:
        html = bodies(read_content(store, _sent(store, request))).html
        return HTMLResponse(_open_links_outside(html), headers=_FRAME_HEADERS)

    async def download(request: Request) -> Response:
        found = _sent(store, request)
        name = f'attachment; filename="{found.message_id}.eml"'
        return Response(
            build(found, read_content(store, found)),
            headers=_HEADERS | {"Content-Disposition": name},
            media_type="message/rfc822",
        )

    return [
        Route("/", start),
        Route("/inbox.css", style),
        Route("/inbox", listing),
        Route("/inbox/{id:int}", message),
        Route("/inbox/{id:int}/html", frame),
        Route("/inbox/{id:int}/raw.eml", download),
    ]


def _page(pages: Environment, template: str, **values: Any) -> Response:
    """Return a page of the inbox under its policy."""
    return HTMLResponse(pages.get_template(template).render(values), headers=_HEADERS)


def _listing(store: Store, request: Request) -> dict[str, Any]:
    """Return the newest messages before `before` whose recipients contain `q`."""
    query = request.query_params.get("q", "").strip()
    before = request.query_params.get("before", "")
    limit = int(before) if before.isascii() and before.isdecimal() else None
    ids = find(store, to=query, before=limit, limit=_PAGE + 1)
    older = ids[_PAGE - 1] if len(ids) > _PAGE else None
    return {
        "n_messages": n_messages(store),
        "query": query,
        "newest": limit is None,
        "messages": list(read_messages(store, ids[:_PAGE])),
        "newest_url": _address(q=query),
        "older_url": _address(q=query, before=older) if older else "",
    }


def _address(**query: object) -> str:
    """Return the list's address with the query values that are not empty."""
    given = {name: value for name, value in query.items() if value}
    return "/inbox" + (f"?{urlencode(given)}" if given else "")


def _one(store: Store, request: Request) -> dict[str, Any]:
    """Return one message in one of its views."""
    message = _found(store, request)
    content = read_content(store, message)
    parts = bodies(content)
    first = "html" if parts.html or not parts.text else "text"
    raw = "" if message.error else build(message, content).decode("utf-8", "replace")
    return {
        "message": message,
        "view": _choice(request, "view", _VIEWS, first),
        "width": _choice(request, "width", _WIDTHS, "desktop"),
        "views": _VIEWS,
        "widths": _WIDTHS,
        "has_html": bool(parts.html),
        "text": parts.text,
        "raw": raw,
        "headers": _raw_headers(raw),
        "size": len(parts.html.encode()),
    }


def _raw_headers(raw: str) -> list[tuple[str, str]]:
    """Return the headers of a raw message, unfolded, in their order."""
    head = raw.partition("\r\n\r\n")[0]
    lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
    return [(name, value) for name, _, value in (line.partition(": ") for line in lines) if name]


def _choice(request: Request, name: str, allowed: Sequence[str], default: str) -> str:
    """Return a value of the query if it is one of those allowed, else `default`."""
    value = request.query_params.get(name, default)
    return value if value in allowed else default


def _found(store: Store, request: Request) -> Message:
    """Return the message of the path; raise 404 when there is none."""
    id_ = request.path_params["id"]
    try:
        return next(read_messages(store, [id_]))
    except KeyError:
        raise HTTPException(404, "There is no such message.") from None


def _sent(store: Store, request: Request) -> Message:
    """Return the message of the path; raise 404 when there is none, or it was never rendered."""
    message = _found(store, request)
    if message.error:
        raise HTTPException(404, "This message was never rendered.")
    return message


def _open_links_outside(html: str) -> str:
    """Return the mail with its links opening in a tab of their own."""
    if _HEAD.search(html):
        return _HEAD.sub(lambda head: head[0] + _LINKS_OUTSIDE, html, count=1)
    return _LINKS_OUTSIDE + html
