from datetime import time

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from app.db.session import Sessions, transaction
from app.enums import Depth, LetterKind, SubscriberState
from app.models import Issue, Letter, Publication, Story, Subscriber
from app.pages.when import schedule_line
from tests.factories import make_category, make_subscriber
from tests.pages.markup import links_of, tree_of, words_of

ADDRESS = "ada@reader.example"
GOOD = {"address": ADDRESS, "categories": ["ai"], "depth": "deep"}


def test_front_page_offers_every_category_ticked_and_a_depth(
    client: TestClient, published: Issue
) -> None:
    root = tree_of(client.get("/").text)
    boxes = root.findall(".//input[@type='checkbox']")
    assert [box.get("value") for box in boxes] == ["ai", "devops"]
    assert all(box.get("checked") is not None for box in boxes)
    depths = {radio.get("value"): radio for radio in root.findall(".//input[@type='radio']")}
    assert list(depths) == ["headlines", "brief", "deep"], "one more is for who has read some"
    assert depths["brief"].get("checked") is not None
    assert links_of(root)["Read the latest issue"] == f"/read/{published.id}"


def test_form_sent_at_depth_whole_comes_back_with_it(
    client: TestClient, sessions: Sessions, published: Issue
) -> None:
    again = client.post("/signup", data=GOOD | {"depth": "whole", "address": "ada"})
    assert again.status_code == 422
    radios = tree_of(again.text).findall(".//input[@type='radio']")
    chosen = [one.get("value") for one in radios if one.get("checked") is not None]
    assert (len(radios), chosen) == (4, ["whole"])
    client.post("/signup", data=GOOD | {"depth": "whole"})
    with transaction(sessions) as session:
        assert session.scalars(select(Subscriber.depth)).all() == [Depth.WHOLE]


def test_front_page_links_headlines_and_says_when_the_next_issue_comes(
    client: TestClient, sessions: Sessions, published: Issue, stories: dict[str, Story]
) -> None:
    with transaction(sessions) as session:
        session.get_one(Publication, 1).time_zone = "Europe/Vienna"
    links = links_of(tree_of(client.get("/").text))
    for title, story in stories.items():
        assert links[title] == f"/read/{published.id}/{story.id}"
    assert _next_line(client) == [
        "The next issue is due on Tuesday 24 November at 07:00 (Europe/Vienna)."
    ]
    assert "am Dienstag, 24. November um 07:00 Uhr" in _next_line(client, "de")[0]
    with transaction(sessions) as session:
        session.get_one(Publication, 1).weekdays = []
    assert _next_line(client) == []


def test_front_page_says_when_the_first_issue_comes(client: TestClient, sessions: Sessions) -> None:
    with transaction(sessions) as session:
        make_category(session, "ai")
    assert _next_line(client)[0].startswith("The first issue is due on Monday 23 November at ")


def _next_line(client: TestClient, language: str = "en") -> list[str]:
    return words_of(tree_of(client.get(f"/?lang={language}").text), "p[@class='next']")


def test_front_page_has_no_form_when_there_is_nothing_to_follow(client: TestClient) -> None:
    root = tree_of(client.get("/").text)
    assert root.find(".//form") is None


def test_signup_takes_nobody_when_there_is_nothing_to_follow(
    client: TestClient, sessions: Sessions
) -> None:
    answer = client.post("/signup", data=GOOD)
    assert answer.status_code == 422
    assert tree_of(answer.text).find(".//form") is None
    with transaction(sessions) as session:
        assert session.scalar(select(func.count()).select_from(Subscriber)) == 0


@pytest.mark.usefixtures("published")
def test_signup_makes_a_pending_reader_and_one_mail(client: TestClient, sessions: Sessions) -> None:
    answer = client.post("/signup", data=GOOD)
    assert answer.status_code == 202
    assert words_of(tree_of(answer.text), "h1") == ["Check your mail"]
    with transaction(sessions) as session:
        subscriber = session.scalars(select(Subscriber)).one()
        assert subscriber.address == ADDRESS
        assert subscriber.state is SubscriberState.PENDING
        assert (subscriber.follows, subscriber.depth) == (1, Depth.DEEP)
        letter = session.scalars(select(Letter)).one()
        assert letter.kind is LetterKind.CONFIRMATION


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("path", "accepted", "kept"),
    [("/signup", "de-AT,de;q=0.9", "de"), ("/signup?lang=de", "en", "de"), ("/signup", "fr", "en")],
)
def test_signup_keeps_the_language_that_the_page_was_in(
    client: TestClient, sessions: Sessions, path: str, accepted: str, kept: str
) -> None:
    client.post(path, data=GOOD, headers={"Accept-Language": accepted})
    with transaction(sessions) as session:
        assert session.scalars(select(Subscriber.language)).one() == kept


