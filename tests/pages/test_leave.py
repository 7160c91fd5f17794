from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from fastapi.testclient import TestClient

from app.container import Container
from app.db.session import Sessions, transaction
from app.enums import ConsentSource, Depth, SubscriberState, SuppressionReason
from app.models import Issue, Subscriber, Suppression
from app.readers.consent import Origin
from app.readers.erasure import erase
from app.readers.leave import COME_BACK_WITHIN
from app.tokens import Purpose
from tests.factories import make_subscriber
from tests.pages.markup import links_of, tree_of, words_of
from tests.statements import statements

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
ENCODINGS: dict[str, dict[str, Any]] = {
    "urlencoded": {"data": ONE_CLICK},
    "multipart": {"files": {name: (None, value) for name, value in ONE_CLICK.items()}},
}


YEARS = timedelta(days=5 * 365)


@pytest.fixture
def reader(sessions: Sessions, now: datetime) -> Subscriber:
    with transaction(sessions) as session:
        return make_subscriber(session, created_at=now - YEARS)


@pytest.fixture
def path(container: Container, reader: Subscriber, now: datetime) -> str:
    """Return a link that is five years old: links to leave never expire."""
    return f"/leave/{container.signer.sign(Purpose.LEAVE, reader.public_id, now=now - YEARS)}"


def _state(sessions: Sessions, subscriber: Subscriber) -> SubscriberState:
    with transaction(sessions) as session:
        return session.get_one(Subscriber, subscriber.id).state


def test_leave_page_has_one_button_and_changes_nothing_when_it_is_opened(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str
) -> None:
    root = tree_of(client.get(path).text)
    assert client.head(path).status_code == 200
    assert words_of(root, "button")[0] == "Leave"
    assert root.findall(".//form")[0].get("action") is None  # one press, on this very page
    assert _state(sessions, reader) is SubscriberState.ACTIVE


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_leave_takes_one_click_in_both_encodings_any_number_of_times(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str, encoding: str
) -> None:
    for _ in range(3):
        answer = client.post(path, **ENCODINGS[encoding])
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        assert len(answer.content) < 100
        assert not {"set-cookie", "location"} & set(answer.headers)
        assert _state(sessions, reader) is SubscriberState.LEFT


def test_leave_by_one_click_asks_the_database_twice_so_that_many_can_leave_at_once(
    client: TestClient, container: Container, path: str
) -> None:
    with statements(container.engine) as seen:
        assert client.post(path, data=ONE_CLICK).is_success
    assert [one.split(maxsplit=1)[0] for one in seen] == ["SELECT", "WITH"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"},
        {"Content-Type": "multipart/form-data"},
        {"Content-Type": "application/octet-stream"},
        {"Content-Type": ""},
    ],
)
def test_leave_lets_nobody_stay_when_the_request_is_odd(
    client: TestClient,
    sessions: Sessions,
    reader: Subscriber,
    path: str,
    headers: dict[str, str],
) -> None:
    answer = client.post(path, content=b"\xff\x00--&=", headers=headers)
    assert answer.status_code == 200
    assert _state(sessions, reader) is SubscriberState.LEFT


def test_leave_by_the_button_says_so_and_shows_a_way_back(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str
) -> None:
    root = tree_of(client.post(path).text)
    assert words_of(root, "h1") == ["You have left"]
    assert links_of(root)["Sign up again"] == "/"
    assert _state(sessions, reader) is SubscriberState.LEFT


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_leave_finds_nothing_when_the_token_is_not_for_leaving(
    client: TestClient,
    container: Container,
    sessions: Sessions,
    reader: Subscriber,
    now: datetime,
    method: str,
) -> None:
    for token in (container.signer.sign(Purpose.CONFIRM, reader.public_id, now=now), "nonsense"):
        assert client.request(method, f"/leave/{token}").status_code == 404
    assert _state(sessions, reader) is SubscriberState.ACTIVE


def test_leave_finds_nothing_when_there_never_was_such_a_reader(
    client: TestClient, container: Container, now: datetime
) -> None:
    token = container.signer.sign(Purpose.LEAVE, 404, now=now)
    assert client.post(f"/leave/{token}", data=ONE_CLICK).status_code == 404


def test_leave_without_a_link_explains_where_it_is(client: TestClient) -> None:
    root = tree_of(client.get("/leave").text)
    assert words_of(root, "h1") == ["How to leave"]
    assert root.find(".//form") is None


def test_leave_of_a_category_leaves_the_others(
    client: TestClient, sessions: Sessions, following: Subscriber, path: str
) -> None:
    root = tree_of(client.get(f"{path}/category/ai").text)
    assert words_of(root, "button")[0] == "Leave"
    assert _follows(sessions, following) == 3
    for _ in range(2):
        answer = client.post(f"{path}/category/ai", data=ONE_CLICK)
        assert (answer.status_code, answer.headers["content-type"][:10]) == (200, "text/plain")
        assert _follows(sessions, following) == 2
        assert _state(sessions, following) is SubscriberState.ACTIVE
    client.post(f"{path}/category/devops")
    assert _state(sessions, following) is SubscriberState.LEFT


def test_leave_of_a_category_that_is_no_more_changes_nothing_and_says_it_is_done(
    client: TestClient, sessions: Sessions, following: Subscriber, path: str
) -> None:
    answer = client.post(f"{path}/category/gone", data=ONE_CLICK)
    assert answer.status_code == 200
    assert _state(sessions, following) is SubscriberState.ACTIVE


