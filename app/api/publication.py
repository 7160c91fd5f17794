"""`/v1/publication`: who sends, from where and when; there is exactly one."""

from datetime import time
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from app.actors import Actor
from app.api.deps import ContainerDep, NowDep, SessionDep, acts, needs
from app.api.errors import ApiRouter
from app.api.fields import (
    PREHEADER_TEMPLATE,
    SUBJECT_TEMPLATE,
    Body,
    Changes,
    Hour,
    Line,
    LineTemplate,
    Name,
    Share,
    ShownHour,
    Text,
    TimeZone,
    Weekdays,
    examples,
)
from app.api.sponsors import SponsorIn, SponsorOut, sponsor_out
from app.enums import Scope, Tracking
from app.models import Publication
from app.publication.publication import get_publication, sender_of, set_publication

router = ApiRouter(prefix="/v1/publication", tags=["publication"])

_WEEK: Final = 7 * 24 * 3600
_MOST_READERS: Final = 1_000_000_000
_MOST_BOUNCES: Final = 100
_MOST_DAYS: Final = 365
_EXAMPLE: Final[dict[str, Any]] = {
    "name": "Devoured",
    "tagline": "The day's reading, at the depth you like.",
    "from_address": "Devoured <digest@devoured.example>",
    "reply_to": "editors@devoured.example",
    "postal_address": "1 Reading Lane, 1010 Vienna, Austria",
    "sponsor": None,
    "time_zone": "Europe/Vienna",
    "send_time": "07:00",
    "weekdays": [1, 2, 3, 4, 5],
    "late_seconds": 14400,
    "subject_template": "{publication}: {headlines}",
    "preheader_template": "",
    "brake_after": 500,
    "bounce_limit": 0.05,
    "complaint_limit": 0.003,
    "soft_bounce_limit": 5,
    "soft_bounce_days": 30,
    "archive_is_open": True,
    "shows_articles": True,
    "language": "en",
    "sends_welcome": True,
    "tracking": "counts",
    "tracks_opens": False,
}


_TRACKING: Final = (
    "What is kept of clicks: nothing, counts for each link, or who clicked as well. Holds for what "
    "is rendered from now on; `off` holds at once."
)
_OPENS: Final = "Whether a pixel counts opens too, where `tracking` is not `off`."


class PublicationOut(BaseModel):
    """Who sends, and when."""

    model_config = examples(_EXAMPLE)

    name: str
    tagline: str
    from_address: str
    reply_to: str = Field(description="Empty where answers go to the sender.")
    postal_address: str
    sponsor: SponsorOut | None = Field(description="Of every issue without one of its own.")
    time_zone: str
    send_time: ShownHour = Field(description="When combined issues go out, on its clocks.")
    weekdays: list[int] = Field(description="ISO weekdays, 1 is Monday.")
    subject_template: str = Field(description=SUBJECT_TEMPLATE)
    preheader_template: str = Field(description=PREHEADER_TEMPLATE)
    late_seconds: int = Field(description="How long after its time an issue may still start.")
    brake_after: int = Field(
        description="An issue may pause itself once so many readers were written to."
    )
    bounce_limit: float = Field(description="The share of bounces beyond which it does.")
    complaint_limit: float = Field(description="The share of complaints beyond which it does.")
    soft_bounce_limit: int = Field(
        description="So many soft bounces without a delivery suppress an address."
    )
    soft_bounce_days: int = Field(description="The days within which they count.")
    archive_is_open: bool = Field(
        description="Whether everybody may read what came out; else only readers, from their mail."
    )
    shows_articles: bool = Field(description="Whether a story's page has the whole article.")
    language: str = Field(description="What its stories are written in, as a BCP 47 tag.")
    sends_welcome: bool = Field(
        description="Whether who confirms gets the best of the latest issue at once."
    )
    tracking: Tracking = Field(description=_TRACKING)
    tracks_opens: bool = Field(description=_OPENS)


class PublicationChanges(Changes):
    """What to change; what is left out stays."""

    model_config = Body.model_config | examples(
        {"time_zone": "Europe/Vienna", "send_time": "06:30"}
    )

    name: Name = ""
    tagline: Line = ""
    from_address: Line = Field(default="", description="`name@domain` or `Name <name@domain>`.")
    reply_to: Line = Field(default="", description="As `from_address`, or empty.")
    postal_address: Text = ""
    sponsor: SponsorIn | None = None
    time_zone: TimeZone = ""
    send_time: Hour = time(7)
    weekdays: Weekdays = Field(default=[])
    late_seconds: Annotated[int, Field(ge=0, le=_WEEK, strict=True)] = 0
    subject_template: LineTemplate = Field(default="", description=SUBJECT_TEMPLATE)
    preheader_template: LineTemplate = Field(default="", description=PREHEADER_TEMPLATE)
    brake_after: Annotated[int, Field(ge=1, le=_MOST_READERS, strict=True)] = 1
    bounce_limit: Share = 0
    complaint_limit: Share = 0
    soft_bounce_limit: Annotated[int, Field(ge=1, le=_MOST_BOUNCES, strict=True)] = 1
    soft_bounce_days: Annotated[int, Field(ge=1, le=_MOST_DAYS, strict=True)] = 1
    archive_is_open: Annotated[bool, Field(strict=True)] = True
    shows_articles: Annotated[bool, Field(strict=True)] = True
    language: Annotated[
        str, Field(max_length=35, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")
    ] = ""
    sends_welcome: bool = False
    tracking: Tracking = Field(default=Tracking.OFF, description=_TRACKING)
    tracks_opens: Annotated[bool, Field(strict=True, description=_OPENS)] = False


@router.get("", dependencies=[needs(Scope.READ)])
def show_publication(session: SessionDep) -> PublicationOut:
    """Show the publication."""
    return _out(get_publication(session))


@router.patch("")
def change_publication(
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    body: PublicationChanges,
    actor: Annotated[Actor, acts(Scope.ADMIN)],
) -> PublicationOut:
    """Change the publication.

    Issues that have a time already keep it.
    """
    changes = body.given()
    for name in ("from_address", "reply_to"):
        if changes.get(name) or (name == "from_address" and name in changes):
            changes[name] = sender_of(name, changes[name], allow_reserved=container.allow_reserved)
    return _out(set_publication(session, changes, now, actor))


def _out(row: Publication) -> PublicationOut:
    return PublicationOut(
        name=row.name,
        tagline=row.tagline,
        from_address=row.from_address,
        reply_to=row.reply_to,
        postal_address=row.postal_address,
        sponsor=sponsor_out(row.sponsor),
        time_zone=row.time_zone,
        send_time=row.send_time,
        weekdays=row.weekdays,
        subject_template=row.subject_template,
        preheader_template=row.preheader_template,
        late_seconds=row.late_seconds,
        brake_after=row.brake_after,
        bounce_limit=row.bounce_limit,
        complaint_limit=row.complaint_limit,
        soft_bounce_limit=row.soft_bounce_limit,
        soft_bounce_days=row.soft_bounce_days,
        archive_is_open=row.archive_is_open,
        shows_articles=row.shows_articles,
        language=row.language,
        sends_welcome=row.sends_welcome,
        tracking=row.tracking,
        tracks_opens=row.tracks_opens,
    )
