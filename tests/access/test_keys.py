from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.access.keys import all_keys, check_key, is_use_due, make_key, note_use, revoke_key
from app.actors import CLI
from app.db.session import Sessions, transaction
from app.enums import Scope
from app.errors import Forbidden, InvalidInput, NotFound, Unauthorised
from app.models import ApiKey


def test_key_opens_what_its_scopes_say_and_nothing_else(session: Session, now: datetime) -> None:
    key, secret = make_key(session, CLI, "desk", [Scope.READ, Scope.EDIT], now)
    assert check_key(session, secret, [Scope.EDIT], now) is key
    for needed in ([Scope.SEND], [Scope.EDIT, Scope.PEOPLE]):
        with pytest.raises(Forbidden, match=f"“{needed[-1]}”.*the key has: edit, read"):
            check_key(session, secret, needed, now)


def test_admin_key_opens_everything(session: Session, now: datetime) -> None:
    key, secret = make_key(session, CLI, "owner", [Scope.ADMIN], now)
    for scope in Scope:
        assert check_key(session, secret, [scope], now) is key


def test_secret_is_nowhere_in_the_row(session: Session, now: datetime) -> None:
    key, secret = make_key(session, CLI, "desk", [Scope.READ], now)
    kept = {str(getattr(key, column.name)) for column in key.__table__.columns}
    assert not any(secret in value for value in kept)
    assert secret.startswith(key.prefix)


@pytest.mark.parametrize("secret", [None, "", "dv_", "dv_" + "x" * 43, "\x00", "é"])
def test_check_key_refuses_what_is_no_key(
    session: Session, secret: str | None, now: datetime
) -> None:
    with pytest.raises(Unauthorised):
        check_key(session, secret, [Scope.READ], now)


def test_revoked_key_opens_nothing(session: Session, now: datetime) -> None:
    key, secret = make_key(session, CLI, "desk", [Scope.READ], now)
    revoke_key(session, CLI, key.id, now)
    session.flush()
    with pytest.raises(Unauthorised):
        check_key(session, secret, [Scope.READ], now)
    assert [k.revoked_at for k in all_keys(session)] == [now]


def test_revoke_is_not_found_when_there_is_no_key(session: Session, now: datetime) -> None:
    with pytest.raises(NotFound):
        revoke_key(session, CLI, 4711, now)


def test_key_opens_nothing_from_the_instant_at_which_it_expires(
    session: Session, now: datetime
) -> None:
    end = now + timedelta(days=1)
    _, secret = make_key(session, CLI, "desk", [Scope.ADMIN], now, expires_at=end)
    check_key(session, secret, [Scope.READ], end - timedelta(seconds=1))
    with pytest.raises(Unauthorised, match="expired"):
        check_key(session, secret, [Scope.READ], end)


def test_key_that_has_expired_already_is_not_made(session: Session, now: datetime) -> None:
    with pytest.raises(InvalidInput):
        make_key(session, CLI, "desk", [Scope.READ], now, expires_at=now)


@pytest.mark.parametrize(
    ("client", "is_let_in"),
    [
        ("203.0.113.7", True),
        ("::ffff:203.0.113.7", True),
        ("2001:db8::5", True),
        ("203.0.114.7", False),
        ("2001:db9::5", False),
        ("testclient", False),
        ("", False),
        (None, False),
    ],
)
def test_key_opens_nothing_outside_its_networks(
    session: Session,
    now: datetime,
    client: str | None,
    is_let_in: bool,  # noqa: FBT001 - a case of the table
) -> None:
    networks = ["203.0.113.0/24", "2001:db8::/32"]
    _, secret = make_key(session, CLI, "desk", [Scope.ADMIN], now, networks=networks)
    if is_let_in:
        check_key(session, secret, [Scope.READ], now, client)
        return
    with pytest.raises(Forbidden, match="network"):
        check_key(session, secret, [Scope.READ], now, client)


@pytest.mark.parametrize("network", ["", "here", "203.0.113.7/24", "203.0.113.0/33", "\x00"])
def test_key_is_not_made_for_what_is_no_network(
    session: Session, now: datetime, network: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        make_key(session, CLI, "desk", [Scope.READ], now, networks=["10.0.0.0/8", network])
    assert [one.pointer for one in refused.value.errors] == ["/networks/1"]


def test_last_use_is_written_once_a_minute(session: Session, now: datetime) -> None:
    key, _ = make_key(session, CLI, "desk", [Scope.READ], now)
    assert is_use_due(key, now)
    note_use(session, key.id, now)
    session.refresh(key)
    assert key.last_used_at == now
    assert not is_use_due(key, now + timedelta(seconds=59))
    assert is_use_due(key, now + timedelta(seconds=60))


def test_last_use_waits_for_nobody_who_writes_it_too(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    key, _ = make_key(session, CLI, "desk", [Scope.READ], now)
    session.commit()
    session.execute(select(ApiKey).where(ApiKey.id == key.id).with_for_update())
    with transaction(sessions) as other:
        other.execute(text("SET LOCAL lock_timeout = 1"))
        note_use(other, key.id, now)
