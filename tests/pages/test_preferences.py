from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.container import Container
from app.db.session import Sessions, transaction
from app.main import create_app
from app.models import Issue, Subscriber
from app.pages.own import PREFERENCES_WITHIN
from app.publication.zones import known_zones, offered_zones
from app.readers.links import LINK_WITHIN
from app.settings import Settings
from app.tokens import Purpose
from app.words import Depth, SubscriberState
from tests.at_hand import build_at_hand
from tests.factories import make_subscriber
from tests.pages.markup import tree_of, words_of


@pytest.fixture
def reader(sessions: Sessions, published: Issue) -> Subscriber:
    with transaction(sessions) as session:
        return make_subscriber(session, follows=1)


@pytest.fixture
def path(container: Container, reader: Subscriber, now: datetime) -> str:
    return f"/preferences/{container.signer.sign(Purpose.PREFERENCES, reader.public_id, now=now)}"


def _stored(sessions: Sessions, subscriber: Subscriber) -> Subscriber:
    with transaction(sessions) as session:
        return session.get_one(Subscriber, subscriber.id)


def _checked(root: Element) -> list[str | None]:
    return [box.get("value") for box in root.findall(".//input") if box.get("checked") is not None]


def test_preferences_show_what_is_chosen_and_change_nothing(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str
) -> None:
    root = tree_of(client.get(path).text)
    assert client.head(path).status_code == 200
    assert _checked(root) == ["ai", "deep"]
    assert _stored(sessions, reader).follows == 1


def test_preferences_are_saved_and_shown_as_saved(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str
) -> None:
    form = {"categories": ["devops"], "depth": "headlines", "hour": "6"}
    answer = client.post(path, data=form | {"time_zone": "Asia/Tokyo"})
    assert answer.status_code == 200
    root = tree_of(answer.text)
    assert words_of(root, "p[@role='status']")[0] == "Saved. The next issue comes as you like it."
    assert _checked(root) == ["devops", "headlines"]
    chosen = [one.get("value") for one in root.findall(".//option[@selected]")]
    assert chosen == ["6", "Asia/Tokyo"]
    stored = _stored(sessions, reader)
    assert (stored.follows, stored.depth) == (2, Depth.HEADLINES)
    assert (stored.hour, stored.time_zone) == (6, "Asia/Tokyo")


@pytest.mark.parametrize(
    "change",
    [
        {"categories": []},
        {"categories": ["nonsense"]},
        {"depth": "bottomless"},
        {"hour": "24"},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "localtime"},
    ],
)
def test_preferences_are_kept_when_the_form_is_not_right(
    client: TestClient,
    sessions: Sessions,
    reader: Subscriber,
    path: str,
    change: dict[str, object],
) -> None:
    form: dict[str, object] = {"categories": ["devops"], "depth": "brief", "hour": ""}
    answer = client.post(path, data=form | change)
    assert answer.status_code == 422
    root = tree_of(answer.text)
    assert "Not saved yet" in words_of(root, "p[@role='alert']")[0]
    assert root.find(f".//p[@id='{next(iter(change))}-wrong']") is not None
    assert _stored(sessions, reader).follows == 1


def test_pause_ends_with_the_day_on_the_readers_clocks_and_can_be_ended_at_once(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str
) -> None:
    with transaction(sessions) as session:
        session.get_one(Subscriber, reader.id).time_zone = "Asia/Tokyo"
    root = tree_of(client.post(f"{path}/pause", data={"until": "2026-12-09"}).text)
    assert "No issue comes to you until Wednesday 9 December 2026." in " ".join(words_of(root, "p"))
    assert _stored(sessions, reader).paused_until == datetime(2026, 12, 8, 15, tzinfo=UTC)
    root = tree_of(client.post(f"{path}/resume").text)
    assert root.find(".//input[@type='date']") is not None
    assert _stored(sessions, reader).paused_until is None


@pytest.mark.parametrize("until", ["", "2026-11-23", "2028-01-01", "soon", "9999-99-99"])
def test_pause_is_refused_when_its_day_is_none_or_too_far(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str, until: str
) -> None:
    answer = client.post(f"{path}/pause", data={"until": until})
    assert answer.status_code == 422
    tree_of(answer.text)
    assert _stored(sessions, reader).paused_until is None


@pytest.mark.parametrize("state", [SubscriberState.LEFT, SubscriberState.PENDING])
def test_reader_who_gets_nothing_comes_in_by_one_press_of_their_own(
    client: TestClient,
    sessions: Sessions,
    reader: Subscriber,
    path: str,
    state: SubscriberState,
) -> None:
    with transaction(sessions) as session:
        row = session.get_one(Subscriber, reader.id)
        row.state, row.confirmed_at = state, None
    assert words_of(tree_of(client.get(path).text), "button")[0] == "Yes, send me Devoured"
    answer = client.post(f"{path}/back")
    assert "You are in" in words_of(tree_of(answer.text), "p[@role='status']")[0]
    assert _stored(sessions, reader).state is SubscriberState.ACTIVE


