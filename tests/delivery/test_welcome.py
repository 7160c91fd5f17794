"""The welcome mail: who gets it, what it says, and that it can be left by."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import Sessions, transaction
from app.delivery.choice import choice_of
from app.delivery.mails import list_headers
from app.delivery.post import send_letter
from app.delivery.send import Sender
from app.enums import (
    CallState,
    ConsentSource,
    DeliveryState,
    Depth,
    IssueState,
    LetterKind,
    SubscriberState,
    SuppressionReason,
)
from app.models import Call, Category, Issue, Letter, Publication, Subscriber, Suppression
from app.readers.consent import Origin
from app.readers.leave import leave
from app.readers.signup import confirm
from app.rendering.templates import Templates, our_templates
from app.tokens import Purpose, Signer
from tests.delivery.conftest import BASE_URL
from tests.factories import make_category, make_issue, make_story, make_subscriber
from tests.fakes import KeepingTransport

PAGE = Origin(ConsentSource.PAGE)
MakeSender = Callable[..., Sender]


@pytest.fixture(scope="module")
def templates() -> Templates:
    return our_templates()


@pytest.fixture
def reader_id(session: Session, now: datetime) -> int:
    """Return a reader of AI who has just confirmed; AI and DevOps had stories yesterday."""
    session.get_one(Publication, 1).sends_welcome = True
    ai, devops = make_category(session, "ai"), make_category(session, "devops")
    launched_at = now - timedelta(days=1)
    issue = make_issue(session, state=IssueState.SENT, launched_at=launched_at)
    make_story(session, issue, devops, title="Nothing they follow")
    for number in range(1, 8):
        make_story(session, issue, ai, title=f"Story {number} of AI")
    draft = make_issue(session, issued_on=now.date() + timedelta(days=1))
    make_story(session, draft, ai, title="Not out yet")
    reader = make_subscriber(session, state=SubscriberState.PENDING, follows=ai.mask)
    confirm(session, reader.id, now, PAGE)
    session.commit()
    return reader.id


def _letter(session: Session) -> Letter:
    session.expire_all()
    return session.scalars(select(Letter)).one()


def test_welcome_tells_the_first_stories_of_what_the_reader_follows(
    session: Session,
    reader_id: int,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
) -> None:
    letter = _letter(session)
    assert (letter.kind, letter.subscriber_id) == (LetterKind.WELCOME, reader_id)
    assert send_letter(make_sender(transport), templates, letter.id)
    mail, recipients = transport.calls[0]
    for number in range(1, 6):
        assert f"Story {number} of AI" in mail.html
        assert f"Story {number} of AI" in mail.text
    for other in ("Story 6 of AI", "Nothing they follow", "Not out yet"):
        assert other not in mail.html
    headers = list_headers(session.get_one(Publication, 1), BASE_URL)
    assert mail.headers == {"Auto-Submitted": "auto-generated", **headers}
    leave_url = recipients[0].headers["List-Unsubscribe"].strip("<>")
    assert "/leave/" in leave_url
    assert leave_url in mail.text


def test_welcome_says_what_comes_when(
    session: Session,
    now: datetime,
    reader_id: int,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
) -> None:
    assert send_letter(make_sender(transport), templates, _letter(session).id)
    mail, _ = transport.calls[0]
    choice = choice_of(session, session.get_one(Subscriber, reader_id), now)
    assert choice.what
    said = " ".join(mail.text.split())
    assert f"you get: {choice.what} {choice.when} The first one is due on {choice.first}." in said


def test_welcome_names_day_hour_categories_and_depth(
    session: Session,
    now: datetime,
    reader_id: int,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
) -> None:
    reader = session.get_one(Subscriber, reader_id)
    reader.hour, reader.time_zone, reader.depth = 18, "Asia/Tokyo", Depth.HEADLINES
    session.commit()
    assert send_letter(make_sender(transport), templates, _letter(session).id)
    mail, _ = transport.calls[0]
    words = unescape(re.sub(r"<[^>]+>", " ", mail.html.partition("<body")[2]))
    assert "24\u00a0November" in words, "no line begins with the month"
    for part in (" ".join(words.split()), " ".join(mail.text.split())):
        assert "Ai, headlines and summaries" in part
        assert "Monday to Friday at 18:00 (Asia/Tokyo)" in part
        assert "due on Tuesday 24 November" in part, "that of Monday is out already"


def test_every_category_of_a_reader_has_a_story_before_one_has_two(
    session: Session,
    reader_id: int,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
) -> None:
    latest = session.scalars(select(Issue).where(Issue.launched_at.is_not(None))).one()
    data = make_category(session, "data")
    make_story(session, latest, data, title="The only one of Data")
    session.get_one(Subscriber, reader_id).follows |= data.mask
    session.commit()
    assert send_letter(make_sender(transport), templates, _letter(session).id)
    mail, _ = transport.calls[0]
    places = [
        mail.text.find(title)
        for title in ("Story 1 of AI", "The only one of Data", "Story 2 of AI", "Story 4 of AI")
    ]
    assert places[0] > -1
    assert places == sorted(places)
    assert "Story 5 of AI" not in mail.text


def test_stories_are_of_the_latest_issue_that_has_something_for_the_reader(
    session: Session,
    now: datetime,
    reader_id: int,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
) -> None:
    devops = session.scalars(select(Category).where(Category.slug == "devops")).one()
    newest = make_issue(
        session, issued_on=now.date(), state=IssueState.SENT, launched_at=now, category_id=devops.id
    )
    make_story(session, newest, devops, title="Of DevOps alone")
    session.commit()
    assert send_letter(make_sender(transport), templates, _letter(session).id)
    mail, _ = transport.calls[0]
    assert "Story 1 of AI" in mail.text
    assert "Of DevOps alone" not in mail.text


def test_welcome_says_that_the_first_issue_comes_when_none_has(
    session: Session,
    now: datetime,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
) -> None:
    session.get_one(Publication, 1).sends_welcome = True
    reader = make_subscriber(session, state=SubscriberState.PENDING, follows=1)
    confirm(session, reader.id, now, PAGE)
    session.commit()
    assert send_letter(make_sender(transport), templates, _letter(session).id)
    mail, _ = transport.calls[0]
    assert "You get the next issue of Devoured that has" in " ".join(mail.text.split())
    assert "latest" not in mail.text


def test_welcome_goes_to_nobody_who_has_left(
    session: Session,
    sessions: Sessions,
    now: datetime,
    reader_id: int,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
) -> None:
    with transaction(sessions) as other:
        leave(other, reader_id, now, PAGE)
    assert not send_letter(make_sender(transport), templates, _letter(session).id)
    assert (_letter(session).state, transport.calls) == (DeliveryState.SKIPPED, [])


@dataclass(frozen=True)
class _SignsMeanwhile(Signer):
    """Signs a link, which is part of making the mail, after something else has happened."""

    before: Callable[[], None] = lambda: None

    def sign(self, purpose: Purpose, subject: int, *, now: datetime) -> str:
        self.before()
        return super().sign(purpose, subject, now=now)


@pytest.mark.parametrize("is_open", [False, True], ids=["before it is opened", "after that"])
@pytest.mark.parametrize("what", ["left", "paused", "suppressed"])
def test_welcome_goes_to_nobody_who_wants_none_when_it_would_be_handed_over(
    session: Session,
    sessions: Sessions,
    now: datetime,
    reader_id: int,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
    what: str,
    *,
    is_open: bool,
) -> None:
    def change() -> None:
        with transaction(sessions) as other:
            reader = other.get_one(Subscriber, reader_id)
            if what == "left":
                leave(other, reader_id, now, PAGE)
            elif what == "paused":
                reader.paused_until = now + timedelta(days=1)
            else:
                row = {"reason": SuppressionReason.MANUAL, "note": "", "created_at": now}
                other.merge(Suppression(address_hmac=reader.address_hmac, **row))

    sender = make_sender(transport)
    if is_open:
        sender = replace(sender, signer=_SignsMeanwhile(["a key for tests"], change))
    else:
        change()
    assert not send_letter(sender, templates, _letter(session).id)
    letter = _letter(session)
    assert (letter.state, letter.reason) == (DeliveryState.SKIPPED, what)
    assert (letter.attempt, transport.calls) == (int(is_open), [])
    assert set(session.scalars(select(Call.state))) <= {CallState.CLOSED}
    assert not send_letter(sender, templates, letter.id)


def test_welcome_leaves_a_mail_about_a_correction_out(
    session: Session,
    now: datetime,
    reader_id: int,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
) -> None:
    issue = session.scalars(select(Issue).where(Issue.launched_at.is_not(None))).one()
    ai = session.scalars(select(Category).where(Category.slug == "ai")).one()
    told = make_issue(
        session,
        issued_on=now.date(),
        state=IssueState.SENT,
        launched_at=now,
        corrects_id=issue.id,
    )
    make_story(session, told, ai, title="What was wrong")
    session.commit()
    assert send_letter(make_sender(transport), templates, _letter(session).id)
    mail, _ = transport.calls[0]
    assert "Story 1 of AI" in mail.html
    assert "What was wrong" not in mail.html


def test_links_of_the_welcome_open_a_closed_archive(
    session: Session,
    now: datetime,
    reader_id: int,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
) -> None:
    session.get_one(Publication, 1).archive_closed_at = now
    session.commit()
    issue = session.scalars(select(Issue).where(Issue.launched_at.is_not(None))).one()
    assert send_letter(make_sender(transport), templates, _letter(session).id)
    mail, _ = transport.calls[0]
    assert f"/read/{issue.id}?key={issue.key}" in mail.text
    assert mail.text.count(f"?key={issue.key}") == 6
