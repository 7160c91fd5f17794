"""`/` and `/signup`: what this is, and the form to get it by mail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.addresses import Address, parse_address
from app.errors import InvalidInput
from app.issues.categories import all_categories, follows_of, get_publication
from app.models import Category, Publication
from app.pages.archive import latest_issues
from app.pages.deps import ContainerDep, NowDep, SessionDep
from app.pages.language import N_, gettext, listing
from app.pages.render import private_page, public_page, root_of, site_of
from app.readers.consent import Origin
from app.readers.signup import sign_up
from app.settings import Settings
from app.words import ConsentSource, Depth

router = APIRouter()

DEPTHS: Final = {
    Depth.HEADLINES: N_("Titles, and one sentence for each."),
    Depth.BRIEF: N_("What happened, why it matters and what to take from it."),
    Depth.DEEP: N_("All of that, the details behind it, and the terms explained."),
}
"""What each depth is, in a sentence for who chooses."""

DEPTH_NAMES: Final = (N_("Headlines"), N_("Brief"), N_("Deep"))
"""What templates call the depths: each is its word with a capital."""

_DAYS: Final = (
    N_("Mondays"),
    N_("Tuesdays"),
    N_("Wednesdays"),
    N_("Thursdays"),
    N_("Fridays"),
    N_("Saturdays"),
    N_("Sundays"),
)
_WORKING_DAYS: Final = frozenset(range(1, 6))


@dataclass(frozen=True)
class Typed:
    """What stands in the form; `wrong` says per field what must be changed."""

    address: str
    categories: frozenset[str]
    depth: str
    wrong: Mapping[str, str] = field(default_factory=dict)


@router.api_route("/", methods=["GET", "HEAD"])
def front_page(request: Request, container: ContainerDep, session: SessionDep) -> Response:
    """The form with everything ticked."""
    categories = all_categories(session)
    typed = Typed("", frozenset(category.slug for category in categories), Depth.BRIEF)
    values = _form_values(session, container.settings, categories, typed)
    return public_page(request, "front.html", **values)


@router.api_route("/signup", methods=["GET", "HEAD"])
def signup_address(container: ContainerDep) -> Response:
    """Where a form was sent to has nothing to show by itself: to the form."""
    return RedirectResponse(f"{root_of(container.settings)}/", status_code=303)


@router.post("/signup")
def take_signup(
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    address: Annotated[str, Form()] = "",
    categories: Annotated[list[str] | None, Form()] = None,
    depth: Annotated[str, Form()] = Depth.BRIEF,
) -> Response:
    """202 and the same page whatever we know of the address; 422 and the form if it is none."""
    known = all_categories(session)
    chosen = frozenset(categories or ()) & {category.slug for category in known}
    parsed, wrong = _address_of(address, allow_reserved=container.allow_reserved)
    if not chosen:
        wrong["categories"] = gettext("Please choose at least one.")
    if depth not in set(Depth):
        wrong["depth"] = gettext("Please choose one of these.")
    if parsed is None or wrong:
        typed = Typed(address, chosen, depth, wrong)
        values = _form_values(session, container.settings, known, typed)
        return private_page("front.html", 422, **values)
    sign_up(
        session,
        parsed,
        follows=follows_of(session, chosen),
        depth=Depth(depth),
        pepper=container.pepper,
        now=now,
        origin=Origin(ConsentSource.PAGE),
    )
    site = site_of(session, container.settings)
    return private_page("check_mail.html", 202, site=site, address=parsed.text)


def schedule_line(publication: Publication) -> str:
    """`Monday to Friday at 07:00 (Europe/Vienna)`; nothing where no day is set."""
    days = frozenset(publication.weekdays)
    if not days:
        return ""
    if len(days) == len(_DAYS):
        when = gettext("every day at %(time)s (%(zone)s)")
    elif days == _WORKING_DAYS:
        when = gettext("Monday to Friday at %(time)s (%(zone)s)")
    else:
        when = gettext("on %(days)s at %(time)s (%(zone)s)")
    names = listing([gettext(_DAYS[day - 1]) for day in sorted(days)])
    time = f"{publication.send_time:%H:%M}"
    return when % {"days": names, "time": time, "zone": publication.time_zone}


def _address_of(typed: str, *, allow_reserved: bool) -> tuple[Address | None, dict[str, str]]:
    """The address, or what is wrong with it, by its field."""
    if not typed.strip():
        return None, {"address": gettext("Please type your mail address.")}
    try:
        return parse_address(typed, allow_reserved=allow_reserved), {}
    except InvalidInput as error:
        return None, {"address": gettext(error.detail)}


def _form_values(
    session: Session, settings: Settings, categories: Sequence[Category], typed: Typed
) -> dict[str, object]:
    latest = latest_issues(session, 1)
    return {
        "site": site_of(session, settings),
        "schedule": schedule_line(get_publication(session)),
        "categories": categories,
        "depths": {depth: gettext(said) for depth, said in DEPTHS.items()},
        "typed": typed,
        "latest": latest[0] if latest else None,
    }
