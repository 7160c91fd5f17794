"""Signs: what is one, what is none, and that nothing else of the reader changes with them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI, Actor
from app.db import migrate
from app.delivery.tracking import keep_links
from app.enums import ConsentSource, IssueState, LinkKind, Tracking
from app.link_tokens import LinkTo
from app.models import Issue, Publication, ReaderSign, Subscriber
from app.readers.clicks import AT_ONCE, TOO_SOON, count, note_opening, refuse_tracking
from app.readers.consent import Origin
from app.readers.erasure import erase
from app.readers.leave import come_back, leave, leave_category
from app.readers.opinions import say
from app.readers.own_data import own_data
from app.readers.pause import pause_for_days
from app.readers.signs import ONCE_IN, last_sign_of, note_sign
from app.readers.signup import confirm
from app.readers.subscribers import change_preferences
from tests.factories import make_issue, make_subscriber

PAGE: Final = Origin(ConsentSource.PAGE)
DAY: Final = timedelta(days=1)
Act = Callable[[Session, Subscriber, datetime], object]


@pytest.fixture
def reader(session: Session, now: datetime) -> Subscriber:
    reader = make_subscriber(session, follows=3)
    session.get_one(Publication, 1).tracking = Tracking.PER_READER
    session.commit()
    return reader


@pytest.fixture
def issue(session: Session, now: datetime) -> Issue:
    issue = make_issue(session, state=IssueState.SENT, launched_at=now - DAY)
    keep_links(session, [(LinkTo(issue.id, LinkKind.PIXEL), "")])
    keep_links(session, [(_link(issue, n), f"https://example.org/{n}") for n in (1, 2)])
    session.commit()
    return issue


def _link(issue: Issue, story_id: int = 1) -> LinkTo:
    return LinkTo(issue.id, LinkKind.STORY, story_id)


def _sign(session: Session, reader: Subscriber) -> datetime | None:
    session.flush()
    return session.scalar(select(ReaderSign.last_at).where(ReaderSign.subscriber_id == reader.id))


def _left(session: Session, reader: Subscriber, now: datetime) -> None:
    leave(session, reader.id, now, PAGE)


def _change(actor: Actor | None) -> Act:
    return lambda session, reader, now: change_preferences(
        session, actor, reader.id, {"hour": 7}, now, PAGE
    )


@pytest.mark.parametrize(
    "act",
    [
        _change(None),
        lambda session, reader, now: pause_for_days(session, reader, 3, now, PAGE),
        lambda session, reader, now: confirm(session, reader.id, now, PAGE),
        lambda session, reader, now: leave_category(session, reader.id, 1, now, PAGE),
        lambda session, reader, now: come_back(session, reader.id, now, PAGE),
        lambda session, reader, now: say(
            session, reader, make_issue(session).id, now, was_good=False
        ),
    ],
    ids=["saved", "paused", "confirmed again", "left a category", "came back", "said"],
)
def test_an_act_on_ones_own_account_is_a_sign(
    session: Session, reader: Subscriber, now: datetime, act: Act
) -> None:
    assert last_sign_of(session, reader) == reader.confirmed_at
    act(session, reader, now)
    assert last_sign_of(session, reader) == _sign(session, reader) == now
    told = own_data(session, reader, now)["subscriber"]["last_sign_at"]
    assert datetime.fromisoformat(told) == now


@pytest.mark.parametrize("act", [_change(CLI), _left], ids=["somebody here", "leaving"])
def test_what_others_do_and_leaving_are_none(
    session: Session, reader: Subscriber, now: datetime, act: Act
) -> None:
    act(session, reader, now)
    assert _sign(session, reader) is None


@pytest.mark.parametrize(
    ("kind", "tracking", "refuses", "is_machine", "is_sign"),
    [
        (LinkKind.STORY, Tracking.PER_READER, False, False, True),
        (LinkKind.PIXEL, Tracking.PER_READER, False, False, False),
        (LinkKind.STORY, Tracking.PER_READER, True, False, False),
        (LinkKind.STORY, Tracking.PER_READER, False, True, False),
        (LinkKind.STORY, Tracking.COUNTS, False, False, False),
        (LinkKind.STORY, Tracking.OFF, False, False, False),
    ],
)
def test_a_link_that_a_person_followed_is_a_sign_where_clicks_are_kept(
    session: Session,
    reader: Subscriber,
    issue: Issue,
    now: datetime,
    kind: LinkKind,
    tracking: Tracking,
    *,
    refuses: bool,
    is_machine: bool,
    is_sign: bool,
) -> None:
    publication = session.get_one(Publication, 1)
    publication.tracking, publication.tracks_opens = tracking, True
    reader.refuses_tracking = refuses
    link = LinkTo(issue.id, kind, 0 if kind is LinkKind.PIXEL else 1)
    count(session, link, reader.id, now, is_machine=is_machine)
    assert (_sign(session, reader) == now) is is_sign


@pytest.mark.parametrize("before", [None, 40 * DAY, ONCE_IN / 2])
def test_links_followed_at_once_leave_the_sign_that_was_there(
    session: Session, reader: Subscriber, issue: Issue, now: datetime, before: timedelta | None
) -> None:
    if before is not None:
        note_sign(session, reader.id, now - before)
    was = _sign(session, reader)
    count(session, _link(issue, 1), reader.id, now, is_machine=False)
    count(session, _link(issue, 2), reader.id, now + AT_ONCE / 2, is_machine=False)
    assert _sign(session, reader) == was


@pytest.mark.parametrize(
    ("since_made", "tracking", "refuses", "is_sign"),
    [
        (TOO_SOON, Tracking.PER_READER, False, True),
        (TOO_SOON / 2, Tracking.PER_READER, False, False),
        (TOO_SOON, Tracking.COUNTS, False, False),
        (TOO_SOON, Tracking.PER_READER, True, False),
    ],
)
def test_opening_ones_own_page_is_a_sign_as_a_click_would_be(
    session: Session,
    reader: Subscriber,
    now: datetime,
    since_made: timedelta,
    tracking: Tracking,
    *,
    refuses: bool,
    is_sign: bool,
) -> None:
    session.get_one(Publication, 1).tracking = tracking
    reader.refuses_tracking = refuses
    session.flush()
    note_opening(session, reader.id, now - since_made, now)
    assert (_sign(session, reader) == now) is is_sign


def test_opening_ones_own_page_at_once_with_a_link_is_none(
    session: Session, reader: Subscriber, issue: Issue, now: datetime
) -> None:
    note_sign(session, reader.id, now - 9 * DAY)
    count(session, _link(issue), reader.id, now, is_machine=True)
    note_opening(session, reader.id, now - DAY, now + AT_ONCE / 2)
    assert _sign(session, reader) == now - 9 * DAY


def test_refusing_leaves_nothing_that_a_click_said(
    session: Session, reader: Subscriber, issue: Issue, now: datetime
) -> None:
    count(session, _link(issue), reader.id, now, is_machine=False)
    refuse_tracking(session, reader, now + DAY / 2, refuses=True)
    row = session.get_one(ReaderSign, reader.id, populate_existing=True)
    assert (row.last_at, row.before_at) == (now + DAY / 2, None)


def test_erasing_forgets_the_sign(session: Session, reader: Subscriber, now: datetime) -> None:
    note_sign(session, reader.id, now)
    erase(session, None, reader.id, now, PAGE)
    assert _sign(session, reader) is None


def test_a_sign_changes_no_version_of_the_reader(
    session: Session, reader: Subscriber, issue: Issue, now: datetime
) -> None:
    version = reader.version
    count(session, _link(issue), reader.id, now, is_machine=False)
    session.flush()
    session.refresh(reader)
    assert reader.version == version


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(hours=st.lists(st.integers(0, 200), min_size=1, max_size=8))
def test_the_sign_is_never_later_than_the_last_and_never_a_day_before_it(
    session: Session, reader: Subscriber, now: datetime, hours: list[int]
) -> None:
    at = now
    for n in hours:
        at += timedelta(hours=n)
        note_sign(session, reader.id, at)
    found = _sign(session, reader)
    session.rollback()
    assert found is not None
    assert at - ONCE_IN < found <= at


def test_what_is_known_of_before_is_filled_in(empty_url: str, now: datetime) -> None:
    number = next(migrate.MIGRATIONS.glob("versions/*_reader_signs.py")).name[:4]
    migrate.upgrade(empty_url, f"{int(number) - 1:04}")
    with psycopg.connect(empty_url) as connection:
        for statement in _BEFORE:
            connection.execute(statement, {"now": now, "day": DAY})
    migrate.upgrade(empty_url, number)
    with psycopg.connect(empty_url) as connection:
        found = connection.execute("SELECT subscriber_id, last_at FROM reader_signs").fetchall()
    assert dict(found) == {1: now - DAY, 2: now - 2 * DAY}


_BEFORE: Final = (
    (
        "INSERT INTO subscribers (id, address_hmac, state, follows, depth, created_at)"
        " SELECT n, '', CASE n WHEN 4 THEN 'erased' ELSE 'active' END, 1, 'deep', %(now)s"
        " FROM generate_series(1, 4) n"
    ),
    (
        "INSERT INTO consents (subscriber_id, step, source, at, follows, depth)"
        " VALUES (1, 'changed', 'page', %(now)s - %(day)s * 5, 1, 'deep'),"
        " (2, 'changed', 'page', %(now)s - %(day)s * 2, 1, 'deep'),"
        " (2, 'changed', 'editor', %(now)s, 1, 'deep'),"
        " (3, 'added', 'import', %(now)s, 1, 'deep'), (4, 'changed', 'page', %(now)s, 1, 'deep')"
    ),
    (
        "INSERT INTO issues (id, issued_on, subject, preheader, state, revision, created_at,"
        " at_local_hours, in_doubt_policy, canary_percent, brakes_lifted, launched_at)"
        " VALUES (1, now(), 's', 'p', 'sent', 1, now(), false, 'hold', 0, false, now())"
    ),
    (
        "INSERT INTO opinions (issue_id, subscriber_id, was_good, said_at)"
        " VALUES (1, 1, true, %(now)s - %(day)s * 4)"
    ),
    (
        "INSERT INTO reader_clicks (issue_id, subscriber_id, kind, story_id, n_human, n_machine,"
        " first_at, last_at, was_machine)"
        " VALUES (1, 1, 'story', 1, 1, 0, %(now)s - %(day)s, %(now)s - %(day)s, false),"
        " (1, 2, 'pixel', 0, 1, 0, %(now)s, %(now)s, false),"
        " (1, 3, 'story', 1, 0, 1, %(now)s, %(now)s, true)"
    ),
)
