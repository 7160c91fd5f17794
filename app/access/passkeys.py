"""Passkeys: a browser's authenticator proves who is there, after it has asked them itself.

`webauthn` verifies what an authenticator signed; here stands what that is held against.
Source: Web Authentication Level 3, sections 7.1 and 7.2.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import structlog
import webauthn
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from app.access.challenges import GOOD_FOR, asked_by, make_challenge, spend_challenge
from app.access.sessions import Browser, open_session
from app.access.users import lock_user, read_name
from app.actors import Actor, Verb
from app.audit import record_step
from app.errors import InvalidInput, NotFound, WrongState
from app.models import ChallengeKind, Passkey, User
from app.web_addresses import origin_of

MAX_PASSKEYS: Final = 20
"""Of one person."""

_LONGEST_ANSWER: Final = 32_000
_LONGEST_ID: Final = 1023
_MILLISECONDS: Final = int(GOOD_FOR.total_seconds() * 1000)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RelyingParty:
    """Say where passkeys are good: at a host, on pages of an origin."""

    host: str
    origin: str


def relying_party(base_url: str) -> RelyingParty | None:
    """Return where passkeys are good; None where the host is a number, which browsers refuse."""
    origin = origin_of(base_url)
    host = urlsplit(origin).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return RelyingParty(host, origin)
    return None


def passkeys_of(session: Session, user_id: int) -> Sequence[Passkey]:
    """Return a person's passkeys, in the order in which they were added."""
    return session.scalars(
        select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)
    ).all()


def ask_for_new(
    session: Session, user: User, session_id: int, party: RelyingParty, site: str, now: datetime
) -> tuple[str, str]:
    """Return a challenge's secret, for a cookie, and what the browser makes a passkey by, as JSON.

    Raises:
        WrongState: this person has as many as one may have.
    """
    held = passkeys_of(session, user.id)
    _refuse_too_many(held)
    secret = make_challenge(session, ChallengeKind.ADD_PASSKEY, now, session_id)
    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name=site or party.host,
        user_id=_handle_of(user),
        user_name=user.address,
        user_display_name=user.name,
        challenge=_challenge(secret),
        timeout=_MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_descriptor(one) for one in held],
    )
    return secret, webauthn.options_to_json(options)


def add_passkey(
    session: Session,
    actor: Actor,
    user_id: int,
    session_id: int,
    secret: str,
    answer: str,
    name: str,
    party: RelyingParty,
    now: datetime,
) -> Passkey:
    """Keep the passkey that a browser made; `answer` is what it says of it, as JSON.

    Raises:
        Gone: it took too long, or was answered already.
        InvalidInput: it cannot be verified, or the name is empty or too long.
        WrongState: it is here already, or this person has as many as one may have.
    """
    if lock_user(session, user_id) is None:
        raise NotFound("Nobody here has this number.")
    spend_challenge(session, ChallengeKind.ADD_PASSKEY, secret, now, session_id)
    _refuse_too_many(passkeys_of(session, user_id))
    named = read_name(name)
    made, transports = _verify_new(answer, secret, party)
    new = (
        insert(Passkey)
        .values(
            user_id=user_id,
            name=named,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            transports=transports,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=[Passkey.credential_id])
        .returning(Passkey)
    )
    passkey = session.scalar(new)
    if passkey is None:
        raise WrongState("This passkey is here already.")
    _record(session, actor, Verb.ADD_PASSKEY, passkey, now)
    return passkey


def remove_passkey(
    session: Session, actor: Actor, user_id: int, passkey_id: int, now: datetime
) -> None:
    """Let a passkey be good for nothing; NotFound if it is none of this person's."""
    lock_user(session, user_id)
    passkey = session.get(Passkey, passkey_id, with_for_update=True, populate_existing=True)
    if passkey is None or passkey.user_id != user_id:
        raise NotFound("There is no such passkey.")
    _record(session, actor, Verb.REMOVE_PASSKEY, passkey, now)
    session.delete(passkey)


