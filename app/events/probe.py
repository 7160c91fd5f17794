"""Probe: a mail to SES's own simulator, which measures whether Events arrive just now.

A lost Call is settled by silence only where the stream of Events is whole. An Issue of which that
Call is all has nothing that silence could be measured against, and would wait for a person.
"""

from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.db.session import is_alone
from app.delivery.letters import queue_letter
from app.delivery.timing import USUAL, Timing
from app.enums import DeliveryState, IssueState, LetterKind
from app.events.health import stream_health
from app.models import Call, Delivery, Issue, Letter

PROBE_TO: Final = "success+probe@simulator.amazonses.com"
"""It is accepted, delivered and thrown away, and harms no reputation.

Source: SES developer guide, "Using the Amazon SES mailbox simulator" (labels behind a plus).
"""

_log = structlog.get_logger(__name__)


def probe_if_needed(session: Session, now: datetime, timing: Timing = USUAL) -> Letter | None:
    """Queue a probe if readers are in doubt and nothing else measures their time, and return it.

    It is a Letter like any other: one attempt, counted by the pace. It has to be accepted within
    `timing.around` of the Call in doubt, so an older Call gets none. There is one probe in
    `timing.probe_every` at most, by however many workers look. Otherwise it returns None.
    """
    since = now - timing.around + timing.fence
    if not _is_in_doubt(session, since) or not is_alone(session, "doubt_probe"):
        return None
    if _was_probed(session, now - timing.probe_every):
        return None
    if stream_health(session, since, now, now).n_accepted:
        return None
    letter = queue_letter(session, LetterKind.PROBE, now=now, address=PROBE_TO)
    _log.info("doubt_probed", letter_id=letter.id)
    return letter


def _is_in_doubt(session: Session, since: datetime) -> bool:
    """Return whether a running Issue has readers in doubt over a Call opened since then."""
    doubtful = (
        exists()
        .where(Delivery.issue_id == Issue.id, Delivery.state == DeliveryState.IN_DOUBT)
        .where(Call.id == Delivery.call_id, Call.opened_at > since)
    )
    sending = select(Issue.id).where(Issue.state == IssueState.SENDING, doubtful).limit(1)
    return session.scalar(sending) is not None


def _was_probed(session: Session, since: datetime) -> bool:
    recent = exists().where(Letter.kind == LetterKind.PROBE, Letter.created_at > since)
    return bool(session.scalar(select(recent)))
