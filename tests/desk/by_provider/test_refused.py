"""What a provider says, or anybody in its name, that must let nobody in."""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.main import create_app
from app.models import User, UserSession
from app.settings import Settings
from tests.at_hand import build_at_hand
from tests.desk.browsing import Browsing, text_of
from tests.desk.conftest import Clock
from tests.desk.oidc_provider import (
    CLIENT_ID,
    OidcProvider,
    other_key,
    shared_key,
)
from tests.desk.round_trip import LEAVE, enter, is_in, leave

Visit = Callable[[], Browsing]


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another-client"]},
        {"azp": "another-client"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"iat": 9_999_999_999},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"at_hash": "of another token"},
    ],
)
def test_token_that_is_not_of_this_provider_for_us_now_lets_nobody_in(
    ada: User, visitor: Visit, provider: OidcProvider, session: Session, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    browsing = visitor()
    answer = enter(browsing)
    assert answer.status_code == 422
    assert "What the provider says of you does not hold" in text_of(answer)
    assert not is_in(browsing)
    assert session.scalars(select(UserSession)).all() == []


def test_token_that_others_can_sign_lets_nobody_in(
    ada: User, visitor: Visit, provider: OidcProvider
) -> None:
    provider.signing_key = other_key()
    assert enter(visitor()).status_code == 422
    provider.signing_key, provider.algorithm = shared_key(), "HS256"
    assert enter(visitor()).status_code == 422
    parts = ({"alg": "none"}, {"iss": provider.issuer, "sub": "x", "aud": CLIENT_ID})
    plain = [urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in parts]
    for provider.raw_token in (".".join([*plain, ""]), "x", "a.b.c"):
        assert enter(visitor()).status_code == 422


def test_way_back_is_good_once_in_time_and_in_its_browser(
    ada: User, visitor: Visit, clock: Clock, provider: OidcProvider
) -> None:
    browsing = visitor()
    back = leave(browsing)
    assert visitor().get(back).status_code == 410
    other = visitor()
    leave(other)
    assert other.get(back).status_code == 410
    assert browsing.get(re.sub("state=[^&]+", "state=x", back)).status_code == 410
    assert browsing.get(re.sub("&state=[^&]+", "", back)).status_code == 410
    secret = browsing.client.cookies["devoured_challenge"]
    assert browsing.get(back).status_code == 303
    again = visitor()
    again.client.cookies.set("devoured_challenge", secret)
    assert again.get(back).status_code == 410
    assert not is_in(again)
    late = visitor()
    back = leave(late)
    clock.ahead = timedelta(minutes=5)
    assert late.get(back).status_code == 410
    assert provider.n_tokens == 1


def test_code_of_another_sign_in_lets_nobody_in(ada: User, visitor: Visit) -> None:
    browsing, other = visitor(), visitor()
    code = re.search("code=[^&]+", leave(other))
    assert code is not None
    back = re.sub("code=[^&]+", code[0], leave(browsing))
    assert browsing.get(back).status_code == 422  # the provider wants the verifier of the other


def test_answer_that_names_another_issuer_lets_nobody_in(
    ada: User, visitor: Visit, provider: OidcProvider
) -> None:
    browsing = visitor()
    assert browsing.get(f"{leave(browsing)}&iss=https://evil.example").status_code == 422
    provider.about = {"authorization_response_iss_parameter_supported": True}
    assert enter(visitor()).status_code == 422
    browsing = visitor()
    assert browsing.get(f"{leave(browsing)}&iss={provider.issuer}").status_code == 303


def test_provider_that_is_down_is_said_and_the_link_still_works(
    ada: User, visitor: Visit, provider: OidcProvider, link: Callable[[User], str]
) -> None:
    browsing = visitor()
    back = leave(browsing)
    provider.is_down = True
    for answer in (browsing.get(back), visitor().post(LEAVE)):
        assert answer.status_code == 503
        assert "The provider does not answer as it should" in text_of(answer)
        assert "Send me a link" in text_of(answer)
    assert browsing.post(link(ada)).status_code == 303


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": 7},
    ],
)
def test_provider_that_describes_itself_wrongly_is_not_gone_to(
    visitor: Visit, provider: OidcProvider, about: dict[str, Any]
) -> None:
    provider.about = about
    assert visitor().post(LEAVE).status_code == 503


def test_provider_that_lets_nobody_in_is_said(
    ada: User, visitor: Visit, provider: OidcProvider
) -> None:
    provider.refuses = True
    answer = enter(visitor())
    assert answer.status_code == 422
    assert "The provider did not let you in" in text_of(answer)


def test_provider_is_asked_while_no_transaction_is_open(
    ada: User, visitor: Visit, provider: OidcProvider, session: Session
) -> None:
    idle = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"
    )
    seen = []

    def watch() -> None:
        seen.append(session.scalar(idle))

    provider.watch = watch
    assert enter(visitor()).status_code == 303
    assert len(seen) >= 5
    assert set(seen) == {0}


def test_trying_is_limited_by_network(
    settings: Settings, clock: Clock, provider: OidcProvider
) -> None:
    limited = settings.model_copy(update={"signups_per_network": 1})
    container = build_at_hand(limited, clock=clock)
    with TestClient(create_app(container), client=("8.8.8.8", 1)) as client:
        answers = [Browsing(client).post(LEAVE) for _ in range(2)]
    container.engine.dispose()
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].headers["retry-after"]
