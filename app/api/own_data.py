"""`/v1/subscribers/{id}/data`: all that is kept of one reader, for who must answer them."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from app.api.deps import NowDep, SessionDep, needs
from app.api.errors import ApiRouter
from app.api.fields import Id, examples
from app.enums import Scope
from app.readers.own_data import own_data
from app.readers.subscribers import get_subscriber

router = ApiRouter(prefix="/v1/subscribers", tags=["subscribers"])


class OwnData(BaseModel):
    """Everything kept of one reader; what a reader can download themselves."""

    model_config = examples(
        {
            "made_at": "2026-11-23T06:00:00Z",
            "subscriber": {"id": 17, "address": "reader@example.com", "state": "active"},
            "preferences": {"categories": ["ai"], "depth": "brief", "hour": None},
            "suppression": None,
            "consents": [{"step": "confirmed", "at": "2026-04-20T08:16:30Z", "source": "page"}],
            "deliveries": [{"issue": 3, "issued_on": "2026-11-20", "state": "delivered"}],
            "resends": [],
            "letters": [{"kind": "confirmation", "state": "delivered"}],
            "clicks": [{"issue": 3, "kind": "story", "times": 1}],
        }
    )

    made_at: AwareDatetime
    subscriber: dict[str, Any] = Field(description="Who they are, and in which state.")
    preferences: dict[str, Any] = Field(description="What they chose.")
    suppression: dict[str, Any] | None = Field(description="Why they are not written to, if so.")
    consents: list[dict[str, Any]] = Field(description="What they agreed to, step by step.")
    deliveries: list[dict[str, Any]] = Field(description="Issues, and what became of each.")
    resends: list[dict[str, Any]] = Field(description="Issues that we were asked to resend.")
    letters: list[dict[str, Any]] = Field(description="Other mails to them.")
    clicks: list[dict[str, Any]] = Field(description="Links they followed, where that is kept.")


@router.get("/{subscriber_id}/data", dependencies=[needs(Scope.PEOPLE)])
def show_own_data(session: SessionDep, subscriber_id: Id, now: NowDep) -> OwnData:
    """Show all that is kept of a subscriber.

    The same as the file that readers download on their own page.
    """
    reader = get_subscriber(session, subscriber_id)
    return OwnData.model_validate(own_data(session, reader, now))
