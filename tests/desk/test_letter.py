"""The mail with a link to sign in: made when it is sent, for the address that somebody has then."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.access.sessions import revoke_all
from app.access.users import remove_user
from app.actors import CLI
from app.container import Container
from app.db.session import transaction
from app.delivery.pace import Pace
from app.delivery.post import send_letter
from app.delivery.sender import Sender
from app.enums import DeliveryState
from app.models import Letter, Publication, User
from tests.desk.browsing import Browsing
from tests.desk.conftest import Clock
from tests.fakes import KeepingTransport

Add = Callable[..., User]
Visit = Callable[[], Browsing]


@pytest.fixture
def transport() -> KeepingTransport:
    return KeepingTransport()


@pytest.fixture
def sender(
    container: Container, transport: KeepingTransport, valkey_url: str, clock: Clock
) -> Iterator[Sender]:
    valkey = Redis.from_url(valkey_url)
    yield Sender(
        sessions=container.sessions,
        transport=transport,
        pace=Pace(valkey, transport.quota),
        signer=container.signer,
        clock=clock,
        base_url=container.settings.base_url,
        worker="one",
    )
    valkey.close()


def _letter(session: Session) -> Letter:
    session.rollback()
    return session.scalars(select(Letter)).one()


def test_mail_that_was_asked_for_signs_in_once_within_a_quarter_of_an_hour_of_its_sending(
    add: Add, visitor: Visit, container: Container, sender: Sender, transport: KeepingTransport,
    session: Session, clock: Clock,
) -> None:  # fmt: skip
    add(Role.VIEWER, address="Ada@desk.example")
    ada = visitor()
    ada.post("/desk/sign-in", {"address": "ada@DESK.example"})
    clock.ahead = timedelta(hours=2)  # the worker was busy
    assert send_letter(sender, container.templates, _letter(session).id)
    ((mail, (recipient,)),) = transport.calls
    assert recipient.address == "Ada@desk.example"
    assert "within 15 minutes" in mail.text
    assert mail.headers["Auto-Submitted"] == "auto-generated"
    (link,) = {one for one in mail.text.split() if "/desk/sign-in/" in one}
    assert link in mail.html
    clock.ahead += timedelta(minutes=14)
    path = link.removeprefix(container.settings.base_url)
    assert ada.post(path).status_code == 303
    assert visitor().post(path).status_code == 410


@pytest.mark.parametrize(
    ("chosen", "browser", "lang", "expected"),
    [
        ("", "he, de;q=0.5", "", "he"),
        ("", "de-AT", "", "de"),
        ("de", "he", "", "de"),
        ("", "he", "?lang=en", "en"),
        ("", "tlh", "", "de"),
        ("", "", "", "de"),
    ],
)
def test_mail_that_was_asked_for_speaks_as_they_chose_or_else_as_their_browser(
    add: Add, visitor: Visit, container: Container, sender: Sender, transport: KeepingTransport,
    session: Session, chosen: str, browser: str, lang: str, expected: str,
) -> None:  # fmt: skip
    session.get_one(Publication, 1).language = "de"
    session.commit()
    user = add(Role.VIEWER, language=chosen)
    headers = {"Accept-Language": browser}
    visitor().post(f"/desk/sign-in{lang}", {"address": user.address}, headers=headers)
    assert send_letter(sender, container.templates, _letter(session).id)
    ((mail, _),) = transport.calls
    assert f'<html lang="{expected}"' in mail.html


def test_mail_goes_to_nobody_who_was_removed_meanwhile(
    add: Add, visitor: Visit, container: Container, sender: Sender, transport: KeepingTransport,
    session: Session, clock: Clock,
) -> None:  # fmt: skip
    add(Role.ADMIN, name="Grace")
    ada = add(Role.VIEWER)
    visitor().post("/desk/sign-in", {"address": ada.address})
    letter = _letter(session)
    with transaction(container.sessions) as other:
        remove_user(other, CLI, ada.id, clock())
    assert not send_letter(sender, container.templates, letter.id)
    assert transport.calls == []
    letter = _letter(session)
    assert (letter.state, letter.reason) == (DeliveryState.SKIPPED, "withdrawn")


def test_mail_that_waits_while_its_person_is_signed_out_everywhere_is_not_sent(
    add: Add, visitor: Visit, container: Container, sender: Sender, transport: KeepingTransport,
    session: Session, clock: Clock,
) -> None:  # fmt: skip
    ada = add(Role.VIEWER)
    visitor().post("/desk/sign-in", {"address": ada.address})
    letter = _letter(session)
    clock.ahead = timedelta(minutes=2)
    with transaction(container.sessions) as other:
        revoke_all(other, CLI, ada.id, clock())
    assert not send_letter(sender, container.templates, letter.id)
    assert transport.calls == []
    letter = _letter(session)
    assert (letter.state, letter.reason) == (DeliveryState.SKIPPED, "withdrawn")
    clock.ahead = timedelta(minutes=3)
    visitor().post("/desk/sign-in", {"address": ada.address})
    session.rollback()
    asked_again = session.scalars(select(Letter.id).order_by(Letter.id.desc())).first()
    assert asked_again is not None
    assert send_letter(sender, container.templates, asked_again)
    (link,) = {one for one in transport.calls[0][0].text.split() if "/desk/sign-in/" in one}
    assert visitor().post(link.removeprefix(container.settings.base_url)).status_code == 303


def test_mail_goes_to_the_address_of_now(
    add: Add, visitor: Visit, container: Container, sender: Sender, transport: KeepingTransport,
    session: Session,
) -> None:  # fmt: skip
    ada = add(Role.VIEWER)
    visitor().post("/desk/sign-in", {"address": ada.address})
    with transaction(container.sessions) as other:
        other.execute(update(User).values(address="new@desk.example"))
    assert send_letter(sender, container.templates, _letter(session).id)
    assert transport.calls[0][1][0].address == "new@desk.example"
