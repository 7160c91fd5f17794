from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db.migrate import check
from app.db.session import Sessions, transaction
from app.delivery.partitions import ISSUES_EACH, ensure_partition
from app.models import Delivery
from app.words import DeliveryState

_CHILDREN = (
    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'deliveries'::regclass"
)


def _partitions(session: Session) -> list[str]:
    return sorted(session.scalars(text(_CHILDREN)))


def test_ledger_takes_an_issue_far_ahead_once_its_partition_is_made(
    session: Session, sessions: Sessions, database_url: str, now: datetime
) -> None:
    issue_id = 1000 * ISSUES_EACH - 1
    for _ in range(2):
        with transaction(sessions) as other:
            ensure_partition(other, issue_id)
    row = Delivery(
        issue_id=issue_id,
        subscriber_id=1,
        edition_id=1,
        state=DeliveryState.ACCEPTED,
        attempt=1,
        at=now,
    )
    session.add(row)
    session.commit()
    assert "deliveries_p999" in _partitions(session)
    assert check(database_url) == []
