"""`/v1/users`: the people who work at the desk, for those who hold `admin`."""

from typing import Annotated, Any, Final, Literal

from fastapi import Response
from pydantic import AwareDatetime, BaseModel, Field

from app.access import identities, passkeys, users
from app.access.rights import Role
from app.access.sessions import revoke_all
from app.access.sign_in import send_link
from app.actors import Actor
from app.addresses import parse_address
from app.api.changes import Change, EtagDep, changes
from app.api.deps import ContainerDep, NowDep, SessionDep, acts, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import Address, Body, Changes, Id, Name, Out, examples
from app.enums import Scope
from app.errors import AlreadyExists, WrongState

router = ApiRouter(prefix="/v1/users", tags=["users"])

Admin = Annotated[Actor, acts(Scope.ADMIN)]
Roles = Annotated[list[Role], Field(min_length=1, max_length=len(Role))]

Language = Literal["", "en", "de"]
_SPOKEN: Final = "What the desk and its mails speak to them; empty for what their browser asks for."

_EXAMPLE: Final[dict[str, Any]] = {
    "id": 3,
    "name": "Ada",
    "address": "ada@example.com",
    "roles": ["editor", "sender"],
    "language": "de",
    "created_at": "2026-04-20T08:15:00Z",
    "signed_in_at": "2026-04-28T05:10:00Z",
    "version": 2,
}

_PASSKEY: Final[dict[str, Any]] = {
    "id": 7,
    "name": "Firefox on Linux",
    "created_at": "2026-04-20T08:20:00Z",
    "used_at": "2026-04-28T05:10:00Z",
}

_IDENTITY: Final[dict[str, Any]] = {
    "id": 5,
    "issuer": "https://accounts.example.com",
    "created_at": "2026-04-20T08:20:00Z",
}


class NewUser(Body):
    """Who it is, and what they may do."""

    model_config = Body.model_config | examples(
        {"name": "Ada", "address": "ada@example.com", "roles": ["editor", "sender"]}
    )

    name: Name
    address: Address
    roles: Roles
    language: Language = Field(default="", description=_SPOKEN)


class UserChanges(Changes):
    """What to change; what is left out stays."""

    model_config = Changes.model_config | examples({"roles": ["editor"]})

    name: Name = ""
    roles: Roles = Field(default=[])
    language: Language = Field(default="", description=_SPOKEN)


class UserOut(Out):
    """A person who works at the desk."""

    model_config = examples(_EXAMPLE)

    id: int
    name: str
    address: str
    roles: list[Role]
    language: str = Field(description=_SPOKEN)
    created_at: AwareDatetime
    signed_in_at: AwareDatetime | None = Field(description="When they last signed in.")
    version: int = Field(
        description="Grows with every change of name, roles or language; it is the ETag."
    )


class UserList(BaseModel):
    """Everybody, by name."""

    model_config = examples({"items": [_EXAMPLE]})

    items: list[UserOut]


class PasskeyOut(Out):
    """A passkey with which a person signs in to the desk."""

    model_config = examples(_PASSKEY)

    id: int
    name: str
    created_at: AwareDatetime
    used_at: AwareDatetime | None = Field(description="When it last signed its person in.")


class IdentityOut(Out):
    """Who a person is at an OpenID Connect provider."""

    model_config = examples(_IDENTITY)

    id: int
    issuer: str
    created_at: AwareDatetime


class IdentityList(BaseModel):
    """Who a person is elsewhere, in the order in which it was bound."""

    model_config = examples({"items": [_IDENTITY]})

    items: list[IdentityOut]


class PasskeyList(BaseModel):
    """A person's passkeys, in the order in which they were added."""

    model_config = examples({"items": [_PASSKEY]})

    items: list[PasskeyOut]


@router.get("", dependencies=[needs(Scope.ADMIN)])
def list_users(session: SessionDep) -> UserList:
    """List the people who work at the desk."""
    return UserList(items=[UserOut.model_validate(row) for row in users.all_users(session)])


