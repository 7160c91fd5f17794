from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.actors import CLI
from app.addresses import parse_address
from app.container import Container
from app.db.session import Sessions, transaction
from app.delivery.suppression import suppress
from app.delivery.warm_up import start_warm_up
from app.enums import Depth, SubscriberState, SuppressionReason
from app.models import Issue, Letter, Publication, Subscriber
from app.pages.own import PREFERENCES_WITHIN
from app.readers.links import LINK_WITHIN
from app.tokens import Purpose
from tests.factories import PEPPER, make_subscriber
from tests.pages.markup import tree_of, words_of


@pytest.fixture
def reader(sessions: Sessions, published: Issue) -> Subscriber:
    with transaction(sessions) as session:
        return make_subscriber(session, follows=1)


@pytest.fixture
def path(container: Container, reader: Subscriber, now: datetime) -> str:
    return f"/preferences/{container.signer.sign(Purpose.PREFERENCES, reader.public_id, now=now)}"


FORM = {"categories": ["ai"], "depth": "deep"}
"""What the form sends of a reader who changes nothing."""


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


_DEEP_OR_MORE = {
    "the first points": (False, Depth.DEEP, ["the first details behind it", "every detail"]),
    "all points": (True, Depth.DEEP, ["the details behind it"]),
    "all points, of who wants them": (
        True,
        Depth.WHOLE,
        ["the details behind it", "every detail"],
    ),
}


@pytest.mark.parametrize(("shows_all", "depth", "told"), _DEEP_OR_MORE.values(), ids=_DEEP_OR_MORE)
def test_preferences_offer_the_whole_where_it_is_more_than_deep_or_chosen(
    client: TestClient,
    sessions: Sessions,
    reader: Subscriber,
    path: str,
    shows_all: bool,  # noqa: FBT001  # a case
    depth: Depth,
    told: list[str],
) -> None:
    with transaction(sessions) as session:
        session.get_one(Publication, 1).shows_all_points = shows_all
        session.get_one(Subscriber, reader.id).depth = depth
    root = tree_of(client.get(path).text)
    shown = words_of(root, "label[@class='choice']/span")[2:]
    assert len(shown) == len(told)
    for line, part in zip(shown, told, strict=True):
        assert part in line
    assert _checked(root) == ["ai", depth.value]


def test_reader_chooses_the_whole(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str
) -> None:
    saved = client.post(path, data=FORM | {"depth": "whole"})
    assert _checked(tree_of(saved.text)) == ["ai", "whole"]
    assert _stored(sessions, reader).depth is Depth.WHOLE


def test_preferences_are_saved_and_shown_as_saved(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str
) -> None:
    form = {"categories": ["devops"], "depth": "headlines", "hour": "6"}
    answer = client.post(path, data=form | {"time_zone": "Asia/Tokyo", "language": "de"})
    assert answer.status_code == 200
    root = tree_of(answer.text)
    said = "Saved. It holds for every issue that comes out from now on."
    assert words_of(root, "p[@role='status']")[0] == said
    said = words_of(root, "p[@id='coming']")[0]
    assert said.endswith("for you: it is due on Wednesday 25 November at 06:00 (Asia/Tokyo).")
    assert _checked(root) == ["devops", "headlines"]
    chosen = [one.get("value") for one in root.findall(".//option[@selected]")]
    assert chosen == ["6", "Asia/Tokyo", "de"]
    stored = _stored(sessions, reader)
    assert (stored.follows, stored.depth) == (2, Depth.HEADLINES)
    assert (stored.hour, stored.time_zone, stored.language) == (6, "Asia/Tokyo", "de")
    client.post(path, data=form)
    assert _stored(sessions, reader).language == "de", "a form without it changes nothing"
    client.post(path, data=form | {"asks_language": "1", "language": ""})
    assert _stored(sessions, reader).language == ""


@pytest.mark.parametrize(
    "change",
    [
        {"categories": []},
        {"categories": ["nonsense"]},
        {"depth": "bottomless"},
        {"hour": "24"},
        *({"time_zone": zone} for zone in ("Mars/Olympus", "localtime")),
        *({"until": day} for day in ("2026-11-23", "2028-01-01", "soon", "9999-99-99")),
        {"address": "no address"},
        {"language": "tlh"},
    ],
)
def test_preferences_are_kept_when_the_form_is_not_right(
    client: TestClient,
    sessions: Sessions,
    reader: Subscriber,
    path: str,
    change: dict[str, object],
) -> None:
    """Nothing is half saved, and all that was typed stands there again."""
    good = {"categories": ["devops"], "depth": "brief", "hour": "9", "until": "2026-12-09"}
    form: dict[str, object] = good | {"address": "new@reader.example"} | change
    answer = client.post(path, data=form)
    assert answer.status_code == 422
    root = tree_of(answer.text)
    assert "Nothing is saved yet" in words_of(root, "p[@role='alert']")[0]
    assert root.find(f".//p[@id='{next(iter(change))}-wrong']") is not None
    for name in {"until", "address"} - set(change):
        field = root.find(f".//input[@name='{name}']")
        assert field is not None
        assert field.get("value") == form[name]
    stored = _stored(sessions, reader)
    assert (stored.follows, stored.hour, stored.paused_until) == (1, None, None)
    with transaction(sessions) as session:
        assert session.scalars(select(Letter)).all() == []


