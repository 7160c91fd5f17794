"""The plan of an Issue: who, who not, what, when; and that a launch then does just that."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.delivery.audience import count_due
from app.delivery.launch import launch
from app.delivery.pace import Allowance
from app.delivery.receptions import WhyNot
from app.enums import Depth, IssueState, SubscriberState, SuppressionReason
from app.errors import WrongState
from app.issues.approval import approve_checked
from app.issues.lifecycle import lock_issue
from app.issues.plan import Plan, left_out_of_plan, make_plan
from app.issues.scheduling import mark_stale, schedule
from app.models import (
    Batch,
    Category,
    Correction,
    Edition,
    Issue,
    Publication,
    Subscriber,
    Suppression,
)
from tests.factories import make_category, make_issue, make_story, make_subscriber
from tests.issues.conftest import LOOKS

SEVEN = timedelta(hours=1)
UNKNOWN = Allowance()
MakePlan = Callable[..., Plan]


@pytest.fixture
def plan(session: Session, issue: Issue, publication: Publication, now: datetime) -> MakePlan:
    publication.from_address = "Devoured <digest@digest.dev>"

    def make(
        allowance: Allowance = UNKNOWN, send_at: datetime | None = None, of: Issue = issue
    ) -> Plan:
        session.flush()
        return make_plan(session, of.id, LOOKS, allowance, now, send_at)

    return make


def test_plan_counts_everybody_once_among_its_readers_or_by_why_they_are_not(
    session: Session, issue: Issue, ai: Category, plan: MakePlan, now: datetime
) -> None:
    devops = make_category(session, "devops")
    make_story(session, issue, devops)
    for follows, depth, hour in ((1, Depth.DEEP, 7), (3, Depth.DEEP, None), (2, Depth.BRIEF, 9)):
        make_subscriber(session, follows=follows, depth=depth, hour=hour, time_zone="UTC")
    make_subscriber(session, follows=1, state=SubscriberState.PENDING)
    make_subscriber(session, follows=1, state=SubscriberState.LEFT)
    make_subscriber(session, follows=1, paused_until=now + timedelta(days=9))
    make_subscriber(session, follows=1, paused_until=now + timedelta(minutes=30))  # over by then
    make_subscriber(session, follows=4)
    barred = make_subscriber(session, follows=1)
    session.add(
        Suppression(
            address_hmac=barred.address_hmac,
            reason=SuppressionReason.MANUAL,
            note="",
            created_at=now,
        )
    )
    found = plan()
    assert found.starts_at == now + SEVEN
    assert (found.all.n_readers, found.all.n_before, found.previous) == (4, None, None)
    assert [(one.category.slug, one.n_stories, one.n_readers) for one in found.categories] == [
        ("ai", 1, 3),
        ("devops", 1, 2),
    ]
    by_depth = [found.depths, *(one.depths for one in found.categories)]
    assert [{depth: one.n_readers for depth, one in depths.items()} for depths in by_depth] == [
        {Depth.HEADLINES: 0, Depth.BRIEF: 1, Depth.DEEP: 3, Depth.WHOLE: 0},
        {Depth.HEADLINES: 0, Depth.BRIEF: 0, Depth.DEEP: 3, Depth.WHOLE: 0},
        {Depth.HEADLINES: 0, Depth.BRIEF: 1, Depth.DEEP: 1, Depth.WHOLE: 0},
    ]
    assert list(found.hours.items()) == [(None, 2), (7, 1), (9, 1)]
    assert list(found.waves.items()) == [(now + SEVEN, 3), (now + SEVEN * 3, 1)]
    assert found.left_out == {
        WhyNot.PENDING: 1,
        WhyNot.LEFT: 1,
        WhyNot.PAUSED: 1,
        WhyNot.SUPPRESSED: 1,
        WhyNot.NOTHING_TO_READ: 1,
    }
    assert found.n_editions == 3
    assert [(one.depth, one.follows) for one in found.largest] == [
        (Depth.DEEP, 3),
        (Depth.BRIEF, 2),
    ]
    assert all(one.n_bytes for one in found.largest)


def test_everybody_who_is_left_out_is_listed_by_why(
    session: Session, issue: Issue, plan: MakePlan, now: datetime
) -> None:
    make_subscriber(session, follows=1)
    of: dict[WhyNot, list[dict[str, Any]]] = {
        WhyNot.PENDING: [{"state": SubscriberState.PENDING}] * 3,
        WhyNot.LEFT: [{"state": SubscriberState.LEFT}],
        WhyNot.ERASED: [{"state": SubscriberState.ERASED}],
        WhyNot.PAUSED: [{"paused_until": now + timedelta(days=n)} for n in (1, 2, 3)],
        WhyNot.NOTHING_TO_READ: [{"follows": 4}, {"follows": 0}],
        WhyNot.SUPPRESSED: [{"paused_until": now + timedelta(days=1)}, {"follows": 0}],
    }
    made = {
        why: [make_subscriber(session, **{"follows": 1, **one}).id for one in some]
        for why, some in of.items()
    }
    for barred in made[WhyNot.SUPPRESSED]:
        mark = {"reason": SuppressionReason.MANUAL, "note": "", "created_at": now}
        row = session.get_one(Subscriber, barred)
        session.add(Suppression(address_hmac=row.address_hmac, **mark))
    assert plan().left_out == {why: len(ids) for why, ids in made.items()}

    def listed(
        why: WhyNot, after: int = 0, limit: int = 99, send_at: datetime | None = None
    ) -> list[int]:
        by = (session, issue.id, why, now, send_at)
        return [row.id for row in left_out_of_plan(*by, after=after, limit=limit)]

    for why in WhyNot:
        assert listed(why) == made.get(why, []), why
    first, *others = made[WhyNot.PENDING]
    assert listed(WhyNot.PENDING, limit=1) == [first]
    assert listed(WhyNot.PENDING, after=first) == others
    # Who is paused now need not be when it starts.
    assert len(listed(WhyNot.PAUSED, send_at=now + timedelta(days=2))) == 1
    issue.launched_at = now
    with pytest.raises(WrongState):
        listed(WhyNot.PAUSED)


def test_launch_does_what_was_planned(
    session: Session, issue: Issue, plan: MakePlan, now: datetime
) -> None:
    for hour in (None, 3, 6, 7, 8, 23):
        for zone in ("UTC", "Asia/Kathmandu", None):
            make_subscriber(session, follows=1, hour=hour, time_zone=zone)
    make_subscriber(session, follows=2)
    found = plan()
    start = found.starts_at
    assert found.all.n_readers == count_due(session, issue, start, now).n
    issue.state, issue.send_at = IssueState.SCHEDULED, start
    assert launch(session, lock_issue(session, issue.id), start)
    waves = session.execute(
        select(Batch.not_before, func.sum(Batch.n_readers)).group_by(Batch.not_before)
    )
    assert {at or start: int(n) for at, n in waves} == found.waves
    assert issue.n_due == found.all.n_readers
    assert session.scalar(select(func.count()).select_from(Edition)) == found.n_editions


def test_plan_says_how_the_audience_changed_since_the_last_issue_of_its_lane(
    session: Session, issue: Issue, ai: Category, plan: MakePlan, now: datetime
) -> None:
    yesterday = issue.issued_on - timedelta(days=1)
    before = make_issue(
        session, issued_on=yesterday, state=IssueState.SENT, launched_at=now - timedelta(days=1)
    )
    own = {"issued_on": yesterday, "state": IssueState.SENT, "launched_at": now}
    make_issue(session, category_id=ai.id, **own)
    for depth, n in ((Depth.DEEP, 10), (Depth.BRIEF, 4)):
        session.add(
            Edition(
                issue_id=before.id,
                follows=1,
                depth=depth,
                revision=1,
                state="rendered",
                n_readers=n,
            )
        )
    make_subscriber(session, follows=1)
    found = plan()
    assert found.previous is before
    assert (found.all.n_readers, found.all.n_before) == (1, 14)
    assert [one.n_before for one in found.categories] == [14]
    for depths in (found.depths, found.categories[0].depths):
        assert {depth: one.n_before for depth, one in depths.items()} == {
            Depth.HEADLINES: 0,
            Depth.BRIEF: 4,
            Depth.DEEP: 10,
            Depth.WHOLE: 0,
        }


def test_category_that_the_last_issue_had_not_is_compared_with_nothing(
    session: Session, issue: Issue, plan: MakePlan, now: datetime
) -> None:
    make_issue(session, state=IssueState.SENT, launched_at=now)
    make_subscriber(session, follows=1)
    (found,) = plan().categories
    assert found.n_before is None
    assert {one.n_before for one in found.depths.values()} == {None}


def test_plan_of_what_was_approved_names_what_changed_since(
    session: Session, issue: Issue, plan: MakePlan, now: datetime
) -> None:
    assert plan().changed == []
    approve_checked(session, CLI, issue.id, LOOKS, now)
    assert plan().changed == []
    session.get_one(Category, 1).accent = "#123456"
    assert plan().changed == ["category ai: accent"]


def test_end_follows_from_pace_and_waves_and_is_unknown_beyond_the_quota(
    session: Session, issue: Issue, plan: MakePlan, now: datetime
) -> None:
    for hour in (None, None, 9):
        make_subscriber(session, follows=1, hour=hour, time_zone="UTC")
    assert plan().ends_at is None
    at_pace = plan(Allowance(0.5, 100))
    assert (at_pace.n_over_quota, at_pace.ends_at) == (0, now + SEVEN * 3 + timedelta(seconds=2))
    short = plan(Allowance(0.5, 1))
    assert (short.n_over_quota, short.ends_at) == (2, None)
    at_once = plan(Allowance(1.0), now - timedelta(days=1))
    assert at_once.starts_at == now


def test_plan_of_a_correction_is_about_those_who_got_the_wrong_text(
    session: Session, correction: Correction, now: datetime
) -> None:
    mail = make_issue(session, corrects_id=correction.issue_id)
    make_story(session, mail, session.get_one(Category, 1))
    correction.mail_issue_id = mail.id
    make_subscriber(session, follows=1)
    session.flush()
    found = make_plan(session, mail.id, LOOKS, Allowance(), now)
    assert found.all.n_readers == 120
    assert found.left_out == {WhyNot.IN_DOUBT: 20}
    in_doubt = left_out_of_plan(session, mail.id, WhyNot.IN_DOUBT, now, after=0, limit=99)
    assert len({row.id for row in in_doubt}) == 20
    assert found.all.n_readers == count_due(session, mail, now, now).n


@pytest.mark.parametrize("state", [IssueState.SENT, IssueState.CANCELLED])
def test_nothing_is_planned_any_more_after_launch(
    session: Session, issue: Issue, plan: MakePlan, state: IssueState, now: datetime
) -> None:
    issue.state = state
    issue.launched_at = now if state is IssueState.SENT else None
    issue.cancelled_at = now
    with pytest.raises(WrongState):
        plan()


def test_plan_says_whether_an_approval_alone_makes_it_start(
    session: Session, issue: Issue, plan: MakePlan, publication: Publication, now: datetime
) -> None:
    assert not plan().waits_for_time
    publication.send_time = (now - timedelta(hours=2)).time()
    assert not plan().waits_for_time  # two hours late are within its four hours of grace
    publication.late_seconds = 3600
    assert plan().waits_for_time
    assert not plan(send_at=now).waits_for_time
    publication.send_time = (now + timedelta(hours=2)).time()
    publication.weekdays = [2]
    assert plan().waits_for_time
    schedule(session, CLI, _approved(session, issue, now).id, now, send_at=now + SEVEN * 3)
    found = plan()
    assert (found.waits_for_time, found.starts_at) == (False, now + SEVEN * 3)


def test_plan_of_what_was_too_late_waits_for_a_time(
    session: Session, issue: Issue, plan: MakePlan, now: datetime
) -> None:
    schedule(session, CLI, _approved(session, issue, now).id, now, send_at=now - SEVEN)
    mark_stale(session, issue, now)
    found = plan()
    assert (found.waits_for_time, found.starts_at) == (True, now + SEVEN)


def _approved(session: Session, issue: Issue, now: datetime) -> Issue:
    return approve_checked(session, CLI, issue.id, LOOKS, now).issue
