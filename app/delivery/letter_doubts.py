"""Letters in doubt: queue them again once without asking, since a person waits for each."""

from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from app.delivery.alone import each_alone
from app.delivery.letter_tries import NOBODY_WAITS
from app.delivery.letters import requeue_letter, set_letter_aside, settle_letter
from app.delivery.reconcile import is_old_doubt
from app.delivery.timing import USUAL, Timing
from app.enums import CallState, DeliveryState
from app.models import Call, Letter


def resend_doubtful(session: Session, now: datetime, timing: Timing = USUAL) -> None:
    """Queue again, once, the Letters that have been under way or in doubt for long enough.

    A person waits for a confirmation, and a second copy harms nobody: the stated policy for
    Letters is `resend`, one extra attempt at most (docs/adr/0004). A Call that is still open is
    given up first, and whoever knows better has some time to say so (docs/adr/0020).
    """
    _give_up(session, now - timing.lost_after, now)
    earlier = aliased(Call)
    # A refusal closes its Call, so that it does not use up the one extra attempt.
    was_resent = exists().where(
        earlier.letter_id == Letter.id,
        earlier.attempt < Letter.attempt,
        earlier.state != CallState.CLOSED,
    )
    letters = session.execute(
        select(Letter, was_resent)
        .join(Call, (Call.letter_id == Letter.id) & (Call.attempt == Letter.attempt))
        .where(
            Letter.state == DeliveryState.SENDING,
            Call.state == CallState.IN_DOUBT,
            Call.opened_at < now - timing.doubt_lasts,
            is_old_doubt(Call.closed_at, now, timing),
        )
        .with_for_update(of=Letter, skip_locked=True)
    )

    def resend(row: tuple[Letter, bool]) -> None:
        letter, is_second = row
        if is_second or letter.kind in NOBODY_WAITS:
            settle_letter(
                letter, DeliveryState.IN_DOUBT, now, reason=letter.reason or "worker_lost"
            )
        else:
            requeue_letter(letter, now)

    def set_aside(row: tuple[Letter, bool], reason: str) -> None:
        set_letter_aside(session, row[0].id, reason, now, DeliveryState.SENDING)

    rows = [(letter, is_second) for letter, is_second in letters]
    each_alone(session, "resend_doubtful", rows, resend, set_aside)


def _give_up(session: Session, before: datetime, now: datetime) -> None:
    """Write down of the Calls that were opened before then that nobody can tell."""
    session.execute(
        update(Call)
        .where(Call.letter_id.is_not(None), Call.state == CallState.OPEN, Call.opened_at < before)
        .values(state=CallState.IN_DOUBT, closed_at=now)
    )
