"""Results: how an issue went, and beside it what mailboxes take."""

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.enums import Cause, DeliveryState, IssueState, LinkKind
from app.models import (
    Category,
    Deferral,
    DeliveryCount,
    Edition,
    Issue,
    Opinion,
    ReaderClick,
    Story,
    TrackedLink,
)
from tests.desk.browsing import Browsing, said_by
from tests.factories import make_issue, make_story, make_subscriber
from tests.ledger import write_down

HOUR = timedelta(hours=1)


@pytest.fixture
def sent(session: Session, ai: Category, now: datetime) -> Issue:
    began = now - 2 * HOUR
    issue = make_issue(
        session, state=IssueState.SENT, launched_at=began, sent_at=began, n_due=5, subject="Older"
    )
    make_story(session, issue, ai, title="The first")
    make_story(session, issue, ai, title="The <second>")
    states = [DeliveryState.DELIVERED] * 3 + [DeliveryState.BOUNCED, DeliveryState.IN_DOUBT]
    for state in states:
        write_down(session, issue, state, began)
    session.commit()
    return issue


def _whole(browsing: Browsing, issue: Issue, language: str = "en") -> str:
    return said_by(browsing.get(f"/desk/issues/{issue.id}/results?whole=1&lang={language}"))


def _link(session: Session, issue: Issue, kind: LinkKind, story_id: int, **counts: int) -> None:
    of = {"issue_id": issue.id, "story_id": story_id, "url": "https://a.example/"}
    session.add(TrackedLink(kind=kind, **of, **counts))


def _stories(session: Session, issue: Issue) -> list[Story]:
    found = session.query(Story).where(Story.issue_id == issue.id).order_by(Story.position)
    return list(found)


def test_issues_that_went_out_are_listed_newest_first(
    editor: Browsing, session: Session, sent: Issue, now: datetime
) -> None:
    make_issue(session, subject="Not gone out")
    make_issue(session, state=IssueState.SENDING, launched_at=now, n_due=1200, subject="Newer")
    session.commit()
    said = said_by(editor.get("/desk/results"))
    assert said.index("Newer") < said.index("Older")
    assert "1,200 readers, 0 clicks" in said
    assert "Not gone out" not in said


def test_results_say_how_many_said_that_it_was_good(
    editor: Browsing, session: Session, sent: Issue, now: datetime
) -> None:
    assert "Was this good?" not in _whole(editor, sent)
    of = {"issue_id": sent.id, "said_at": now}
    session.add_all(Opinion(subscriber_id=n, was_good=n > 1, **of) for n in range(1, 5))
    session.commit()
    assert "“Was this good?” Yes 3 · No 1 (75 % yes)" in _whole(editor, sent).replace("\xa0", " ")


def test_what_providers_put_off_is_told_with_why_and_how_many_still_wait(
    editor: Browsing, session: Session, sent: Issue, now: datetime
) -> None:
    assert "Put off" not in _whole(editor, sent)
    reader = make_subscriber(session, address="anna@gmail.com")
    write_down(session, sent, DeliveryState.ACCEPTED, now, reader)
    put_off = {"cause": Cause.OURS, "reason": "IPFailure 4.7.28", "at": now}
    session.add(Deferral(issue_id=sent.id, subscriber_id=reader.id, **put_off))
    session.commit()
    wanted = "1 Gmail: for what it has against us IPFailure 4.7.28 · 1 still waits"
    assert wanted in _whole(editor, sent)
    sending = said_by(editor.get(f"/desk/issues/{sent.id}/sending/counted"))
    assert wanted in sending


def test_list_without_an_issue_says_what_will_stand_there(editor: Browsing, ai: Category) -> None:
    assert "No issue has gone out yet." in said_by(editor.get("/desk/results"))


def test_list_goes_on_page_by_page(
    editor: Browsing, session: Session, ai: Category, now: datetime
) -> None:
    for n in range(32):
        day = now - timedelta(days=n)
        state = IssueState.SENT
        make_issue(session, issued_on=day.date(), state=state, launched_at=day, sent_at=day)
    session.commit()
    first = editor.get("/desk/results").text
    assert first.count('class="name"') == 30
    older = first.partition("/desk/results?before=")[2].partition('"')[0]
    second = editor.get(f"/desk/results?before={older}").text
    assert second.count('class="name"') == 2
    assert "To the newest" in second


def test_figures_come_with_their_shares_and_what_is_besides(
    editor: Browsing, session: Session, sent: Issue, now: datetime
) -> None:
    said = _whole(editor, sent)
    assert "delivered 3 of 5" in said
    assert "bounced 1 25 %" in said
    assert "complained 0 0 %" in said
    assert "opened – not counted" in said
    assert "Besides: 1 in doubt" in said
    assert said.count("This issue is under it.") == 2


