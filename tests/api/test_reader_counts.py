"""How many readers there are, and who came and went last, over the API."""

from datetime import UTC, datetime, timedelta

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.enums import SubscriberState
from tests.factories import make_category, make_subscriber

HERE = "/v1/subscribers"


def test_readers_are_counted_by_state_and_the_paused_apart(
    api: TestClient, session: Session
) -> None:
    none = {"pending": 0, "active": 0, "left": 0, "erased": 0}
    assert api.get(f"{HERE}/counts").json() == {"by_state": none, "n_paused": 0}
    far = datetime(2999, 1, 1, tzinfo=UTC)
    for state, n in (("pending", 1), ("active", 2), ("left", 3)):
        for _ in range(n):
            make_subscriber(session, state=SubscriberState(state))
    for state in ("active", "left"):
        make_subscriber(session, state=SubscriberState(state), paused_until=far)
    session.commit()
    counted = {"by_state": none | {"pending": 1, "active": 3, "left": 4}, "n_paused": 1}
    assert api.get(f"{HERE}/counts").json() == counted


def test_newest_are_those_who_came_or_went_last(api: TestClient, session: Session) -> None:
    follows = make_category(session, "ai").mask
    came = [make_subscriber(session, follows=follows).id for _ in range(3)]
    began = datetime(2026, 11, 1, tzinfo=UTC)
    gone = [
        make_subscriber(
            session, state=SubscriberState.LEFT, left_at=began + timedelta(days=days)
        ).id
        for days in (3, 1, 2)
    ]
    session.commit()

    def ids(**query: str | int) -> list[int]:
        return [one["id"] for one in api.get(f"{HERE}/newest", params=query).json()["items"]]

    assert ids() == ids(who="joined") == came[::-1]
    assert ids(who="left") == [gone[0], gone[2], gone[1]]
    assert ids(who="left", limit=1) == gone[:1]
    newest = api.get(f"{HERE}/newest?limit=1").json()["items"]
    assert newest == [api.get(f"{HERE}/{came[-1]}").json()]
    assert newest[0]["categories"] == ["ai"]


def test_newest_of_another_kind_or_of_none_is_refused(api: TestClient) -> None:
    for query in ({"who": "paused"}, {"limit": 0}, {"limit": 201}):
        assert api.get(f"{HERE}/newest", params=query).status_code == 422
