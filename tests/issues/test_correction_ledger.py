"""The mail about a correction: who gets it when, of which cut, and what stays of that."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions
from app.delivery.claim import lease_batch
from app.delivery.corrected import Audience, audience_of
from app.delivery.partitions import ISSUES_EACH, drop_old_partitions
from app.delivery.record import close_call
from app.enums import Depth, IssueState
from app.errors import Conflict
from app.issues.correction_mail import draft_mail, revisions_of
from app.issues.cuts import cuts_of
from app.issues.daily import launch_if_due
from app.issues.lifecycle import approve
from app.issues.scheduling import schedule
from app.models import (
    Batch,
    Correction,
    Issue,
    Subscriber,
)
from app.transports.base import Accepted
from tests.claims import open_call
from tests.factories import make_issue
from tests.issues.conftest import got_it_wrong


def test_mail_waits_for_each_readers_hour_when_it_goes_at_local_hours(
    session: Session, half_sent: Issue, correction: Correction, now: datetime
) -> None:
    wrong = sorted(got_it_wrong(session, half_sent))
    for subscriber_id, (hour, zone) in zip(
        wrong, ((20, "UTC"), (20, "Asia/Tokyo"), (1, "UTC")), strict=False
    ):
        reader = session.get_one(Subscriber, subscriber_id)
        reader.hour, reader.time_zone = hour, zone
    mail = draft_mail(session, CLI, half_sent.id, correction.id, now)
    mail.at_local_hours = True
    approve(session, CLI, mail.id, now)
    schedule(session, CLI, mail.id, now)
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
    assert waves[wrong[2]] == day + timedelta(hours=25)


def test_cuts_of_a_mail_are_of_those_who_got_the_wrong_text(
    session: Session, correction: Correction, now: datetime
) -> None:
    mail = draft_mail(session, CLI, correction.issue_id, correction.id, now)
    audience = audience_of(session, correction, now)
    cuts = cuts_of(session, mail, now)
    assert {(cut.follows, cut.depth) for cut in cuts} == {(1, Depth.BRIEF), (1, Depth.DEEP)}
    assert sum(cut.n_readers for cut in cuts) == audience.n_to_tell


def test_counts_of_revisions_stay_when_the_ledger_is_dropped(
    session: Session, sessions: Sessions, half_sent: Issue, correction: Correction, now: datetime
) -> None:
    while (lease := lease_batch(session, "two", now + timedelta(minutes=5))) is not None:
        while (call := open_call(session, lease, 50, now)) is not None:
            close_call(session, call.call_id, [Accepted("a")] * len(call.readers), now)
    before = revisions_of(session, half_sent.id)
    assert set(before) == {1, 2}
    audience = audience_of(session, correction, now)
    half_sent.state = IssueState.SENT
    make_issue(session, id=half_sent.id + ISSUES_EACH)
    session.commit()
    assert drop_old_partitions(sessions, now + timedelta(days=1))

    assert revisions_of(session, half_sent.id) == before
    assert audience_of(session, correction, now) == Audience(
        audience.n_wrong, 0, audience.n_in_doubt
    )
    with pytest.raises(Conflict, match="ledger was dropped"):
        draft_mail(session, CLI, half_sent.id, correction.id, now)
