"""Each role against each route of the desk: let in, or told which right is missing."""

import re
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from app.access.rights import RIGHTS, Role, holds, rights_of
from app.desk.deps import get_desk
from app.desk.forms import check_origin
from app.desk.frame import SECTIONS
from app.desk.images import get_uploader
from app.enums import Scope
from app.main import bare_app
from app.models import User
from tests.desk.browsing import Browsing, text_of

Add = Callable[..., User]
SignIn = Callable[[User], Browsing]

OPEN = {
    "GET /desk/static/{name}": "the stylesheet of the page to sign in",
    "GET /desk/sign-in": "the form to sign in",
    "POST /desk/sign-in": "asking for a link",
    "GET /desk/sign-in/{secret}": "a link's page",
    "POST /desk/sign-in/{secret}": "a link's button",
    "POST /desk/sign-in-by-passkey/options": "what a passkey is to sign",
    "POST /desk/sign-in-by-passkey": "what a passkey signed",
    "GET /desk/sign-in-by-passkey": "the way back from there",
    "POST /desk/sign-in-by-provider": "the way to a provider",
    "GET /desk/sign-in-by-provider": "the way back from there",
    "GET /desk/sign-in-by-provider/back": "what a provider says of who comes back",
}
"""What needs nobody to be signed in."""

EVERYBODY = {
    "GET /desk/account",
    "POST /desk/account",
    "POST /desk/account/identities/{identity_id:id}/remove",
    "GET /desk/account/passkeys",
    "POST /desk/account/passkeys",
    "POST /desk/account/passkeys/options",
    "POST /desk/account/passkeys/{passkey_id:id}/remove",
    "POST /desk/account/sessions/{session_id:id}/revoke",
    "POST /desk/account/sessions/revoke",
    "POST /desk/sign-out",
}
"""What one may whatever one's role is: all of it is about oneself."""


def _routes(app: FastAPI) -> Iterator[tuple[str, Dependant]]:
    for context in iter_route_contexts(app.routes):
        path = context.path or ""
        if path == "/desk" or path.startswith("/desk/"):
            for method in sorted((context.methods or set()) - {"HEAD"}):
                dependant = context.dependant
                assert isinstance(dependant, Dependant)
                yield f"{method} {path}", dependant


def _scopes(dependant: Dependant) -> frozenset[Scope] | None:
    """Return the rights that a route names; None where it does not ask who is there."""
    found = [one for one in dependant.dependencies if one.call in {get_desk, get_uploader}]
    if not found:
        return None
    return frozenset(Scope(scope) for one in found for scope in one.own_oauth_scopes or ())


ROUTES = {route: _scopes(dependant) for route, dependant in _routes(bare_app())}


def test_every_route_asks_who_is_there_but_those_that_are_written_down() -> None:
    assert {route for route, scopes in ROUTES.items() if scopes is None} == set(OPEN)
    assert {route for route, scopes in ROUTES.items() if scopes == frozenset()} == EVERYBODY
    assert len(ROUTES) > 20


def test_every_route_refuses_what_comes_from_another_site() -> None:
    for route, dependant in _routes(bare_app()):
        assert check_origin in [one.call for one in dependant.dependencies], route


def test_roles_are_sets_of_the_rights_that_keys_have() -> None:
    assert set(RIGHTS) == set(Role)
    assert not holds(rights_of([Role.EDITOR]), [Scope.SEND])
    assert not holds(rights_of([Role.SENDER]), [Scope.EDIT])
    assert holds(rights_of([Role.EDITOR, Role.SENDER]), [Scope.EDIT, Scope.SEND])
    for scope in Scope:
        assert holds(rights_of([Role.ADMIN]), [scope])
        assert holds(rights_of([Role.VIEWER]), [scope]) == (scope is Scope.READ)


@pytest.mark.parametrize("role", Role)
def test_role_gets_the_pages_of_its_rights_and_no_others(
    add: Add, sign_in: SignIn, role: Role
) -> None:
    boss = add(Role.ADMIN, name="Grace")
    add(Role.ADMIN, name="Hedy")
    browsing = sign_in(boss if role is Role.ADMIN else add(role, name="Ada"))
    bob = add(Role.VIEWER, name="Bob")
    browsing.form_token()
    # What ends the session comes last.
    for route, scopes in sorted(ROUTES.items(), key=lambda one: one[0] == "POST /desk/sign-out"):
        method, path = route.split(" ")
        address = re.sub(r"{user_id:id}", str(bob.id), path)
        address = re.sub(r"{\w+(:\w+)?}", "9999", address)
        answer = browsing.get(address) if method == "GET" else browsing.post(address)
        if scopes is None:
            continue
        if holds(rights_of([role]), scopes):
            assert answer.status_code in {200, 303, 404, 409, 412, 422}, (route, answer.text)
        else:
            assert answer.status_code == 403, (route, answer.status_code)
            assert "Grace and Hedy can give it to you." in text_of(answer)


def test_nobody_gets_in_who_is_not_signed_in(visitor: Callable[[], Browsing]) -> None:
    for route in (route for route, scopes in ROUTES.items() if scopes is not None):
        method, path = route.split(" ")
        address = re.sub(r"{\w+(:\w+)?}", "1", path)
        answer = visitor().get(address) if method == "GET" else visitor().post(address)
        assert answer.status_code == (303 if method == "GET" else 401), route
        assert answer.headers.get("location", "/desk/sign-in?").startswith("/desk/sign-in?"), route


def test_role_that_is_taken_away_is_gone_at_once(add: Add, sign_in: SignIn) -> None:
    boss = sign_in(add(Role.ADMIN, name="Grace"))
    ada = add(Role.ADMIN)
    browsing = sign_in(ada)
    assert browsing.get("/desk/people").status_code == 200
    boss.form_token()
    given = {"name": "Ada", "roles": ["viewer"], "version": "1"}
    assert boss.post(f"/desk/people/{ada.id}", given).status_code == 303
    assert browsing.get("/desk/people").status_code == 403


def test_rail_leads_to_pages_that_are_there_and_need_the_right_that_it_says() -> None:
    for place in (place for section in SECTIONS for place in section.places):
        assert ROUTES[f"GET {place.path}"] == frozenset({place.needs})


def test_page_of_an_error_has_the_rail_for_who_is_signed_in(
    add: Add, sign_in: SignIn, visitor: Callable[[], Browsing]
) -> None:
    ada = sign_in(add(Role.EDITOR))
    for path, status in (("/desk/people", 403), ("/desk/no/such/page", 404)):
        answer = ada.get(path)
        assert answer.status_code == status
        assert 'class="rail"' in answer.text
        assert "/desk/keys" not in answer.text
    assert ada.post("/desk/sign-out").status_code == 303  # with the token of that page
    ada.client.cookies.clear()
    for browsing in (ada, visitor()):
        answer = browsing.get("/desk/no/such/page")
        assert answer.status_code == 404
        assert 'class="rail"' not in answer.text


def test_rail_shows_only_what_one_may_see(add: Add, sign_in: SignIn) -> None:
    assert "/desk/publication" in sign_in(add(Role.ADMIN, name="Grace")).get("/desk/account").text
    assert "/desk/publication" not in sign_in(add(Role.EDITOR)).get("/desk/account").text
