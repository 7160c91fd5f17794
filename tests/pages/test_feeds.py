from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.etree.ElementTree import Element, fromstring

import pytest
from fastapi.testclient import TestClient

from app.clock import system_clock
from app.container import Container
from app.db.session import Sessions, transaction
from app.enums import IssueState
from app.main import create_app
from app.models import Issue, Publication, Story
from app.pages import sitemap
from tests.factories import make_category, make_issue, make_story
from tests.pages.markup import tree_of, words_of

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
EVIL = "]]></content><script>alert(1)</script>&nbsp;\"'{% raw %}<!-- й 🙂"


def _xml(text: str) -> Element:
    return fromstring(text)  # noqa: S314  # it is our own


def _titles(root: Element) -> list[str | None]:
    return [entry.findtext(f"{ATOM}title") for entry in root.iter(f"{ATOM}entry")]


@pytest.mark.usefixtures("published")
def test_feed_has_the_stories_in_reading_order(client: TestClient) -> None:
    answer = client.get("/feed.xml")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    root = _xml(answer.text)
    assert _titles(root) == ["First of AI", "Second of AI", "Only one of DevOps"]
    for name in ("id", "title", "updated", "author"):
        assert root.find(f"{ATOM}{name}") is not None
    ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
    assert len(set(ids)) == 3
    content = root.findtext(f"{ATOM}entry/{ATOM}content")
    assert content is not None
    assert "<h2>Why it matters</h2>" in content


def _entries(root: Element) -> dict[str, tuple[str, str]]:
    """Return each entry's id and time by its title."""
    return {
        entry.findtext(f"{ATOM}title", ""): (
            entry.findtext(f"{ATOM}id", ""),
            entry.findtext(f"{ATOM}published", ""),
        )
        for entry in root.iter(f"{ATOM}entry")
    }


@pytest.mark.usefixtures("published")
def test_ids_survive_another_host_and_https(container: Container) -> None:
    told = []
    for base_url in ("http://127.0.0.1:8000", "https://news.example", "https://news.example/a"):
        settings = container.settings.model_copy(update={"base_url": base_url})
        with TestClient(create_app(replace(container, settings=settings))) as client:
            root = _xml(client.get("/feed.xml").text)
            assert base_url in (root.findtext(f"{ATOM}icon") or "")
            told.append((root.findtext(f"{ATOM}id"), _entries(root)))

    assert told[0] == told[1] == told[2]
    assert all(one.startswith("urn:uuid:") for one, _ in told[0][1].values())


@pytest.mark.usefixtures("published")
def test_entry_is_the_same_in_every_feed_and_feeds_differ(client: TestClient) -> None:
    everything, devops = (
        _xml(client.get(path).text) for path in ("/feed.xml", "/categories/devops/feed.xml")
    )
    assert everything.findtext(f"{ATOM}id") != devops.findtext(f"{ATOM}id")
    assert _entries(devops).items() <= _entries(everything).items()


@pytest.mark.usefixtures("published")
def test_who_sorts_by_time_keeps_the_reading_order(client: TestClient) -> None:
    entries = _entries(_xml(client.get("/feed.xml").text))
    newest_first = sorted(entries, key=lambda title: entries[title][1], reverse=True)

    assert newest_first == ["First of AI", "Second of AI", "Only one of DevOps"]
    assert len({at for _, at in entries.values()}) == 3


def test_story_that_lies_right_to_left_does_so_in_feed_and_page(
    client: TestClient, sessions: Sessions
) -> None:
    with transaction(sessions) as session:
        issue = make_issue(session, state=IssueState.SENT, launched_at=system_clock())
        told = {"title": "مرحبا", "summary": "ملخص من جملة.", "what": "ماذا حدث."}
        story = make_story(session, issue, make_category(session, "ai"), **told)
    content = _xml(client.get("/feed.xml").text).findtext(f"{ATOM}entry/{ATOM}content") or ""
    page = tree_of(client.get(f"/read/{issue.id}/{story.id}").text)
    listed = tree_of(client.get(f"/read/{issue.id}").text)

    assert content.strip().startswith('<div dir="rtl">')
    assert content.strip().endswith("</div>")
    assert page.get("dir") == "ltr"
    for root in (page, listed):
        assert [one.get("dir") for one in root.iter("article")] == ["rtl"]


@pytest.mark.parametrize("language", ["ar", "fa-IR"])
def test_page_of_such_a_publication_turns_its_stories_only_where_they_lie_so(
    client: TestClient, sessions: Sessions, language: str
) -> None:
    with transaction(sessions) as session:
        session.get_one(Publication, 1).language = language
        issue = make_issue(session, state=IssueState.SENT, launched_at=system_clock())
        home = make_category(session, "ai")
        make_story(session, issue, home, title="English", summary="All of it.", what="Words.")
        make_story(session, issue, home, title="2026", summary="7", what="8")
    page = tree_of(client.get(f"/read/{issue.id}").text)

    assert [one.get("dir") for one in page.iter("article")] == [None, "rtl"]


@pytest.mark.usefixtures("published")
def test_feed_of_a_category_has_only_its_stories(client: TestClient) -> None:
    root = _xml(client.get("/categories/devops/feed.xml").text)
    assert _titles(root) == ["Only one of DevOps"]
    assert root.findtext(f"{ATOM}title") == "Devoured: DevOps"
    assert client.get("/categories/nothing/feed.xml").status_code == 404
    assert client.get("/categories/a%00b").status_code == 404


def test_feed_is_sound_when_nothing_came_out(client: TestClient) -> None:
    assert _titles(_xml(client.get("/feed.xml").text)) == []