@router.post("", status_code=201)
@documents(AlreadyExists)
def create_user(
    body: NewUser, container: ContainerDep, session: SessionDep, now: NowDep, actor: Admin
) -> UserOut:
    """Add a person.

    A link to sign in is sent to them, good for 24 hours.
    """
    address = parse_address(body.address, allow_reserved=container.allow_reserved)
    user = users.add_user(session, actor, body.name, address, body.roles, now, body.language)
    send_link(session, actor, user.id, container.pepper, now)
    return UserOut.model_validate(user)


@router.patch("/{user_id}")
@documents(WrongState)
def change_user(
    body: UserChanges,
    user_id: Id,
    change: Annotated[Change, changes(Scope.ADMIN)],
    etag: EtagDep,
) -> UserOut:
    """Change a person's name, roles or language.

    They hold at once. The last one who may do this stays one.
    """
    user = users.change_user(
        *change.by, user_id, change.now, **body.given(), expected=change.expected
    )
    etag.show(user)
    return UserOut.model_validate(user)


@router.delete("/{user_id}", status_code=204)
@documents(WrongState)
def delete_user(session: SessionDep, user_id: Id, now: NowDep, actor: Admin) -> Response:
    """Remove a person.

    They are signed out everywhere; what they did stays in the audit.
    """
    users.remove_user(session, actor, user_id, now)
    return Response(status_code=204)


@router.post("/{user_id}/link", status_code=202)
@documents(WrongState)
def send_user_link(
    container: ContainerDep, session: SessionDep, user_id: Id, now: NowDep, actor: Admin
) -> UserOut:
    """Send a person a link to sign in.

    It is good for 24 hours, once.
    """
    if not send_link(session, actor, user_id, container.pepper, now):
        raise WrongState("This address must not be written to; it is on the suppression list.")
    return UserOut.model_validate(users.get_user(session, user_id))


@router.post("/{user_id}/sign-out")
def sign_user_out(session: SessionDep, user_id: Id, now: NowDep, actor: Admin) -> UserOut:
    """Sign a person out everywhere.

    Links that wait in a mailbox are good for nothing then, too.
    """
    revoke_all(session, actor, user_id, now)
    return UserOut.model_validate(users.get_user(session, user_id))


@router.get("/{user_id}/passkeys", dependencies=[needs(Scope.ADMIN)])
def list_passkeys(session: SessionDep, user_id: Id) -> PasskeyList:
    """List the passkeys of a person.

    They add them themselves, at the desk.
    """
    rows = passkeys.passkeys_of(session, users.get_user(session, user_id).id)
    return PasskeyList(items=[PasskeyOut.model_validate(row) for row in rows])


@router.delete("/{user_id}/passkeys/{passkey_id}", status_code=204)
def delete_passkey(
    session: SessionDep, user_id: Id, passkey_id: Id, now: NowDep, actor: Admin
) -> Response:
    """Remove a passkey of a person.

    It signs nobody in any more. Whoever was signed in with it stays so: sign them out besides.
    """
    passkeys.remove_passkey(session, actor, user_id, passkey_id, now)
    return Response(status_code=204)


@router.get("/{user_id}/identities", dependencies=[needs(Scope.ADMIN)])
def list_identities(session: SessionDep, user_id: Id) -> IdentityList:
    """List who a person is at OpenID Connect providers.

    It is bound by their first sign-in from there.
    """
    rows = identities.identities_of(session, users.get_user(session, user_id).id)
    return IdentityList(items=[IdentityOut.model_validate(row) for row in rows])


@router.delete("/{user_id}/identities/{identity_id}", status_code=204)
def delete_identity(
    session: SessionDep, user_id: Id, identity_id: Id, now: NowDep, actor: Admin
) -> Response:
    """Unbind a person from whom they are at a provider.

    Who has their address there is bound anew when they next sign in.
    """
    identities.remove_identity(session, actor, user_id, identity_id, now)
    return Response(status_code=204)
