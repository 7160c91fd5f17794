"""`/desk/keys`: API keys, made and shown once, revoked at once."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Form, Response

from app.access.keys import all_keys, make_key, revoke_key
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
) -> Response:
    """Make a key and show its secret, this once; 422 and the form where something is wrong."""
    try:
        n_days = _LASTS.get(days, 90)
        key, secret = make_key(
            desk.session,
            desk.actor,
            read_name(name),
            _read_scopes(scopes),
            desk.now,
            expires_at=None if n_days is None else desk.now + timedelta(days=n_days),
            networks=[one for one in re.split(r"[,\s]+", networks) if one],
        )
    except InvalidInput as error:
        typed = {"name": name, "scopes": scopes, "days": days, "networks": networks}
        wrong = {field.partition("/")[0]: said for field, said in at_fields(error).items()}
        return _keys(desk, 422, typed=typed, wrong=wrong)
    return _keys(desk, 201, made=key, secret=secret)


@router.post("/keys/{key_id:id}/revoke")
def revoke(desk: Admin, key_id: int) -> Response:
    """Make a key good for nothing, at once."""
    revoke_key(desk.session, desk.actor, key_id, desk.now)
    return go_to(desk.container, _HERE, done="revoked")


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
        done=done,
    )


def _is_good(key: ApiKey, desk: Desk) -> bool:
    is_over = key.expires_at is not None and key.expires_at <= desk.now
    return key.revoked_at is None and not is_over