def test_feed_is_sound_whatever_authors_write(client: TestClient, sessions: Sessions) -> None:
    with transaction(sessions) as session:
        home = make_category(session, "новости", name=EVIL)
        issue = make_issue(session, state=IssueState.SENT, launched_at=system_clock())
        fields = dict.fromkeys(("title", "summary", "what", "takeaway"), EVIL)
        make_story(
            session,
            issue,
            home,
            **fields,
            url="javascript:alert(1)",
            deep_dive=[EVIL],
            decoder=[{"term": EVIL, "definition": "\x0b\x1f\ufffe"}],
        )
        session.get_one(Publication, 1).name = EVIL
    for path in ("/feed.xml", "/categories/новости/feed.xml"):
        root = _xml(client.get(path).text)
        assert _titles(root) == [EVIL]
        assert not [link for link in root.iter(f"{ATOM}link") if link.get("rel") == "via"]
        content = root.findtext(f"{ATOM}entry/{ATOM}content") or ""
        assert "<script" not in content
        assert words_of(tree_of(f"<!doctype html><title>x</title>{content}"), "li") == [
            " ".join(EVIL.split())
        ]
    for path in ("/sitemap.xml", "/sitemap-pages.xml"):
        _xml(client.get(path).text)


def test_feed_says_when_it_changed_and_is_not_sent_again(
    client: TestClient, published: Issue
) -> None:
    first = client.get("/feed.xml")
    assert published.launched_at is not None
    changed = format_datetime(published.launched_at.astimezone(UTC), usegmt=True)
    assert first.headers["last-modified"] == changed
    assert client.get("/feed.xml", headers={"If-Modified-Since": changed}).status_code == 304
    for since in ("yesterday", "Mon, 01 Jan 2024 00:00:00 GMT", ""):
        assert client.get("/feed.xml", headers={"If-Modified-Since": since}).status_code == 200
    both = {"If-Modified-Since": changed, "If-None-Match": '"other"'}
    assert client.get("/feed.xml", headers=both).status_code == 200


def test_sitemaps_lead_to_every_page_that_came_out_and_to_no_other(
    client: TestClient, sessions: Sessions, published: Issue, stories: dict[str, Story]
) -> None:
    with transaction(sessions) as session:
        make_story(session, make_issue(session), title="A draft")
    index = _xml(client.get("/sitemap.xml").text)
    maps = [place.text or "" for place in index.iter(f"{MAP}loc")]
    found = {
        (place.text or "").removeprefix("http://127.0.0.1:8000")
        for one in maps
        for place in _xml(client.get(one).text).iter(f"{MAP}loc")
    }
    expected = {f"/read/{published.id}/{story.id}" for story in stories.values()}
    expected |= {"/", "/read", f"/read/{published.id}", "/categories/ai", "/categories/devops"}
    assert found == expected
    for path in found:
        assert client.get(path).status_code == 200
    robots = client.get("/robots.txt").text
    assert f"Sitemap: {'http://127.0.0.1:8000'}/sitemap.xml" in robots
    for name in ("confirm", "leave", "preferences", "address", "stay"):
        assert f"Disallow: /{name}/" in robots


def test_sitemap_stays_within_its_limit(
    sessions: Sessions, published: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "MAX_ADDRESSES", 2)
    with transaction(sessions) as session:
        assert len(sitemap.places_of(session, 2026, 11)) == 2


@pytest.mark.parametrize("name", ["2026-13", "2026-0", "0-1", "99999-12", "9999-12", "1999-01"])
@pytest.mark.usefixtures("published")
def test_sitemap_is_not_found_when_nothing_came_out_in_its_month(
    client: TestClient, name: str
) -> None:
    assert client.get(f"/sitemap-{name}.xml").status_code == 404


def test_category_page_shows_its_stories_issue_by_issue_and_turns_pages(
    client: TestClient, sessions: Sessions, now: datetime
) -> None:
    with transaction(sessions) as session:
        ai, other = make_category(session, "ai", name="AI"), make_category(session, "other")
        for n in range(11):
            issue = make_issue(
                session,
                issued_on=now.date() - timedelta(days=n),
                state=IssueState.SENT,
                launched_at=now - timedelta(days=n),
            )
            make_story(session, issue, ai, title=f"AI {n}")
            make_story(session, issue, other, title=f"Other {n}")
    first = tree_of(client.get("/categories/ai").text)
    assert words_of(first, "h3") == [f"AI {n}" for n in range(10)]
    turn = first.find(".//a[@rel='next']")
    assert turn is not None
    assert words_of(tree_of(client.get(turn.get("href", "")).text), "h3") == ["AI 10"]
    for path in ("/categories/ai?page=3", "/categories/none", "/read?page=2"):
        assert client.get(path).status_code == 404


def test_issue_leads_to_the_one_before_and_the_one_after(
    client: TestClient, sessions: Sessions, now: datetime
) -> None:
    with transaction(sessions) as session:
        ai = make_category(session)
        ids = []
        for n in range(3):
            out = {"state": IssueState.SENT, "launched_at": now} if n < 2 else {}
            issue = make_issue(session, issued_on=now.date() + timedelta(days=n), **out)
            make_story(session, issue, ai)
            ids.append(issue.id)
    root = tree_of(client.get(f"/read/{ids[0]}").text)
    assert [link.get("href") for link in root.findall(".//a[@rel='next']")] == [f"/read/{ids[1]}"]
    root = tree_of(client.get(f"/read/{ids[1]}").text)
    assert [link.get("href") for link in root.findall(".//a[@rel='prev']")] == [f"/read/{ids[0]}"]
    assert root.findall(".//a[@rel='next']") == []
