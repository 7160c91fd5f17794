"""Joined: who confirms while the day's Issue goes out gets it too, at their own hour, once.

Who is there before an Issue is launched is counted by the launch itself.
"""

from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.clock import CLOCKS_APART
from app.delivery.reader_issue import reader_issue
from app.delivery.receptions import Reception
from app.delivery.resend import add_to_issue
from app.delivery.room import take_place
from app.delivery.waves import wave_of
from app.enums import IssueState
from app.models import Issue, Subscriber
from app.publication.issue_masks import issue_mask

_GOES_OUT: Final = (IssueState.SENDING, IssueState.PAUSED)

_log = structlog.get_logger(__name__)


def take_in(session: Session, reader: Subscriber, now: datetime) -> None:
    """Add a reader who has become active just now to the Issues whose turn for them is to come.

    That is where they chose an hour that has not come yet. Whoever reads an Issue as it comes out,
    or whose hour has passed, gets the next one. The caller's transaction is the one that makes them
    active, and has locked them. An Issue that is being launched is waited for: either the launch
    sees this reader, or this sees the launch, so that nobody falls between the two.
    """
    if reader.hour is None:
        return
    session.flush()  # what is asked below is asked of the reader as they are now
    may_launch = (Issue.state == IssueState.SCHEDULED) & (Issue.send_at <= now + CLOCKS_APART)
    issues = session.scalars(
        select(Issue)
        .where(
            or_(Issue.state.in_(_GOES_OUT), may_launch),
            Issue.at_local_hours,
            Issue.corrects_id.is_(None),
        )
        .order_by(Issue.id)
        .with_for_update(key_share=True)  # workers go on writing rows of its ledger
        .execution_options(populate_existing=True)
    ).all()
    for issue in issues:
        if issue.launched_at is not None:
            _take_into(session, issue, reader, now)


def _take_into(session: Session, issue: Issue, reader: Subscriber, now: datetime) -> None:
    wave = wave_of(session, issue, reader.id, now)
    if wave is None or not reader.follows & issue_mask(session, issue.id):
        return
    known = reader_issue(session, issue, reader, now)
    if known.row is None and known.reception is Reception.NOTHING:
        has_place, day = take_place(session, wave, now)
        if not has_place:
            return  # the warm-up of the domain leaves none
        add_to_issue(session, issue, reader, not_before=wave, warm_up_day=day)
        _log.info("joined_on_the_way", issue_id=issue.id, subscriber_id=reader.id)
