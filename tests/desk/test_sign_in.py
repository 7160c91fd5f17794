"""Signing in by a link: once, in time, by its button alone, and telling nobody who works here."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.db.session import Sessions, transaction
from app.enums import LetterKind
from app.main import create_app
from app.models import Ask, AuditEntry, Letter, SignInLink, User, UserSession
from app.settings import Settings
from tests.at_hand import build_at_hand
from tests.desk.browsing import Browsing, text_of
from tests.desk.conftest import Clock

Add = Callable[..., User]
Link = Callable[..., str]
Visit = Callable[[], Browsing]


def test_link_signs_in_by_its_button_and_the_cookie_is_kept_from_scripts(
    add: Add, link: Link, visitor: Visit
) -> None:
    ada = visitor()
    path = link(add(Role.VIEWER))
    assert "Sign in" in text_of(ada.get(path))
    answer = ada.post(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("devoured_session=")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert ada.get("/desk/account").status_code == 200


def test_opening_a_link_changes_nothing_however_often(
    add: Add, link: Link, visitor: Visit, session: Session
) -> None:
    path = link(add(Role.VIEWER))
    for _ in range(3):
        assert visitor().get(path).status_code == 200
        assert visitor().client.head(path).status_code == 200
    assert session.scalars(select(SignInLink.used_at)).all() == [None]
    assert visitor().post(path).status_code == 303


def test_link_works_once(add: Add, link: Link, visitor: Visit) -> None:
    path = link(add(Role.VIEWER))
    assert visitor().post(path).status_code == 303
    again = visitor()
    for answer in (again.get(path), again.post(path)):
        assert answer.status_code == 410
        assert "was used already: it works once" in text_of(answer)
        assert "set-cookie" not in answer.headers
    assert again.get("/desk/account").status_code == 303


def test_used_link_leads_on_who_is_signed_in_already(
    add: Add, link: Link, visitor: Visit, sign_in: Callable[[User], Browsing]
) -> None:
    user = add(Role.VIEWER)
    path = link(user)
    ada = visitor()
    assert ada.post(path).status_code == 303
    for answer in (ada.get(path), ada.post(path), sign_in(user).get(path)):
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    assert ada.get("/desk/sign-in/none-of-ours").status_code == 404


def test_link_is_good_for_its_time_alone(
    add: Add, link: Link, visitor: Visit, clock: Clock
) -> None:
    path = link(add(Role.VIEWER))
    clock.ahead = timedelta(minutes=15)
    answer = visitor().post(path)
    assert answer.status_code == 410
    assert "has expired" in text_of(answer)


@pytest.mark.parametrize("secret", ["x", "x" * 43, "%00", "ä", "a%2F..%2Fb"])
def test_wrong_link_says_so(visitor: Visit, secret: str) -> None:
    for answer in (
        visitor().get(f"/desk/sign-in/{secret}"),
        visitor().post(f"/desk/sign-in/{secret}"),
    ):
        assert answer.status_code == 404
        assert "set-cookie" not in answer.headers


def test_link_of_somebody_who_was_removed_is_good_no_more(
    add: Add, link: Link, visitor: Visit, sessions: Sessions
) -> None:
    bob = add(Role.VIEWER, name="Bob")
    path = link(bob)
    with transaction(sessions) as session:
        session.delete(session.get_one(User, bob.id))
    assert visitor().post(path).status_code == 404


def test_nothing_that_signs_in_is_stored(
    add: Add, link: Link, visitor: Visit, session: Session
) -> None:
    ada = visitor()
    path = link(add(Role.VIEWER))
    ada.post(path)
    stored = f"{session.scalars(select(SignInLink.secret_hash)).all()}"
    stored += f"{session.scalars(select(UserSession.secret_hash)).all()}"
    assert path.rpartition("/")[2] not in stored
    assert ada.client.cookies["devoured_session"] not in stored


def test_asking_answers_alike_and_only_who_works_here_gets_a_mail(
    add: Add, visitor: Visit, session: Session
) -> None:
    ada = add(Role.VIEWER)
    answers = [
        visitor().post("/desk/sign-in", {"address": address})
        for address in ("ada@desk.example", "ann@desk.example")
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    said = {text_of(answer).replace("ann@", "ada@") for answer in answers}
    assert len(said) == 1
    (letter,) = session.scalars(select(Letter))
    assert (letter.kind, letter.facts["user_id"]) == (LetterKind.SIGN_IN, ada.id)
    assert letter.address is None
    assert session.scalars(select(Ask)).all() == []


def test_asking_twice_in_a_minute_sends_one_mail(
    add: Add, visitor: Visit, session: Session, clock: Clock
) -> None:
    add(Role.VIEWER)
    for ahead, n_letters in ((0, 1), (59, 1), (61, 2)):
        clock.ahead = timedelta(seconds=ahead)
        visitor().post("/desk/sign-in", {"address": "ADA@desk.example "})
        assert len(session.scalars(select(Letter.id)).all()) == n_letters


def test_what_is_no_address_is_said_at_the_field(visitor: Visit) -> None:
    answer = visitor().post("/desk/sign-in", {"address": "ada"})
    assert answer.status_code == 422
    assert "A mail address has an @ in it" in text_of(answer)
    assert "Please type an address" in text_of(visitor().post("/desk/sign-in", {"address": " "}))


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("/desk/people?done=saved", "/desk/people?done=saved"),
        ("/desk/keys", "/desk/keys"),
        ("https://evil.example/desk", "/desk"),
        ("//evil.example/desk", "/desk"),
        ("/desk@evil.example", "/desk"),
        ("/desk\\evil.example", "/desk"),
        ("/desk/../read", "/desk"),
        ("/desk//evil.example", "/desk"),
        ("/desk/sign-in", "/desk"),
        ("/desk/x\r\nSet-Cookie: a=b", "/desk"),
        ("javascript:alert(1)", "/desk"),
        ("/" * 900, "/desk"),
        ("", "/desk"),
    ],
)
def test_signing_in_leads_to_where_one_wanted_and_never_off_the_desk(
    add: Add, link: Link, visitor: Visit, wanted: str, place: str
) -> None:
    user = add(Role.VIEWER)
    ada = visitor()
    ada.post("/desk/sign-in", {"address": "ada@desk.example", "wanted": wanted})
    assert ada.post(link(user)).headers["location"] == place
    assert ada.get("/desk/sign-in", params={"next": wanted}).headers["location"] == place


def test_page_that_needs_somebody_leads_to_signing_in_and_remembers_itself(visitor: Visit) -> None:
    answer = visitor().get("/desk/audit?who=person-1&issue=3")
    assert answer.status_code == 303
    assert answer.headers["location"] == (
        "/desk/sign-in?next=%2Fdesk%2Faudit%3Fwho%3Dperson-1%26issue%3D3"
    )
    assert "/desk/audit?who=person-1&amp;issue=3" in visitor().get(answer.headers["location"]).text


def test_audit_names_who_signed_in(add: Add, link: Link, visitor: Visit, session: Session) -> None:
    ada = add(Role.VIEWER)
    visitor().post(link(ada))
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.verb, entry.who_kind, entry.who, entry.who_id) == (
        "sign_in",
        "person",
        "Ada",
        ada.id,
    )
    assert entry.after == {"way": "link", "browser": "Firefox on Linux"}


def test_asking_is_limited_by_mailbox_and_network(
    add: Add, settings: Settings, session: Session, clock: Clock
) -> None:
    limits = {"signups_per_address": 2, "signups_per_network": 3}
    container = build_at_hand(settings.model_copy(update=limits), clock=clock)
    add(Role.VIEWER)
    with TestClient(create_app(container), client=("8.8.8.8", 1)) as client:
        browsing = Browsing(client)
        for minutes, status, n_letters in ((0, 202, 1), (2, 202, 2), (4, 202, 2)):
            clock.ahead = timedelta(minutes=minutes)
            answer = browsing.post("/desk/sign-in", {"address": "ada@desk.example"})
            assert answer.status_code == status
            session.rollback()
            assert len(session.scalars(select(Letter.id)).all()) == n_letters
        codes = [
            browsing.post("/desk/sign-in", {"address": f"{n}@desk.example"}).status_code
            for n in range(2)
        ]
        refused = browsing.post("/desk/sign-in", {"address": "x@desk.example"})
    container.engine.dispose()
    assert codes == [202, 429]
    assert refused.headers["retry-after"]
    assert "too often from your network" in text_of(refused)
