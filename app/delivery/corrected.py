"""Corrected: find the readers who got the text before a Correction, and may be told of it.

Wrong is a mail whose Edition is older than the Correction, showed a field that it changed, and
says something else than the newest Edition of its cut: an edition too long may have left it out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from app.delivery.eligibility import MAY_BE_WRITTEN_TO
from app.enums import CallState, Depth, EditionState
from app.models import Batch, Call, Category, Correction, Edition, Issue, Story
from app.rendering.depths import depths_showing

WRONG: Final = """
    wrong_editions AS MATERIALIZED (
        SELECT e.id, e.depth FROM editions e
        WHERE e.issue_id = :corrected_id AND e.revision < :corrected_revision
          AND e.follows & :corrected_mask <> 0 AND e.depth = ANY(:corrected_depths)
          AND e.content_hash IS DISTINCT FROM (
              SELECT n.content_hash FROM editions n
              WHERE n.public_id = e.public_id AND n.revision >= :corrected_revision
                AND n.state = 'rendered'
              ORDER BY n.revision DESC LIMIT 1)
    ), wrong AS MATERIALIZED (
        SELECT d.subscriber_id, d.state, e.depth
        FROM deliveries d JOIN wrong_editions e ON e.id = d.edition_id
        WHERE d.issue_id = :corrected_id
          AND d.state IN ('accepted', 'delivered', 'complained', 'in_doubt')
    )
"""
"""Two tables to begin a WITH: the wrong Editions, and the readers that they went to."""

MAY_BE_NOTIFIED: Final = f"w.state IN ('accepted', 'delivered') AND {MAY_BE_WRITTEN_TO}"
"""Who of `wrong w JOIN subscribers s` gets a mail about it."""

# Of an issue whose ledger was dropped only counts are left: nobody can be told any more.
_COUNT: Final = text(
    f"""
    WITH {WRONG}, kept AS MATERIALIZED (
        SELECT c.state, c.n FROM delivery_counts c JOIN wrong_editions e ON e.id = c.edition_id
    )
    SELECT count(*) FILTER (WHERE w.state <> 'in_doubt')
             + (SELECT coalesce(sum(n), 0)::bigint FROM kept
                WHERE state IN ('accepted', 'delivered', 'complained')),
           count(*) FILTER (WHERE {MAY_BE_NOTIFIED}),
           count(*) FILTER (WHERE w.state = 'in_doubt')
             + (SELECT coalesce(sum(n), 0)::bigint FROM kept WHERE state = 'in_doubt')
    FROM wrong w JOIN subscribers s ON s.id = w.subscriber_id
    """  # noqa: S608  # both are constants of this file
)
_COUNT_DEPTHS: Final = text(
    f"""
    WITH {WRONG}
    SELECT w.depth, count(*) FROM wrong w JOIN subscribers s ON s.id = w.subscriber_id
    WHERE {MAY_BE_NOTIFIED} GROUP BY w.depth
    """  # noqa: S608  # both are constants of this file
)


@dataclass(frozen=True)
class Audience:
    """Readers of a text that was wrong: `n_wrong` got it, and `n_to_tell` of them can be told.

    Of `n_in_doubt` nobody knows whether they got it; they are not told.
    """

    n_wrong: int
    n_to_tell: int
    n_in_doubt: int


def wrong_values(session: Session, correction: Correction) -> dict[str, Any]:
    """Return the values of `WRONG` for this Correction."""
    home = (
        select(Category)
        .join(Story, Story.category_id == Category.id)
        .where(Story.id == correction.story_id)
    )
    return {
        "corrected_id": correction.issue_id,
        "corrected_revision": correction.revision,
        "corrected_mask": session.scalars(home).one().mask,
        "corrected_depths": [depth.value for depth in depths_showing(correction.before)],
    }


def audience_of(session: Session, correction: Correction, now: datetime) -> Audience:
    """Return whom the mail about this Correction would reach if it were launched now; only read."""
    values: Mapping[str, Any] = {**wrong_values(session, correction), "now": now}
    return Audience(*session.execute(_COUNT, values).one())


def depths_of(session: Session, correction: Correction, now: datetime) -> dict[Depth, int]:
    """Count by depth those who got the wrong text and can be told; only read."""
    values: Mapping[str, Any] = {**wrong_values(session, correction), "now": now}
    rows = session.execute(_COUNT_DEPTHS, values)
    return {Depth(depth): n for depth, n in rows}


def correction_of_mail(session: Session, issue: Issue) -> Correction | None:
    """Return the Correction that an Issue reports; None for an ordinary Issue."""
    if issue.corrects_id is None:
        return None
    return session.scalar(select(Correction).where(Correction.mail_issue_id == issue.id))


def is_settling(session: Session, correction: Correction) -> bool:
    """Return whether it is still open who got the wrong text.

    A Call with an old Edition is still open, or an Edition of the correction is to be rendered.
    """
    in_flight = exists().where(
        Batch.issue_id == correction.issue_id,
        Edition.id == Batch.edition_id,
        Edition.revision < correction.revision,
        Call.batch_id == Batch.id,
        Call.state == CallState.OPEN,
    )
    unrendered = exists().where(
        Edition.issue_id == correction.issue_id, Edition.state == EditionState.PENDING
    )
    return bool(session.scalar(select(in_flight | unrendered)))
