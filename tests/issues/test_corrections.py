from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from redis import Redis
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions, transaction
from app.delivery.claim import OpenCall, lease_batch
from app.delivery.editions import render_pending, store_failure
from app.delivery.finish import finish_issues
from app.delivery.launch import launch
from app.delivery.pace import Pace
from app.delivery.record import close_call
from app.delivery.send import Sender, send_batch
from app.enums import BatchState, DeliveryState, Depth, EditionState, IssueState
from app.issues.corrections import correct
from app.issues.lifecycle import lock_issue
from app.models import Batch, Delivery, Edition, Issue, Story
from app.rendering.edition import render_edition
from app.rendering.inputs import EditionFacts, RenderedMail
from app.rendering.templates import Templates, our_templates
from app.rendering.tracked import Sign
from app.tokens import Signer
from app.transports.base import Accepted, InDoubt, Outcome, Refused
from tests.claims import open_call
from tests.factories import make_category, make_issue, make_story, make_subscriber
from tests.fakes import KeepingTransport

_BASE_URL = "https://digest.example.com"
_TEMPLATES = our_templates()


@pytest.fixture
def running(session: Session, now: datetime) -> Issue:
    """Launch an issue: 200 readers of AI at brief, 10 of DevOps, 10 of AI as headlines."""
    ai, devops = make_category(session, "ai"), make_category(session, "devops")
    issue = make_issue(session, state=IssueState.SCHEDULED)
    make_story(session, issue, ai, what="It is ten times as fast.")
    make_story(session, issue, devops)
    for n, follows, depth in (
        (200, ai.mask, Depth.BRIEF),
        (10, devops.mask, Depth.BRIEF),
        (10, ai.mask, Depth.HEADLINES),
    ):
        for _ in range(n):
            make_subscriber(session, follows=follows, depth=depth)
    launch(session, lock_issue(session, issue.id), now)
    # The Batch of 200 is worked on first.
    session.execute(update(Batch).where(Batch.n_readers == 10).values(id=Batch.id + 1000))
    session.commit()
    return issue


@pytest.fixture
def render(sessions: Sessions, session: Session, now: datetime) -> Callable[[], None]:
    def render_all() -> None:
        session.rollback()
        pending = select(Edition.id).where(Edition.state == EditionState.PENDING)
        for edition_id in session.scalars(pending).all():
            render_pending(sessions, edition_id, _TEMPLATES, _BASE_URL, now)
        session.rollback()

    return render_all


@pytest.fixture
def make_sender(
    sessions: Sessions, valkey_url: str, now: datetime
) -> Iterator[Callable[[KeepingTransport], Sender]]:
    valkey = Redis.from_url(valkey_url)

    def make(transport: KeepingTransport) -> Sender:
        return Sender(
            sessions=sessions,
            transport=transport,
            pace=Pace(valkey, transport.quota),
            signer=Signer(["a key for tests"]),
            clock=lambda: now,
            base_url=_BASE_URL,
            worker="one",
        )

    yield make
    valkey.close()


def _correct(sessions: Sessions, issue: Issue, now: datetime, **changes: str) -> None:
    with transaction(sessions) as session:
        story = session.scalars(
            select(Story).where(Story.issue_id == issue.id).order_by(Story.position).limit(1)
        ).one()
        changes = changes or {"what": "It is twice as fast."}
        note = "We had the figure wrong."
        correct(
            session,
            CLI,
            issue.id,
            story.id,
            changes,
            note,
            templates=_TEMPLATES,
            base_url=_BASE_URL,
            now=now,
        )


def _got(session: Session) -> dict[tuple[int, str], int]:
    """Return how many were sent which revision at which depth."""
    session.rollback()
    rows = session.execute(
        select(Edition.revision, Edition.depth, func.count())
        .join(Delivery, Delivery.edition_id == Edition.id)
        .where(Edition.follows == 1)
        .group_by(Edition.revision, Edition.depth)
    )
    return {(row[0], row[1].value): row[2] for row in rows}


def _open(session: Session, now: datetime, worker: str = "one") -> OpenCall:
    lease = lease_batch(session, worker, now)
    assert lease is not None
    call = open_call(session, lease, 50, now)
    session.commit()
    assert call is not None
    return call


def _send_all(sender: Sender) -> None:
    while send_batch(sender):
        pass


def test_half_gets_the_new_revision_when_a_story_is_corrected_at_half(
    session: Session,
    sessions: Sessions,
    running: Issue,
    render: Callable[[], None],
    make_sender: Callable[[KeepingTransport], Sender],
    now: datetime,
) -> None:
    render()
    transport = KeepingTransport()

    def correct_at_half() -> None:
        if len(transport.calls) == 2:
            _correct(sessions, running, now)

    transport.before_answer = correct_at_half
    sender = make_sender(transport)
    assert send_batch(sender)
    assert len(transport.calls) == 2  # the worker gave its Batch back at the next step
    session.rollback()
    _send_all(sender)  # those whose mail does not change go on meanwhile
    assert _got(session) == {(1, "brief"): 100, (1, "headlines"): 10}
    render()
    _send_all(sender)
    assert _got(session) == {(1, "brief"): 100, (2, "brief"): 100, (1, "headlines"): 10}
    assert sorted(transport.addresses) == sorted(set(transport.addresses))
    assert len(transport.addresses) == 220
    texts = [("ten times" in mail.text, len(who)) for mail, who in transport.calls]
    assert sum(n for is_old, n in texts if is_old) == 100
    with transaction(sessions) as fresh:
        assert finish_issues(fresh, now) == [running.id]
        counted = select(func.sum(Edition.n_readers), func.min(Edition.n_readers))
        assert fresh.execute(counted).one() == (220, 10)


