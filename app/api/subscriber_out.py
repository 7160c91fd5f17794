"""How a subscriber is shown by the API."""

from collections.abc import Sequence
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.orm import Session

from app.api.fields import ShownDepth, examples, fill
from app.enums import SubscriberState
from app.models import Subscriber
from app.publication.categories import all_categories, slugs_in
from app.readers.signs import last_signs

SUBSCRIBER_EXAMPLE: Final[dict[str, Any]] = {
    "id": 17,
    "address": "reader@example.com",
    "state": "active",
    "categories": ["ai", "devops"],
    "depth": "brief",
    "hour": 7,
    "time_zone": "Europe/Vienna",
    "language": "de",
    "paused_until": None,
    "silent_at": None,
    "created_at": "2026-04-20T08:15:00Z",
    "confirmed_at": "2026-04-20T08:16:30Z",
    "left_at": None,
    "last_sign_at": "2026-11-20T06:12:00Z",
    "version": 3,
}


class SubscriberOut(BaseModel):
    """A reader."""

    model_config = examples(SUBSCRIBER_EXAMPLE)

    id: int
    address: str | None = Field(description="None once erased.")
    state: SubscriberState
    categories: list[str] = Field(description="Slugs of the categories they follow.")
    depth: ShownDepth
    hour: int | None = Field(
        description="Issues reach them when the clocks of their `time_zone` next show this hour; "
        "null: as they come out."
    )
    time_zone: str | None = Field(description="null: the publication's.")
    language: str = Field(
        description="What mails that go to them alone are said in; empty: the publication's."
    )
    paused_until: AwareDatetime | None = Field(description="No issue before this instant.")
    silent_at: AwareDatetime | None = Field(
        description="Paused since then: no sign for long, and no answer when asked. They come back "
        "by any act of their own, or by a `paused_until` of yours."
    )
    created_at: AwareDatetime
    confirmed_at: AwareDatetime | None
    left_at: AwareDatetime | None
    last_sign_at: AwareDatetime | None = Field(
        description="When they last showed that they are a person who wants this, to the day: "
        "confirmed, saved, came back, answered, or followed a link where clicks are kept per "
        "reader. It raises no version."
    )
    version: int = Field(description="Grows with every change of the reader; it is the ETag.")


def subscriber_out(session: Session, row: Subscriber) -> SubscriberOut:
    """Return the response that shows this row."""
    return subscribers_out(session, [row])[0]


def subscribers_out(session: Session, rows: Sequence[Subscriber]) -> list[SubscriberOut]:
    """Return what shows each of these rows in a response."""
    categories, signs = all_categories(session), last_signs(session, rows)
    return [
        fill(
            SubscriberOut,
            row,
            categories=slugs_in(categories, row.follows),
            last_sign_at=signs[row.id],
        )
        for row in rows
    ]
