"""Passkeys, by two at once: one answer signs in once, and removal is in nobody's way."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.passkeys import RelyingParty, add_passkey, ask_for_any, ask_for_new, use_passkey
from app.access.rights import Role
from app.access.sessions import Browser, open_session
from app.access.users import actor_of, remove_user
from app.actors import CLI
from app.container import Container
from app.db.session import transaction
from app.errors import AppError
from app.models import User, UserSession
from localdev.processes import wait_until
from tests.desk.authenticator import Authenticator
from tests.waiting import n_waiting_for

BASE = "http://localhost:8000"
PARTY = RelyingParty("localhost", BASE)
WHERE = Browser(None, "unknown")
Add = Callable[..., User]


@pytest.fixture
def user(add: Add) -> User:
    add(Role.ADMIN, name="Grace")
    return add(Role.EDITOR)


@pytest.fixture
def device(container: Container, user: User) -> Authenticator:
    """Return a device with a passkey of the person, who is signed in."""
    device, now = Authenticator(BASE), container.clock()
    with transaction(container.sessions) as session:
        here = session.get_one(User, user.id)
        row, _ = open_session(session, here, WHERE, now, way="link")
        secret, options = ask_for_new(session, here, row.id, PARTY, "Devoured", now)
        answer = device.make(json.loads(options))
        actor = actor_of(here)
        add_passkey(session, actor, here.id, row.id, secret, answer, "Laptop", PARTY, now)
    return device


@pytest.fixture
def use(container: Container, device: Authenticator) -> Callable[[], str]:
    """Return a function that gives one and the same answer, and says what came of it."""
    with transaction(container.sessions) as asking:
        secret, options = ask_for_any(asking, PARTY, container.clock())
    answer = device.use(json.loads(options))

    def do() -> str:
        try:
            with transaction(container.sessions) as using:
                use_passkey(using, secret, answer, PARTY, WHERE, container.clock())
        except AppError as error:
            return error.detail
        return "signed in"

    return do


def test_one_answer_given_twice_at_once_signs_in_once(
    use: Callable[[], str], session: Session
) -> None:
    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(lambda _: use(), range(4)))
    assert said.count("signed in") == 1
    assert len(session.scalars(select(UserSession.id)).all()) == 2


def test_passkey_is_used_while_its_person_is_removed(
    use: Callable[[], str], container: Container, user: User
) -> None:
    with ThreadPoolExecutor(1) as other:
        with transaction(container.sessions) as removing:
            removing.scalars(select(User).with_for_update()).all()
            used = other.submit(use)
            wait_until(lambda: n_waiting_for(removing) == 1, 20.0)
            remove_user(removing, CLI, user.id, container.clock())
        assert "not known here" in used.result(20.0)