def ask_for_any(session: Session, party: RelyingParty, now: datetime) -> tuple[str, str]:
    """Return a challenge's secret, for a cookie, and what the browser picks a passkey by."""
    secret = make_challenge(session, ChallengeKind.PASSKEY, now)
    options = webauthn.generate_authentication_options(
        rp_id=party.host,
        challenge=_challenge(secret),
        timeout=_MILLISECONDS,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return secret, webauthn.options_to_json(options)


def use_passkey(
    session: Session,
    secret: str,
    answer: str,
    party: RelyingParty,
    browser: Browser,
    now: datetime,
) -> tuple[User, str]:
    """Sign in with a passkey; return who it is and the secret of their new session.

    Raises:
        Gone: it took too long, or was answered already.
        NotFound: the passkey is none of ours.
        InvalidInput: it cannot be verified.
    """
    spend_challenge(session, ChallengeKind.PASSKEY, secret, now)
    given = _read(answer)
    user, passkey = _find(session, given)
    passkey.sign_count = _verify(given, passkey, user, secret, party).new_sign_count
    passkey.used_at = now
    _, cookie = open_session(session, user, browser, now, way="passkey")
    return user, cookie


def _find(session: Session, given: AuthenticationCredential) -> tuple[User, Passkey]:
    """Return whose passkey this is, and the passkey, both locked."""
    query = select(Passkey).where(Passkey.credential_id == given.raw_id)
    if (passkey := session.scalar(query)) is not None:
        user = lock_user(session, passkey.user_id)
        locked = query.with_for_update().execution_options(populate_existing=True)
        if user is not None and (passkey := session.scalar(locked)) is not None:
            return user, passkey
    raise NotFound("This passkey is not known here, or no longer. Please have a link sent.")


def _verify(
    given: AuthenticationCredential, passkey: Passkey, user: User, secret: str, party: RelyingParty
) -> VerifiedAuthentication:
    if given.response.user_handle != _handle_of(user):
        raise _not_verified("the user handle is another one")
    try:
        return webauthn.verify_authentication_response(
            credential=given,
            expected_challenge=_challenge(secret),
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except Exception as error:
        raise _not_verified(error) from error


def _verify_new(
    answer: str, secret: str, party: RelyingParty
) -> tuple[VerifiedRegistration, list[str]]:
    """Return what was verified of a new passkey, and by which ways it can be reached."""
    try:
        given = parse_registration_credential_json(_short(answer))
        made = webauthn.verify_registration_response(
            credential=given,
            expected_challenge=_challenge(secret),
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except Exception as error:
        raise _not_verified(error) from error
    if len(made.credential_id) > _LONGEST_ID:
        raise _not_verified("its id is too long")
    known = set(given.response.transports or ())
    return made, [one.value for one in AuthenticatorTransport if one in known]


def _read(answer: str) -> AuthenticationCredential:
    try:
        return parse_authentication_credential_json(_short(answer))
    except Exception as error:
        raise _not_verified(error) from error


def _short(answer: str) -> str:
    """Return the answer; ValueError if it is longer than any authenticator's."""
    if len(answer) > _LONGEST_ANSWER:
        raise ValueError("the answer is too long")
    return answer


def _not_verified(why: object) -> InvalidInput:
    """Return the error of an answer that does not hold; the log says why."""
    _log.warning("passkey_refused", why=str(why)[:200])
    return InvalidInput("This passkey could not be verified. Please try again.")


def _challenge(secret: str) -> bytes:
    return asked_by(secret, "passkey")


def _handle_of(user: User) -> bytes:
    """Return what an authenticator knows a person by: the same for all of their passkeys.

    It says nothing of them, and is nobody else's who gets the same number after a restore.
    """
    since = user.created_at.astimezone(UTC).isoformat()
    return hashlib.sha256(f"devoured.passkey.{user.id}.{since}".encode()).digest()


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    ways = [AuthenticatorTransport(one) for one in passkey.transports]
    return PublicKeyCredentialDescriptor(id=passkey.credential_id, transports=ways)


def _refuse_too_many(held: Sequence[Passkey]) -> None:
    if len(held) >= MAX_PASSKEYS:
        raise WrongState("You have 20 passkeys, and more cannot be kept. Please remove one first.")


def _record(session: Session, actor: Actor, verb: Verb, passkey: Passkey, now: datetime) -> None:
    after = {"passkey": passkey.name}
    record_step(session, actor, verb, "user", now, target_id=passkey.user_id, after=after)
