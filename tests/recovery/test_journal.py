"""The journal: what a restored backup is told of the people who left it since."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from app.actors import CLI
from app.addresses import parse_address
from app.db.session import transaction
from app.delivery.doubt import Decision
from app.delivery.suppression import lift, suppress
from app.enums import ConsentSource, SubscriberState, SuppressionReason
from app.issues.doubts import decide_doubts
from app.models import Consent, ErasedAddress, Subscriber, Suppression
from app.readers.consent import Origin
from app.readers.erasure import erase
from app.readers.leave import come_back, leave, leave_category
from app.recovery.restored import restored
from tests.factories import PEPPER
from tests.recovery.conftest import N_READERS, Service, resume_and_send

PAGE = Origin(ConsentSource.PAGE)


def test_who_left_was_erased_or_suppressed_since_stays_so(service: Service, issue_id: int) -> None:
    with transaction(service.container.sessions) as session:
        ids = session.scalars(select(Subscriber.id).order_by(Subscriber.id)).all()
        addresses = {who: session.get_one(Subscriber, who).address or "" for who in ids}
    left, erased, suppressed, back, lifted, less = ids[:6]
    dumped = service.dump()
    later = service.at + timedelta(minutes=5)
    with transaction(service.container.sessions) as session:
        for who in (left, back):
            leave(session, who, later, PAGE)
        come_back(session, back, later + timedelta(minutes=1), PAGE)
        leave_category(session, less, 1, later, PAGE)
        erase(session, None, erased, later, PAGE)
        service.at = later + timedelta(minutes=1)
        for who in (suppressed, lifted):
            address = parse_address(addresses[who])
            reason = SuppressionReason.MANUAL
            suppress(session, CLI, address, reason, note="asked", pepper=PEPPER, now=later)
        lift(
            session,
            CLI,
            parse_address(addresses[lifted]),
            because="asked",
            pepper=PEPPER,
            now=service.at,
        )
    service.at = later + timedelta(hours=1)
    service.restore(dumped)
    for _ in range(2):
        report = restored(service.container, CLI, anyway=True)
    assert report.since is not None
    with transaction(service.container.sessions) as session:
        states = {who: session.get_one(Subscriber, who).state for who in ids}
        assert states[left] is SubscriberState.LEFT
        assert states[erased] is SubscriberState.ERASED
        assert states[back] is SubscriberState.ACTIVE
        assert session.get_one(Subscriber, less).follows == 2
        assert session.scalar(select(func.count()).select_from(Suppression)) == 1
        assert session.scalar(select(func.count()).select_from(ErasedAddress)) == 1
        steps = session.scalars(select(Consent.step).where(Consent.subscriber_id == left)).all()
        assert steps == ["left"], "applied twice"
        decide_doubts(session, CLI, issue_id, Decision.RESEND, service.at)
    resume_and_send(service)
    unwanted = {addresses[who] for who in (left, erased, suppressed)}
    assert unwanted.isdisjoint(service.transport.addresses)
    assert len(service.transport.addresses) == N_READERS - 3


def test_journal_names_nobody(service: Service, issue_id: int, tmp_path: Path) -> None:
    with transaction(service.container.sessions) as session:
        for who in session.scalars(select(Subscriber.id)).all()[:2]:
            leave(session, who, service.at, PAGE)
    service.tick()
    written = b"".join(path.read_bytes() for path in (tmp_path / "state").iterdir())
    assert written.count(b'"left"') == 2
    assert b"@" not in written
    assert b"example.com" not in written


def test_what_is_rolled_back_is_not_in_the_journal(
    service: Service, issue_id: int, tmp_path: Path
) -> None:
    with service.container.sessions() as session:
        leave(session, session.scalars(select(Subscriber.id)).first() or 0, service.at, PAGE)
        session.rollback()
    with transaction(service.container.sessions):
        pass
    assert not list((tmp_path / "state").glob("journal-*"))
