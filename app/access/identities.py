"""Identities: who a provider's people are here, bound when they first sign in by their address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.provider import Proven
from app.access.rights import Role
from app.access.sessions import Browser, open_session
from app.access.users import MAX_NAME, actor_of, add_user, find_user, lock_user, read_name
from app.actors import SYSTEM, Actor, Verb
from app.addresses import Address, parse_address
from app.audit import record_step
from app.characters import cut
from app.errors import Forbidden, InvalidInput, NotFound
from app.models import Identity, User
from app.settings import Settings


class NobodyHere(Forbidden):
    """A provider has proven who it is, and that is nobody here."""

    title = "Nobody here"


@dataclass(frozen=True)
class Newcomers:
    """Which people of a provider are added when they first come; none without a role."""

    role: Role | None
    domains: frozenset[str]
    allow_reserved: bool


def newcomers_of(settings: Settings) -> Newcomers:
    """Return whom the settings let in."""
    role = Role(settings.oidc_new_role) if settings.oidc_new_role else None
    is_local = settings.environment == "local"
    return Newcomers(role, frozenset(settings.oidc_new_domains), is_local)


def identities_of(session: Session, user_id: int) -> Sequence[Identity]:
    """Return who a person is elsewhere, in the order in which it was bound."""
    query = select(Identity).where(Identity.user_id == user_id).order_by(Identity.id)
    return session.scalars(query).all()


def sign_in_proven(
    session: Session, proven: Proven, newcomers: Newcomers, browser: Browser, now: datetime
) -> tuple[User, str]:
    """Sign in whom a provider has proven; return who it is and the secret of their new session.

    Raises:
        NobodyHere: nobody here has the address, it is not verified, or is bound to somebody else.
    """
    user = _bound(session, proven) or _bind(session, proven, newcomers, now)
    _, cookie = open_session(session, user, browser, now, way="provider")
    return user, cookie


def remove_identity(
    session: Session, actor: Actor, user_id: int, identity_id: int, now: datetime
) -> None:
    """Unbind a person from whom they are elsewhere; NotFound if it is none of theirs.

    Who has their address there, verified, is bound anew at the next sign-in.
    """
    lock_user(session, user_id)
    identity = session.get(Identity, identity_id, with_for_update=True, populate_existing=True)
    if identity is None or identity.user_id != user_id:
        raise NotFound("They are not bound to that.")
    session.delete(identity)
    _record(session, actor, Verb.REMOVE_IDENTITY, identity, now)


def _bound(session: Session, proven: Proven) -> User | None:
    """Return who is bound to this already, locked."""
    number = session.scalar(
        select(Identity.user_id).where(
            Identity.issuer == proven.issuer, Identity.subject == proven.subject
        )
    )
    return None if number is None else lock_user(session, number)


def _bind(session: Session, proven: Proven, newcomers: Newcomers, now: datetime) -> User:
    """Bind who has the verified address, adding them where newcomers are let in."""
    if not proven.address:
        raise NobodyHere(
            "The provider does not say that your mail address is verified. Please have a link sent."
        )
    address = _read(proven.address, newcomers)
    found = find_user(session, address)
    user = lock_user(session, found.id) if found else _add(session, address, proven, newcomers, now)
    if user is None:
        raise _nobody()
    held = [one.subject for one in identities_of(session, user.id) if one.issuer == proven.issuer]
    if proven.subject in held:
        return user  # bound a moment ago, in another tab
    if held:
        raise NobodyHere(
            "Somebody else at the provider signs in as the person with your address."
            " Please ask an admin."
        )
    identity = Identity(
        user_id=user.id, issuer=proven.issuer, subject=proven.subject, created_at=now
    )
    session.add(identity)
    _record(session, actor_of(user), Verb.BIND_IDENTITY, identity, now)
    return user


def _add(
    session: Session, address: Address, proven: Proven, newcomers: Newcomers, now: datetime
) -> User:
    """Add somebody new, if such as they are let in."""
    domain = address.key.rpartition("@")[2]
    if newcomers.role is None or domain not in newcomers.domains:
        raise _nobody()
    try:
        name = read_name(cut(proven.name, MAX_NAME))
    except InvalidInput:
        name = read_name(cut(address.text.partition("@")[0], MAX_NAME))
    return add_user(session, SYSTEM, name, address, [newcomers.role], now)


def _read(typed: str, newcomers: Newcomers) -> Address:
    try:
        return parse_address(typed, allow_reserved=newcomers.allow_reserved)
    except InvalidInput as error:
        raise _nobody() from error


def _nobody() -> NobodyHere:
    return NobodyHere("Nobody here has your address at the provider. Please ask an admin.")


def _record(session: Session, actor: Actor, verb: Verb, identity: Identity, now: datetime) -> None:
    after = {"issuer": identity.issuer}
    record_step(session, actor, verb, "user", now, target_id=identity.user_id, after=after)
