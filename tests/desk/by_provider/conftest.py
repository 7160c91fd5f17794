"""A provider, and a desk that people sign in to by it."""

from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr

from app.access.rights import Role
from app.models import User
from app.settings import Settings
from tests.desk.conftest import Clock
from tests.desk.oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProvider, running


@pytest.fixture
def provider(clock: Clock) -> Iterator[OidcProvider]:
    with running() as provider:
        provider.now = lambda: clock().timestamp()
        yield provider


@pytest.fixture
def settings(settings: Settings, provider: OidcProvider) -> Settings:
    return settings.model_copy(
        update={
            "oidc_issuer": provider.issuer,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": SecretStr(CLIENT_SECRET),
        }
    )


@pytest.fixture
def ada(add: Callable[..., User]) -> User:
    return add(Role.VIEWER)
