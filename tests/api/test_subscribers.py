"""Subscribers over the API: found, walked through, added, changed, erased."""

from contextlib import suppress

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.api.fields import cursor_of, read_cursor
from app.enums import SubscriberState
from app.errors import InvalidInput
from app.models import Subscriber
from tests.factories import make_category, make_subscriber


@pytest.fixture(autouse=True)
def _categories(session: Session) -> None:
    make_category(session, "ai")
    make_category(session, "devops")
    session.commit()


def walk(api: TestClient, path: str, limit: int, **query: str) -> list[int]:
    """Return the ids of all pages, one after the other."""
    found: list[int] = []
    after: dict[str, str] = {}
    while True:
        page = api.get(path, params={"limit": limit, **query, **after}).json()
        assert len(page["items"]) <= limit
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


@pytest.mark.parametrize("limit", [1, 3, 7, 8, 200])
def test_walking_the_pages_yields_each_subscriber_once(
    api: TestClient, session: Session, limit: int
) -> None:
    ids = [make_subscriber(session).id for _ in range(7)]
    session.commit()
    assert walk(api, "/v1/subscribers", limit) == ids


def test_walking_goes_on_when_somebody_comes_and_goes_meanwhile(
    api: TestClient, session: Session
) -> None:
    ids = [make_subscriber(session).id for _ in range(4)]
    session.commit()
    page = api.get("/v1/subscribers?limit=2").json()
    session.delete(session.get_one(Subscriber, ids[1]))
    new = make_subscriber(session, "new@example.com").id
    session.commit()
    rest = api.get("/v1/subscribers", params={"after": page["next"]}).json()
    assert [item["id"] for item in rest["items"]] == [*ids[2:], new]


def test_list_is_narrowed_by_state_and_address(api: TestClient, session: Session) -> None:
    make_subscriber(session, "a@example.com")
    left = make_subscriber(session, "b@example.com", state=SubscriberState.LEFT)
    session.commit()
    for query in ({"state": "left"}, {"address": " B@EXAMPLE.com"}):
        items = api.get("/v1/subscribers", params=query).json()["items"]
        assert [item["id"] for item in items] == [left.id]
    assert api.get("/v1/subscribers", params={"address": "c@example.com"}).json()["items"] == []


@pytest.mark.parametrize(
    "cursor", ["", "x", "WzFd!", "bnVsbA", "W10", "WzEsMl0", "Wy0xXQ", "WzEuNV0", "W3RydWVd", "é"]
)
@pytest.mark.parametrize("path", ["/v1/subscribers", "/v1/issues"])
def test_cursor_that_is_not_ours_is_refused(api: TestClient, path: str, cursor: str) -> None:
    if (path, cursor) == ("/v1/issues", "WzEsMl0"):
        cursor = cursor_of(2**40, 1)
    answer = api.get(path, params={"after": cursor})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "query after"


@given(st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=3))
def test_cursor_reads_back_as_it_was_written(values: list[int]) -> None:
    assert read_cursor(cursor_of(*values), len(values)) == values


@given(st.text(max_size=40), st.integers(1, 2))
def test_cursor_is_read_or_refused_whatever_it_is(text: str, n_values: int) -> None:
    with suppress(InvalidInput):
        assert len(read_cursor(text, n_values)) == n_values


def test_add_makes_active_readers_and_leaves_known_ones(api: TestClient, session: Session) -> None:
    make_subscriber(session, "left@example.com", state=SubscriberState.LEFT)
    session.commit()
    readers = [
        {"address": "a@example.com", "categories": ["devops"], "depth": "deep"},
        {"address": "b@example.com", "language": "de-AT"},
        {"address": "B@example.com", "categories": []},
        {"address": "left@example.com"},
    ]
    answer = api.post("/v1/subscribers", json={"readers": readers})
    assert (answer.status_code, answer.json()) == (201, {"n_added": 2, "n_known": 2})
    items = api.get("/v1/subscribers?state=active").json()["items"]
    assert [(item["address"], item["categories"], item["language"]) for item in items] == [
        ("a@example.com", ["devops"], ""),
        ("b@example.com", ["ai", "devops"], "de"),
    ]


