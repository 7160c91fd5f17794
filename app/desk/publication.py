"""`/desk/publication`: who sends, when, how it is followed, and when it stops by itself."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Response

from app.desk.deps import Desk, needs
from app.desk.frame import go_to, page
from app.desk.setting_fields import Posted, Setting, Texts, boxes_of, changes_of, refusal, write
from app.desk.sponsor_fields import SPONSOR, SPONSOR_SETTINGS, typed_sponsor, written_sponsor
from app.desk.times import weekday_names
from app.enums import Scope, Tracking
from app.errors import AppError, InvalidInput, Stale
from app.models import Publication
from app.pages.language import N_
from app.publication.limits import MAX_LINE, MAX_NAME, NUMBERS
from app.publication.publication import get_publication, set_publication
from app.publication.zones import known_zones, offered_zones
from app.written import MAX_SIGN_OFF, MAX_TEXT

router = APIRouter()

Admin = Annotated[Desk, needs(Scope.ADMIN)]

_HERE: Final = "/desk/publication"
_LINE: Final = N_("One line, at most %(most)s characters.")
_ADDRESS: Final = N_("One address, as Name <name@example.com>.")
_SHARE: Final = N_("A number from 0 to 100.")
_NUMBER: Final = N_("A whole number from %(least)s to %(most)s.")


def _number(name: str, label: str) -> Setting:
    least, most = NUMBERS[name]
    return Setting(name, label, "number", _NUMBER, {"least": least, "most": most})


_TRACKING: Final = (
    (Tracking.OFF.value, N_("Nothing: links lead straight to their pages")),
    (Tracking.COUNTS.value, N_("Counts for each link, and nobody’s name")),
    (Tracking.PER_READER.value, N_("Counts, and who followed which link")),
)

SETTINGS: Final = (
    Setting("name", N_("Name"), "line", N_("1 to %(most)s characters."), {"most": MAX_NAME}),
    Setting("tagline", N_("Tagline"), "line", _LINE, {"most": MAX_LINE}),
    Setting("language", N_("Language of the stories"), "short", N_("As en or de-AT.")),
    Setting("from_address", N_("Sender of the mails"), "line", _ADDRESS),
    Setting(
        "reply_to",
        N_("Where answers go"),
        "line",
        N_("One address, as Name <name@example.com>. Empty: to the sender."),
    ),
    Setting(
        "postal_address",
        N_("Postal address"),
        "text",
        N_("Stands in every mail, as many laws want it; at most %(most)s characters."),
        {"most": MAX_TEXT},
    ),
    Setting("time_zone", N_("Time zone"), "zone", N_("As Europe/Vienna.")),
    Setting("send_time", N_("Goes out at"), "hour", N_("A time of day, as 07:00.")),
    Setting("weekdays", N_("On these days"), "days"),
    Setting(
        "late_seconds",
        N_("May start so many minutes late"),
        "minutes",
        N_("From %(least)s to %(most)s. An issue that is later than that does not go out."),
        {"least": 0, "most": NUMBERS["late_seconds"][1] // 60},
    ),
    Setting(
        "subject_template",
        N_("Subject"),
        "line",
        N_(
            "Text and placeholders: {headlines}, {first}, {second}, {categories}, {stories},"
            " {minutes}, {weekday}, {date}, {publication}. Empty: the usual way. An issue’s own"
            " subject comes before it."
        ),
    ),
    Setting(
        "preheader_template",
        N_("Preheader"),
        "line",
        N_("As the subject; {rest} says the headlines that the subject does not."),
    ),
    Setting(
        "sign_off",
        N_("Sign-off"),
        "line",
        N_(
            "The last words of every mail, at most %(most)s characters. An issue’s own come before"
            " them."
        ),
        {"most": MAX_SIGN_OFF},
    ),
    *SPONSOR_SETTINGS,
    Setting(
        "asks_if_good",
        N_("Ask at the end of each mail whether it was good"),
        "yes",
        N_("Results count the answers, one of each reader."),
    ),
    Setting("offers_reply", N_("Offer at its end to write to where answers go"), "yes"),
    Setting(
        "offers_sharing",
        N_("Name its web copy at its end, to be passed on"),
        "yes",
    ),
    Setting(
        "sends_welcome",
        N_("Send who confirms the best of the latest issue at once"),
        "yes",
    ),
    Setting(
        "archive_is_open",
        N_("Everybody may read what came out"),
        "yes",
        N_(
            "Otherwise only readers, by the links in their mail. What was public stays readable by"
            " its address."
        ),
    ),
    Setting("shows_articles", N_("A story’s page has the whole article"), "yes"),
    Setting(
        "shows_all_points",
        N_("Mails in depth have every bullet and term"),
        "yes",
        N_("Otherwise the first of each story, and a link to the others on its page."),
    ),
    Setting(
        "tracking",
        N_("What is kept of clicks"),
        "choice",
        N_("Holds for mails that are made from now on; to keep nothing holds at once."),
        options=_TRACKING,
    ),
    Setting(
        "tracks_opens",
        N_("Count opens too, by a picture in the mail"),
        "yes",
        N_("Only where something is kept of clicks."),
    ),
    _number("brake_after", N_("Not before so many readers were written to")),
    Setting("bounce_limit", N_("Bounces, in percent"), "percent", _SHARE),
    Setting("complaint_limit", N_("Complaints, in percent"), "percent", _SHARE),
    _number("soft_bounce_limit", N_("So many soft bounces without a delivery")),
    _number("soft_bounce_days", N_("Within so many days")),
)
"""Every field of the publication, in the order of the page."""

_NAMES: Final[Mapping[str, str]] = {one.name: one.label for one in SETTINGS} | {
    "addresses": N_("an address"),
    "archive_closed_at": N_("whether everybody may read what came out"),
    "sponsor": N_("the sponsor"),
    "look": N_("the look"),
}
"""The fields as the audit calls them, in words."""


@router.api_route("/publication", methods=["GET", "HEAD"])
def publication(desk: Admin, done: str = "") -> Response:
    """Show the publication as a form."""
    return _publication(desk, done=done)


@router.post("/publication")
def change(desk: Admin, posted: Posted) -> Response:
    """Change the publication.

    422 and the form where something does not fit; 412 and what was typed where somebody changed it
    since the form was shown.
    """
    version = posted.get("version", "")
    expected = {int(version) if version.isdecimal() else 0}
    try:
        if changes := _changes(get_publication(desk.session), posted):
            by = (desk.session, desk.actor, changes, desk.now)
            allow_reserved = desk.container.allow_reserved
            set_publication(*by, allow_reserved=allow_reserved, expected=expected)
    except (InvalidInput, Stale) as error:
        return _publication(desk, typed=posted, error=error)
    return go_to(desk.container, _HERE, done="saved")


def _written(row: Publication) -> Texts:
    texts = written_sponsor(row.sponsor)
    return {
        one.name: texts[one.name] if one.name in texts else write(one, getattr(row, one.name))
        for one in SETTINGS
    }


def _changes(row: Publication, typed: Texts) -> dict[str, Any]:
    """Return the fields that were typed otherwise than they are; a sponsor is one, and whole.

    Raises:
        InvalidInput: naming each field that cannot be read.
    """
    changes = changes_of(SETTINGS, _written(row), typed)
    rest = {name: value for name, value in changes.items() if not name.startswith(SPONSOR)}
    return changes if rest == changes else rest | {"sponsor": typed_sponsor(typed)}


def _publication(
    desk: Desk, *, typed: Texts | None = None, error: AppError | None = None, done: str = ""
) -> Response:
    row = get_publication(desk.session)
    boxes = boxes_of(SETTINGS, _written(row), typed, error)
    return page(
        desk,
        "publication.html",
        error.status if error else 200,
        row=row,
        boxes=boxes,
        refused=refusal(error, _NAMES, boxes) if error else "",
        is_stale=isinstance(error, Stale),
        is_wrong=error is not None,
        zones=offered_zones(known_zones(desk.session)),
        days=weekday_names(),
        done=done,
    )
