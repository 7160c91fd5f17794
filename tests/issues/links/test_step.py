from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import Sessions
from app.enums import IssueState, LinkOutcome
from app.issues.links.look import LinkNetwork, LinkResult
from app.issues.links.step import (
    GOOD_FOR,
    KEPT_FOR,
    check_links,
    forget_old_link_checks,
    link_checks_of,
    remember,
    waiting_links,
)
from app.models import Category, Issue, LinkCheck, Publication
from app.sentences import Sentence
from tests.factories import make_category, make_issue, make_story
from tests.issues.links.site import Site, serving

BASE_URL = "https://digest.dev"


def _answers(status: int) -> tuple[Sentence, int]:
    return Sentence("answers %(status)s", status=status), status


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def ai(session: Session) -> Category:
    return make_category(session, "ai")


def _issue(session: Session, ai: Category, *urls: str, **fields: object) -> Issue:
    issue = make_issue(session, **fields)
    for url in urls:
        make_story(session, issue, ai, url=url)
    return issue


def test_links_are_looked_at_once_and_remembered(
    session: Session, sessions: Sessions, ai: Category, site: Site, now: datetime
) -> None:
    urls = [f"http://news.dev:{site.port}/status/{status}" for status in (200, 404)]
    issue = _issue(session, ai, *urls, urls[0], f"{BASE_URL}/read/1", "")
    session.commit()
    reach = LinkNetwork(
        resolve=lambda *_: ["127.0.0.1"],
        may_connect=lambda _: True,
        ports=frozenset({site.port}),
    )

    assert check_links(sessions, reach, BASE_URL, lambda: now) == 2
    assert check_links(sessions, reach, BASE_URL, lambda: now, issue.id) == 0
    seen = link_checks_of(session, [*urls, "https://never.dev", ""])
    assert {url: (s.outcome, s.status, s.seen_at) for url, s in seen.items()} == {
        urls[0]: (LinkOutcome.FINE, 200, now),
        urls[1]: (LinkOutcome.GONE, 404, now),
    }
    assert len([one for one in site.asked if "/status/200" in one]) == 1


def test_links_wait_again_when_they_were_seen_long_ago(
    session: Session, ai: Category, now: datetime
) -> None:
    url = "https://news.dev/a"
    issue = _issue(session, ai, url)
    remember(session, [LinkResult(url, LinkOutcome.FINE, *_answers(200))], now)
    assert waiting_links(session, BASE_URL, now + GOOD_FOR) == []
    assert waiting_links(session, BASE_URL, now + GOOD_FOR + timedelta(seconds=1)) == [url]
    assert waiting_links(session, BASE_URL, now + timedelta(minutes=2), issue.id) == [url]


@pytest.mark.parametrize("state", list(IssueState))
def test_links_of_issues_that_are_still_to_be_sent_wait(
    session: Session, ai: Category, now: datetime, state: IssueState
) -> None:
    issue = _issue(session, ai, "https://news.dev/a", state=state)
    waits = state in {IssueState.DRAFT, IssueState.APPROVED, IssueState.SCHEDULED}
    assert bool(waiting_links(session, BASE_URL, now)) is waits
    assert waiting_links(session, BASE_URL, now, issue.id) == ["https://news.dev/a"]


def test_links_of_old_drafts_do_not_wait(session: Session, ai: Category, now: datetime) -> None:
    old = _issue(session, ai, "https://news.dev/a", issued_on=now.date() - timedelta(days=3))
    assert waiting_links(session, BASE_URL, now) == []
    old.issued_on += timedelta(days=1)
    session.flush()
    assert waiting_links(session, BASE_URL, now) == ["https://news.dev/a"]


def test_later_look_takes_the_place_of_an_earlier_one(session: Session, now: datetime) -> None:
    url = "https://news.dev/" + "ä" * 1900
    remember(session, [LinkResult(url, LinkOutcome.GONE, *_answers(404))], now)
    later = now + timedelta(hours=1)
    remember(session, [LinkResult(url, LinkOutcome.FINE, *_answers(200))], later)
    remember(session, [], later)
    (row,) = session.scalars(select(LinkCheck)).all()
    assert (row.outcome, row.told, row.status, row.seen_at) == (
        *(LinkOutcome.FINE, "answers 200"),
        *(200, later),
    )


def test_old_sights_are_forgotten(session: Session, now: datetime) -> None:
    remember(session, [LinkResult("https://news.dev/a", LinkOutcome.FINE, *_answers(200))], now)
    forget_old_link_checks(session, now + KEPT_FOR)
    assert len(session.scalars(select(LinkCheck)).all()) == 1
    forget_old_link_checks(session, now + KEPT_FOR + timedelta(seconds=1))
    assert session.scalars(select(LinkCheck)).all() == []


def test_link_of_the_sponsor_waits_like_those_of_stories(
    session: Session, ai: Category, now: datetime
) -> None:
    story, own, everywhere = (f"https://{name}.dev/" for name in ("news", "hosting", "tools"))
    publication = session.scalars(select(Publication)).one()
    publication.sponsor = {"label": "", "text": "Tools.", "url": everywhere}
    usual = _issue(session, ai, story)
    own_issue = _issue(session, ai, sponsor={"label": "", "text": "Servers.", "url": own})
    without = _issue(session, ai, sponsor={"label": "", "text": "", "url": own})
    session.flush()
    assert waiting_links(session, BASE_URL, now, usual.id) == [story, everywhere]
    assert waiting_links(session, BASE_URL, now, own_issue.id) == [own]
    assert waiting_links(session, BASE_URL, now, without.id) == []


def test_links_within_texts_wait_like_the_storys_own(
    session: Session, ai: Category, now: datetime
) -> None:
    marked = {
        "what": "By [them](https://what.dev/) and *others*, [write](mailto:them@what.dev).",
        "deep_dive": ["None", "[Two](https://deep.dev/), [again](https://deep.dev/)"],
        "decoder": [{"term": "[T](https://term.dev/)", "definition": "[D](https://means.dev/)"}],
        "article": "[Not in a mail](https://article.dev/)",
    }
    issue = make_issue(session)
    make_story(session, issue, ai, url="https://own.dev/", **marked)
    make_story(session, issue, ai, url="", **marked | {"what": f"[Ours]({BASE_URL}/read/1)"})
    before = make_issue(session, issued_on=issue.issued_on + timedelta(days=1))
    make_story(session, before, ai, url="https://old.dev/", reads_markdown=False, **marked)
    assert waiting_links(session, BASE_URL, now, issue.id) == [
        "https://deep.dev/",
        "https://means.dev/",
        "https://own.dev/",
        "https://what.dev/",
    ]
    assert waiting_links(session, BASE_URL, now, before.id) == ["https://old.dev/"]
