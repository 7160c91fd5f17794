"""Sessions: how long they are good, where they are listed, and how they end."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.access.rights import Role
from app.access.sessions import forget_sessions, session_limits
from app.db.session import Sessions, transaction
from app.desk.cookies import SESSION, set_cookie
from app.models import SignInLink, User, UserSession
from app.settings import Settings
from tests.desk.browsing import Browsing, text_of
from tests.desk.conftest import Clock

Add = Callable[..., User]
SignIn = Callable[[User], Browsing]


def _is_in(browsing: Browsing) -> bool:
    return browsing.get("/desk/account").status_code == 200


def test_session_ends_after_so_long_without_a_request(
    add: Add, sign_in: SignIn, clock: Clock
) -> None:
    ada = sign_in(add(Role.VIEWER))
    for hours in (71, 142, 213):
        clock.ahead = timedelta(hours=hours)
        assert _is_in(ada), hours
    clock.ahead += timedelta(hours=72)
    assert not _is_in(ada)


def test_session_ends_after_so_many_days_however_much_it_is_used(
    add: Add, sign_in: SignIn, clock: Clock
) -> None:
    ada = sign_in(add(Role.VIEWER))
    for day in range(2, 30, 2):
        clock.ahead = timedelta(days=day)
        assert _is_in(ada), day
    clock.ahead = timedelta(days=30)
    assert not _is_in(ada)


def test_use_is_noted_once_a_minute(
    add: Add, sign_in: SignIn, clock: Clock, session: Session
) -> None:
    ada = sign_in(add(Role.VIEWER))
    for seconds, noted in ((59, 0), (60, 60), (100, 60), (125, 125)):
        clock.ahead = timedelta(seconds=seconds)
        assert _is_in(ada)
        session.rollback()
        assert session.scalar(select(UserSession.seen_at)) == clock.now + timedelta(seconds=noted)


def test_what_an_open_page_asks_for_by_itself_keeps_nobody_signed_in(
    add: Add, sign_in: SignIn, clock: Clock
) -> None:
    ada = sign_in(add(Role.VIEWER))
    by_itself = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
    for hours in (40, 71):
        clock.ahead = timedelta(hours=hours)
        assert ada.get("/desk/account", headers=by_itself).status_code == 200
    clock.ahead = timedelta(hours=72)
    assert not _is_in(ada)


@pytest.mark.parametrize(
    ("method", "mode"), [("GET", "navigate"), ("GET", None), ("POST", "cors"), ("POST", "navigate")]
)
def test_what_a_person_does_keeps_them_signed_in(
    add: Add, sign_in: SignIn, clock: Clock, method: str, mode: str | None
) -> None:
    ada = sign_in(add(Role.VIEWER))
    headers = {"Sec-Fetch-Mode": mode} if mode else {}
    token = ada.form_token()
    clock.ahead = timedelta(hours=71)
    if method == "GET":
        ada.get("/desk/account", headers=headers)
    else:
        data = {"name": "Ada", "form_token": token}
        assert ada.post("/desk/account", data, headers=headers).status_code == 303
    clock.ahead = timedelta(hours=142)
    assert _is_in(ada)


def test_signing_out_ends_this_session_alone(add: Add, sign_in: SignIn) -> None:
    user = add(Role.VIEWER)
    here, there = sign_in(user), sign_in(user)
    cookie = here.client.cookies["devoured_session"]
    here.form_token()
    answer = here.post("/desk/sign-out")
    assert answer.headers["location"] == "/desk/sign-in"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    here.client.cookies.set("devoured_session", cookie)
    assert not _is_in(here)
    assert _is_in(there)


def test_own_sessions_are_listed_and_ended_one_by_one_or_all_others(
    add: Add, sign_in: SignIn, link: Callable[..., str], visitor: Callable[[], Browsing]
) -> None:
    user = add(Role.VIEWER)
    here, second, third = sign_in(user), sign_in(user), sign_in(user)
    waiting = link(user)
    page = here.get("/desk/account")
    assert text_of(page).count("Firefox on Linux") >= 3
    assert "203.0.113.0/24" in page.text
    (first, *_) = re.findall(r"/desk/account/sessions/(\d+)/revoke", page.text)
    assert here.post(f"/desk/account/sessions/{first}/revoke").status_code == 303
    assert [_is_in(one) for one in (here, second, third)].count(True) == 2
    assert here.post("/desk/account/sessions/revoke").status_code == 303
    assert [_is_in(one) for one in (here, second, third)] == [True, False, False]
    refused = visitor().post(waiting)
    assert refused.status_code == 410
    assert "signed out everywhere after this link was made" in text_of(refused)


def test_session_of_somebody_else_cannot_be_ended(
    add: Add, sign_in: SignIn, session: Session
) -> None:
    ada, bob = sign_in(add(Role.VIEWER)), sign_in(add(Role.VIEWER, name="Bob"))
    last = session.scalars(select(UserSession.id).order_by(UserSession.id.desc())).first()
    ada.form_token()
    assert ada.post(f"/desk/account/sessions/{last}/revoke").status_code == 404
    assert _is_in(bob)


@pytest.mark.parametrize(("act", "status"), [("sign-out", 410), ("remove", 404)])
def test_admin_ends_sessions_and_links_of_others(
    add: Add,
    sign_in: SignIn,
    link: Callable[..., str],
    visitor: Callable[[], Browsing],
    act: str,
    status: int,
) -> None:
    boss = sign_in(add(Role.ADMIN, name="Grace"))
    user = add(Role.VIEWER)
    ada, waiting = sign_in(user), link(user)
    boss.form_token()
    assert boss.post(f"/desk/people/{user.id}/{act}").status_code == 303
    assert not _is_in(ada)
    assert visitor().post(waiting).status_code == status


def test_made_up_and_old_cookies_let_nobody_in(visitor: Callable[[], Browsing]) -> None:
    for cookie in ("", "x", "x" * 43, "%00", "a" * 4000):
        browsing = visitor()
        browsing.client.cookies.set("devoured_session", cookie)
        assert not _is_in(browsing)


def test_ended_sessions_and_links_are_forgotten_a_day_later(
    add: Add, sign_in: SignIn, link: Callable[..., str], sessions: Sessions, settings: Settings,
    clock: Clock,
) -> None:  # fmt: skip
    user = add(Role.VIEWER)
    revoked, live = sign_in(user), sign_in(user)
    link(user)
    revoked.form_token()
    revoked.post("/desk/sign-out")
    for hours, n_sessions, n_links in ((23, 2, 3), (25, 1, 0), (73, 1, 0), (97, 0, 0)):
        with transaction(sessions) as session:
            at = clock.now + timedelta(hours=hours)
            forget_sessions(session, session_limits(settings), at)
            assert len(session.scalars(select(UserSession.id)).all()) == n_sessions, hours
            assert len(session.scalars(select(SignInLink.id)).all()) == n_links, hours
    assert not _is_in(live)


def test_cookie_of_production_is_for_this_host_over_https_alone(settings: Settings) -> None:
    https = settings.model_copy(update={"base_url": "https://devoured.example"})
    far = settings.model_copy(update={"environment": "production"})
    for one in (https, far):
        answer = Response()
        set_cookie(answer, one, SESSION, "x", 60)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-devoured_session=x; ")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        assert "domain" not in cookie.lower()
    answer = Response()
    set_cookie(answer, settings, SESSION, "x", 60)
    assert "Secure" not in answer.headers["set-cookie"]
