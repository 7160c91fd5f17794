"""What goes out next, what needs a person, and how an issue went."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy.orm import Session

from app.actors import CLI
from app.enums import DeliveryState, Depth, IssueState, LinkKind, LinkOutcome
from app.issues.checks.waivers import waive
from app.issues.lifecycle import approve, reopen
from app.issues.links.step import url_hash
from app.issues.results import result_of
from app.issues.scheduling import schedule
from app.issues.today import findings_of, look, needs, readers_of
from app.models import (
    Category,
    Issue,
    LinkCheck,
    Publication,
    Setback,
    Story,
    TrackedLink,
)
from tests.factories import make_issue, make_story, make_subscriber
from tests.issues.conftest import LOOKS
from tests.ledger import write_down

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("publication")


def test_draft_beside_an_approved_issue_of_its_day_is_not_what_goes_out_next(
    session: Session, ai: Category, issue: Issue, now: datetime
) -> None:
    second = make_issue(session, subject="Another try")
    make_story(session, second, ai)
    approve(session, CLI, second.id, now)
    found = look(session, now).next
    assert found is not None
    assert (found.issue, found.n_stories) == (second, (("Ai", 1),))


def test_draft_beside_a_sent_issue_of_its_day_is_not_what_goes_out_next(
    session: Session, issue: Issue, now: datetime
) -> None:
    make_issue(session, state=IssueState.SENT, launched_at=now, sent_at=now)
    found = look(session, now).next
    assert found is not None
    assert (found.day, found.issue) == (TODAY + DAY, None)


def test_draft_after_a_cancelled_issue_goes_out_next(
    session: Session, issue: Issue, now: datetime
) -> None:
    make_issue(session, state=IssueState.CANCELLED)
    found = look(session, now).next
    assert found is not None
    assert found.issue is issue


def test_mail_about_a_correction_comes_once_a_person_said_when(
    session: Session, ai: Category, now: datetime
) -> None:
    sent = make_issue(session, state=IssueState.SENT, launched_at=now, sent_at=now)
    mail = make_issue(session, corrects_id=sent.id)
    make_story(session, mail, ai)
    coming = look(session, now).next
    assert coming is not None
    assert coming.issue is None
    approve(session, CLI, mail.id, now)
    schedule(session, CLI, mail.id, now, send_at=now + timedelta(hours=1))
    coming = look(session, now).next
    assert coming is not None
    assert (coming.issue, coming.at) == (mail, now + timedelta(hours=1))


def test_issue_of_one_category_goes_out_at_the_hour_of_that(
    session: Session, ai: Category, now: datetime
) -> None:
    ai.send_time = time(6, 30)
    own = make_issue(session, category_id=ai.id, issued_on=TODAY + DAY)
    make_issue(session, issued_on=TODAY)
    make_issue(session, issued_on=TODAY + DAY)
    found = look(session, now + timedelta(hours=2)).next
    assert found is not None  # today's draft is late, and comes first
    assert found.day == TODAY
    session.get_one(Issue, found.issue.id if found.issue else 0).state = IssueState.SENT
    found = look(session, now + timedelta(hours=2)).next
    assert found is not None
    assert (found.issue, found.at) == (own, datetime(2026, 11, 24, 6, 30, tzinfo=now.tzinfo))


def test_publication_that_sends_on_no_day_has_nothing_next(
    session: Session, publication: Publication, now: datetime
) -> None:
    publication.weekdays = []
    seen = look(session, now)
    assert (seen.next, seen.is_empty) == (None, True)


def test_draft_again_because_something_changed_needs_a_person_until_it_is_approved(
    session: Session, issue: Issue, now: datetime
) -> None:
    approve(session, CLI, issue.id, now)
    reopen(session, CLI, issue.id, now)
    assert needs(session, now).is_nothing
    approve(session, CLI, issue.id, now)
    reopen(session, CLI, issue.id, now, "The template was changed.")
    assert needs(session, now).reopened == [issue]
    approve(session, CLI, issue.id, now)
    assert needs(session, now).is_nothing


def test_setback_needs_a_person(session: Session, now: datetime) -> None:
    what = {"what": "tidy: forget", "reason": "There is no space.", "n_times": 2}
    session.add(Setback(**what, first_at=now, last_at=now))
    session.flush()
    assert [one.what for one in needs(session, now).setbacks] == ["tidy: forget"]


def test_readers_in_doubt_are_counted_for_a_month(session: Session, now: datetime) -> None:
    old = make_issue(session, state=IssueState.SENT, launched_at=now - 31 * DAY)
    late = make_issue(session, state=IssueState.SENT, launched_at=now - 29 * DAY)
    for one in (old, late):
        write_down(session, one, DeliveryState.IN_DOUBT, now)
    assert needs(session, now).doubts == [(late, 1)]


def test_link_that_fails_is_told_until_somebody_waives_it(
    session: Session, ai: Category, issue: Issue, now: datetime
) -> None:
    looks = replace(LOOKS, checks_links=True)
    story = make_story(session, issue, ai, url="https://a.example/")
    _seen(session, story, LinkOutcome.FAILING, now)
    (found,) = findings_of(session, issue, looks, now).links
    assert found.code == "link_failing"
    waive(session, CLI, issue.id, found.id, looks, now, by="Ada", because="It is up again.")
    assert not findings_of(session, issue, looks, now).links


def test_link_that_is_gone_blocks_a_draft_and_is_not_told_twice(
    session: Session, ai: Category, issue: Issue, now: datetime
) -> None:
    looks = replace(LOOKS, checks_links=True)
    story = make_story(session, issue, ai, url="https://a.example/")
    _seen(session, story, LinkOutcome.GONE, now)
    found = findings_of(session, issue, looks, now)
    assert [one.code for one in found.blocking] == ["link_gone"]
    assert not found.links


def test_readers_are_those_of_the_cuts(
    session: Session, ai: Category, issue: Issue, now: datetime
) -> None:
    for depth in (Depth.BRIEF, Depth.BRIEF, Depth.DEEP):
        make_subscriber(session, follows=ai.mask, depth=depth)
    make_subscriber(session, follows=0)
    assert readers_of(session, issue, now) == (3, 2)


def test_result_counts_who_left_within_a_day(session: Session, now: datetime) -> None:
    began = now - 2 * DAY
    issue = make_issue(session, state=IssueState.SENT, launched_at=began, sent_at=began, n_due=2)
    for state in (DeliveryState.DELIVERED, DeliveryState.BOUNCED):
        write_down(session, issue, state, began)
    for left_at in (began, began + DAY - timedelta(seconds=1), began + DAY):
        make_subscriber(session, state="left", left_at=left_at)
    result = result_of(session, issue, now)
    assert (result.n_delivered, result.n_bounced, result.n_left) == (1, 1, 2)


def test_most_read_story_has_no_share_where_clicks_are_not_kept_apart(
    session: Session, ai: Category, now: datetime
) -> None:
    issue = make_issue(session, state=IssueState.SENT, launched_at=now, sent_at=now)
    first, second = (make_story(session, issue, ai) for _ in range(2))
    assert result_of(session, issue, now).most_read is None
    for story, n in ((first, 2), (second, 5)):
        session.add(
            TrackedLink(
                issue_id=issue.id, story_id=story.id, kind=LinkKind.STORY, url=story.url, n_human=n
            )
        )
    session.flush()
    most = result_of(session, issue, now).most_read
    assert most is not None
    assert (most.story, most.n, most.share) == (second, 5, None)


def _seen(session: Session, story: Story, outcome: LinkOutcome, now: datetime) -> None:
    seen = {"outcome": outcome, "detail": "answers with 500", "status": 500, "seen_at": now}
    session.add(LinkCheck(url_hash=url_hash(story.url), url=story.url, **seen))
    session.flush()