@pytest.mark.parametrize("below", ["", "/category/ai"])
def test_leaving_can_be_undone_by_one_press(
    client: TestClient, sessions: Sessions, following: Subscriber, path: str, below: str
) -> None:
    root = tree_of(client.post(f"{path}{below}").text)
    form = root.find(".//form")
    assert form is not None
    fields = {one.get("name", ""): one.get("value") for one in form.findall("./input")}
    answer = client.post(form.get("action", ""), data=fields)
    assert words_of(tree_of(answer.text), "h1") == ["Saved"]
    assert _state(sessions, following) is SubscriberState.ACTIVE
    assert _follows(sessions, following) == 3


def test_leaving_is_not_undone_when_it_was_long_ago(
    client: TestClient, sessions: Sessions, following: Subscriber, path: str, now: datetime
) -> None:
    with transaction(sessions) as session:
        row = session.get_one(Subscriber, following.id)
        row.state, row.left_at = SubscriberState.LEFT, now - timedelta(days=8)
    assert client.post(f"{path}/back").status_code == 410
    assert client.get(f"{path}/back").status_code == 405
    assert _state(sessions, following) is SubscriberState.LEFT


@pytest.mark.parametrize("why", ["long ago", "erased", "suppressed"])
@pytest.mark.parametrize("below", ["", "/category/ai"])
def test_leave_page_offers_no_undo_where_it_would_be_refused(
    client: TestClient,
    sessions: Sessions,
    following: Subscriber,
    path: str,
    now: datetime,
    why: str,
    below: str,
) -> None:
    with transaction(sessions) as session:
        row = session.get_one(Subscriber, following.id)
        row.state, row.left_at = SubscriberState.LEFT, now
        if why == "long ago":
            row.left_at = now - COME_BACK_WITHIN - timedelta(seconds=1)
        elif why == "erased":
            erase(session, None, row.id, now, Origin(ConsentSource.PAGE))
        else:
            note = {"note": "", "created_at": now, "reason": SuppressionReason.COMPLAINT}
            session.add(Suppression(address_hmac=row.address_hmac, **note))
    for answer in (client.get(path + below), client.post(path + below)):
        root = tree_of(answer.text)
        assert "Undo" not in words_of(root, "button")
        assert links_of(root)["Sign up again"] == "/"
    assert client.post(f"{path}/back").status_code == 410


def test_leave_page_leads_out_of_each_category_by_one_press(
    client: TestClient, sessions: Sessions, following: Subscriber, path: str
) -> None:
    forms = {
        " ".join("".join(form.itertext()).split()): form.get("action", "")
        for form in tree_of(client.get(path).text).findall(".//form")
    }
    assert (forms["No more AI"], forms["No more DevOps"]) == (
        f"{path}/category/ai",
        f"{path}/category/devops",
    )
    root = tree_of(client.post(forms["No more AI"]).text)
    assert words_of(root, "h1") == ["You have left AI"]
    # Signing up would change nothing of a reader who is one still.
    assert "Sign up again" not in links_of(root)
    assert root.find(".//main//a[@href='/preferences']") is not None
    assert (_follows(sessions, following), _state(sessions, following)) == (
        2,
        SubscriberState.ACTIVE,
    )


def test_leave_page_offers_less_and_each_offer_can_be_taken_back(
    client: TestClient, sessions: Sessions, following: Subscriber, path: str, now: datetime
) -> None:
    offers = words_of(tree_of(client.get(path).text), "section//button")
    assert offers[:3] == ["No more AI", "No more DevOps", "Headlines only"]
    assert offers[3:] == ["Pause for two weeks", "Pause for a month"]

    root = tree_of(client.post(f"{path}/pause", data={"days": "14"}).text)
    assert "until Monday 7 December 2026" in " ".join(words_of(root, "p"))
    assert _row(sessions, following).paused_until == datetime(2026, 12, 7, tzinfo=UTC)
    _press_undo(client, root)
    assert _row(sessions, following).paused_until is None

    root = tree_of(client.post(f"{path}/depth").text)
    assert _row(sessions, following).depth is Depth.HEADLINES
    _press_undo(client, root)
    assert _row(sessions, following).depth is Depth.DEEP


def test_leave_page_offers_no_less_when_the_reader_gets_nothing(
    client: TestClient, reader: Subscriber, path: str
) -> None:
    client.post(path)
    root = tree_of(client.get(path).text)
    assert words_of(root, "button") == ["Undo"]
    for below in ("/pause", "/depth"):
        assert client.post(path + below).status_code == 410
    assert client.post(f"{path}/pause", data={"days": "99999"}).status_code == 422


@pytest.fixture
def following(sessions: Sessions, reader: Subscriber, published: Issue) -> Subscriber:
    """Return the reader, who follows both categories."""
    with transaction(sessions) as session:
        session.get_one(Subscriber, reader.id).follows = 3
    return reader


def _row(sessions: Sessions, subscriber: Subscriber) -> Subscriber:
    with transaction(sessions) as session:
        return session.get_one(Subscriber, subscriber.id)


def _follows(sessions: Sessions, subscriber: Subscriber) -> int:
    return _row(sessions, subscriber).follows


def _press_undo(client: TestClient, root: Element) -> None:
    form = root.find(".//form")
    assert form is not None
    fields = {one.get("name", ""): one.get("value") for one in form.findall("./input")}
    assert client.post(form.get("action", ""), data=fields).status_code == 200
