"""Deferrals: note of each mail that was put off, by whose doing, as it was last told."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.enums import EventKind
from app.events.payload import HeardEvent
from app.events.targets import DeliveryKey, Target
from app.transports.answers import Answer

# The greatest of what was told, so that it is the same in any order and however often it comes.
_NOTE: Final = text(
    """
    INSERT INTO deferrals AS d (issue_id, subscriber_id, cause, reason, at)
    SELECT v.issue_id, v.subscriber_id, v.cause, v.reason, v.at
    FROM unnest(CAST(:issue_ids AS bigint[]), CAST(:subscriber_ids AS bigint[]),
                CAST(:causes AS text[]), CAST(:reasons AS text[]), CAST(:ats AS timestamptz[]))
        AS v (issue_id, subscriber_id, cause, reason, at)
    ORDER BY v.issue_id, v.subscriber_id
    ON CONFLICT (issue_id, subscriber_id) DO UPDATE
    SET cause = excluded.cause, reason = excluded.reason, at = excluded.at
    WHERE (excluded.at, excluded.cause COLLATE "C", excluded.reason COLLATE "C")
        > (d.at, d.cause COLLATE "C", d.reason COLLATE "C")
    """
)


def note_deferrals(session: Session, told: Iterable[tuple[HeardEvent, Target]]) -> None:
    """Note which of these mails were put off; what else is told of them is passed over.

    A Letter has nobody who looks for it among others, and is passed over as well.
    """
    last: dict[DeliveryKey, tuple[HeardEvent, Answer]] = {}
    for event, key in told:
        answer = event.answer if event.kind is EventKind.DELAYED else None
        if answer is None or not isinstance(key, DeliveryKey):
            continue
        if key not in last or _place(event, answer) > _place(*last[key]):
            last[key] = (event, answer)
    if not last:
        return
    values = {
        "issue_ids": [key.issue_id for key in last],
        "subscriber_ids": [key.subscriber_id for key in last],
        "causes": [answer.cause.value for _, answer in last.values()],
        "reasons": [_reason(event, answer) for event, answer in last.values()],
        "ats": [event.happened_at for event, _ in last.values()],
    }
    session.execute(_NOTE, values)


def _place(event: HeardEvent, answer: Answer) -> tuple[object, str, str]:
    return event.happened_at, answer.cause.value, _reason(event, answer)


def _reason(event: HeardEvent, answer: Answer) -> str:
    return f"{event.subtype} {answer.code}".strip()
