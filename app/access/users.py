"""The people who work here: added, given roles, removed; there is always one who may do that."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role, read_roles
from app.actors import Actor, ActorKind, Verb
from app.addresses import Address
from app.audit import fields_of, record
from app.characters import one_line
from app.errors import AlreadyExists, FieldError, InvalidInput, NotFound, WrongState
from app.models import User
from app.sentences import N_, Sentence
from app.versions import Expected, refuse_stale

MAX_NAME: Final = 60
"""Characters of a name."""

LANGUAGES: Final = ("en", "de")
"""What the desk speaks, as codes; the pages have a catalogue of each."""


def actor_of(user: User) -> Actor:
    """Return the person as who changes something."""
    return Actor(ActorKind.PERSON, user.name, user.id)


def all_users(session: Session) -> Sequence[User]:
    """Return everybody who works here, by name."""
    return sorted(session.scalars(select(User)), key=lambda user: (user.name.casefold(), user.id))


def get_user(session: Session, user_id: int) -> User:
    """Return the person of this number; NotFound if there is none."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("Nobody here has this number.")
    return user


def lock_user(session: Session, user_id: int) -> User | None:
    """Return the person of this number, as they are now; nobody else changes them meanwhile.

    Who changes what is a person's locks the person first, as who removes them does. A link may be
    made for them meanwhile: it only has to know that they are there.
    """
    return session.get(User, user_id, with_for_update={"key_share": True}, populate_existing=True)


def find_user(session: Session, address: Address) -> User | None:
    """Return who has this address."""
    return session.scalar(select(User).where(User.address_key == address.key))


def admins(session: Session) -> Sequence[User]:
    """Return who may add people and give roles, by name."""
    return [user for user in all_users(session) if Role.ADMIN in user.roles]


def add_user(
    session: Session,
    actor: Actor,
    name: str,
    address: Address,
    roles: Iterable[str],
    now: datetime,
    language: str = "",
) -> User:
    """Add a person.

    Raises:
        InvalidInput: the name is empty or too long, or a role or the language is unknown.
        AlreadyExists: somebody has this address.
    """
    user = User(
        name=read_name(name),
        address=address.text,
        address_key=address.key,
        roles=read_roles(roles),
        language=_read_language(language),
        created_at=now,
    )
    _lock_everybody(session)
    if find_user(session, address) is not None:
        sentence = N_("Somebody here has this address already.")
        raise AlreadyExists(sentence, [FieldError("/address", sentence)])
    session.add(user)
    record(session, actor, Verb.ADD_USER, user, now)
    return user


def change_user(
    session: Session,
    actor: Actor,
    user_id: int,
    now: datetime,
    *,
    name: str | None = None,
    roles: Iterable[str] | None = None,
    language: str | None = None,
    expected: Expected = None,
) -> User:
    """Give a person another name or language, or other roles, which hold at once.

    Raises:
        NotFound: there is no such person.
        Stale: they are of another version than `expected`.
        InvalidInput: the name is empty or too long, or a role or the language is unknown.
        WrongState: nobody would be left who may do this.
    """
    everybody = _lock_everybody(session)
    user = get_user(session, user_id)
    refuse_stale(session, user, expected)
    before = fields_of(user)
    new_name = user.name if name is None else read_name(name)
    new_roles = user.roles if roles is None else read_roles(roles)
    if Role.ADMIN not in new_roles:
        _keep_an_admin(everybody, without=user)
    user.name, user.roles = new_name, new_roles
    user.language = user.language if language is None else _read_language(language)
    if fields_of(user) != before:
        user.version += 1
        record(session, actor, Verb.CHANGE_USER, user, now, before=before)
    return user


def remove_user(session: Session, actor: Actor, user_id: int, now: datetime) -> User:
    """Delete a person, with their sessions and links; the audit keeps what they did.

    Raises:
        NotFound: there is no such person.
        WrongState: nobody would be left who may do this.
    """
    everybody = _lock_everybody(session)
    user = get_user(session, user_id)
    _keep_an_admin(everybody, without=user)
    record(session, actor, Verb.REMOVE_USER, user, now, before=fields_of(user), after={})
    session.delete(user)
    session.flush()
    return user


def read_name(typed: str) -> str:
    """Return a name on one line, without what nobody sees.

    Raises:
        InvalidInput: it is empty or has more than 60 characters.
    """
    name = one_line(typed)
    if not name:
        raise _no_name(N_("Please type a name."))
    if len(name) > MAX_NAME:
        raise _no_name(N_("This name is too long: 60 characters at most."))
    return name


def _read_language(code: str) -> str:
    if code and code not in LANGUAGES:
        sentence = Sentence("The desk speaks %(languages)s.", languages=LANGUAGES)
        raise InvalidInput(sentence, [FieldError("/language", sentence)])
    return code


def _no_name(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, [FieldError("/name", sentence)])


def _lock_everybody(session: Session) -> Sequence[User]:
    """Lock all rows, which are few, and read them anew.

    Of two who remove each other, the second must see what the first did.
    """
    everybody = select(User).order_by(User.id).with_for_update()
    return session.scalars(everybody.execution_options(populate_existing=True)).all()


def _keep_an_admin(everybody: Iterable[User], *, without: User) -> None:
    """Raise WrongState where this person is the last who may add people."""
    others = (user for user in everybody if user is not without)
    if Role.ADMIN in without.roles and not any(Role.ADMIN in user.roles for user in others):
        raise WrongState("Nobody would be left who may add people. Make somebody else admin first.")