@pytest.mark.parametrize(
    ("method", "below"),
    [
        ("GET", ""),
        ("POST", ""),
        ("POST", "/pause"),
        ("POST", "/resume"),
        ("POST", "/back"),
        ("POST", "/address"),
        ("POST", "/address/withdraw"),
        ("GET", "/data"),
        ("GET", "/erase"),
        ("POST", "/erase"),
    ],
)
def test_preferences_are_nobody_elses(
    client: TestClient,
    container: Container,
    reader: Subscriber,
    now: datetime,
    method: str,
    below: str,
) -> None:
    sign, stale = container.signer.sign, now - PREFERENCES_WITHIN - timedelta(seconds=1)
    a_day_ago = now - LINK_WITHIN - timedelta(seconds=1)
    for token, status in (
        (sign(Purpose.LEAVE, reader.public_id, now=now), 404),
        (sign(Purpose.PREFERENCES, reader.public_id, now=now)[:-1], 404),
        (sign(Purpose.PREFERENCES, reader.public_id, now=stale), 410),
        (sign(Purpose.ASKED, reader.public_id, now=a_day_ago), 410),
        (sign(Purpose.PREFERENCES, 404, now=now), 410),
    ):
        answer = client.request(method, f"/preferences/{token}{below}")
        assert answer.status_code == status
        tree_of(answer.text)


def test_preferences_are_gone_when_their_reader_was_erased(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str
) -> None:
    with transaction(sessions) as session:
        session.get_one(Subscriber, reader.id).state = SubscriberState.ERASED
    assert client.get(path).status_code == 410


def test_page_may_run_our_script_and_ask_us_only(client: TestClient, path: str) -> None:
    policy = client.get(path).headers["content-security-policy"]
    assert "script-src 'self'; connect-src 'self'" in policy
    assert "default-src 'none'" in policy


def test_zones_are_offered_by_part_of_the_world_and_postgres_knows_them(
    sessions: Sessions,
) -> None:
    with transaction(sessions) as session:
        known = known_zones(session)
        listed = set(session.scalars(text("SELECT name FROM pg_timezone_names")))
    offered = {name for names in offered_zones(known).values() for name in names}
    assert "Europe/Vienna" in offered_zones(known)["Europe"]
    assert offered <= listed


@pytest.mark.parametrize("address", ["ada@reader.example", "nobody@reader.example"])
def test_link_is_sent_with_the_same_answer_for_every_address(
    client: TestClient, sessions: Sessions, address: str
) -> None:
    with transaction(sessions) as session:
        make_subscriber(session, "ada@reader.example")
    answer = client.post("/preferences", data={"address": address})
    assert answer.status_code == 202
    root = tree_of(answer.text)
    assert words_of(root, "b") == [address]
    assert answer.text.replace(address, "X") == client.post(
        "/preferences", data={"address": "other@reader.example"}
    ).text.replace("other@reader.example", "X")


@pytest.mark.parametrize("address", ["", "two..dots@reader.example"])
def test_link_is_not_sent_when_it_is_no_address(client: TestClient, address: str) -> None:
    answer = client.post("/preferences", data={"address": address})
    assert answer.status_code == 422
    field = tree_of(answer.text).find(".//input[@name='address']")
    assert field is not None
    assert field.get("value") == address


def test_preferences_without_a_link_say_where_it_is_and_send_one(client: TestClient) -> None:
    root = tree_of(client.get("/preferences").text)
    assert words_of(root, "h1") == ["Your preferences"]
    assert words_of(root, "button") == ["Send me a link"]


def test_mail_may_lead_to_a_part_of_the_page(client: TestClient, path: str) -> None:
    root = tree_of(client.get(path).text)
    for part in ("categories", "pause", "new-address", "your-data"):
        assert root.find(f".//*[@id='{part}']") is not None


def test_link_is_asked_for_only_so_often_from_one_network_as_sign_ups_are(
    settings: Settings, now: datetime
) -> None:
    strict = settings.model_copy(update={"signups_per_network": 2})
    container = build_at_hand(strict, clock=lambda: now)
    with TestClient(create_app(container), client=("8.8.8.8", 1)) as client:
        answers = [
            client.post("/preferences", data={"address": f"reader{number}@reader.example"})
            for number in range(3)
        ]
    container.engine.dispose()
    assert [answer.status_code for answer in answers] == [202, 202, 429]
