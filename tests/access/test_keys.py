from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app.access.keys import all_keys, check_key, make_key, revoke_key
from app.errors import Forbidden, NotFound, Unauthorised
from app.words import Scope


def test_key_opens_what_its_scopes_say_and_nothing_else(session: Session, now: datetime) -> None:
    key, secret = make_key(session, "desk", [Scope.READ, Scope.EDIT], now)
    assert check_key(session, secret, Scope.EDIT) is key
    with pytest.raises(Forbidden):
        check_key(session, secret, Scope.SEND)


def test_admin_key_opens_everything(session: Session, now: datetime) -> None:
    key, secret = make_key(session, "owner", [Scope.ADMIN], now)
    for scope in Scope:
        assert check_key(session, secret, scope) is key


def test_secret_is_nowhere_in_the_row(session: Session, now: datetime) -> None:
    key, secret = make_key(session, "desk", [Scope.READ], now)
    kept = {str(getattr(key, column.name)) for column in key.__table__.columns}
    assert not any(secret in value for value in kept)
    assert secret.startswith(key.prefix)


@pytest.mark.parametrize("secret", [None, "", "dv_", "dv_" + "x" * 43, "\x00", "é"])
def test_check_key_refuses_what_is_no_key(session: Session, secret: str | None) -> None:
    with pytest.raises(Unauthorised):
        check_key(session, secret, Scope.READ)


def test_revoked_key_opens_nothing(session: Session, now: datetime) -> None:
    key, secret = make_key(session, "desk", [Scope.READ], now)
    revoke_key(session, key.id, now)
    session.flush()
    with pytest.raises(Unauthorised):
        check_key(session, secret, Scope.READ)
    assert [k.revoked_at for k in all_keys(session)] == [now]


def test_revoke_is_not_found_when_there_is_no_key(session: Session, now: datetime) -> None:
    with pytest.raises(NotFound):
        revoke_key(session, 4711, now)