def test_everything_on_the_page_is_saved_by_one_press(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str
) -> None:
    form = {"categories": ["devops"], "depth": "brief", "hour": "9", "until": "2026-12-09"}
    root = tree_of(client.post(path, data=form | {"address": "new@reader.example"}).text)
    assert "on its way to new@reader.example" in words_of(root, "p[@role='status']")[0]
    stored = _stored(sessions, reader)
    assert (stored.follows, stored.depth, stored.hour) == (2, Depth.BRIEF, 9)
    assert stored.paused_until == datetime(2026, 12, 9, tzinfo=UTC)
    with transaction(sessions) as session:
        assert session.scalars(select(Letter.address)).all() == ["new@reader.example"]


def test_pause_ends_with_the_day_on_the_readers_clocks_and_can_be_ended_at_once(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str
) -> None:
    form = FORM | {"time_zone": "Asia/Tokyo", "until": "2026-12-09"}
    for _ in range(2):  # the second time the day stands there already
        root = tree_of(client.post(path, data=form).text)
        assert words_of(root, "p[@id='coming']") == [
            "No issue comes to you until Wednesday 9 December 2026."
        ]
        ends_at = datetime(2026, 12, 8, 15, tzinfo=UTC)
        assert _stored(sessions, reader).paused_until == ends_at
    # Another zone moves no pause that is not touched.
    client.post(path, data=form | {"time_zone": "UTC"})
    assert _stored(sessions, reader).paused_until == ends_at
    root = tree_of(client.post(path, data=form | {"resume": "1"}).text)
    assert root.find(".//input[@name='resume']") is None
    assert _stored(sessions, reader).paused_until is None
    client.post(path, data=form)
    client.post(path, data=FORM | {"until": ""})
    assert _stored(sessions, reader).paused_until is None


def test_pause_is_nobodys_who_gets_nothing_anyhow(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str
) -> None:
    with transaction(sessions) as session:
        session.get_one(Subscriber, reader.id).state = SubscriberState.LEFT
    assert tree_of(client.get(path).text).find(".//input[@name='until']") is None
    client.post(path, data=FORM | {"until": "2026-12-09"})
    assert _stored(sessions, reader).paused_until is None


def test_reader_who_must_not_be_written_to_is_told_so_and_offered_nothing(
    client: TestClient, sessions: Sessions, reader: Subscriber, path: str, now: datetime
) -> None:
    with transaction(sessions) as session:
        row = session.get_one(Subscriber, reader.id)
        row.state = SubscriberState.LEFT
        address, why = parse_address(row.address or ""), SuppressionReason.COMPLAINT
        suppress(session, CLI, address, why, note="", pepper=PEPPER, now=now)
    root = tree_of(client.get(path).text)
    assert "Please sign up with another." in words_of(root, "p[@id='coming']")[0]
    assert words_of(root, "button") == ["Use that", "Save"]


def test_nobody_is_promised_the_next_issue_in_a_warm_up(
    client: TestClient, sessions: Sessions, path: str, now: datetime
) -> None:
    with transaction(sessions) as session:
        for _ in range(3):
            make_subscriber(session, follows=1)
        start_warm_up(session, CLI, now, first=2, days=9)
    said = words_of(tree_of(client.get(path).text), "p[@id='coming']")[0]
    assert said.startswith("For now each issue goes to only some of our readers: you get the next")
    assert "due on" not in said


@pytest.mark.parametrize("state", [SubscriberState.LEFT, SubscriberState.PENDING])
def test_reader_who_gets_nothing_comes_in_by_one_press_of_their_own(
    client: TestClient,
    sessions: Sessions,
    reader: Subscriber,
    path: str,
    now: datetime,
    state: SubscriberState,
) -> None:
    with transaction(sessions) as session:
        row = session.get_one(Subscriber, reader.id)
        row.state, row.confirmed_at = state, None
        row.paused_until = now + timedelta(days=9)  # before that was over with leaving
    assert words_of(tree_of(client.get(path).text), "button")[0] == "Yes, send me Devoured"
    answer = client.post(f"{path}/back")
    assert words_of(tree_of(answer.text), "p[@role='status']")[0] == "You are in."
    assert "You get the next issue" in words_of(tree_of(answer.text), "p[@id='coming']")[0]
    assert _stored(sessions, reader).state is SubscriberState.ACTIVE


@pytest.mark.parametrize(
    ("method", "below"),
    [
        ("GET", ""),
        ("POST", ""),
        ("POST", "/back"),
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


def test_page_may_run_our_script_and_ask_nobody(client: TestClient, path: str) -> None:
    policy = client.get(path).headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "connect-src" not in policy
    assert "default-src 'none'" in policy


def test_mail_may_lead_to_a_part_of_the_page(client: TestClient, path: str) -> None:
    root = tree_of(client.get(path).text)
    for part in ("categories", "pause", "new-address", "your-data"):
        assert root.find(f".//*[@id='{part}']") is not None
