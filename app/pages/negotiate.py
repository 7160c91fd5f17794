"""Which language a request is answered in: what the address asks for, else what the browser says.

The choice is remembered in the addresses themselves, as `?lang=de`: whoever chose a language finds
it in every link of the page, and no cookie is needed.
"""

import re
from contextvars import ContextVar
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.language import accepted as best_code
from app.language import mail_languages
from app.pages.language import SOURCE, Language, activate, languages, present

PARAMETER: Final = "lang"

_MAX_QUERY: Final = 500
"""A longer query is nothing a page of ours makes; links to other languages leave it out."""

_LINK = re.compile(r'(<(?:a|form)\b[^<>]*? (?:href|action)=")([^"#?]*)(\?[^"#]*)?(#[^"]*)?"')

_query: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("query", default=())


def with_language(app: ASGIApp) -> ASGIApp:
    """Set a language for every request, whoever answers it, an error's page included.

    A WebSocket of the desk has one, too.
    """

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            asked = _asked(scope)
            _query.set(asked)
            activate(language_of(dict(asked), Headers(scope=scope).get("accept-language", "")))
        await app(scope, receive, send)

    return call


def language_of(query: dict[str, str], accepted: str) -> Language:
    """Return the language in the address, else the best of `Accept-Language`, else English."""
    asked = languages().get(query.get(PARAMETER, ""))
    return asked.chosen if asked else languages()[best_of(accepted)]


def best_of(accepted: str) -> str:
    """Return the code of our language that the header prefers; English when it names none."""
    return best_code(accepted, languages()) or SOURCE


def asked_of_mails(request: Request) -> str:
    """Return the code of the language that mails to who asks are to have, empty where none is said.

    That is what they chose, else what their browser prefers of those that our mails speak.
    """
    if present().is_chosen:
        return present().code
    return best_code(request.headers.get("accept-language", ""), mail_languages())


def other_languages() -> list[tuple[Language, str]]:
    """Return every other language, and the query that asks for the present page in it."""
    rest = [(name, value) for name, value in _query.get() if name != PARAMETER]
    return [
        (language, "?" + urlencode([*rest, (PARAMETER, language.code)]))
        for language in languages().values()
        if language.code != present().code
    ]


def keep_choice(html: str, root: str) -> str:
    """Put the chosen language into every link that leads to another page of ours.

    Where nobody chose, nothing changes. It is done here, once, so that no template can forget it.
    """
    language = present()
    if not language.is_chosen:
        return html
    ask = f"{PARAMETER}={language.code}"

    def with_choice(found: re.Match[str]) -> str:
        path, query, place = found[2], found[3] or "", found[4] or ""
        if not path.startswith(f"{root}/") or path.startswith((f"{root}/static/", "//")):
            return found[0]
        return f'{found[1]}{path}{query}{"&amp;" if query else "?"}{ask}{place}"'

    return _LINK.sub(with_choice, html)


def _asked(scope: Scope) -> tuple[tuple[str, str], ...]:
    query: bytes = scope.get("query_string", b"")
    if len(query) > _MAX_QUERY:
        return ()
    return tuple(parse_qsl(query.decode("latin-1"), encoding="utf-8", errors="replace"))
