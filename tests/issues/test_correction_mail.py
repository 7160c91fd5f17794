from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import address_hmac, parse_address
from app.db.session import Sessions
from app.delivery.claim import lease_batch
from app.delivery.corrected import Audience, audience_of
from app.delivery.record import close_call
from app.enums import (
    ConsentSource,
    DeliveryState,
    Depth,
    IssueState,
    SubscriberState,
    SuppressionReason,
)
from app.errors import Conflict
from app.issues.correction_mail import draft_mail, revisions_of
from app.issues.corrections import get_correction
from app.issues.daily import launch_if_due, note_empty_days, schedule_the_day
from app.issues.lifecycle import approve, cancel
from app.issues.scheduling import schedule
from app.models import (
    Batch,
    Correction,
    Delivery,
    Edition,
    Issue,
    Letter,
    Subscriber,
    Suppression,
)
from app.readers.consent import Origin
from app.readers.new_address import ask_new_address, take_new_address
from app.transports.base import Accepted
from tests.claims import open_call
from tests.factories import PEPPER
from tests.issues.conftest import BASE_URL, Render, correct_first, got_it_wrong


def _audience(session: Session, mail: Issue) -> list[int]:
    rows = session.scalars(select(Batch.subscriber_ids).where(Batch.issue_id == mail.id))
    return [one for ids in rows for one in ids]


def _launched(session: Session, correction: Correction, now: datetime) -> Issue:
    mail = draft_mail(session, CLI, correction.issue_id, correction.id, now)
    approve(session, CLI, mail.id, now)
    schedule(session, CLI, mail.id, now)
    session.flush()
    assert launch_if_due(session, mail.id, now)
    session.commit()
    return mail


def test_mail_goes_to_exactly_those_who_got_the_wrong_text(
    session: Session, half_sent: Issue, correction: Correction, now: datetime
) -> None:
    wrong = got_it_wrong(session, half_sent)
    assert len(wrong) == 120
    assert audience_of(session, correction, now) == Audience(120, 120, 20)
    mail = _launched(session, correction, now)
    told = _audience(session, mail)
    assert sorted(told) == sorted(wrong)
    depths = {edition.depth: edition.n_readers for edition in _editions(session, mail)}
    assert depths == {Depth.BRIEF: 60, Depth.DEEP: 60}


def _editions(session: Session, issue: Issue) -> list[Edition]:
    return list(session.scalars(select(Edition).where(Edition.issue_id == issue.id)))


def test_mail_skips_whoever_left_paused_was_suppressed_or_erased(
    session: Session, half_sent: Issue, correction: Correction, now: datetime
) -> None:
    wrong = sorted(got_it_wrong(session, half_sent))
    left, paused, suppressed, gone = (session.get_one(Subscriber, one) for one in wrong[:4])
    left.state = SubscriberState.LEFT
    paused.paused_until = now + timedelta(days=1)
    suppressed.address_hmac = address_hmac("gone@example.com", PEPPER)
    session.add(
        Suppression(
            address_hmac=suppressed.address_hmac,
            reason=SuppressionReason.COMPLAINT,
            note="",
            created_at=now,
        )
    )
    gone.state, gone.address, gone.address_key = SubscriberState.ERASED, None, None
    session.commit()
    assert audience_of(session, correction, now) == Audience(120, 116, 20)
    assert sorted(_audience(session, _launched(session, correction, now))) == wrong[4:]


def test_mail_says_the_note_and_leads_to_the_page_where_the_story_stands(
    session: Session, half_sent: Issue, correction: Correction, render: Render, now: datetime
) -> None:
    mail = _launched(session, correction, now)
    render()
    for edition in _editions(session, mail):
        assert edition.subject == "Correction: A fast model"
        for part in (edition.html or "", edition.text or ""):
            words = " ".join(part.split())
            assert "A correction to our issue of 23 November 2026." in words
            assert "We had the figure wrong." in words
            assert "twice as fast" in words
            assert f"{BASE_URL}/read/{half_sent.id}/{correction.story_id}" in part


def test_nobody_is_told_when_the_text_was_put_back_as_it_was(
    session: Session, sessions: Sessions, half_sent: Issue, render: Render, now: datetime
) -> None:
    first = correct_first(sessions, half_sent, {"what": "It is twice as fast."}, now)
    correct_first(sessions, half_sent, {"what": "It is ten times as fast."}, now)
    render()
    row = get_correction(session, half_sent.id, first)
    assert audience_of(session, row, now) == Audience(0, 0, 0)
    with pytest.raises(Conflict):
        draft_mail(session, CLI, half_sent.id, first, now)


