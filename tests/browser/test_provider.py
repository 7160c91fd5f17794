"""Signing in by a provider in a real browser: its policy lets one leave, and one comes back."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect
from pydantic import SecretStr

from app.access.rights import Role
from app.access.users import add_user
from app.actors import CLI
from app.addresses import parse_address
from app.container import Container
from app.db.session import transaction
from tests.desk.oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProvider, running


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    with running() as provider:
        yield provider


@pytest.fixture
def container(container: Container, provider: OidcProvider) -> Container:
    update = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": SecretStr(CLIENT_SECRET),
    }
    return replace(container, settings=container.settings.model_copy(update=update))


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_person_goes_to_the_provider_and_comes_back_to_where_they_wanted(
    browser: Browser, server: str, container: Container, *, scripts: bool
) -> None:
    with transaction(container.sessions) as session:
        address = parse_address("ada@desk.example", allow_reserved=True)
        add_user(session, CLI, "Ada", address, [Role.ADMIN], container.clock())
    page = browser.new_page(base_url=server, java_script_enabled=scripts)
    page.goto("/desk/people")
    page.get_by_role("button", name="Sign in by 127.0.0.1").click()
    expect(page).to_have_url(f"{server}/desk/people")
    expect(page.get_by_role("heading", level=1)).to_have_text("People")
    page.goto("/desk/account")
    expect(page.get_by_role("region", name="Accounts elsewhere")).to_contain_text("127.0.0.1")
    page.context.close()
