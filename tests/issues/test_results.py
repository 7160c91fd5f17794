"""Results: shares of those who have it, what was followed, and after which story readers left."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.enums import DeliveryState, IssueState, LinkKind
from app.issues.results import count_followers, left_after, list_sent, read_of, result_of
from app.models import (
    Category,
    DeliveryCount,
    Edition,
    Issue,
    ReaderClick,
    Story,
    Subscriber,
    TrackedLink,
)
from tests.factories import make_issue, make_story, make_subscriber
from tests.ledger import write_down

HOUR = timedelta(hours=1)


@pytest.fixture
def sent(session: Session, now: datetime) -> Issue:
    began = now - 48 * HOUR
    return make_issue(session, state=IssueState.SENT, launched_at=began, sent_at=began, n_due=0)


@pytest.fixture
def stories(session: Session, sent: Issue, ai: Category) -> list[Story]:
    return [make_story(session, sent, ai) for _ in range(2)]


def test_shares_are_of_those_who_had_it(session: Session, sent: Issue, now: datetime) -> None:
    states = [DeliveryState.DELIVERED] * 7 + [DeliveryState.COMPLAINED, DeliveryState.BOUNCED]
    for state in [*states, DeliveryState.BOUNCED, DeliveryState.SKIPPED]:
        write_down(session, sent, state, now)
    assert sent.launched_at is not None
    make_subscriber(session, state="left", left_at=sent.launched_at + HOUR)
    found = result_of(session, sent, now)
    assert (found.complained, found.bounced, found.left) == (1 / 8, 2 / 10, 1 / 8)


def test_nobody_has_it_and_there_is_no_share(session: Session, sent: Issue, now: datetime) -> None:
    found = result_of(session, sent, now)
    assert (found.complained, found.bounced, found.left) == (None, None, None)


def test_followed_is_told_in_the_order_of_the_stories_and_machines_are_apart(
    session: Session, sent: Issue, stories: list[Story]
) -> None:
    first, second = stories
    _link(session, sent, LinkKind.STORY, second, n_human=9, n_machine=4)
    _link(session, sent, LinkKind.READING, first, n_human=2, n_machine=1)
    _link(session, sent, LinkKind.SPONSOR, None, n_human=1)
    _link(session, sent, LinkKind.PIXEL, None, n_human=50, n_machine=20)
    _link(session, sent, LinkKind.WITHIN, second, key=1, n_human=1, n_machine=1)
    _link(session, sent, LinkKind.WITHIN, second, key=2, n_human=3)
    found = read_of(session, sent.id)
    assert [one.story for one in found.stories] == [first, second]
    assert [[link.key for link in one.within] for one in found.stories] == [[], [2, 1]]
    assert [set(one.links) for one in found.stories] == [{LinkKind.READING}, {LinkKind.STORY}]
    assert [link.kind for link in found.others] == [LinkKind.SPONSOR]
    assert (found.n_clicks, found.n_machine, found.is_by_reader) == (16, 6, False)
    assert found.opens is not None
    assert found.opens.n_human == 50


def test_links_in_the_texts_count_for_what_was_read_most(
    session: Session, sent: Issue, stories: list[Story], now: datetime
) -> None:
    first, second = stories
    _link(session, sent, LinkKind.STORY, first, n_human=5)
    _link(session, sent, LinkKind.STORY, second, n_human=2)
    for key in (1, 2):
        _link(session, sent, LinkKind.WITHIN, second, key=key, n_human=2)
    most = result_of(session, sent, now).most_read
    assert most is not None
    assert (most.story, most.n) == (second, 6)


def test_reader_who_follows_two_links_is_one(
    session: Session, sent: Issue, stories: list[Story], now: datetime
) -> None:
    one, machine = (make_subscriber(session) for _ in range(2))
    assert count_followers(session, sent.id) is None
    for story in stories:
        _click(session, sent, story, one, now)
    _click(session, sent, stories[0], machine, now, n_human=0, n_machine=1)
    assert count_followers(session, sent.id) == 1


def test_who_left_is_told_by_the_story_that_they_followed_last(
    session: Session, sent: Issue, stories: list[Story], now: datetime
) -> None:
    assert sent.launched_at is not None
    at = sent.launched_at + 2 * HOUR
    first, second = stories
    for story_ids in ((first, second), (second,), (first,), ()):
        reader = _left(session, sent, at, DeliveryState.DELIVERED)
        for n, story in enumerate(story_ids):
            _click(session, sent, story, reader, sent.launched_at + (n + 1) * HOUR / 2)
    _left(session, sent, at, DeliveryState.BOUNCED)
    _left(session, sent, at + 30 * HOUR, DeliveryState.DELIVERED)
    make_subscriber(session, state="left", left_at=at)
    found = left_after(session, sent, now)
    assert found is not None
    told = [(one.story, one.n) for one in found]
    assert told == [(second, 2), (first, 1), (None, 1)]


def test_story_that_was_followed_after_leaving_did_not_move_them(
    session: Session, sent: Issue, stories: list[Story], now: datetime
) -> None:
    assert sent.launched_at is not None
    reader = _left(session, sent, sent.launched_at + HOUR, DeliveryState.DELIVERED)
    _click(session, sent, stories[0], reader, sent.launched_at + 2 * HOUR)
    found = left_after(session, sent, now)
    assert found is not None
    assert [(one.story, one.n) for one in found] == [(None, 1)]


def test_issue_whose_ledger_is_gone_does_not_say_that_nobody_left(
    session: Session, sent: Issue, now: datetime
) -> None:
    write_down(session, sent, DeliveryState.DELIVERED, now)
    assert left_after(session, sent, now) == []
    edition = session.scalars(select(Edition.id)).one()
    kept = {"edition_id": edition, "state": DeliveryState.DELIVERED, "n": 7}
    session.add(DeliveryCount(issue_id=sent.id, **kept))
    session.flush()
    assert left_after(session, sent, now) is None


def test_issues_that_went_out_are_listed_with_their_clicks(
    session: Session, sent: Issue, stories: list[Story], now: datetime
) -> None:
    make_issue(session)
    cancelled = make_issue(session, state=IssueState.CANCELLED, launched_at=now)
    _link(session, sent, LinkKind.STORY, stories[0], n_human=3)
    _link(session, sent, LinkKind.PIXEL, None, n_human=9)
    found = list_sent(session, before=None, limit=9)
    assert [(one.issue, one.n_clicks) for one in found] == [(cancelled, 0), (sent, 3)]
    after = list_sent(session, before=(cancelled.issued_on, cancelled.id), limit=9)
    assert [one.issue for one in after] == [sent]


def _link(
    session: Session, issue: Issue, kind: LinkKind, story: Story | None, **counts: int
) -> None:
    of = {"issue_id": issue.id, "story_id": story.id if story else 0, "url": "https://a.example/"}
    session.add(TrackedLink(kind=kind, **of, **counts))
    session.flush()


def _left(session: Session, issue: Issue, at: datetime, state: DeliveryState) -> Subscriber:
    reader = make_subscriber(session, state="left", left_at=at)
    write_down(session, issue, state, at, reader)
    return reader


def _click(
    session: Session,
    issue: Issue,
    story: Story,
    reader: Subscriber,
    at: datetime,
    n_human: int = 1,
    n_machine: int = 0,
) -> None:
    session.add(
        ReaderClick(
            issue_id=issue.id,
            subscriber_id=reader.id,
            kind=LinkKind.STORY,
            story_id=story.id,
            n_human=n_human,
            n_machine=n_machine,
            first_at=at,
            last_at=at,
            was_machine=not n_human,
        )
    )
    session.flush()
