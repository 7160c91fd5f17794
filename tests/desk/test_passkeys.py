"""One's own passkeys: added from the account's page, listed, removed, and verified before kept."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.passkeys import MAX_PASSKEYS, RelyingParty, relying_party
from app.access.rights import Role
from app.access.sessions import forget_sessions, session_limits
from app.db.session import Sessions, transaction
from app.models import AuditEntry, Challenge, Passkey, User
from app.settings import Settings
from tests.desk.authenticator import PRESENT, VERIFIED, Authenticator, unb64
from tests.desk.browsing import Browsing, text_of
from tests.desk.conftest import Clock
from tests.desk.passkeys import BASE, NEW, SIGN_IN, add_one, asked, enter, held, hold, is_in

Add = Callable[..., User]
SignIn = Callable[[User], Browsing]
Visit = Callable[[], Browsing]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"base_url": BASE})


@pytest.fixture
def device() -> Authenticator:
    return Authenticator(BASE)


@pytest.fixture
def ada(add: Add, sign_in: SignIn) -> Browsing:
    browsing = sign_in(add(Role.VIEWER))
    browsing.form_token()
    return browsing


def test_passkey_is_added_listed_and_named_in_the_audit(
    ada: Browsing, device: Authenticator, session: Session
) -> None:
    answer = add_one(ada, device, " My \n laptop ")
    assert answer.headers["location"] == "/desk/account?done=passkey_added"
    page = text_of(ada.get(answer.headers["location"]))
    assert "The passkey is added" in page
    assert "My laptop Never used, added" in page
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.verb, entry.who, entry.after) == ("add_passkey", "Ada", {"passkey": "My laptop"})
    assert session.scalars(select(Passkey.transports)).one() == ["internal"]


def test_browser_is_asked_for_one_that_is_found_by_itself_and_asks_who_is_there(
    ada: Browsing, device: Authenticator, session: Session
) -> None:
    add_one(ada, device)
    first = asked(ada, NEW)
    assert first["rp"]["id"] == "localhost"
    assert first["user"]["name"] == "ada@desk.example"
    assert first["authenticatorSelection"]["residentKey"] == "required"
    assert first["authenticatorSelection"]["requireResidentKey"] is True
    assert first["authenticatorSelection"]["userVerification"] == "required"
    assert [unb64(one["id"]) for one in first["excludeCredentials"]] == [device.passkeys[0].id]
    assert asked(ada, NEW)["user"]["id"] == first["user"]["id"]
    assert asked(ada, NEW)["challenge"] != first["challenge"]
    stored = f"{session.scalars(select(Challenge.secret_hash)).all()}"
    assert held(ada) not in stored
    assert asked(ada, SIGN_IN)["userVerification"] == "required"
    assert asked(ada, SIGN_IN)["allowCredentials"] == []


def test_name_that_nobody_typed_is_the_browsers(
    ada: Browsing, device: Authenticator, session: Session
) -> None:
    add_one(ada, device, " ")
    assert session.scalars(select(Passkey.name)).all() == ["Firefox on Linux"]


@pytest.mark.parametrize(
    "client",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:8001"},
        {"type": "webauthn.get"},
        {"challenge": "AAAA"},
    ],
)
def test_passkey_of_another_page_or_challenge_is_not_kept(
    ada: Browsing, device: Authenticator, session: Session, client: dict[str, Any]
) -> None:
    made = device.make(asked(ada, NEW), **client)
    answer = ada.post(NEW, {"answer": made, "name": "x"})
    assert answer.status_code == 422
    assert "This passkey could not be verified." in text_of(answer)
    assert session.scalars(select(Passkey)).all() == []
    assert session.scalars(select(Challenge)).all() == []


@pytest.mark.parametrize("flags", [PRESENT, VERIFIED, 0])
def test_passkey_whose_device_did_not_ask_who_is_there_is_not_kept(
    ada: Browsing, session: Session, flags: int
) -> None:
    assert add_one(ada, Authenticator(BASE, flags)).status_code == 422
    assert session.scalars(select(Passkey)).all() == []


def test_passkey_of_another_host_is_not_kept(
    ada: Browsing, device: Authenticator, session: Session
) -> None:
    options: dict[str, Any] = asked(ada, NEW)
    made = device.make(options | {"rp": {"id": "evil.example"}})
    assert ada.post(NEW, {"answer": made, "name": "x"}).status_code == 422
    assert session.scalars(select(Passkey)).all() == []


@pytest.mark.parametrize(
    "answer", ["", "{", "[]", "null", "1", '{"id": 1}', "{}" * 20_000, "\x00", "[" * 9_000]
)
def test_what_is_no_answer_is_refused(ada: Browsing, answer: str) -> None:
    for path in (NEW, SIGN_IN):
        asked(ada, path)
        assert ada.post(path, {"answer": answer, "name": "x"}).status_code == 422


def test_challenge_is_good_once_for_five_minutes_and_in_its_session(
    ada: Browsing, device: Authenticator, add: Add, sign_in: SignIn, clock: Clock
) -> None:
    first = {"answer": device.make(asked(ada, NEW)), "name": "x"}
    cookie = held(ada)
    assert ada.post(NEW, first).status_code == 303
    hold(ada, cookie)
    again = ada.post(NEW, first)
    assert again.status_code == 410
    assert "took too long" in text_of(again)

    late = {"answer": device.make(asked(ada, NEW)), "name": "x"}
    clock.ahead = timedelta(minutes=5)
    assert ada.post(NEW, late).status_code == 410

    bob = sign_in(add(Role.VIEWER, name="Bob"))
    bob.form_token()
    theirs = {"answer": device.make(asked(ada, NEW)), "name": "x"}
    hold(bob, held(ada))
    assert bob.post(NEW, theirs).status_code == 410


def test_challenge_to_sign_in_adds_no_passkey(ada: Browsing, device: Authenticator) -> None:
    options = asked(ada, NEW) | {"challenge": asked(ada, SIGN_IN)["challenge"]}
    assert ada.post(NEW, {"answer": device.make(options), "name": "x"}).status_code == 410


def test_form_of_another_site_adds_nothing(ada: Browsing, device: Authenticator) -> None:
    made = {"answer": device.make(asked(ada, NEW)), "name": "x"}
    assert ada.post(NEW, made | {"form_token": "x"}).status_code == 403
    assert ada.post(NEW, made, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert ada.client.post(f"{NEW}/options").status_code == 403


def test_passkey_is_kept_once(ada: Browsing, device: Authenticator, session: Session) -> None:
    add_one(ada, device)
    again = device.make(asked(ada, NEW), device.passkeys[0].id)
    answer = ada.post(NEW, {"answer": again, "name": "x"})
    assert answer.status_code == 409
    assert "is here already" in text_of(answer)
    assert len(session.scalars(select(Passkey)).all()) == 1


def test_id_of_more_than_1023_bytes_is_refused(ada: Browsing, device: Authenticator) -> None:
    made = device.make(asked(ada, NEW), b"x" * 1024)
    assert ada.post(NEW, {"answer": made, "name": "x"}).status_code == 422


def test_person_has_twenty_at_most(ada: Browsing, device: Authenticator) -> None:
    for _ in range(MAX_PASSKEYS):
        assert add_one(ada, device).status_code == 303
    answer = ada.post(f"{NEW}/options")
    assert answer.status_code == 409
    assert answer.json() == {
        "sentence": "You have 20 passkeys, and more cannot be kept. Please remove one first."
    }


def test_last_passkey_can_be_removed_and_signs_nobody_in(
    ada: Browsing,
    device: Authenticator,
    add: Add,
    visitor: Visit,
    link: Callable[[User], str],
    session: Session,
) -> None:
    add_one(ada, device)
    number = session.scalars(select(Passkey.id)).one()
    answer = ada.post(f"{NEW}/{number}/remove")
    assert answer.headers["location"] == "/desk/account?done=passkey_removed"
    assert "signs nobody in from now on" in text_of(ada.get(answer.headers["location"]))
    refused = enter(visitor(), device)
    assert refused.status_code == 404
    assert "not known here, or no longer" in text_of(refused)
    assert ada.post(f"{NEW}/{number}/remove").status_code == 404
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.verb, entry.after) == ("remove_passkey", {"passkey": "Laptop"})
    assert visitor().post(link(session.scalars(select(User)).one())).status_code == 303


def test_passkey_of_somebody_else_is_removed_by_an_admin_alone(
    ada: Browsing, device: Authenticator, add: Add, sign_in: SignIn, session: Session
) -> None:
    add_one(ada, device)
    number, user_id = session.execute(select(Passkey.id, Passkey.user_id)).one()
    bob = sign_in(add(Role.VIEWER, name="Bob"))
    bob.form_token()
    assert bob.post(f"{NEW}/{number}/remove").status_code == 404
    assert bob.post(f"/desk/people/{user_id}/passkeys/{number}/remove").status_code == 403
    boss = sign_in(add(Role.ADMIN, name="Grace"))
    boss.form_token()
    assert "Laptop" in text_of(boss.get(f"/desk/people/{user_id}"))
    answer = boss.post(f"/desk/people/{user_id}/passkeys/{number}/remove")
    assert answer.headers["location"] == f"/desk/people/{user_id}?done=passkey_removed"
    assert session.scalars(select(Passkey)).all() == []


@pytest.mark.parametrize(
    ("base_url", "party"),
    [
        ("https://desk.example.com", ("desk.example.com", "https://desk.example.com")),
        ("https://Desk.Example.com:443/mail", ("desk.example.com", "https://desk.example.com")),
        ("https://desk.example.com:8443", ("desk.example.com", "https://desk.example.com:8443")),
        ("http://localhost:80", ("localhost", "http://localhost")),
        ("https://bücher.example", ("xn--bcher-kva.example", "https://xn--bcher-kva.example")),
        ("http://127.0.0.1:8000", None),
        ("https://[2001:db8::1]", None),
    ],
)
def test_passkeys_are_good_for_the_host_of_the_base_address(
    base_url: str, party: tuple[str, str] | None
) -> None:
    assert relying_party(base_url) == (RelyingParty(*party) if party else None)


def test_challenges_that_nobody_answers_are_forgotten(
    ada: Browsing, sessions: Sessions, settings: Settings, clock: Clock
) -> None:
    asked(ada, NEW)
    asked(ada, SIGN_IN)
    for minutes, n_left in ((4, 2), (5, 0)):
        with transaction(sessions) as session:
            at = clock.now + timedelta(minutes=minutes)
            forget_sessions(session, session_limits(settings), at)
            assert len(session.scalars(select(Challenge.id)).all()) == n_left
    assert is_in(ada)


def test_who_comes_back_to_an_answer_is_led_to_the_page_that_it_is_of(
    ada: Browsing, visitor: Visit
) -> None:
    assert ada.get(NEW).headers["location"] == "/desk/account"
    assert visitor().get(SIGN_IN).headers["location"] == "/desk/sign-in"
