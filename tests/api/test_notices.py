"""Notices by the API: what is wrong now and what was, page by page."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.models import Notice
from app.sentences import Sentence, kept


@pytest.fixture(autouse=True)
def _notices(session: Session, now: datetime) -> None:
    """Keep one that ended, two that are wrong, and one that has not lasted long enough."""
    minute = timedelta(minutes=1)
    for name, about, told, ended in (
        ("DevouredIssuePaused", "3", now - 9 * minute, now - minute),
        ("DevouredAccountPaused", "held", now - 5 * minute, None),
        ("DevouredSetback", "", now - 2 * minute, None),
        ("DevouredQuotaSpent", "", now + minute, None),
    ):
        session.add(
            Notice(
                name=name,
                about=about,
                is_critical=name != "DevouredSetback",
                sentence=kept(Sentence("Issue %(issue)s is paused.", issue=about)),
                since=told - minute,
                begun_at=told - minute,
                tells_at=told,
                ended_at=ended,
            )
        )
    session.commit()


def _names(body: dict[str, Any]) -> list[str]:
    return [one["name"] for one in body["items"]]


def test_notices_are_listed_once_they_have_lasted_the_newest_first(api: TestClient) -> None:
    body = api.get("/v1/notices").json()
    assert _names(body) == ["DevouredSetback", "DevouredAccountPaused", "DevouredIssuePaused"]
    last = body["items"][-1]
    assert last["sentence"] == "Issue 3 is paused."
    assert last["page"] == "docs/alerts.md#devouredissuepaused"
    assert (last["about"], last["severity"]) == ("3", "critical")
    assert last["ended_at"] is not None
    assert body["items"][0]["severity"] == "warning"


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("open", ["DevouredSetback", "DevouredAccountPaused"]),
        ("ended", ["DevouredIssuePaused"]),
    ],
)
def test_notices_are_listed_by_whether_they_have_ended(
    api: TestClient, state: str, names: list[str]
) -> None:
    assert _names(api.get("/v1/notices", params={"state": state}).json()) == names


def test_notices_are_turned_page_by_page(api: TestClient) -> None:
    found, query = [], {"limit": "1"}
    while True:
        body = api.get("/v1/notices", params=query).json()
        found += _names(body)
        if body["next"] is None:
            break
        query["after"] = body["next"]
    assert found == ["DevouredSetback", "DevouredAccountPaused", "DevouredIssuePaused"]
