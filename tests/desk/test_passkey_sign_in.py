"""Signing in with a passkey: what it proves, and everything that it must not let in."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.challenges import make_challenge
from app.access.passkeys import RelyingParty, use_passkey
from app.access.rights import Role
from app.access.sessions import Browser
from app.db.session import Sessions, transaction
from app.errors import AppError
from app.main import create_app
from app.models import AuditEntry, ChallengeKind, Passkey, User
from app.settings import Settings
from tests.at_hand import build_at_hand
from tests.desk.authenticator import PRESENT, Authenticator, b64
from tests.desk.browsing import Browsing, text_of
from tests.desk.conftest import Clock
from tests.desk.passkeys import BASE, SIGN_IN, add_one, asked, enter, held, hold, is_in

Add = Callable[..., User]
SignIn = Callable[[User], Browsing]
Visit = Callable[[], Browsing]
PARTY = RelyingParty("localhost", BASE)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"base_url": BASE})


@pytest.fixture
def user(add: Add) -> User:
    return add(Role.VIEWER)


@pytest.fixture
def device(user: User, sign_in: SignIn) -> Authenticator:
    """Return a device with a passkey of the person."""
    device = Authenticator(BASE)
    assert add_one(sign_in(user), device).status_code == 303
    return device


def test_passkey_signs_in_and_says_when_it_did(
    device: Authenticator, visitor: Visit, session: Session, clock: Clock
) -> None:
    clock.ahead = timedelta(hours=1)
    browsing = visitor()
    answer = enter(browsing, device, "/desk/account?done=saved")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/account?done=saved")
    assert is_in(browsing)
    assert "devoured_challenge" not in browsing.client.cookies
    row = session.scalars(select(Passkey)).one()
    assert (row.sign_count, row.used_at) == (1, clock())
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.verb, entry.who) == ("sign_in", "Ada")
    assert entry.after == {"way": "passkey", "browser": "Firefox on Linux"}


@pytest.mark.parametrize("wanted", ["https://evil.example/desk", "//evil.example", "/read"])
def test_signing_in_leads_never_off_the_desk(
    device: Authenticator, visitor: Visit, wanted: str
) -> None:
    assert enter(visitor(), device, wanted).headers["location"] == "/desk"


def test_device_that_does_not_count_signs_in_again_and_again(
    user: User, sign_in: SignIn, visitor: Visit
) -> None:
    device = Authenticator(BASE, counts=False)
    add_one(sign_in(user), device)
    for _ in range(3):
        assert enter(visitor(), device).status_code == 303


def test_copy_of_a_passkey_is_found_by_its_count(device: Authenticator, visitor: Visit) -> None:
    for _ in range(2):
        assert enter(visitor(), device).status_code == 303
    for behind in (2, 1):
        device.passkeys[0].n_uses -= behind
        browsing = visitor()
        assert enter(browsing, device).status_code == 422
        assert not is_in(browsing)


@pytest.mark.parametrize(
    "client",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://localhost:8000"},
        {"type": "webauthn.create"},
        {"challenge": b64(b"x" * 32)},
    ],
)
def test_answer_to_another_page_or_challenge_lets_nobody_in(
    device: Authenticator, visitor: Visit, client: dict[str, Any], session: Session
) -> None:
    browsing = visitor()
    answer = device.use(asked(browsing, SIGN_IN), **client)
    refused = browsing.post(SIGN_IN, {"answer": answer})
    assert refused.status_code == 422
    assert "could not be verified" in text_of(refused)
    assert not is_in(browsing)
    assert session.scalars(select(Passkey.sign_count)).all() == [0]


def _changed(answer: str, **changes: Any) -> str:
    said = json.loads(answer)
    return json.dumps(said | {"response": said["response"] | changes})


def test_answer_that_was_changed_lets_nobody_in(device: Authenticator, visitor: Visit) -> None:
    made = device.passkeys[0]
    stranger = Authenticator(BASE, passkeys=[*device.passkeys])
    for change in (
        {"signature": b64(b"x" * 70)},
        {"signature": ""},
        {"userHandle": b64(b"somebody else")},
        {"userHandle": None},
        {"authenticatorData": ""},
        {"clientDataJSON": b64(b"{}")},
    ):
        browsing = visitor()
        answer = _changed(device.use(asked(browsing, SIGN_IN)), **change)
        assert browsing.post(SIGN_IN, {"answer": answer}).status_code == 422, change
        assert not is_in(browsing)
    for flags in (0, PRESENT):
        stranger.flags = flags
        browsing = visitor()
        answer = stranger.use(asked(browsing, SIGN_IN), made)
        assert browsing.post(SIGN_IN, {"answer": answer}).status_code == 422
    browsing = visitor()
    made.host = "evil.example"
    answer = device.use(asked(browsing, SIGN_IN))
    assert browsing.post(SIGN_IN, {"answer": answer}).status_code == 422


def test_key_of_another_passkey_lets_nobody_in(
    device: Authenticator, visitor: Visit, sign_in: SignIn, add: Add
) -> None:
    add_one(sign_in(add(Role.ADMIN, name="Bob")), device)
    adas, bobs = device.passkeys
    adas.id, adas.user_handle = bobs.id, bobs.user_handle
    browsing = visitor()
    answer = device.use(asked(browsing, SIGN_IN), adas)
    assert browsing.post(SIGN_IN, {"answer": answer}).status_code == 422


def test_challenge_is_good_once_in_time_and_in_its_browser(
    device: Authenticator, visitor: Visit, clock: Clock
) -> None:
    browsing = visitor()
    options = asked(browsing, SIGN_IN)
    secret = held(browsing)
    other = visitor()
    asked(other, SIGN_IN)
    assert other.post(SIGN_IN, {"answer": device.use(options)}).status_code == 422
    assert visitor().post(SIGN_IN, {"answer": device.use(options)}).status_code == 410
    assert browsing.post(SIGN_IN, {"answer": "{}"}).status_code == 422
    refused = browsing.post(SIGN_IN, {"answer": device.use(options)})
    assert refused.status_code == 410  # a wrong answer has used it up
    assert "Please try again" in text_of(refused)
    hold(browsing, secret)
    assert browsing.post(SIGN_IN, {"answer": device.use(options)}).status_code == 410
    late = device.use(asked(browsing, SIGN_IN))
    clock.ahead = timedelta(minutes=5)
    assert browsing.post(SIGN_IN, {"answer": late}).status_code == 410


def test_passkey_of_who_was_removed_is_good_no_more(
    device: Authenticator, user: User, visitor: Visit, add: Add, sign_in: SignIn, session: Session
) -> None:
    boss = sign_in(add(Role.ADMIN, name="Grace"))
    boss.form_token()
    assert boss.post(f"/desk/people/{user.id}/remove").status_code == 303
    assert session.scalars(select(Passkey)).all() == []
    assert enter(visitor(), device).status_code == 404


_TEXTS = st.text(max_size=80) | st.binary(max_size=200).map(b64)
_RESPONSES = st.fixed_dictionaries(
    {},
    optional={
        name: _TEXTS | st.none() | st.integers() | st.lists(_TEXTS, max_size=2)
        for name in (
            "clientDataJSON",
            "authenticatorData",
            "signature",
            "userHandle",
            "attestationObject",
            "transports",
        )
    },
)


@given(id_=_TEXTS, raw_id=_TEXTS, kind=st.just("public-key") | _TEXTS, response=_RESPONSES)
@how(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_sent_is_refused_and_never_an_error_of_ours(
    sessions: Sessions,
    clock: Clock,
    id_: str,
    raw_id: str,
    kind: str,
    response: dict[str, Any],
) -> None:
    answer = json.dumps({"id": id_, "rawId": raw_id, "type": kind, "response": response})
    with transaction(sessions) as session:
        secret = make_challenge(session, ChallengeKind.PASSKEY, clock())
    with transaction(sessions) as session, pytest.raises(AppError):
        use_passkey(session, secret, answer, PARTY, Browser(None, "unknown"), clock())


def test_trying_is_limited_by_network(settings: Settings, clock: Clock) -> None:
    limited = settings.model_copy(update={"signups_per_network": 2})
    container = build_at_hand(limited, clock=clock)
    with TestClient(create_app(container), base_url=BASE, client=("8.8.8.8", 1)) as client:
        browsing = Browsing(client)
        answers = [browsing.post(f"{SIGN_IN}/options") for _ in range(3)]
    container.engine.dispose()
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["retry-after"]
    assert "too often from your network" in answers[-1].json()["sentence"]


def test_desk_at_a_number_offers_no_passkey(
    settings: Settings, clock: Clock, add: Add, visitor: Visit
) -> None:
    here = settings.model_copy(update={"base_url": "http://127.0.0.1:8000"})
    container = build_at_hand(here, clock=clock)
    with TestClient(create_app(container), base_url=here.base_url) as client:
        browsing = Browsing(client)
        assert "passkey" not in browsing.get("/desk/sign-in").text
        assert browsing.post(f"{SIGN_IN}/options").status_code == 404
    container.engine.dispose()
    assert 'data-passkey="get"' in visitor().get("/desk/sign-in").text
