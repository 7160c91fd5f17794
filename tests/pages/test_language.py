from datetime import date, datetime

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from app.container import Container, build
from app.db.session import Sessions, transaction
from app.main import create_app
from app.models import Issue, Story, Subscriber
from app.pages.language import activate, gettext, languages, listing, long_date, n_stories, number
from app.pages.negotiate import best_of, keep_choice
from app.settings import Settings
from app.tokens import Purpose
from tests.factories import make_subscriber
from tests.pages.markup import links_of, tree_of, words_of


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT, en;q=0.8", "de"),
        ("DE", "de"),
        ("en, de;q=0.9", "en"),
        ("fr, de;q=0.5, en;q=0.4", "de"),
        ("fr, es", "en"),
        ("de;q=0", "en"),
        ("*", "en"),
        ("de;q=x", "en"),
        (";;;,,,q=", "en"),
        ("deutsch", "en"),
    ],
)
def test_best_language_is_the_one_that_is_preferred(accepted: str, expected: str) -> None:
    assert best_of(accepted) == expected


@given(st.text(max_size=600))
def test_best_language_is_always_one_of_ours(accepted: str) -> None:
    assert best_of(accepted) in languages()


def test_page_is_in_the_language_that_the_browser_prefers(client: TestClient) -> None:
    answer = client.get("/leave", headers={"Accept-Language": "de-AT,de;q=0.9"})
    assert answer.headers["content-language"] == "de"
    assert answer.headers["vary"] == "Accept-Language"
    root = tree_of(answer.text)
    assert root.get("lang") == "de"
    assert links_of(root)["English"] == "?lang=en"


