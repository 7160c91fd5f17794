"""Round trip: mails to SES's simulator, by the workers, and their events back by our own ears.

One is delivered, one bounces and one is complained of, since SES tells each kind of event only
where its destination names it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import EnqueueNow, transaction
from app.delivery.account import account_pause
from app.delivery.letters import queue_letter
from app.doctor.findings import Finding, ok, unknown, wrong
from app.doctor.subject import Subject
from app.enums import DeliveryState, LetterKind
from app.events.probe import PROBE_TO
from app.models import Letter
from app.sentences import N_, Sentence

PATIENCE: Final = 90.0
"""Seconds: SES tells of a delivery within a few, and a worker may be in mid-call."""

_LOOK_EVERY: Final = 0.5
_CODE: Final = "round_trip"
_OVER: Final = frozenset({DeliveryState.FAILED, DeliveryState.SKIPPED})

# They harm no reputation, and put nobody on a suppression list. Source: SES developer guide,
# "Using the Amazon SES mailbox simulator".
_BECOMES: Final = {
    PROBE_TO: DeliveryState.DELIVERED,
    PROBE_TO.replace("success", "bounce"): DeliveryState.BOUNCED,
    PROBE_TO.replace("success", "complaint"): DeliveryState.COMPLAINED,
}
_CAME: Final = {
    DeliveryState.DELIVERED: N_("A mail to SES's simulator went out, and its delivery was told."),
    DeliveryState.BOUNCED: N_("A mail to SES's simulator bounced, and its bounce was told."),
    DeliveryState.COMPLAINED: N_("SES's simulator complained of a mail, and that was told."),
}
_UNTOLD: Final = {
    DeliveryState.DELIVERED: N_("A mail to SES's simulator went out, and no delivery was told."),
    DeliveryState.BOUNCED: N_("A mail to SES's simulator bounced, and no bounce was told."),
    DeliveryState.COMPLAINED: N_(
        "SES's simulator complained of a mail, and no complaint was told."
    ),
}


def begin_round_trip(session: Session, now: datetime) -> list[int] | Finding:
    """Queue mails to the simulator and return their Letters' ids, or say why none is sent.

    Each counts as one of the day's quota.
    """
    if account_pause(session, now) is not None:
        return unknown(
            _CODE,
            Sentence("The account is paused, so no mail was sent."),
            Sentence("Look at devoured account, and resume it."),
        )
    letters = [queue_letter(session, LetterKind.PROBE, now=now, address=to) for to in _BECOMES]
    session.flush()
    return [letter.id for letter in letters]


def look_at_round_trip(
    session: Session, letter_ids: Sequence[int], now: datetime, patience: float = PATIENCE
) -> tuple[list[Finding], list[int]]:
    """Return what came of the mails to the simulator, and those that are still under way.

    An id of what is no such mail is left out.
    """
    found, waits = [], []
    probes = select(Letter).where(Letter.id.in_(letter_ids), Letter.kind == LetterKind.PROBE)
    for letter in session.scalars(probes.order_by(Letter.id)):
        is_over = letter.state is _becomes(letter) or letter.state in _OVER
        if is_over or now - letter.created_at >= timedelta(seconds=patience):
            found.append(_judge(letter))
        else:
            waits.append(letter.id)
    return found, waits


def make_round_trip(
    subject: Subject,
    enqueue_now: EnqueueNow,
    *,
    patience: float = PATIENCE,
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[Finding]:
    """Mail the simulator and wait until all was heard of, or `patience` is over."""
    if subject.clients is None:
        yield unknown(_CODE, Sentence("There is a simulator only where mail leaves by SES."))
        return
    with transaction(subject.sessions, enqueue_now) as session:
        waits = begin_round_trip(session, subject.clock())
    if isinstance(waits, Finding):
        yield waits
        return
    while waits:
        with transaction(subject.sessions) as session:
            found, waits = look_at_round_trip(session, waits, subject.clock(), patience)
        yield from found
        if waits:
            sleep(_LOOK_EVERY)


def _becomes(letter: Letter) -> DeliveryState:
    """Return what becomes of a mail to that address."""
    return _BECOMES[letter.address or PROBE_TO]


def _judge(letter: Letter) -> Finding:
    becomes = _becomes(letter)
    if letter.state is becomes:
        return ok(_CODE, Sentence(_CAME[becomes]))
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
        Sentence(_UNTOLD[becomes]),
        Sentence("Look at the kinds of the event destination, and whether devoured listen runs."),
    )
