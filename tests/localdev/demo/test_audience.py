"""Who is due, worked out twice: by the demo's check and by the launch itself."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.launch import launch
from app.enums import BatchState, Depth, IssueState, SubscriberState, SuppressionReason
from app.models import Batch, Edition, Issue, Subscriber, Suppression
from localdev.demo.check import due_readers
from localdev.demo.earlier import divided, end_leases, unfinished
from localdev.demo.editions import wrong_headlines
from localdev.demo.report import what_was_sent
from tests.factories import make_category, make_issue, make_story, make_subscriber


def _launched(session: Session, now: datetime) -> Issue:
    ai, devops = make_category(session, "ai"), make_category(session, "devops")
    other = make_category(session, "weekend")
    issue = make_issue(session, state=IssueState.SCHEDULED, send_at=now)
    make_story(session, issue, ai, title="Of machines")
    make_story(session, issue, devops, title="Of pipelines")
    make_subscriber(session, follows=ai.mask)
    make_subscriber(session, follows=ai.mask | devops.mask | other.mask, depth=Depth.BRIEF)
    make_subscriber(session, follows=other.mask)
    make_subscriber(session, follows=ai.mask, state=SubscriberState.LEFT)
    make_subscriber(session, follows=ai.mask, paused_until=now + timedelta(days=1))
    make_subscriber(session, follows=ai.mask, paused_until=now - timedelta(days=1))
    suppressed = make_subscriber(session, follows=ai.mask)
    session.add(
        Suppression(
            address_hmac=suppressed.address_hmac,
            reason=SuppressionReason.MANUAL,
            note="",
            created_at=now,
        )
    )
    session.flush()
    launch(session, issue, now)
    return issue


def test_due_readers_are_those_of_the_launch(session: Session, now: datetime) -> None:
    issue = _launched(session, now)
    batches = session.scalars(select(Batch).where(Batch.issue_id == issue.id))
    frozen = {(number, batch.edition_id) for batch in batches for number in batch.subscriber_ids}

    due = due_readers(session, issue.id)

    assert {(one.subscriber_id, one.edition.id) for one in due} == frozen
    assert len(due) == issue.n_due == 3

    complained = session.get_one(Subscriber, due[0].subscriber_id)
    complained.state, complained.left_at = SubscriberState.LEFT, now + timedelta(minutes=1)
    assert due_readers(session, issue.id) == due


def test_wrong_headlines_names_what_an_edition_lacks_and_has_too_much(
    session: Session, now: datetime
) -> None:
    issue = _launched(session, now)
    summary = "One sentence says what it is about. Something was made, and it works."
    for edition in session.scalars(select(Edition).where(Edition.issue_id == issue.id)):
        both = edition.follows == 3
        told = f"Of machines {'Of pipelines' if both else ''} {summary}"
        edition.html, edition.text = f"<h1>{told}</h1>", told
    assert wrong_headlines(session, issue.id) == (2, [])

    for edition in session.scalars(select(Edition).where(Edition.issue_id == issue.id)):
        edition.text = f"Of pipelines {summary}"
    _, wrong = wrong_headlines(session, issue.id)

    assert len([one for one in wrong if "lacks words of story" in one]) == 2
    assert len([one for one in wrong if "not of its cut" in one]) == 1


def test_what_was_sent_counts_categories_by_their_stories(session: Session, now: datetime) -> None:
    sent = what_was_sent(session, _launched(session, now).id)

    assert [(category.slug, n) for category, n in sent.categories] == [("ai", 1), ("devops", 1)]
    assert sum(one.edition.n_readers for one in sent.editions) == 3
    assert sent.issue.n_skipped == 1
    assert sent.seconds is None


def test_unfinished_are_the_issues_on_their_way(session: Session, now: datetime) -> None:
    for day, state in enumerate(IssueState, start=1):
        make_issue(session, state=state, issued_on=now.date() + timedelta(days=day))
    make_issue(session, state=IssueState.APPROVED, stale_at=now)

    found = [session.get_one(Issue, number).state for number in unfinished(session)]

    assert set(found) == {"approved", "scheduled", "sending", "paused"}
    assert len(found) == 4


def test_end_leases_frees_every_batch_at_once(session: Session, now: datetime) -> None:
    _launched(session, now)
    for batch in session.scalars(select(Batch)):
        batch.state, batch.lease_until = BatchState.LEASED, now + timedelta(seconds=90)
    session.flush()

    end_leases(session, now)

    session.expire_all()
    assert {batch.lease_until for batch in session.scalars(select(Batch))} == {now}


def test_divided_tells_those_who_have_it_from_those_who_do_not() -> None:
    assert divided({1: "3-1", 2: "3-2", 11: "3-11"}, {"3-1", "3-12", "4-2"}) == ([1], [2, 11])