def test_each_language_has_an_etag_of_its_own(client: TestClient) -> None:
    english = client.get("/leave")
    german = client.get("/leave", headers={"Accept-Language": "de"})
    assert english.headers["content-language"] == "en"
    assert english.headers["etag"] != german.headers["etag"]
    asked = {"Accept-Language": "de", "If-None-Match": english.headers["etag"]}
    assert client.get("/leave", headers=asked).status_code == 200
    again = client.get("/leave", headers=asked | {"If-None-Match": german.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["vary"] == "Accept-Language"


def test_chosen_language_stays_in_every_link_and_is_not_overruled_by_the_browser(
    client: TestClient, published: Issue
) -> None:
    answer = client.get("/read?lang=de", headers={"Accept-Language": "en"})
    assert answer.headers["content-language"] == "de"
    assert "set-cookie" not in answer.headers
    root = tree_of(answer.text)
    for text, link in links_of(root).items():
        assert "lang=" in link or link.startswith("#"), text
    assert links_of(root)[published.subject] == f"/read/{published.id}?lang=de"
    sheet = root.find(".//link[@rel='stylesheet']")
    assert sheet is not None
    assert "lang=" not in sheet.get("href", "")


def test_other_language_is_offered_with_the_rest_of_the_address(client: TestClient) -> None:
    root = tree_of(client.get("/read?a=1&lang=de&b=%22%3E").text)
    assert links_of(root)["English"] == "?a=1&b=%22%3E&lang=en"


def test_unknown_language_is_as_if_none_were_asked_for(client: TestClient) -> None:
    answer = client.get("/read?lang=tlh", headers={"Accept-Language": "de"})
    assert answer.headers["content-language"] == "de"
    assert "lang=tlh" not in answer.text


def test_error_page_is_in_the_readers_language(client: TestClient) -> None:
    answer = client.get("/no/such/page", headers={"Accept-Language": "de"})
    assert answer.status_code == 404
    assert tree_of(answer.text).get("lang") == "de"


def test_story_keeps_its_words_in_every_language(
    client: TestClient, published: Issue, stories: dict[str, Story]
) -> None:
    path = f"/read/{published.id}/{stories['First of AI'].id}?lang=de"
    assert words_of(tree_of(client.get(path).text), "h1") == ["First of AI"]


def test_dates_and_numbers_are_written_as_the_language_does() -> None:
    day = date(2026, 4, 28)
    activate(languages()["en"])
    said = (long_date(day), number(1234), listing(["A", "B", "C"]), n_stories(1))
    assert said == ("Tuesday 28 April 2026", "1,234", "A, B and C", "1 story")
    activate(languages()["de"])
    assert (long_date(day), number(1234)) == ("Dienstag, 28. April 2026", "1.234")
    assert listing(["A", "B", "C"]) == "A, B und C"
    activate(languages()["en"])


@given(st.from_regex(r"/[a-z/?=]*(#[a-z]*)?", fullmatch=True))
def test_links_are_left_alone_when_nobody_chose(path: str) -> None:
    page = f'<a class="x" href="{path}">'
    assert keep_choice(page, "") == page


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ('<a href="/read">', '<a href="/read?lang=de">'),
        ('<a class="b" href="/read?p=2#x">', '<a class="b" href="/read?p=2&amp;lang=de#x">'),
        ('<form action="/signup" method="post">', '<form action="/signup?lang=de" method="post">'),
        ('<a href="#main">', '<a href="#main">'),
        ('<a href="?lang=en">', '<a href="?lang=en">'),
        ('<a href="//other.example/">', '<a href="//other.example/">'),
        ('<a href="https://other.example/">', '<a href="https://other.example/">'),
        ('<link href="/static/site.css">', '<link href="/static/site.css">'),
    ],
)
def test_links_to_our_own_pages_carry_the_choice(link: str, expected: str) -> None:
    activate(languages()["de"].chosen)
    assert keep_choice(link, "") == expected
    activate(languages()["en"])


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("form", ["/signup", "/preferences", "/preferences/{token}"])
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("ada", "A mail address has an @ in it, as in name@example.com."),
        ("ada@reader", "Something like “.com” is missing at the end."),
        ("ada(@reader.example", "There can be no “%(chars)s” before the @."),
        ("ada@reader.invalid", "Nobody gets mail at “%(domain)s”. Is it mistyped?"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_in_the_readers_language(
    client: TestClient,
    container: Container,
    sessions: Sessions,
    now: datetime,
    form: str,
    typed: str,
    sentence: str,
) -> None:
    with transaction(sessions) as session:
        reader: Subscriber = make_subscriber(session)
    path = form.format(token=container.signer.sign(Purpose.PREFERENCES, reader.public_id, now=now))
    fields = {"categories": "ai", "depth": "brief", "address": typed}
    answer = client.post(path, data=fields, headers={"Accept-Language": "de"})
    assert answer.status_code == 422
    german = _german(sentence) % {"chars": "(", "domain": "reader.invalid"}
    assert words_of(tree_of(answer.text), "p[@id='address-wrong']") == [german]


@pytest.mark.usefixtures("published")
def test_address_that_is_not_taken_is_refused_in_the_readers_language(
    settings: Settings, now: datetime
) -> None:
    strict = settings.model_copy(update={"refuse_disposable": True, "refuse_roles": True})
    container = build(strict, clock=lambda: now, enqueue_now=lambda _jobs: None)
    with TestClient(create_app(container)) as client:
        for typed, sentence in (
            ("ada@mailinator.com", "Please use an address that you will still have tomorrow."),
            (
                "info@reader.example",
                "Please use an address of your own, not one that several people read.",
            ),
        ):
            answer = client.post(
                "/signup", data={"address": typed}, headers={"Accept-Language": "de"}
            )
            assert words_of(tree_of(answer.text), "p[@id='address-wrong']") == [_german(sentence)]
    container.engine.dispose()


def _german(sentence: str) -> str:
    """Return the German text of a sentence, which must differ from it."""
    activate(languages()["de"])
    said = gettext(sentence)
    activate(languages()["en"])
    assert said != sentence
    return said