def test_only_readers_in_depth_are_told_when_the_deep_dive_was_wrong(
    session: Session, sessions: Sessions, half_sent: Issue, render: Render, now: datetime
) -> None:
    made = correct_first(sessions, half_sent, {"deep_dive": ["It began as a joke."]}, now)
    render()
    row = get_correction(session, half_sent.id, made)
    assert audience_of(session, row, now) == Audience(60, 60, 10)


def test_nobody_is_told_of_an_article_because_no_mail_shows_it(
    session: Session, sessions: Sessions, half_sent: Issue, now: datetime
) -> None:
    made = correct_first(sessions, half_sent, {"article": "Another one."}, now)
    row = get_correction(session, half_sent.id, made)
    assert audience_of(session, row, now) == Audience(0, 0, 0)


def test_second_mail_is_refused_until_the_first_is_cancelled_unsent(
    session: Session, half_sent: Issue, correction: Correction, now: datetime
) -> None:
    first = draft_mail(session, CLI, half_sent.id, correction.id, now)
    with pytest.raises(Conflict):
        draft_mail(session, CLI, half_sent.id, correction.id, now)
    cancel(session, CLI, first.id, now)
    session.flush()
    assert draft_mail(session, CLI, half_sent.id, correction.id, now).id != first.id


def test_launch_waits_while_a_wrong_mail_is_on_the_wire(
    session: Session, sessions: Sessions, half_sent: Issue, render: Render, now: datetime
) -> None:
    lease = lease_batch(session, "slow", now + timedelta(minutes=5))
    assert lease is not None
    call = open_call(session, lease, 10, now)
    assert call is not None
    session.commit()
    made = correct_first(sessions, half_sent, {"title": "A quick model"}, now)
    render()
    row = get_correction(session, half_sent.id, made)
    mail = draft_mail(session, CLI, half_sent.id, row.id, now)
    approve(session, CLI, mail.id, now)
    schedule(session, CLI, mail.id, now)
    session.flush()
    assert not launch_if_due(session, mail.id, now)
    close_call(session, call.call_id, [Accepted("a")] * 10, now)
    session.flush()
    assert launch_if_due(session, mail.id, now)


def test_mailbox_that_changes_hands_is_told_once(
    session: Session, half_sent: Issue, correction: Correction, render: Render, now: datetime
) -> None:
    half_sent.state = IssueState.PAUSED
    mail = _launched(session, correction, now)
    render()
    [first] = _send(session, now, most=1)
    told = session.get_one(Subscriber, first)
    second = next(one for one in _audience(session, mail) if one != first)
    mailbox = told.address or ""
    ask_new_address(
        session, session.get_one(Subscriber, second), parse_address(mailbox), PEPPER, now
    )
    asked = select(Letter.id).where(Letter.subscriber_id == second).order_by(Letter.id.desc())
    page = Origin(ConsentSource.PAGE)
    take_new_address(session, session.scalars(asked).first() or 0, PEPPER, now, page)
    session.commit()
    assert session.get_one(Subscriber, second).address == mailbox
    sent = _send(session, now + timedelta(minutes=5))
    assert len(sent) == 118
    assert second not in sent
    theirs = select(Delivery).where(Delivery.issue_id == mail.id, Delivery.subscriber_id == second)
    skipped = session.scalars(theirs).one()
    assert (skipped.state, skipped.reason) == (DeliveryState.SKIPPED, "has_it")


def _send(session: Session, now: datetime, most: int = 50) -> list[int]:
    """Send until nobody is left, or one Call if it holds fewer than others; return who got it."""
    sent = []
    while (lease := lease_batch(session, "w", now)) is not None:
        while (call := open_call(session, lease, most, now)) is not None:
            close_call(session, call.call_id, [Accepted("a")] * len(call.readers), now)
            sent += [reader.subscriber_id for reader in call.readers]
            session.commit()
            if most == 1:
                return sent
        session.commit()
    return sent


def test_mail_takes_no_day_of_the_schedule(
    session: Session, half_sent: Issue, correction: Correction, now: datetime
) -> None:
    mail = draft_mail(session, CLI, half_sent.id, correction.id, now)
    approve(session, CLI, mail.id, now)
    assert schedule_the_day(session, now + timedelta(hours=3)) == []
    session.get_one(Issue, half_sent.id).state = IssueState.CANCELLED
    session.flush()
    assert note_empty_days(session, now + timedelta(hours=3))


def test_ledger_says_who_was_sent_which_revision(
    session: Session, half_sent: Issue, correction: Correction, now: datetime
) -> None:
    while (lease := lease_batch(session, "two", now + timedelta(minutes=5))) is not None:
        while (call := open_call(session, lease, 50, now)) is not None:
            close_call(session, call.call_id, [Accepted("a")] * len(call.readers), now)
    assert revisions_of(session, half_sent.id) == {
        1: {DeliveryState.ACCEPTED: 260, DeliveryState.IN_DOUBT: 40},
        2: {DeliveryState.ACCEPTED: 20},
    }
