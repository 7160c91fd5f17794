"""Who signs in by a provider: whoever it has proven is somebody here."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.main import create_app
from app.models import AuditEntry, Challenge, Identity, User
from app.settings import Settings
from tests.at_hand import build_at_hand
from tests.desk.browsing import Browsing, text_of
from tests.desk.conftest import Clock
from tests.desk.oidc_provider import OidcProvider
from tests.desk.round_trip import LEAVE, enter, is_in

Add = Callable[..., User]
SignIn = Callable[[User], Browsing]
Visit = Callable[[], Browsing]


def test_person_whose_address_is_verified_signs_in_and_is_bound(
    ada: User, visitor: Visit, session: Session, provider: OidcProvider
) -> None:
    browsing = visitor()
    assert "Sign in by 127.0.0.1" in text_of(browsing.get("/desk/sign-in"))
    answer = enter(browsing, "/desk/account?done=saved")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/account?done=saved")
    assert is_in(browsing)
    assert {"devoured_challenge", "devoured_place"}.isdisjoint(browsing.client.cookies)
    row = session.scalars(select(Identity)).one()
    bound = (row.user_id, row.issuer, row.subject)
    assert bound == (ada.id, provider.issuer, "ada-at-the-provider")
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()[-2:]
    assert [(one.verb, one.who) for one in entries] == [
        ("bind_identity", "Ada"),
        ("sign_in", "Ada"),
    ]
    assert entries[1].after == {"way": "provider", "browser": "Firefox on Linux"}
    assert session.scalars(select(Challenge)).all() == []


def test_who_is_bound_signs_in_whatever_their_address_is_there_by_then(
    ada: User, visitor: Visit, provider: OidcProvider, session: Session
) -> None:
    assert enter(visitor()).status_code == 303
    provider.claims = {"email": "ada@elsewhere.example", "email_verified": False}
    provider.rotate()
    assert enter(visitor()).status_code == 303
    assert len(session.scalars(select(Identity)).all()) == 1


def test_second_account_there_of_the_same_address_is_refused(
    ada: User, visitor: Visit, provider: OidcProvider
) -> None:
    assert enter(visitor()).status_code == 303
    provider.claims = {"sub": "somebody-new"}
    answer = enter(visitor())
    assert answer.status_code == 403
    assert "Please ask an admin" in text_of(answer)


def test_address_is_asked_for_where_the_token_has_none(
    ada: User, visitor: Visit, provider: OidcProvider
) -> None:
    provider.claims = {"email": None, "email_verified": None}
    told = {"email": "Ada@Desk.example", "email_verified": True}
    provider.user_info = {"sub": "somebody-else"} | told
    assert enter(visitor()).status_code == 422
    provider.user_info = {"sub": "ada-at-the-provider"} | told
    assert enter(visitor()).status_code == 303


def test_newcomer_gets_the_role_that_is_set_if_their_domain_is_named(
    settings: Settings, provider: OidcProvider, clock: Clock, session: Session
) -> None:
    update = {"oidc_new_role": "editor", "oidc_new_domains": ["desk.example"]}
    container = build_at_hand(settings.model_copy(update=update), clock=clock)
    with TestClient(
        create_app(container), base_url=settings.base_url, follow_redirects=False
    ) as client:
        provider.claims = {"email": "mallory@evil.example"}
        assert enter(Browsing(client)).status_code == 403
        assert session.scalars(select(User)).all() == []
        provider.claims = {"email": "bob@desk.example", "name": None}
        assert enter(Browsing(client)).status_code == 303
    container.engine.dispose()
    bob = session.scalars(select(User)).one()
    assert (bob.name, bob.address, bob.roles) == ("bob", "bob@desk.example", ["editor"])


def test_person_or_an_admin_unbinds_an_account(
    ada: User, visitor: Visit, add: Add, sign_in: SignIn, session: Session
) -> None:
    browsing = visitor()
    enter(browsing)
    number = session.scalars(select(Identity.id)).one()
    bob = sign_in(add(Role.VIEWER, name="Bob"))
    bob.form_token()
    assert bob.post(f"/desk/account/identities/{number}/remove").status_code == 404
    browsing.form_token()
    assert "Signs in from there since" in text_of(browsing.get("/desk/account"))
    gone = browsing.post(f"/desk/account/identities/{number}/remove")
    assert gone.headers["location"] == "/desk/account?done=unbound"
    enter(visitor())
    number = session.scalars(select(Identity.id)).one()
    boss = sign_in(add(Role.ADMIN, name="Grace"))
    boss.form_token()
    assert "Accounts elsewhere" in text_of(boss.get(f"/desk/people/{ada.id}"))
    boss.post(f"/desk/people/{ada.id}/identities/{number}/remove")
    assert session.scalars(select(Identity.id)).all() == []


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"email_verified": False}, "does not say that your mail address is verified"),
        ({"email_verified": None}, "does not say that your mail address is verified"),
        ({"email_verified": {}}, "does not say that your mail address is verified"),
        ({"email_verified": 1}, "does not say that your mail address is verified"),
        ({"email": None}, "does not say that your mail address is verified"),
        ({"email": ["ada@desk.example"]}, "does not say that your mail address is verified"),
        ({"email": "bob@desk.example"}, "Nobody here has your address"),
        ({"email": "no address"}, "Nobody here has your address"),
    ],
)
def test_who_is_nobody_here_is_told_so(
    ada: User,
    visitor: Visit,
    provider: OidcProvider,
    session: Session,
    claims: dict[str, Any],
    said: str,
) -> None:
    provider.claims = claims
    browsing = visitor()
    answer = enter(browsing)
    assert answer.status_code == 403
    assert said in text_of(answer)
    assert not is_in(browsing)
    assert session.scalars(select(Identity)).all() == []


def test_desk_without_a_provider_offers_none(settings: Settings, clock: Clock) -> None:
    container = build_at_hand(settings.model_copy(update={"oidc_issuer": ""}), clock=clock)
    with TestClient(create_app(container), base_url=settings.base_url) as client:
        browsing = Browsing(client)
        assert "Sign in by" not in browsing.get("/desk/sign-in").text
        assert browsing.post(LEAVE).status_code == 404
        assert browsing.get(f"{LEAVE}/back?code=x&state=y").status_code == 404
    container.engine.dispose()
