"""Visits counted: people apart from machines, readers apart from each other only where they may."""

from collections.abc import Callable
from dataclasses import astuple
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.delivery.partitions import ensure_partition
from app.delivery.tracking import keep_links
from app.enums import ConsentSource, DeliveryState, IssueState, LinkKind, Tracking
from app.errors import NotFound
from app.link_tokens import LinkTo, within
from app.models import Delivery, Issue, Publication, ReaderClick, Subscriber, TrackedLink
from app.readers.clicks import (
    AT_ONCE,
    TOO_SOON,
    count,
    forget_old_clicks,
    refuse_tracking,
    where_to,
)
from app.readers.consent import Origin
from app.readers.erasure import erase
from app.readers.own_data import own_data
from tests.factories import make_issue, make_subscriber

WITHIN = ("https://example.org/a", "https://example.org/b")
_LATER = timedelta(minutes=5)
Counts = tuple[int, int, int]


@pytest.fixture
def issue(session: Session, now: datetime) -> Issue:
    """Make a sent issue with a pixel and links of two stories, the first with two in its texts."""
    publication = session.get_one(Publication, 1)
    publication.tracking, publication.tracks_opens = Tracking.PER_READER, True
    issue = make_issue(session, state=IssueState.SENT, launched_at=now)
    links = [(LinkTo(issue.id, LinkKind.PIXEL), "")]
    links += [(_story(issue, n), f"https://example.org/{n}") for n in (1, 2)]
    links += [(_within(issue, url), url) for url in WITHIN]
    keep_links(session, sorted(links))
    ensure_partition(session, issue.id)
    session.commit()
    return issue


@pytest.fixture
def reader(session: Session, issue: Issue, now: datetime) -> Subscriber:
    """Somebody who was written to just now."""
    reader = make_subscriber(session)
    session.add(
        Delivery(
            issue_id=issue.id,
            subscriber_id=reader.id,
            edition_id=1,
            state=DeliveryState.ACCEPTED,
            attempt=1,
            at=now,
        )
    )
    session.commit()
    return reader


@pytest.fixture
def counts(session: Session) -> Callable[[LinkTo], Counts]:
    def read(link: LinkTo) -> Counts:
        session.flush()
        session.expire_all()
        row = session.get_one(TrackedLink, astuple(link))
        return row.n_human, row.n_machine, row.n_readers

    return read


def _story(issue: Issue, story_id: int) -> LinkTo:
    return LinkTo(issue.id, LinkKind.STORY, story_id)


def _within(issue: Issue, url: str) -> LinkTo:
    return within(issue.id, 1, url)


def test_links_within_a_story_lead_and_are_counted_each_by_itself(
    session: Session,
    issue: Issue,
    reader: Subscriber,
    counts: Callable[[LinkTo], Counts],
    now: datetime,
) -> None:
    one, other = (_within(issue, url) for url in WITHIN)
    assert tuple(where_to(session, link) for link in (one, other)) == WITHIN
    for minutes in (1, 2):
        count(session, one, reader.id, now + timedelta(minutes=minutes), is_machine=False)
    count(session, other, reader.id, now + _LATER, is_machine=False)
    assert (counts(one), counts(other)) == ((2, 0, 1), (1, 0, 1))
    assert counts(_story(issue, 1)) == (0, 0, 0)
    count(session, one, reader.id, now + _LATER + AT_ONCE / 2, is_machine=False)
    assert (counts(one), counts(other)) == ((2, 1, 1), (0, 1, 0))
    told = own_data(session, reader, now)["clicks"]
    assert [(each["kind"], each["url"], each["times"]) for each in told] == [
        ("within", WITHIN[0], 2),
        ("within", WITHIN[1], 0),
    ]
    with pytest.raises(NotFound):
        where_to(session, _within(issue, "https://example.org/c"))


def test_visits_of_one_reader_are_counted_and_the_reader_once(
    session: Session,
    issue: Issue,
    reader: Subscriber,
    counts: Callable[[LinkTo], Counts],
    now: datetime,
) -> None:
    link = _story(issue, 1)
    for minutes in (1, 2, 3):
        count(session, link, reader.id, now + timedelta(minutes=minutes), is_machine=False)
    other = make_subscriber(session)
    session.get_one(Issue, issue.id).state = IssueState.SENT
    count(session, link, other.id, now + _LATER, is_machine=False)
    assert counts(link) == (4, 0, 2)
    row = session.scalars(select(ReaderClick).filter_by(subscriber_id=reader.id)).one()
    assert (row.n_human, row.first_at, row.last_at) == (
        3,
        now + timedelta(minutes=1),
        now + timedelta(minutes=3),
    )


@pytest.mark.parametrize("tracking", Tracking)
def test_what_is_kept_is_what_the_publication_says(
    session: Session,
    issue: Issue,
    reader: Subscriber,
    counts: Callable[[LinkTo], Counts],
    now: datetime,
    tracking: Tracking,
) -> None:
    session.get_one(Publication, 1).tracking = tracking
    link = _story(issue, 1)
    count(session, link, reader.id, now + _LATER, is_machine=False)
    expected = {
        Tracking.OFF: ((0, 0, 0), 0),
        Tracking.COUNTS: ((1, 0, 0), 0),
        Tracking.PER_READER: ((1, 0, 1), 1),
    }
    n_kept = session.scalar(select(func.count()).select_from(ReaderClick))
    assert (counts(link), n_kept) == expected[tracking]
    assert where_to(session, link) == "https://example.org/1"


