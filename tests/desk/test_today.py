"""Today: what goes out next and what it lacks, how the last issue went, the days ahead."""

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.enums import DeliveryState, IssueState, LinkKind, LinkOutcome
from app.issues.lifecycle import approve
from app.issues.links.step import url_hash
from app.issues.scheduling import schedule
from app.models import (
    Category,
    Issue,
    LinkCheck,
    Story,
    TrackedLink,
)
from app.publication.publication import get_publication
from app.settings import Settings
from tests.desk.browsing import Browsing, figures, said_by, whole
from tests.desk.conftest import TODAY, Clock
from tests.factories import make_issue, make_story, make_subscriber
from tests.ledger import write_down


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Tell what was seen at links; nobody looks, since no worker runs."""
    return settings.model_copy(update={"check_links": True})


def test_empty_desk_shows_the_three_ways_to_begin(editor: Browsing, ai: Category) -> None:
    said = whole(editor)
    assert "Your first issue" in said
    for way in ("Paste a digest", "Send a file", "Begin with an empty one"):
        assert way in said
    assert "Needs you Nothing just now." in said


def test_next_issue_says_when_who_and_that_nothing_is_missing(
    editor: Browsing, draft: Issue
) -> None:
    said = whole(editor)
    assert "Next: Monday 23 November 07:00 Vienna, now" in said
    assert "draft · AI 1" in said
    assert "2 readers in 2 cuts" in said
    assert "Nothing blocks approval." in said


def test_what_blocks_approval_is_named_with_its_mend(
    editor: Browsing, session: Session, draft: Issue, ai: Category
) -> None:
    make_story(session, draft, ai, title="A half one", what="")
    session.commit()
    said = whole(editor)
    assert "1 thing blocks approval" in said
    assert "“A half one”" in said


def test_links_that_may_fail_are_named(
    editor: Browsing, session: Session, draft: Issue, now: datetime
) -> None:
    url = session.scalars(select(Story.url).where(Story.issue_id == draft.id)).one()
    seen = {"outcome": LinkOutcome.FAILING, "detail": "answers with 500", "seen_at": now}
    session.add(LinkCheck(url_hash=url_hash(url), url=url, **seen))
    session.commit()
    said = whole(editor)
    assert "1 link may fail" in said
    assert "answers with 500" in said


def test_passed_time_of_a_draft_issaid_by(editor: Browsing, draft: Issue, clock: Clock) -> None:
    clock.ahead = timedelta(hours=2)
    said = whole(editor)
    assert "07:00 Vienna, 2 hrs ago" in said
    assert "Its time has passed." in said


def test_day_without_an_issue_comes_before_a_later_issue(
    editor: Browsing, session: Session, draft: Issue, clock: Clock
) -> None:
    issue = session.get_one(Issue, draft.id)
    issue.issued_on = TODAY + timedelta(days=3)
    session.commit()
    clock.ahead = timedelta(hours=1)
    said = whole(editor)
    assert "Next: Tuesday 24 November 07:00 Vienna, in 23 hrs" in said
    assert "There is nothing for that day yet." in said


def test_scheduled_time_counts_and_is_said_in_the_zone_of_the_publication(
    editor: Browsing, session: Session, draft: Issue, now: datetime
) -> None:
    approve(session, CLI, draft.id, now)
    schedule(session, CLI, draft.id, now, send_at=now + timedelta(minutes=72))
    session.commit()
    page = editor.get("/desk?whole=1")
    assert "08:12 Vienna, in 1 hr 12 mins" in said_by(page)
    assert f'data-at="{(now + timedelta(minutes=72)).isoformat()}"' in page.text
    assert 'data-zone="Europe/Vienna"' in page.text
    german = said_by(editor.get("/desk?whole=1&lang=de"))
    assert "08:12 Wien, in 1 Std. 12 Min." in german


def test_readers_are_counted_by_a_part_of_its_own(editor: Browsing, draft: Issue) -> None:
    page = editor.get("/desk")
    assert "2 readers" not in said_by(page)
    assert 'data-hx-get="/desk/today/next"' in page.text
    assert "2 readers in 2 cuts" in said_by(editor.get("/desk/today/next"))
    assert "script-src 'self'; connect-src 'self'" in page.headers["content-security-policy"]


def test_last_issue_tells_its_figures_and_the_story_most_read(
    editor: Browsing, session: Session, ai: Category, now: datetime
) -> None:
    began = now - timedelta(hours=23)
    issue = make_issue(
        session,
        issued_on=TODAY - timedelta(days=1),
        state=IssueState.SENT,
        launched_at=began,
        sent_at=began,
        n_due=4,
    )
    story = make_story(session, issue, ai, title="The one they read")
    states = [DeliveryState.DELIVERED] * 2 + [DeliveryState.BOUNCED, DeliveryState.IN_DOUBT]
    for state in states:
        write_down(session, issue, state, began)
    make_subscriber(session, follows=1, state="left", left_at=began + timedelta(hours=1))
    make_subscriber(session, follows=1, state="left", left_at=began - timedelta(hours=1))
    link = {"issue_id": issue.id, "story_id": story.id, "url": "https://example.com/"}
    session.add(TrackedLink(kind=LinkKind.STORY, n_human=3, n_readers=1, **link))
    session.commit()
    page = editor.get("/desk?whole=1")
    shown = figures(page)
    for figure in ("2 delivered", "1 bounced", "0 complained", "1 left within a day"):
        assert figure in shown
    assert "Yesterday" in said_by(page)
    assert "Most read: The one they read, 50 % 1 reader" in said_by(page)
    assert "1 reader in doubt" in said_by(page)


def test_two_weeks_show_states_and_empty_days(
    editor: Browsing, session: Session, draft: Issue, now: datetime
) -> None:
    get_publication(session).weekdays = [1, 2, 3, 4, 5]
    session.commit()
    strip = editor.get("/desk").text.partition('class="days"')[2]
    days = [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in strip.split("<li")[1:]]
    assert len(days) == 14
    assert "Mon 23 Nov today draft" in days[0]
    assert 'class="empty"' in days[1] or "nothing yet" in days[1]
    assert "no mail that day" in days[5]
