"""`/v1/account/restored`: bringing a restored database up to date."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from app.db.session import transaction
from app.delivery.epoch import known_epoch
from app.enums import Scope
from app.main import create_app
from app.models import Installation
from tests.api.clients import bearer, secret_of
from tests.recovery.conftest import Service


@pytest.fixture
def older(service: Service) -> Service:
    """Return a service whose database is older than what it has sent; nothing was on its way."""
    with transaction(service.container.sessions) as session:
        whose = known_epoch(session).installation
        session.execute(update(Installation).values(send_epoch=3))
    for place in service.container.places:
        place.raise_epoch(whose, 9, durably=True)
    return service


def test_api_brings_the_database_up_to_date_once_and_for_admins_alone(older: Service) -> None:
    admin, sender = (
        bearer(secret_of(older.container, [scope], older.at)) for scope in (Scope.ADMIN, Scope.SEND)
    )
    with TestClient(create_app(older.container)) as client:
        path = "/v1/account/restored"
        assert client.post(path, headers=sender).status_code == 403
        assert client.post(path, headers=admin, json={"is_current": True}).status_code == 409
        done = client.post(path, headers=admin)
        assert done.status_code == 200, done.text
        assert done.json()["issues_in_doubt"] == []
        assert client.get(path, headers=admin).json() == {"items": []}
        account = client.get("/v1/account", headers=admin).json()
        assert (account["is_paused"], account["send_epoch"]["standing"]) == (True, "kept")
        assert client.post(path, headers=admin).status_code == 409
        resumed = client.post("/v1/account/resume", headers=admin)
        assert resumed.json()["is_paused"] is False