@pytest.mark.parametrize(
    ("after", "is_machine"), [(timedelta(), True), (TOO_SOON, False), (_LATER, False)]
)
def test_visit_is_a_machines_when_the_mail_has_only_just_gone_out(
    session: Session,
    issue: Issue,
    reader: Subscriber,
    counts: Callable[[LinkTo], Counts],
    now: datetime,
    *,
    after: timedelta,
    is_machine: bool,
) -> None:
    link = LinkTo(issue.id, LinkKind.PIXEL)
    count(session, link, reader.id, now + after, is_machine=False)
    assert counts(link) == ((0, 1, 0) if is_machine else (1, 0, 1))


def test_visit_is_a_machines_when_the_outcome_of_its_mail_is_not_written_yet(
    session: Session, issue: Issue, counts: Callable[[LinkTo], Counts], now: datetime
) -> None:
    session.get_one(Issue, issue.id).state = IssueState.SENDING
    link = _story(issue, 1)
    count(session, link, make_subscriber(session).id, now + _LATER, is_machine=False)
    assert counts(link) == (0, 1, 0)


def test_links_followed_at_once_are_a_machines_and_the_first_is_taken_back(
    session: Session,
    issue: Issue,
    reader: Subscriber,
    counts: Callable[[LinkTo], Counts],
    now: datetime,
) -> None:
    first, second, at = _story(issue, 1), _story(issue, 2), now + _LATER
    count(session, LinkTo(issue.id, LinkKind.PIXEL), reader.id, at, is_machine=False)
    count(session, first, reader.id, at, is_machine=False)
    assert counts(first) == (1, 0, 1)
    count(session, second, reader.id, at + AT_ONCE / 2, is_machine=False)
    assert (counts(first), counts(second)) == ((0, 1, 0), (0, 1, 0))
    assert counts(LinkTo(issue.id, LinkKind.PIXEL)) == (1, 0, 1)
    count(session, first, reader.id, at + _LATER, is_machine=False)
    assert counts(first) == (1, 1, 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    visits=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3000), st.booleans()), min_size=1, max_size=12
    )
)
def test_counts_are_the_sum_of_what_is_kept_of_readers(
    visits: list[tuple[int, int, bool]], tracked_session: Callable[[], tuple[Session, int]]
) -> None:
    session, subscriber_id = tracked_session()
    issue = session.scalars(select(Issue)).one()
    at = datetime.fromisoformat("2026-11-24T06:00:00+00:00")
    links = [*(_story(issue, n) for n in (1, 2)), *(_within(issue, url) for url in WITHIN)]
    for place, later, is_machine in visits:
        at += timedelta(milliseconds=later)
        count(session, links[place], subscriber_id, at, is_machine=is_machine)
    session.flush()
    session.expire_all()
    kept = {
        (row.kind, row.story_id, row.key): (row.n_human, row.n_machine, int(row.n_human > 0))
        for row in session.scalars(select(ReaderClick))
    }
    told = {
        (row.kind, row.story_id, row.key): (row.n_human, row.n_machine, row.n_readers)
        for row in session.scalars(select(TrackedLink))
        if row.n_human or row.n_machine
    }
    session.rollback()
    assert kept == told
    assert sum(n_human + n_machine for n_human, n_machine, _ in told.values()) == len(visits)


@pytest.fixture
def tracked_session(
    session: Session, issue: Issue, reader: Subscriber
) -> Callable[[], tuple[Session, int]]:
    assert issue.id
    return lambda: (session, reader.id)


@pytest.mark.parametrize("how", ["refused", "erased"])
def test_who_refuses_or_is_erased_is_counted_and_not_kept(
    session: Session,
    issue: Issue,
    reader: Subscriber,
    counts: Callable[[LinkTo], Counts],
    now: datetime,
    how: str,
) -> None:
    link = _story(issue, 1)
    count(session, link, reader.id, now + _LATER, is_machine=False)
    if how == "refused":
        refuse_tracking(session, reader, now, refuses=True)
    else:
        erase(session, None, reader.id, now, Origin(ConsentSource.PAGE))
    count(session, link, reader.id, now + 2 * _LATER, is_machine=False)
    assert counts(link) == (2, 0, 1)
    assert session.scalar(select(func.count()).select_from(ReaderClick)) == 0
    if how == "refused":
        refuse_tracking(session, reader, now, refuses=False)
        count(session, link, reader.id, now + 3 * _LATER, is_machine=False)
        assert session.scalar(select(func.count()).select_from(ReaderClick)) == 1


def test_who_clicked_is_forgotten_in_time_and_the_counts_stay(
    session: Session,
    issue: Issue,
    reader: Subscriber,
    counts: Callable[[LinkTo], Counts],
    now: datetime,
) -> None:
    link = _story(issue, 1)
    count(session, link, reader.id, now + _LATER, is_machine=False)
    forget_old_clicks(session, now + _LATER)
    assert session.scalar(select(func.count()).select_from(ReaderClick)) == 1
    forget_old_clicks(session, now + 2 * _LATER)
    assert session.scalar(select(func.count()).select_from(ReaderClick)) == 0
    assert counts(link) == (1, 0, 1)


def test_link_that_was_never_mailed_leads_nowhere(session: Session, issue: Issue) -> None:
    with pytest.raises(NotFound):
        where_to(session, _story(issue, 3))


def test_pixel_is_not_counted_once_opens_are_switched_off(
    session: Session,
    issue: Issue,
    reader: Subscriber,
    counts: Callable[[LinkTo], Counts],
    now: datetime,
) -> None:
    session.get_one(Publication, 1).tracks_opens = False
    pixel = LinkTo(issue.id, LinkKind.PIXEL)
    for link in (pixel, _story(issue, 1)):
        count(session, link, reader.id, now + _LATER, is_machine=False)
    assert counts(pixel) == (0, 0, 0)
    assert counts(_story(issue, 1)) == (1, 0, 1)
