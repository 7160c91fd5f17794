"""`/desk/places`: where “Go to” leads, as a part that its script asks for once it is opened."""

from typing import Annotated, Final

from fastapi import APIRouter, Response

from app.desk.deps import Desk, needs
from app.desk.frame import SECTIONS, part
from app.desk.issues import words
from app.enums import Scope
from app.issues.listing import coming_days, list_issues
from app.models import Issue
from app.pages.language import N_
from app.publication.lanes import local_day
from app.publication.publication import get_publication

router = APIRouter()

_RECENT: Final = 20


@router.api_route("/places", methods=["GET", "HEAD"])
def places(desk: Annotated[Desk, needs(Scope.READ)]) -> Response:
    """Show the pages that a person may see, and the issues of the days around now."""
    return part(desk, "places.html", pages=_pages(desk), issues=_issues(desk), **words(desk))


def _pages(desk: Desk) -> list[tuple[str, str]]:
    """Return the pages by name and address: those of the rail and its sections, and one's own."""
    every = [place for section in SECTIONS for place in section.places]
    seen = [(place.name, place.path) for place in every if desk.may(place.needs)]
    if desk.may(Scope.EDIT):
        seen.append((N_("New issue"), "/desk/issues/new"))
    return [*seen, (N_("Your account"), "/desk/account")]


def _issues(desk: Desk) -> list[Issue]:
    """Return the issues of the next two weeks, the nearest first, then the last before today."""
    today = local_day(get_publication(desk.session).time_zone, desk.now)
    coming = [issue for day in coming_days(desk.session, desk.now) for issue in day.issues]
    return [*coming, *list_issues(desk.session, before=(today, 0), limit=_RECENT)]
