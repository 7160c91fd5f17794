"""Forms of other sites, of other sessions and without a token change nothing; nor do old pages."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.models import Ask, User
from tests.desk.browsing import Browsing, text_of

Add = Callable[..., User]
SignIn = Callable[[User], Browsing]
ELSEWHERE: tuple[dict[str, str], ...] = (
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:8000"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:8001"},
    {},
)
"""What a browser says of a form that no page of ours sent; the last is no browser."""


def _send(client: TestClient, path: str, data: dict[str, str], headers: dict[str, str]) -> int:
    return client.post(path, data=data, headers=headers).status_code


def _name(session: Session) -> str | None:
    session.rollback()
    return session.scalar(select(User.name))


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_form_of_another_site_is_refused_even_with_the_token(
    add: Add, sign_in: SignIn, session: Session, headers: dict[str, str]
) -> None:
    ada = sign_in(add(Role.VIEWER))
    data = {"form_token": ada.form_token(), "name": "Eve"}
    assert _send(ada.client, "/desk/account", data, headers) == 403
    assert _name(session) == "Ada"


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_nobody_is_signed_in_or_asked_for_from_another_site(
    add: Add,
    link: Callable[..., str],
    visitor: Callable[[], Browsing],
    session: Session,
    headers: dict[str, str],
) -> None:
    path = link(add(Role.VIEWER))
    client = visitor().client
    assert _send(client, path, {}, headers) == 403
    assert _send(client, "/desk/sign-in", {"address": "ada@desk.example"}, headers) == 403
    assert session.scalars(select(Ask.id)).all() == []
    assert _send(client, path, {}, {"Origin": "http://127.0.0.1:8000"}) == 303


def test_form_needs_the_token_of_its_own_session(
    add: Add, sign_in: SignIn, session: Session
) -> None:
    user = add(Role.VIEWER)
    ada, other = sign_in(user), sign_in(user)
    theirs = other.form_token()
    for token in ("", "x", "ä", theirs, theirs[:-1]):
        ada.token = token
        answer = ada.post("/desk/account", {"name": "Eve"})
        assert answer.status_code == 403
        assert "This form is too old" in text_of(answer)
    assert ada.client.post(
        "/desk/account", json={"name": "Eve"}, headers={"Sec-Fetch-Site": "same-origin"}
    ).status_code == 403  # fmt: skip
    assert _name(session) == "Ada"
    ada.form_token()
    assert ada.post("/desk/account", {"name": "Ada L."}).status_code == 303
    assert _name(session) == "Ada L."


def test_script_may_send_the_token_in_a_header(add: Add, sign_in: SignIn, session: Session) -> None:
    ada = sign_in(add(Role.VIEWER))
    headers = {"Sec-Fetch-Site": "same-origin", "X-Form-Token": ada.form_token()}
    assert _send(ada.client, "/desk/account", {"name": "Ada L."}, headers) == 303


def test_form_of_who_was_signed_out_says_what_to_do(add: Add, sign_in: SignIn) -> None:
    ada = sign_in(add(Role.VIEWER))
    ada.form_token()
    ada.client.cookies.clear()
    answer = ada.post("/desk/account", {"name": "Eve"})
    assert answer.status_code == 401
    assert "nothing was changed" in text_of(answer)


def test_page_of_the_desk_is_kept_nowhere_framed_nowhere_and_asks_nobody_else(
    add: Add, sign_in: SignIn
) -> None:
    headers = sign_in(add(Role.VIEWER)).get("/desk/account").headers
    assert headers["cache-control"] == "no-store"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-robots-tag"] == "noindex"