def test_complaints_over_a_line_are_said_for_each_provider(
    editor: Browsing, session: Session, sent: Issue, now: datetime
) -> None:
    write_down(session, sent, DeliveryState.COMPLAINED, now)
    session.commit()
    said = _whole(editor, sent)
    assert "Gmail wants less than 0.1 %, and rejects mail from 0.3 % on." in said
    assert "Yahoo wants less than 0.3 %." in said
    assert said.count("This issue is over it.") == 2
    assert "0,1 %" in _whole(editor, sent, "de")


def test_stories_stand_in_their_order_with_a_bar_for_each_link(
    editor: Browsing, session: Session, sent: Issue
) -> None:
    first, second = _stories(session, sent)
    _link(session, sent, LinkKind.STORY, second.id, n_human=8, n_machine=5)
    _link(session, sent, LinkKind.READING, second.id, n_human=4)
    _link(session, sent, LinkKind.WITHIN, second.id, key=1, n_human=6)
    _link(session, sent, LinkKind.READING, first.id, n_human=2, n_machine=1)
    _link(session, sent, LinkKind.SPONSOR, 0, n_human=1)
    _link(session, sent, LinkKind.PIXEL, 0, n_human=3, n_machine=9)
    session.commit()
    page = editor.get(f"/desk/issues/{sent.id}/results?whole=1")
    said = said_by(page)
    assert "1 The first to its own page 2 2 The <second> by its title 8 to its own page 4" in said
    assert "to its own page 4 in its texts a.example/ 6" in said
    assert 'width="1000"' in page.text
    assert 'width="500"' in page.text
    assert "Other links The sponsor 1" in said
    assert "followed its links 6 times. They fetched its picture 9 times." in said
    assert "opened 3 times" in said
    assert "followed a link 21 times" in said


def test_who_left_is_told_by_the_story_before(
    editor: Browsing, session: Session, sent: Issue, now: datetime
) -> None:
    story = _stories(session, sent)[0]
    _link(session, sent, LinkKind.STORY, story.id, n_human=1, n_readers=1)
    reader = make_subscriber(session, state="left", left_at=now - HOUR)
    write_down(session, sent, DeliveryState.DELIVERED, now - 2 * HOUR, reader)
    other = make_subscriber(session, state="left", left_at=now - HOUR)
    write_down(session, sent, DeliveryState.DELIVERED, now - 2 * HOUR, other)
    at = {"first_at": now - 1.5 * HOUR, "last_at": now - 1.5 * HOUR, "was_machine": False}
    of = {"issue_id": sent.id, "story_id": story.id, "kind": LinkKind.STORY}
    session.add(ReaderClick(subscriber_id=reader.id, n_human=1, n_machine=0, **of, **at))
    session.commit()
    said = _whole(editor, sent)
    assert "1 reader after “The first”" in said
    assert "1 reader after no story, as far as we know" in said
    assert "left within a day 2" in said
    assert "followed a link 1 20 %" in said


def test_old_issue_says_that_who_had_it_is_not_kept(
    editor: Browsing, session: Session, sent: Issue
) -> None:
    edition = session.scalars(select(Edition.id)).first()
    kept = {"edition_id": edition, "state": DeliveryState.DELIVERED, "n": 5}
    session.add(DeliveryCount(issue_id=sent.id, **kept))
    session.commit()
    said = _whole(editor, sent)
    assert "delivered 5 of 5" in said
    assert "who had it is not kept any more" in said


def test_what_takes_long_is_counted_by_parts(editor: Browsing, sent: Issue) -> None:
    path = f"/desk/issues/{sent.id}/results"
    page = editor.get(path)
    assert "delivered" not in said_by(page)
    for name, words in (("figures", "delivered 3"), ("left", "Nobody who had it left")):
        assert f'data-hx-get="{path}/{name}"' in page.text
        assert words in said_by(editor.get(f"{path}/{name}"))


def test_results_of_an_issue_are_among_the_results(editor: Browsing, sent: Issue) -> None:
    rail = editor.get(f"/desk/issues/{sent.id}/results").text.partition("</nav>")[0]
    assert re.findall(r'href="([^"]+)" aria-current', rail) == ["/desk/results"]


def test_issue_that_has_not_gone_out_has_no_results_yet(editor: Browsing, draft: Issue) -> None:
    said = _whole(editor, draft)
    assert "It has not gone out yet." in said
    assert editor.get("/desk/issues/99/results").status_code == 404


def test_results_are_led_to_from_today_and_from_the_issue(editor: Browsing, sent: Issue) -> None:
    link = f'href="/desk/issues/{sent.id}/results"'
    assert link in editor.get("/desk?whole=1").text
    assert link in editor.get(f"/desk/issues/{sent.id}").text
