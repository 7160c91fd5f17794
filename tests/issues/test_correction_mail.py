from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.addresses import address_hmac
from app.db.session import Sessions, transaction
from app.delivery.claim import lease_batch, open_call
from app.delivery.corrected import Audience, audience_of
from app.delivery.editions import render_pending
from app.delivery.launch import launch
from app.delivery.record import close_call
from app.errors import Conflict
from app.issues.correction_mail import draft_mail, revisions_of
from app.issues.corrections import correct, get_correction
from app.issues.cuts import cuts_of
from app.issues.daily import launch_if_due, note_empty_days, schedule_the_day
from app.issues.lifecycle import approve, cancel, lock_issue, schedule
from app.models import (
    Batch,
    Correction,
    Delivery,
    Edition,
    Issue,
    Story,
    Subscriber,
    Suppression,
)
from app.rendering.templates import load_templates
from app.transports.base import Accepted, InDoubt, Outcome
from app.words import (
    DeliveryState,
    Depth,
    EditionState,
    IssueState,
    SubscriberState,
    SuppressionReason,
)
from tests.factories import PEPPER, make_category, make_issue, make_story, make_subscriber

_BASE_URL = "https://digest.example.com"
_TEMPLATES = load_templates()
Render = Callable[[], None]


@pytest.fixture
def render(sessions: Sessions, session: Session, now: datetime) -> Render:
    def render_all() -> None:
        session.rollback()
        pending = select(Edition.id).where(Edition.state == EditionState.PENDING)
        for edition_id in session.scalars(pending).all():
            render_pending(sessions, edition_id, _TEMPLATES, _BASE_URL, now)
        session.rollback()

    return render_all


@pytest.fixture
def half_sent(session: Session, render: Render, now: datetime) -> Issue:
    """An issue of which 60 were accepted and 10 are in doubt, of each of four cuts."""
    ai, devops = make_category(session, "ai"), make_category(session, "devops")
    issue = make_issue(session, state=IssueState.SCHEDULED)
    make_story(session, issue, ai, title="A fast model", what="It is ten times as fast.")
    make_story(session, issue, devops)
    for follows, depth in _CUTS:
        for _ in range(80):
            make_subscriber(session, follows=follows, depth=depth)
    launch(session, lock_issue(session, issue.id), now)
    session.commit()
    render()
    for worker in map(str, range(len(_CUTS))):
        _send(session, worker, 70, now)
    return issue


_CUTS = [(1, Depth.HEADLINES), (1, Depth.BRIEF), (3, Depth.DEEP), (2, Depth.DEEP)]


def _send(session: Session, worker: str, size: int, now: datetime) -> None:
    """Somebody's first Call: ten of it are in doubt."""
    lease = lease_batch(session, worker, now)
    assert lease is not None
    call = open_call(session, lease, size, now)
    assert call is not None
    outcomes: list[Outcome] = [InDoubt("timeout")] * 10
    outcomes += [Accepted("a")] * (size - 10)
    close_call(session, call.call_id, outcomes, now)
    session.commit()


@pytest.fixture
def correction(
    sessions: Sessions, half_sent: Issue, render: Render, session: Session, now: datetime
) -> Correction:
    made = _correct(sessions, half_sent, {"what": "It is twice as fast."}, now)
    render()
    return session.get_one(Correction, made)


def _correct(sessions: Sessions, issue: Issue, changes: Mapping[str, Any], now: datetime) -> int:
    with transaction(sessions) as session:
        first = select(Story).where(Story.issue_id == issue.id).order_by(Story.position).limit(1)
        row = correct(
            session,
            issue.id,
            session.scalars(first).one().id,
            changes,
            "We had the figure wrong.",
            templates=_TEMPLATES,
            base_url=_BASE_URL,
            now=now,
        )
        return row.id


def _got_it_wrong(session: Session, issue: Issue) -> set[int]:
    """Who was surely sent the first revision with the story's text in it."""
    rows = session.scalars(
        select(Delivery.subscriber_id)
        .join(Edition, Edition.id == Delivery.edition_id)
        .where(
            Delivery.issue_id == issue.id,
            Delivery.state == DeliveryState.ACCEPTED,
            Edition.revision == 1,
            Edition.text.contains("ten times"),
        )
    )
    return set(rows)


def _audience(session: Session, mail: Issue) -> list[int]:
    rows = session.scalars(select(Batch.subscriber_ids).where(Batch.issue_id == mail.id))
    return [one for ids in rows for one in ids]


def _launched(session: Session, correction: Correction, now: datetime) -> Issue:
    mail = draft_mail(session, correction.issue_id, correction.id, now)
    approve(session, mail.id, now)
    schedule(session, mail.id, now)
    session.flush()
    assert launch_if_due(session, mail.id, now)
    session.commit()
    return mail


