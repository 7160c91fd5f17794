"""Returns: which mails of an Issue count as come back, for its brakes and for each provider."""

from typing import Final

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from app.enums import Cause, DeliveryState
from app.models import Delivery

_BOUNCED: Final = Delivery.state == DeliveryState.BOUNCED

N_RETURNED: Final = (
    func.count().filter(
        _BOUNCED,
        Delivery.reason.like("Permanent/%"),
        Delivery.cause.is_distinct_from(Cause.HELD_BACK),
    ),
    func.count().filter(Delivery.state == DeliveryState.COMPLAINED),
    func.count().filter(_BOUNCED, Delivery.cause == Cause.OURS),
)
"""What counts as bounced, as complained, and as refused for what a provider has against us."""


def came_back(issue_id: int) -> ColumnElement[bool]:
    """Ask for the Deliveries of an Issue of which any may count; no other is looked at."""
    states = Delivery.state.in_([DeliveryState.BOUNCED, DeliveryState.COMPLAINED])
    return and_(Delivery.issue_id == issue_id, states)


def count_returns(session: Session, issue_id: int) -> tuple[int, int, int]:
    """Return how many bounced, complained and were refused as ours."""
    row = session.execute(select(*N_RETURNED).where(came_back(issue_id))).one()
    return row[0], row[1], row[2]