def test_add_makes_nobody_when_one_is_wrong(api: TestClient) -> None:
    readers = [
        {"address": "a@example.com"},
        {"address": "nobody"},
        {"address": "c@example.com", "categories": ["ai", "fishing"]},
        {"address": "d@example.com", "language": "tlh"},
    ]
    answer = api.post("/v1/subscribers", json={"readers": readers})
    assert answer.status_code == 422
    places = [place["pointer"] for place in answer.json()["errors"]]
    assert places == ["/readers/1/address", "/readers/2/categories/1", "/readers/3/language"]
    assert api.get("/v1/subscribers").json()["items"] == []


def test_add_takes_a_thousand_and_no_more(api: TestClient) -> None:
    readers = [{"address": f"reader{n}@example.com"} for n in range(1001)]
    assert api.post("/v1/subscribers", json={"readers": readers}).status_code == 422
    answer = api.post("/v1/subscribers", json={"readers": readers[:1000]})
    assert answer.json() == {"n_added": 1000, "n_known": 0}


def test_preferences_change_only_where_they_are_given(api: TestClient, session: Session) -> None:
    path = f"/v1/subscribers/{make_subscriber(session, follows=1).id}"
    session.commit()
    changed = api.patch(path, json={"categories": ["devops"]}).json()
    assert (changed["categories"], changed["depth"]) == (["devops"], "deep")
    pause = {"paused_until": "2026-12-24T00:00:00+01:00"}
    assert api.patch(path, json=pause).json()["paused_until"] == "2026-12-23T23:00:00Z"
    assert api.patch(path, json={"paused_until": None}).json()["paused_until"] is None
    assert api.patch(path, json={"language": "de-AT"}).json()["language"] == "de"
    assert api.patch(path, json={"language": ""}).json()["language"] == ""
    assert api.get(path).json() == api.patch(path, json={}).json()


@pytest.mark.parametrize(
    "changes",
    [
        {"depth": None},
        {"categories": None},
        {"categories": ["fishing"]},
        {"paused_until": "9999-12-31T23:59:59"},
        {"paused_until": 1_800_000_000},
        {"paused_until": "1800000000"},
        {"paused_until": "9999-12-31T23:59:59-23:59"},
        {"paused_until": "0001-01-01T00:00:00+23:59"},
        {"state": "active"},
        {"language": "tlh"},
        {"language": "no language"},
    ],
)
def test_preferences_are_refused_when_they_are_none(
    api: TestClient, session: Session, changes: dict[str, object]
) -> None:
    path = f"/v1/subscribers/{make_subscriber(session).id}"
    session.commit()
    assert api.patch(path, json=changes).status_code == 422


def test_erase_forgets_the_address_and_can_be_repeated(api: TestClient, session: Session) -> None:
    path = f"/v1/subscribers/{make_subscriber(session, 'a@example.com').id}"
    session.commit()
    assert [api.delete(path).status_code for _ in range(2)] == [204, 204]
    shown = api.get(path).json()
    assert (shown["state"], shown["address"]) == ("erased", None)
    refused = api.patch(path, json={"depth": "deep"})
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert api.delete("/v1/subscribers/999").status_code == 404


def test_who_asked_for_it_is_unsubscribed_and_stays_so(api: TestClient, session: Session) -> None:
    reader = make_subscriber(session, "a@example.com", follows=1)
    erased = make_subscriber(session, "b@example.com", state=SubscriberState.ERASED)
    session.commit()
    path = f"/v1/subscribers/{reader.id}/unsubscribe"
    answers = [api.post(path).json() for _ in range(2)]
    assert [one["state"] for one in answers] == ["left", "left"]
    assert answers[0]["left_at"] is not None
    assert answers[0]["left_at"] == answers[1]["left_at"]
    assert answers[0]["categories"] == ["ai"]
    assert api.post(f"/v1/subscribers/{erased.id}/unsubscribe").status_code == 409
    assert api.post("/v1/subscribers/999/unsubscribe").status_code == 404


def test_own_data_are_all_that_is_kept_of_a_reader(api: TestClient, session: Session) -> None:
    reader = make_subscriber(session, "a@example.com")
    session.commit()
    data = api.get(f"/v1/subscribers/{reader.id}/data").json()
    assert data["subscriber"]["address"] == "a@example.com"
    assert (data["deliveries"], data["letters"], data["suppression"]) == ([], [], None)
    assert api.get("/v1/subscribers/999/data").status_code == 404
