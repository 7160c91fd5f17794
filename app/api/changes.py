"""Requests that change something: of the version that was read, and once however often sent.

Sources: RFC 9110 sections 8.8.3 and 13.1.1 for ETag and If-Match;
draft-ietf-httpapi-idempotency-key-header.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Request, Response, Security
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.access.idempotency import Answer, kept, once
from app.actors import Actor, ActorKind
from app.api.deps import ContainerDep, IfMatch, Key, NowDep, RawBody, SessionDep, get_actor
from app.api.errors import documents
from app.container import Container
from app.enums import Scope
from app.errors import Conflict
from app.models import Paste
from app.versions import Expected, Versioned

REPLAYED: Final = "Idempotency-Replayed"
ETAG_HEADER: Final[dict[str, Any]] = {
    "ETag": {
        "description": "Its version; give it as `If-Match` to change just this one.",
        "schema": {"type": "string"},
    }
}
REPLAY_HEADER: Final[dict[str, Any]] = {
    REPLAYED: {
        "description": "`true` where this answer was given before and nothing was done again.",
        "schema": {"type": "string", "const": "true"},
    }
}
_PUBLIC_OWNER: Final = 0
_ANYBODY: Final = Actor(ActorKind.READER, "")

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Any text of your own, new for each thing to make: the same request with "
        "the same key is done once, for 24 hours.",
        min_length=1,
        max_length=255,
        pattern=r"^[!-~]+$",
        examples=["2f0c8a5e-7d1b-4f4e-9a77-0c1d5b6e8f90"],
    ),
]


@dataclass(frozen=True)
class Change:
    """A change that a key's holder asks for: of any version, or of one of those expected."""

    session: Session
    now: datetime
    actor: Actor
    expected: Expected

    @property
    def by(self) -> tuple[Session, Actor]:
        """Return the first arguments of a command: the session and who asks."""
        return self.session, self.actor

    @property
    def at(self) -> tuple[datetime, Expected]:
        """Return the last arguments of a command: the instant and the version expected."""
        return self.now, self.expected


async def get_change(
    session: SessionDep,
    now: NowDep,
    actor: Annotated[Actor, Security(get_actor)],
    expected: IfMatch,
) -> Change:
    """Return what a route that changes what has a version is asked for."""
    return Change(session, now, actor, expected)


def changes(*scopes: Scope) -> Any:
    """Return the dependency of a route that changes a version, and needs all of these scopes."""
    return Security(get_change, scopes=[scope.value for scope in scopes])


@dataclass(frozen=True)
class Etag:
    """The answer's ETag: which version of a row it shows."""

    response: Response

    def show(self, row: Paste | Versioned) -> None:
        """Say in the answer which version of the row it shows."""
        self.response.headers["ETag"] = f'"{row.version}"'


@documents(headers=ETAG_HEADER)
async def get_etag(response: Response) -> Etag:
    """Return the ETag of the answer, to be shown."""
    return Etag(response)


EtagDep = Annotated[Etag, Depends(get_etag)]


@dataclass(frozen=True)
class Asked:
    """A request that is to be done once: whose it is, its key if it has one, its mark, who asks."""

    session: Session
    now: datetime
    owner: int
    key: str | None
    mark: bytes
    actor: Actor

    @property
    def by(self) -> tuple[Session, Actor]:
        """Return the first arguments of a command: the session and who asks."""
        return self.session, self.actor


def asked_in_public(
    request: Request,
    container: Container,
    session: Session,
    now: datetime,
    body: bytes,
    key: str | None,
) -> Asked:
    """Return the request of a client without an API key."""
    return Asked(session, now, _PUBLIC_OWNER, key, _mark(request, body, container.pepper), _ANYBODY)


@documents(Conflict, headers=REPLAY_HEADER)
def ask_with_key(
    request: Request,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    body: RawBody,
    api_key: Key,
    key: IdempotencyKey = None,
) -> Asked:
    """Return the request of an API key's holder."""
    mark = _mark(request, body, container.pepper)
    return Asked(session, now, api_key.id, key, mark, get_actor(api_key))


def asked_with(*scopes: Scope) -> Any:
    """Return the dependency of a route that makes something, and needs all of these scopes."""
    return Security(ask_with_key, scopes=[scope.value for scope in scopes])


def answer_once(
    asked: Asked,
    status: int,
    act: Callable[[], BaseModel],
    *,
    keep: Callable[[BaseModel], BaseModel] = lambda answer: answer,
) -> Response:
    """Return the answer of `act`, or its earlier one with the header Idempotency-Replayed.

    `keep` says what is stored of the answer, for the one that holds a secret.
    """
    fresh: list[BaseModel] = []

    def run() -> Answer:
        fresh.append(act())
        return Answer(status, _json(keep(fresh[0])))

    answer = once(
        asked.session,
        owner=asked.owner,
        key=asked.key,
        request=asked.mark,
        now=asked.now,
        act=run,
    )
    if not fresh:
        return _replayed(answer)
    return Response(_json(fresh[0]), status_code=answer.status, media_type="application/json")


def kept_answer(asked: Asked) -> Response | None:
    """Return what was answered to this request before; None where that is yet to be done.

    For a step that must come before the work itself and can be taken once. Raises as
    `answer_once`.
    """
    answer = kept(
        asked.session, owner=asked.owner, key=asked.key, request=asked.mark, now=asked.now
    )
    return None if answer is None else _replayed(answer)


def _replayed(answer: Answer) -> Response:
    return Response(
        answer.body,
        status_code=answer.status,
        media_type="application/json",
        headers={REPLAYED: "true"},
    )


def _json(model: BaseModel) -> bytes:
    return model.model_dump_json().encode()


def _mark(request: Request, body: bytes, pepper: str) -> bytes:
    """Return a digest that tells one request from another.

    It is keyed, because it is stored and may be made from an address.
    """
    digest = hmac.new(pepper.encode(), digestmod="sha256")
    kind = request.headers.get("content-type", "")
    for part in (request.method, request.url.path, request.url.query, kind):
        digest.update(part.encode(errors="surrogateescape") + b"\0")
    digest.update(body)
    return digest.digest()
