"""Round trip: a mail to SES's simulator, by the workers, and its event back by our own ears."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.session import EnqueueNow, transaction
from app.delivery.account import account_pause
from app.delivery.letters import queue_letter
from app.doctor.findings import Finding, ok, unknown, wrong
from app.doctor.subject import Subject
from app.enums import DeliveryState, LetterKind
from app.events.probe import PROBE_TO
from app.models import Letter
from app.sentences import Sentence

PATIENCE: Final = 90.0
"""Seconds: SES tells of a delivery within a few, and a worker may be in mid-call."""

_LOOK_EVERY: Final = 0.5
_CODE: Final = "round_trip"
_OVER: Final = frozenset({DeliveryState.FAILED, DeliveryState.SKIPPED})


def begin_round_trip(session: Session, now: datetime) -> int | Finding:
    """Queue a mail to the simulator and return its Letter's id, or say why none is sent.

    It counts as one of the day's quota, and harms no reputation.
    """
    if account_pause(session, now) is not None:
        return unknown(
            _CODE,
            Sentence("The account is paused, so no mail was sent."),
            Sentence("Look at devoured account, and resume it."),
        )
    letter = queue_letter(session, LetterKind.PROBE, now=now, address=PROBE_TO)
    session.flush()
    return letter.id


def look_at_round_trip(
    session: Session, letter_id: int, now: datetime, patience: float = PATIENCE
) -> Finding | None:
    """Return what came of a mail to the simulator; None while it is under way, or is none."""
    letter = _probe(session, letter_id)
    if letter is None:
        return None
    is_over = letter.event_at is not None or letter.state in _OVER
    if not is_over and now - letter.created_at < timedelta(seconds=patience):
        return None
    return _judge(letter)


def is_probe(session: Session, letter_id: int) -> bool:
    """Return whether this is a mail to the simulator."""
    return _probe(session, letter_id) is not None


def _probe(session: Session, letter_id: int) -> Letter | None:
    letter = session.get(Letter, letter_id)
    return letter if letter is not None and letter.kind is LetterKind.PROBE else None


def make_round_trip(
    subject: Subject,
    enqueue_now: EnqueueNow,
    *,
    patience: float = PATIENCE,
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[Finding]:
    """Send one mail to the simulator and wait until it was heard of, or `patience` is over."""
    if subject.clients is None:
        yield unknown(_CODE, Sentence("There is a simulator only where mail leaves by SES."))
        return
    with transaction(subject.sessions, enqueue_now) as session:
        begun = begin_round_trip(session, subject.clock())
    while isinstance(begun, int):
        with transaction(subject.sessions) as session:
            found = look_at_round_trip(session, begun, subject.clock(), patience)
        if found is not None:
            begun = found
        else:
            sleep(_LOOK_EVERY)
    yield begun


def _judge(letter: Letter) -> Finding:
    if letter.event_at is not None:
        return ok(_CODE, Sentence("A mail to SES's simulator went out, and its event came back."))
    if letter.state in _OVER:
        return wrong(
            _CODE,
            Sentence(
                "A mail to SES's simulator was not sent: %(reason)s.", reason=letter.reason or ""
            ),
            Sentence("Look at what SES says against it: identity, rights, configuration set."),
        )
    if letter.state is DeliveryState.QUEUED:
        return wrong(
            _CODE,
            Sentence("No worker has sent a mail to SES's simulator."),
            Sentence("Start a worker, and look at devoured healthy worker."),
        )
    return wrong(
        _CODE,
        Sentence("A mail to SES's simulator went out, and no event of it came."),
        Sentence("Look at the event destination, and whether devoured listen runs."),
    )