def test_call_in_flight_is_recorded_with_what_it_sent_when_a_correction_comes(
    session: Session,
    sessions: Sessions,
    running: Issue,
    render: Callable[[], None],
    now: datetime,
) -> None:
    render()
    call = _open(session, now)
    _correct(sessions, running, now)
    render()
    later = now + timedelta(minutes=5)
    second = _open(session, later, "two")  # the lost lease is taken over meanwhile
    assert second.edition_id != call.edition_id
    assert not set(second.readers) & set(call.readers)
    outcomes: list[Outcome] = [Accepted("a")] * 50
    assert close_call(session, call.call_id, outcomes, later)
    assert close_call(session, second.call_id, outcomes, later)
    session.commit()
    assert _got(session) == {(1, "brief"): 50, (2, "brief"): 50}


def test_readers_refused_for_now_get_the_new_revision_when_it_came_meanwhile(
    session: Session,
    sessions: Sessions,
    running: Issue,
    render: Callable[[], None],
    make_sender: Callable[[KeepingTransport], Sender],
    now: datetime,
) -> None:
    render()
    call = _open(session, now)
    _correct(sessions, running, now)
    refused: list[Outcome] = [Refused("later", "busy")] * 20
    doubtful: list[Outcome] = [InDoubt("timeout")] * 30
    close_call(session, call.call_id, refused + doubtful, now)
    session.commit()
    render()
    transport = KeepingTransport()
    sender = make_sender(transport)
    lost = {"not_before": None, "lease_until": now - timedelta(days=1)}
    session.execute(update(Batch).values(lost))
    session.commit()
    _send_all(sender)
    session.rollback()
    states = session.execute(
        select(Edition.revision, Delivery.state, func.count())
        .join(Delivery, Delivery.edition_id == Edition.id)
        .where(Edition.depth == Depth.BRIEF, Edition.follows == 1)
        .group_by(Edition.revision, Delivery.state)
    )
    assert {(row[0], row[1]): row[2] for row in states} == {
        (1, DeliveryState.IN_DOUBT): 30,
        (2, DeliveryState.ACCEPTED): 170,
    }


def test_other_cuts_go_on_and_nobody_is_lost_when_the_new_revision_cannot_be_rendered(
    session: Session,
    sessions: Sessions,
    running: Issue,
    render: Callable[[], None],
    make_sender: Callable[[KeepingTransport], Sender],
    now: datetime,
) -> None:
    render()
    _correct(sessions, running, now)
    broken = session.scalars(select(Edition.id).where(Edition.state == EditionState.PENDING)).one()
    store_failure(session, broken, "edition.mjml.j2: no such field", now)
    session.commit()
    transport = KeepingTransport()
    sender = make_sender(transport)
    _send_all(sender)
    assert len(transport.addresses) == 20
    with transaction(sessions) as fresh:
        assert finish_issues(fresh, now) == []
        assert fresh.get_one(Issue, running.id).state == IssueState.SENDING
    _correct(sessions, running, now, what="It is a little faster.")
    render()
    _send_all(sender)
    assert len(set(transport.addresses)) == len(transport.addresses) == 220
    assert "a little faster" in transport.calls[-1][0].text


def test_stale_rendering_is_dropped_when_a_correction_overtakes_it(
    session: Session,
    sessions: Sessions,
    running: Issue,
    render: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    now: datetime,
) -> None:
    edition_id = session.scalars(select(Edition.id).where(Edition.n_readers == 200)).one()
    session.rollback()
    overtaken: list[bool] = []

    def overtake(
        facts: EditionFacts, templates: Templates, sign: Sign | None = None
    ) -> RenderedMail:
        if not overtaken:
            overtaken.append(True)
            _correct(sessions, running, now)
        return render_edition(facts, templates, sign)

    monkeypatch.setattr("app.delivery.editions.render_edition", overtake)
    render_pending(sessions, edition_id, _TEMPLATES, _BASE_URL, now)
    edition = session.get_one(Edition, edition_id)
    assert (edition.state, edition.revision) == (EditionState.PENDING, 2)
    session.rollback()
    render()
    session.refresh(edition)
    assert "twice as fast" in (edition.text or "")
    assert session.scalar(select(func.count()).select_from(Edition)) == 3


def test_held_batch_keeps_its_place_and_gets_the_new_revision_when_it_is_begun(
    session: Session, sessions: Sessions, running: Issue, render: Callable[[], None], now: datetime
) -> None:
    render()
    _open(session, now)
    _correct(sessions, running, now)
    render()
    lease = lease_batch(session, "two", now + timedelta(minutes=5))
    session.commit()
    assert lease is not None
    cut = select(Edition.id).where(Edition.follows == 1, Edition.depth == Depth.BRIEF)
    batches = session.scalars(select(Batch).where(Batch.edition_id.in_(cut))).all()
    divided = {batch.state: (batch.n_readers, batch.n_taken) for batch in batches}
    assert divided == {BatchState.DONE: (50, 50), BatchState.LEASED: (150, 0)}
    assert all(len(batch.subscriber_ids) == batch.n_readers for batch in batches)
