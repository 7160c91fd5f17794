"""How the tools ask the API: with a person's key, for JSON or text, and what is wrong in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from mcp.server.mcpserver.exceptions import ToolError

from app.networks import client_ip
from app.web_addresses import web_parts

SECONDS: Final = 60.0
MOST_BYTES: Final = 4 * 1024 * 1024
"""Of an answer: a plan or an issue written out is far below."""

_SHOWN: Final = 20
"""Places at fault that are told; more would fill what a model can read."""


@dataclass(frozen=True)
class Api:
    """The API of one installation, asked with one key."""

    client: httpx2.AsyncClient

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Return what a route answers as JSON; a None in the query is left out."""
        return _json(await self._ask("GET", path, query))

    async def text(self, path: str, **query: Any) -> str:
        """Return what a route answers as text."""
        return (await self._ask("GET", path, query)).text

    async def post(
        self,
        path: str,
        body: Mapping[str, Any] | str | None = None,
        version: int | None = None,
        **query: Any,
    ) -> dict[str, Any]:
        """Return what a route answers to this body: JSON, or a text as it is.

        With a `version` nothing is changed where it is another one by now.
        """
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        if isinstance(body, str):
            headers["Content-Type"] = "application/octet-stream"
            given: dict[str, Any] = {"content": body.encode(errors="replace")}
        else:
            given = {} if body is None else {"json": _without_none(body)}
        return _json(await self._ask("POST", path, query, headers=headers, **given))

    async def _ask(
        self, method: str, path: str, query: Mapping[str, Any], **options: Any
    ) -> httpx2.Response:
        try:
            answer = await self.client.request(method, path, params=_without_none(query), **options)
        except httpx2.TransportError as error:
            maybe = "" if method == "GET" else " It may have been done: look before you try again."
            raise ToolError(
                f"{self.client.base_url} does not answer ({type(error).__name__}).{maybe}"
            ) from None
        if len(answer.content) > MOST_BYTES:
            raise ToolError(f"The answer is longer than {MOST_BYTES} bytes.")
        if not answer.is_success:
            raise ToolError(_problem(answer))
        return answer


def connect(url: str, key: str, transport: httpx2.AsyncBaseTransport | None = None) -> Api:
    """Return the API at this address; nothing is asked yet.

    Raises:
        ValueError: the address is none that a key may be sent to.
    """
    return Api(
        httpx2.AsyncClient(
            base_url=_checked(url),
            headers={"Authorization": f"Bearer {key}"},
            timeout=SECONDS,
            follow_redirects=False,  # a key goes where it was meant to go
            transport=transport,
        )
    )


def _checked(url: str) -> str:
    parts = web_parts(url)
    if parts is None or not parts.hostname:
        raise ValueError("say the address of the service, as https://digest.example.")
    if parts.username or parts.query or parts.fragment:
        raise ValueError("an address with a user, a query or a fragment is none of an API.")
    if parts.scheme == "http" and not _is_this_machine(parts.hostname):
        raise ValueError("over http anybody on the way could read the key: say https.")
    return url.rstrip("/")


def _is_this_machine(host: str) -> bool:
    address = client_ip(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _without_none(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def _json(answer: httpx2.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ToolError("What answers there is no Devoured.")
    return found


def _problem(answer: httpx2.Response) -> str:
    """Return a problem as sentences: what is wrong, where, and what is possible instead."""
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return f"What answers there is no Devoured: it says {answer.status_code}."
    told = _json(answer)
    lines = [f"{told.get('detail')} ({told.get('code')}, {answer.status_code})"]
    lines += [f"- {one['pointer']}: {one['detail']}" for one in told.get("errors", [])[:_SHOWN]]
    if steps := told.get("possible_steps"):
        lines.append(f"Possible now: {', '.join(steps)}.")
    if changed := told.get("changed"):
        lines.append(f"Changed since: {', '.join(changed)}.")
    if wait := answer.headers.get("retry-after"):
        lines.append(f"Try again in {wait} seconds.")
    return "\n".join(lines)