@pytest.mark.usefixtures("published")
def test_signup_answers_the_same_whatever_is_known_of_the_address(
    client: TestClient, sessions: Sessions
) -> None:
    first = client.post("/signup", data=GOOD)
    answers = [client.post("/signup", data=GOOD)]
    for state in (SubscriberState.ACTIVE, SubscriberState.LEFT):
        with transaction(sessions) as session:
            session.scalars(select(Subscriber)).one().state = state
        answers.append(client.post("/signup", data=GOOD))
    for answer in answers:
        assert (answer.status_code, answer.content) == (first.status_code, first.content)
        assert "set-cookie" not in answer.headers


@pytest.mark.usefixtures("published")
def test_signup_shows_the_form_again_with_what_was_typed_when_the_address_is_none(
    client: TestClient, sessions: Sessions
) -> None:
    answer = client.post("/signup", data=GOOD | {"address": "ada@@reader.example"})
    assert answer.status_code == 422
    root = tree_of(answer.text)
    field = root.find(".//input[@id='address']")
    assert field is not None
    assert field.get("value") == "ada@@reader.example"
    told = root.find(f".//p[@id='{field.get('aria-describedby')}']")
    assert told is not None
    assert told.text
    ticked = root.findall(".//input[@checked]")
    assert [choice.get("value") for choice in ticked] == ["ai", "deep"]
    with transaction(sessions) as session:
        assert session.scalar(select(func.count()).select_from(Subscriber)) == 0


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"address": " "}, "address-wrong"),
        ({"categories": []}, "categories-wrong"),
        ({"categories": ["no-such"]}, "categories-wrong"),
        ({"depth": "bottomless"}, "depth-wrong"),
    ],
)
def test_signup_says_beside_the_field_what_is_wrong_when_something_is(
    client: TestClient, change: dict[str, object], place: str
) -> None:
    answer = client.post("/signup", data=GOOD | change)
    assert answer.status_code == 422
    assert tree_of(answer.text).find(f".//p[@id='{place}']") is not None


@pytest.mark.usefixtures("published")
def test_signup_escapes_the_address_when_it_is_markup(client: TestClient) -> None:
    typed = '"><script>alert(1)</script>@reader.example'
    answer = client.post("/signup", data=GOOD | {"address": typed})
    field = tree_of(answer.text).find(".//input[@id='address']")
    assert field is not None
    assert field.get("value") == typed


def test_signup_address_leads_to_the_form_when_it_is_opened(client: TestClient) -> None:
    answer = client.get("/signup")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_signup_leaves_an_active_reader_as_they_are(client: TestClient, sessions: Sessions) -> None:
    with transaction(sessions) as session:
        make_category(session, "ai")
        make_subscriber(session, ADDRESS, depth=Depth.HEADLINES)
    client.post("/signup", data=GOOD)
    with transaction(sessions) as session:
        reader = session.scalars(select(Subscriber)).one()
        assert (reader.state, reader.depth) == (SubscriberState.ACTIVE, Depth.HEADLINES)
        assert session.scalar(select(func.count()).select_from(Letter)) == 0


@pytest.mark.parametrize(
    ("weekdays", "expected"),
    [
        ([1, 2, 3, 4, 5], "Monday to Friday at 07:00 (UTC)"),
        ([1, 2, 3, 4, 5, 6, 7], "every day at 07:00 (UTC)"),
        ([], ""),
        ([6, 1], "on Mondays and Saturdays at 07:00 (UTC)"),
    ],
)
def test_schedule_line_names_the_days(
    sessions: Sessions, weekdays: list[int], expected: str
) -> None:
    with transaction(sessions) as session:
        publication = session.get_one(Publication, 1)
        publication.weekdays = weekdays
        publication.time_zone = "UTC"
        assert schedule_line(publication, []) == expected


def test_schedule_line_says_nothing_where_a_category_has_hours_of_its_own(
    sessions: Sessions,
) -> None:
    with transaction(sessions) as session:
        late = make_category(session, "late", send_time=time(17))
        assert schedule_line(session.get_one(Publication, 1), [late]) == ""
