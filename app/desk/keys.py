"""`/desk/keys`: API keys, made and shown once, revoked at once."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Form, Response

from app.access.idempotency import Answer, once
from app.access.keys import all_keys, make_key, revoke_key, secret_of
from app.access.users import read_name
from app.desk.deps import Desk, needs
from app.desk.frame import go_to, page
from app.desk.people import at_fields
from app.desk.roles import SCOPES_IN_WORDS
from app.enums import Scope
from app.errors import FieldError, InvalidInput
from app.models import ApiKey
from app.pages.language import N_

router = APIRouter()

Admin = Annotated[Desk, needs(Scope.ADMIN)]

_HERE: Final = "/desk/keys"
_EMPTY: Final[Mapping[str, object]] = {"name": "", "scopes": [], "days": "365", "networks": ""}
_LASTS: Final = {"30": 30, "90": 90, "365": 365, "": None}
"""For how many days a key may be good, as the form has it; None: until it is revoked."""


@router.api_route("/keys", methods=["GET", "HEAD"])
def keys(desk: Admin, done: str = "") -> Response:
    """Show all keys, and a form to make one."""
    return _keys(desk, done=done)


@router.post("/keys")
def make(
    desk: Admin,
    name: Annotated[str, Form()] = "",
    scopes: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    days: Annotated[str, Form()] = "",
    networks: Annotated[str, Form()] = "",
    form: Annotated[str, Form()] = "",
) -> Response:
    """Make a key and show its secret, this once; 422 and the form where something is wrong.

    The same form sent again, as by a double click, makes no second key and shows the same one.
    """
    typed = {"name": name, "scopes": scopes, "days": days, "networks": networks}
    bits = _bits(desk, orjson.dumps([form or secrets.token_hex(), desk.now.date(), typed]))

    def act() -> Answer:
        n_days = _LASTS.get(days, 90)
        key, _ = make_key(
            desk.session,
            desk.actor,
            read_name(name),
            _read_scopes(scopes),
            desk.now,
            expires_at=None if n_days is None else desk.now + timedelta(days=n_days),
            networks=[one for one in re.split(r"[,\s]+", networks) if one],
            bits=bits,
        )
        return Answer(201, str(key.id).encode())

    try:
        answer = once(
            desk.session,
            owner=-desk.user.id,  # a person; those above 0 are keys
            key=hashlib.sha256(bits).hexdigest(),
            request=b"",
            now=desk.now,
            act=act,
        )
    except InvalidInput as error:
        wrong = {field.partition("/")[0]: said for field, said in at_fields(error).items()}
        return _keys(desk, 422, typed=typed, wrong=wrong)
    made = desk.session.get_one(ApiKey, int(answer.body))
    if not _is_good(made, desk):
        return go_to(desk.container, _HERE)
    return _keys(desk, 201, made=made, secret=secret_of(bits))


@router.post("/keys/{key_id:id}/revoke")
def revoke(desk: Admin, key_id: int) -> Response:
    """Make a key good for nothing, at once."""
    revoke_key(desk.session, desk.actor, key_id, desk.now)
    return go_to(desk.container, _HERE, done="revoked")


def _bits(desk: Desk, sent: bytes) -> bytes:
    """Return the bits of the key that this form makes in this session, on this day.

    Nobody can find them who has not the pepper. An answer is kept for a day at least (`once`).
    """
    pepper = desk.container.pepper.encode()
    return hmac.digest(pepper, b"devoured.desk.key" + desk.form_token.encode() + sent, "sha256")


def _read_scopes(given: list[str]) -> list[Scope]:
    known = [scope for scope in Scope if scope.value in given]
    if not known:
        sentence = N_("Please choose what the key may do.")
        raise InvalidInput(sentence, [FieldError("/scopes", sentence)])
    return known


def _keys(
    desk: Desk,
    status: int = 200,
    *,
    typed: Mapping[str, object] = _EMPTY,
    wrong: Mapping[str, str] | None = None,
    made: ApiKey | None = None,
    secret: str = "",
    done: str = "",
) -> Response:
    rows = all_keys(desk.session)
    return page(
        desk,
        "keys.html",
        status,
        keys=[one for one in rows if _is_good(one, desk)],
        ended=[one for one in rows if not _is_good(one, desk)],
        scopes=SCOPES_IN_WORDS,
        lasts=_LASTS,
        typed=typed,
        wrong=wrong or {},
        made=made,
        secret=secret,
        form=secrets.token_urlsafe(16),
        done=done,
    )


def _is_good(key: ApiKey, desk: Desk) -> bool:
    is_over = key.expires_at is not None and key.expires_at <= desk.now
    return key.revoked_at is None and not is_over
