"""The probe: an issue whose only call was lost is settled without a person."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import Job, make_sessions
from app.delivery.letter_doubts import resend_doubtful
from app.delivery.letters import OpenLetter, close_letter, open_letter
from app.delivery.reconcile import doubt_lost_calls, settle_doubts
from app.delivery.timing import USUAL
from app.enums import DeliveryState, IssueState, LetterKind
from app.events.health import stream_health
from app.events.probe import PROBE_TO, probe_if_needed
from app.models import AcceptedBy, Delivery, Letter
from app.public_ids import letter_tag
from app.transports.base import Accepted, InDoubt, Refused
from tests.events.conftest import Tell, World
from tests.events.told import said

SECOND = timedelta(seconds=1)
FOUND = USUAL.lost_after + SECOND


@pytest.fixture
def lost_at(session: Session, world: World, now: datetime) -> datetime:
    """Return when the only Call of an Issue, opened `now`, is found to be lost."""
    doubt_lost_calls(session, now + FOUND)
    session.commit()
    return now + FOUND


def _posted(session: Session, at: datetime) -> OpenLetter:
    """Open the probe, on its way to the provider."""
    letter = probe_if_needed(session, at)
    assert letter is not None
    session.commit()
    opened = open_letter(session, letter.id, "one", at)
    assert opened is not None
    session.commit()
    return opened


def _settled(session: Session, at: datetime) -> int:
    def is_whole(own: Session, since: datetime, until: datetime) -> bool:
        return stream_health(own, since, until, at).is_whole

    session.commit()
    n_queued = settle_doubts(make_sessions(session.get_bind()), is_whole, at)
    session.expire_all()
    return n_queued


def test_only_call_of_an_issue_is_sent_again_when_its_probe_was_heard_of(
    session: Session, lost_at: datetime, tell: Tell, now: datetime
) -> None:
    opened = _posted(session, lost_at)
    assert opened.address == PROBE_TO
    close_letter(session, opened, Accepted("probe-1"), lost_at + SECOND)
    session.commit()
    late = now + USUAL.doubt_lasts + SECOND
    assert _settled(session, late) == 0, "the probe was not heard of"
    tell(
        said(
            "Send",
            now,
            delivery_id=letter_tag(opened.public_id),
            address=PROBE_TO,
            provider_id="probe-1",
        )
    )
    assert _settled(session, late) == 2


def test_only_call_of_an_issue_waits_when_there_is_no_probe(
    session: Session, lost_at: datetime, now: datetime
) -> None:
    assert _settled(session, now + USUAL.doubt_lasts + SECOND) == 0


def test_reader_proven_by_an_event_is_not_sent_again_after_a_probe(
    session: Session, world: World, lost_at: datetime, tell: Tell, now: datetime
) -> None:
    opened = _posted(session, lost_at)
    close_letter(session, opened, Accepted("probe-1"), lost_at + SECOND)
    session.commit()
    tell(
        said(
            "Send",
            now,
            delivery_id=letter_tag(opened.public_id),
            address=PROBE_TO,
            provider_id="probe-1",
        ),
        said("Delivery", now, delivery_id=world.tag(0), provider_id="answer-0"),
    )
    assert _settled(session, now + USUAL.doubt_lasts + SECOND) == 1


def test_probe_whose_own_answer_was_lost_cannot_vouch_for_the_stream(
    session: Session, lost_at: datetime, tell: Tell, now: datetime
) -> None:
    opened = _posted(session, lost_at)
    tell(
        said(
            "Send",
            now,
            delivery_id=letter_tag(opened.public_id),
            address=PROBE_TO,
            provider_id="probe-1",
        )
    )
    close_letter(session, opened, InDoubt("ReadTimeout"), lost_at + SECOND)
    session.commit()
    assert _settled(session, now + USUAL.doubt_lasts + SECOND) == 0


def test_refused_probe_does_not_count(session: Session, lost_at: datetime, now: datetime) -> None:
    opened = _posted(session, lost_at)
    close_letter(session, opened, Refused("never", "MessageRejected"), lost_at)
    session.commit()
    assert stream_health(session, now, lost_at + SECOND, lost_at).n_accepted == 0


def test_probe_is_rung_for_once_in_two_minutes(session: Session, lost_at: datetime) -> None:
    assert probe_if_needed(session, lost_at) is not None
    jobs: list[Job] = session.info["jobs"]
    assert [name for name, _ in jobs] == ["send_letter"]
    assert probe_if_needed(session, lost_at + USUAL.probe_every - SECOND) is None
    assert session.scalars(select(Letter.kind)).all() == [LetterKind.PROBE]


def test_there_is_no_probe_while_nobody_is_in_doubt(
    session: Session, world: World, now: datetime
) -> None:
    assert probe_if_needed(session, now + SECOND) is None


@pytest.mark.parametrize("state", [IssueState.PAUSED, IssueState.CANCELLED, IssueState.SENT])
def test_there_is_no_probe_for_an_issue_that_is_not_sending(
    session: Session, world: World, lost_at: datetime, state: IssueState
) -> None:
    world.issue.state = state
    session.commit()
    assert probe_if_needed(session, lost_at) is None


def test_there_is_no_probe_when_other_mail_measures_the_time(
    session: Session, lost_at: datetime, now: datetime
) -> None:
    row = session.scalars(select(Delivery).limit(1)).one()
    row.state, row.accepted_by = DeliveryState.ACCEPTED, AcceptedBy.ANSWER
    row.provider_id, row.at = "answer-0", now + 59 * SECOND
    session.commit()
    assert probe_if_needed(session, lost_at) is None


def test_there_is_no_probe_when_it_would_come_too_late(
    session: Session, lost_at: datetime, now: datetime
) -> None:
    assert probe_if_needed(session, now + USUAL.around) is None


def test_probe_in_doubt_is_not_sent_again(session: Session, lost_at: datetime) -> None:
    opened = _posted(session, lost_at)
    close_letter(session, opened, InDoubt("ReadTimeout"), lost_at)
    session.commit()
    resend_doubtful(session, lost_at + timedelta(hours=1))
    session.commit()
    assert session.scalars(select(Letter.state)).all() == [DeliveryState.IN_DOUBT]
