"""What a page of the desk is handed: who is signed in, what they may do, and what it works with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from fastapi import Depends, Request, Security
from fastapi.security import SecurityScopes
from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection

from app.access.rights import holds, rights_of
from app.access.sessions import (
    Browser,
    find_session,
    is_seen_due,
    note_seen,
    session_limits,
)
from app.access.users import actor_of, admins
from app.actors import Actor
from app.api.deps import ContainerDep, NowDep, SessionDep
from app.container import Container
from app.db.session import transaction
from app.desk.agents import agent_of
from app.desk.cookies import SESSION, read_cookie
from app.desk.forms import SAFE_METHODS, check_token, form_token, posted_token
from app.enums import Scope
from app.errors import AppError, Forbidden
from app.models import User, UserSession
from app.pages.language import prefer
from app.readers.consent import network_of


class NotSignedIn(AppError):
    """Nobody is signed in in this browser, or no longer."""

    status: ClassVar[int] = 401
    title: ClassVar[str] = "Please sign in"


class MissingRight(Forbidden):
    """A person lacks rights; `givers` are the names of those who can give them."""

    def __init__(self, missing: frozenset[Scope], givers: tuple[str, ...]) -> None:
        super().__init__(f"This needs the right {', '.join(sorted(missing))}.")
        self.missing = missing
        self.givers = givers


@dataclass(frozen=True)
class Desk:
    """A request of somebody who is signed in: who, with which rights, and what to answer with."""

    container: Container
    session: Session
    now: datetime
    user: User
    signed_in: UserSession
    form_token: str
    path: str

    @property
    def actor(self) -> Actor:
        """Return the person as who changes something."""
        return actor_of(self.user)

    def may(self, *needed: Scope) -> bool:
        """Return whether this person has these rights."""
        return holds(rights_of(self.user.roles), needed)


def get_desk(
    scopes: SecurityScopes,
    request: Request,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    posted: Annotated[str, Depends(posted_token)],
) -> Desk:
    """Return who is signed in, if they have the rights that the route names.

    Raises:
        NotSignedIn: nobody is, or no longer.
        NotFromHere: something is to be changed and the form is not of this session.
        MissingRight: naming who can give it.
    """
    desk = desk_of(request, container, session, now)
    if request.method not in SAFE_METHODS:
        check_token(posted, desk.form_token)
    needed = frozenset(Scope(one) for one in scopes.scopes)
    if not desk.may(*needed):
        givers = tuple(one.name for one in admins(session))
        raise MissingRight(needed - rights_of(desk.user.roles), givers)
    return desk


def desk_of(request: Request, container: Container, session: Session, now: datetime) -> Desk:
    """Return who is signed in, whatever they want; NotSignedIn if nobody is, or no longer."""
    user, row = signed_in(request, container, session, now)
    prefer(user.language)
    token = form_token(read_cookie(request, container.settings, SESSION))
    return Desk(container, session, now, user, row, token, request.url.path)


def needs(*scopes: Scope) -> Any:
    """Return the dependency of a page that only people with all of these rights may use."""
    return Security(get_desk, scopes=[scope.value for scope in scopes])


SignedIn = Annotated[Desk, Security(get_desk)]
"""A page for everybody who is signed in."""


def signed_in(
    request: Request, container: Container, session: Session, now: datetime
) -> tuple[User, UserSession]:
    """Return who is signed in with this request's cookie, and note what they do themselves.

    What a page asks for by itself, to show what is new, keeps nobody signed in.

    Raises:
        NotSignedIn: nobody is, or no longer.
    """
    found = find_signed_in(request, container, session, now)
    if _is_act(request) and is_seen_due(found[1], now):
        with transaction(container.sessions) as noting:
            note_seen(noting, found[1].id, now)
    return found


def find_signed_in(
    connection: HTTPConnection, container: Container, session: Session, now: datetime
) -> tuple[User, UserSession]:
    """Return who is signed in with this connection's cookie.

    It is for a websocket, too, which must check its `Origin` besides.

    Raises:
        NotSignedIn: nobody is, or no longer.
    """
    secret = read_cookie(connection, container.settings, SESSION)
    found = find_session(session, secret, session_limits(container.settings), now)
    if found is None:
        raise NotSignedIn("Please sign in.")
    return found


def _is_act(request: Request) -> bool:
    """Return whether a person did this: went to a page, or sent a form.

    Source: the Fetch Metadata standard (`Sec-Fetch-Mode` is `navigate` for pages); who sends none
    is too old a browser to tell, or none.
    """
    mode = request.headers.get("sec-fetch-mode", "navigate")
    return request.method not in SAFE_METHODS or mode == "navigate"


def browser_of(request: Request) -> Browser:
    """Return what is kept of where somebody signs in."""
    client = request.client.host if request.client else None
    return Browser(network_of(client), agent_of(request.headers.get("user-agent", "")))