def test_mail_goes_to_exactly_those_who_got_the_wrong_text(
    session: Session, half_sent: Issue, correction: Correction, now: datetime
) -> None:
    wrong = _got_it_wrong(session, half_sent)
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
    wrong = sorted(_got_it_wrong(session, half_sent))
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
            assert f"{_BASE_URL}/read/{half_sent.id}/{correction.story_id}" in part


def test_nobody_is_told_when_the_text_was_put_back_as_it_was(
    session: Session, sessions: Sessions, half_sent: Issue, render: Render, now: datetime
) -> None:
    first = _correct(sessions, half_sent, {"what": "It is twice as fast."}, now)
    _correct(sessions, half_sent, {"what": "It is ten times as fast."}, now)
    render()
    row = get_correction(session, half_sent.id, first)
    assert audience_of(session, row, now) == Audience(0, 0, 0)
    with pytest.raises(Conflict):
        draft_mail(session, half_sent.id, first, now)


def test_only_readers_in_depth_are_told_when_the_deep_dive_was_wrong(
    session: Session, sessions: Sessions, half_sent: Issue, render: Render, now: datetime
) -> None:
    made = _correct(sessions, half_sent, {"deep_dive": ["It began as a joke."]}, now)
    render()
    row = get_correction(session, half_sent.id, made)
    assert audience_of(session, row, now) == Audience(60, 60, 10)


def test_nobody_is_told_of_an_article_because_no_mail_shows_it(
    session: Session, sessions: Sessions, half_sent: Issue, now: datetime
) -> None:
    made = _correct(sessions, half_sent, {"article": "Another one."}, now)
    row = get_correction(session, half_sent.id, made)
    assert audience_of(session, row, now) == Audience(0, 0, 0)


def test_second_mail_is_refused_until_the_first_is_cancelled_unsent(
    session: Session, half_sent: Issue, correction: Correction, now: datetime
) -> None:
    first = draft_mail(session, half_sent.id, correction.id, now)
    with pytest.raises(Conflict):
        draft_mail(session, half_sent.id, correction.id, now)
    cancel(session, first.id, now)
    session.flush()
    assert draft_mail(session, half_sent.id, correction.id, now).id != first.id


def test_launch_waits_while_a_wrong_mail_is_on_the_wire(
    session: Session, sessions: Sessions, half_sent: Issue, render: Render, now: datetime
) -> None:
    lease = lease_batch(session, "slow", now + timedelta(minutes=5))
    assert lease is not None
    call = open_call(session, lease, 10, now)
    assert call is not None
    session.commit()
    made = _correct(sessions, half_sent, {"title": "A quick model"}, now)
    render()
    row = get_correction(session, half_sent.id, made)
    mail = draft_mail(session, half_sent.id, row.id, now)
    approve(session, mail.id, now)
    schedule(session, mail.id, now)
    session.flush()
    assert not launch_if_due(session, mail.id, now)
    close_call(session, call.call_id, [Accepted("a")] * 10, now)
    session.flush()
    assert launch_if_due(session, mail.id, now)


def test_mail_waits_for_each_readers_hour_when_it_goes_at_local_hours(
    session: Session, half_sent: Issue, correction: Correction, now: datetime
) -> None:
    wrong = sorted(_got_it_wrong(session, half_sent))
    for subscriber_id, (hour, zone) in zip(
        wrong, ((20, "UTC"), (20, "Asia/Tokyo"), (1, "UTC")), strict=False
    ):
        reader = session.get_one(Subscriber, subscriber_id)
        reader.hour, reader.time_zone = hour, zone
    mail = draft_mail(session, half_sent.id, correction.id, now)
    mail.at_local_hours = True
    approve(session, mail.id, now)
    schedule(session, mail.id, now)
    session.flush()
    assert mail.send_at == now
    assert launch_if_due(session, mail.id, now)
    waves = {
        one: batch.not_before
        for batch in session.scalars(select(Batch).where(Batch.issue_id == mail.id))
        for one in batch.subscriber_ids
    }
    assert waves.keys() == set(wrong)
    day = datetime.combine(now.date(), time(), tzinfo=UTC)
    assert waves[wrong[0]] == day + timedelta(hours=20)
    assert waves[wrong[1]] == day + timedelta(hours=11)
    assert waves[wrong[2]] is None


def test_mail_takes_no_day_of_the_schedule(
    session: Session, half_sent: Issue, correction: Correction, now: datetime
) -> None:
    mail = draft_mail(session, half_sent.id, correction.id, now)
    approve(session, mail.id, now)
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


def test_cuts_of_a_mail_are_of_those_who_got_the_wrong_text(
    session: Session, correction: Correction, now: datetime
) -> None:
    mail = draft_mail(session, correction.issue_id, correction.id, now)
    audience = audience_of(session, correction, now)
    cuts = cuts_of(session, mail, now)
    assert {(cut.follows, cut.depth) for cut in cuts} == {(1, Depth.BRIEF), (1, Depth.DEEP)}
    assert sum(cut.n_readers for cut in cuts) == audience.n_to_tell
