"""`/v1/publication`: who sends, from where and when, and who pays; there is exactly one."""

from datetime import time
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from app.api.changes import Change, EtagDep, changes
from app.api.deps import ContainerDep, SessionDep, needs
from app.api.errors import ApiRouter
from app.api.fields import (
    LINE,
    PREHEADER_TEMPLATE,
    SUBJECT_TEMPLATE,
    Body,
    Changes,
    Hour,
    Line,
    LineTemplate,
    Name,
    Out,
    ShownHour,
    SignOff,
    Text,
    TimeZone,
    Weekdays,
    between,
    examples,
)
from app.content.limits import MAX_SPONSOR
from app.enums import Scope, Tracking
from app.publication.limits import LANGUAGE, NUMBERS
from app.publication.publication import get_publication, set_publication
from app.story_fields import MAX_LABEL
from app.warning_codes import WarningCode
from app.web_addresses import MAX_URL, is_web_address

_SPONSOR: Final[dict[str, Any]] = {
    "text": "Servers that wake up before you do. Three months free for readers.",
    "label": "Example Hosting",
    "url": "https://www.example.com/devoured",
}


def _web(url: str) -> str:
    if url and not is_web_address(url):
        raise ValueError("must be an http or https address")
    return url


class SponsorIn(Body):
    """Who pays: plain text, shown below the first category and named as a sponsor."""

    model_config = Body.model_config | examples(_SPONSOR)

    text: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=MAX_SPONSOR, pattern=LINE)
    ] = Field(description="One paragraph; empty for no sponsor.")
    label: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=MAX_LABEL, pattern=LINE)
    ] = Field(default="", description="Their name.")
    url: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=MAX_URL, pattern=LINE),
        AfterValidator(_web),
    ] = Field(default="", description="Where it leads; empty for nowhere.")


class SponsorOut(BaseModel):
    """Who pays."""

    model_config = examples(_SPONSOR)

    text: str
    label: str
    url: str


router = ApiRouter(prefix="/v1/publication", tags=["publication"])


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
    "sign_off": "Until tomorrow, Ada and Ben",
    "brake_after": 500,
    "bounce_limit": 0.05,
    "complaint_limit": 0.003,
    "soft_bounce_limit": 5,
    "soft_bounce_days": 30,
    "archive_is_open": True,
    "shows_articles": True,
    "shows_all_points": False,
    "language": "en",
    "asks_if_good": True,
    "offers_reply": True,
    "offers_sharing": False,
    "sends_welcome": True,
    "tracking": "counts",
    "tracks_opens": False,
    "unwanted_warnings": ["loud_subject"],
}


_TRACKING: Final = (
    "What is kept of clicks: nothing, counts for each link, or who clicked as well. Holds for what "
    "is rendered from now on; `off` holds at once."
)
_OPENS: Final = "Whether a pixel counts opens too, where `tracking` is not `off`."
_ASKS: Final = "Whether each mail asks at its end whether it was good; results count the answers."
_REPLY: Final = "Whether each mail offers at its end to write to where answers go."
_SHARING: Final = "Whether each mail names at its end its web copy, to be passed on."
_SIGN_OFF: Final = "An editor's last words, in every issue without some of its own."
_POINTS: Final = "Whether mails in depth have every bullet and term, not the first of a story."
_UNWANTED: Final = "The warnings of checks that no issue shall have; what blocks always does."


class PublicationOut(Out):
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
    sign_off: str = Field(description=_SIGN_OFF)
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
    shows_all_points: bool = Field(description=_POINTS)
    language: str = Field(description="What its stories are written in, as a BCP 47 tag.")
    asks_if_good: bool = Field(description=_ASKS)
    offers_reply: bool = Field(description=_REPLY)
    offers_sharing: bool = Field(description=_SHARING)
    sends_welcome: bool = Field(
        description="Whether who confirms gets the best of the latest issue at once."
    )
    tracking: Tracking = Field(description=_TRACKING)
    tracks_opens: bool = Field(description=_OPENS)
    unwanted_warnings: list[WarningCode] = Field(description=_UNWANTED)


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
    late_seconds: Annotated[int, between(NUMBERS["late_seconds"])] = 0
    subject_template: LineTemplate = Field(default="", description=SUBJECT_TEMPLATE)
    preheader_template: LineTemplate = Field(default="", description=PREHEADER_TEMPLATE)
    sign_off: SignOff = Field(default="", description=_SIGN_OFF)
    brake_after: Annotated[int, between(NUMBERS["brake_after"])] = 1
    bounce_limit: Annotated[float, between(NUMBERS["bounce_limit"], examples=[0.05])] = 0
    complaint_limit: Annotated[float, between(NUMBERS["complaint_limit"], examples=[0.05])] = 0
    soft_bounce_limit: Annotated[int, between(NUMBERS["soft_bounce_limit"])] = 1
    soft_bounce_days: Annotated[int, between(NUMBERS["soft_bounce_days"])] = 1
    archive_is_open: Annotated[bool, Field(strict=True)] = True
    shows_articles: Annotated[bool, Field(strict=True)] = True
    shows_all_points: Annotated[bool, Field(strict=True, description=_POINTS)] = False
    language: Annotated[str, Field(pattern=LANGUAGE)] = ""
    asks_if_good: Annotated[bool, Field(strict=True, description=_ASKS)] = False
    offers_reply: Annotated[bool, Field(strict=True, description=_REPLY)] = False
    offers_sharing: Annotated[bool, Field(strict=True, description=_SHARING)] = False
    sends_welcome: bool = False
    tracking: Tracking = Field(default=Tracking.OFF, description=_TRACKING)
    tracks_opens: Annotated[bool, Field(strict=True, description=_OPENS)] = False
    unwanted_warnings: list[WarningCode] = Field(
        default=[], max_length=len(WarningCode), description=_UNWANTED
    )


@router.get("", dependencies=[needs(Scope.READ)])
def show_publication(session: SessionDep, etag: EtagDep) -> PublicationOut:
    """Show the publication."""
    row = get_publication(session)
    etag.show(row)
    return PublicationOut.model_validate(row)


@router.patch("")
def change_publication(
    container: ContainerDep,
    body: PublicationChanges,
    change: Annotated[Change, changes(Scope.ADMIN)],
    etag: EtagDep,
) -> PublicationOut:
    """Change the publication.

    Issues that have a time already keep it.
    """
    row = set_publication(
        *change.by,
        body.given(),
        change.now,
        allow_reserved=container.allow_reserved,
        expected=change.expected,
    )
    etag.show(row)
    return PublicationOut.model_validate(row)
