"""Two things at once at the desk: neither is in the other's way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from app.access.rights import Role
from app.access.sessions import Browser, revoke_all
from app.access.sign_in import use_link
from app.access.users import remove_user
from app.actors import CLI
from app.container import Container
from app.db.session import transaction
from app.errors import NotFound
from app.models import User
from localdev.processes import wait_until
from tests.waiting import n_waiting_for

_PATIENCE = 20.0


def test_link_is_pressed_while_its_person_is_removed(
    container: Container, add: Callable[..., User], link: Callable[..., str]
) -> None:
    add(Role.ADMIN, name="Grace")
    user = add(Role.EDITOR)
    secret = link(user).rpartition("/")[2]

    def press() -> str:
        try:
            with transaction(container.sessions) as pressing:
                use_link(pressing, secret, Browser(None, "unknown"), container.clock())
        except NotFound as error:
            return error.detail
        return "signed in"

    with ThreadPoolExecutor(1) as other:
        with transaction(container.sessions) as removing:
            removing.scalars(select(User).with_for_update()).all()
            pressed = other.submit(press)
            wait_until(lambda: n_waiting_for(removing) == 1, _PATIENCE)
            remove_user(removing, CLI, user.id, container.clock())
        assert "not one of ours" in pressed.result(_PATIENCE)


def test_link_that_is_pressed_while_its_person_is_signed_out_everywhere_signs_them_out_too(
    container: Container, add: Callable[..., User], link: Callable[..., str]
) -> None:
    user = add(Role.EDITOR)
    secret = link(user).rpartition("/")[2]

    def sign_out() -> int:
        with transaction(container.sessions) as ending:
            return revoke_all(ending, CLI, user.id, container.clock())

    with ThreadPoolExecutor(1) as other:
        with transaction(container.sessions) as pressing:
            use_link(pressing, secret, Browser(None, "unknown"), container.clock())
            signed_out = other.submit(sign_out)
            wait_until(lambda: n_waiting_for(pressing) == 1, _PATIENCE)
        assert signed_out.result(_PATIENCE) == 1
