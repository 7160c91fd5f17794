"""The frame that every page of the desk stands in: rail, breadcrumb, who is signed in.

A page is one route function, one command and one template: `page(desk, "people.html", …)`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Response
from fastapi.responses import RedirectResponse

from app.container import Container
from app.desk.cookies import FRONT
from app.desk.deps import Desk
from app.desk.shortcuts import EVERYWHERE
from app.enums import Scope
from app.pages.assets import assets
from app.pages.language import N_, present
from app.pages.negotiate import PARAMETER
from app.pages.render import SAFE, Site, fill, language_headers, root_of
from app.publication.publication import get_publication

_HERE: Final = Path(__file__).parent
TEMPLATES: Final = _HERE / "templates"
STATIC: Final = _HERE / "static"

HEADERS: Final = SAFE | {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # with `no-referrer` a form would say the origin `null`
    "X-Robots-Tag": "noindex",
}

Crumb = tuple[str, str]
"""A step of the way to a page: its name, and its address below the root."""


@dataclass(frozen=True)
class Place:
    """Lead the rail to a page, by its name and address, for who has the right that it needs."""

    name: str
    path: str
    needs: Scope


SETTINGS: Final = (
    Place(N_("Publication"), "/desk/publication", Scope.ADMIN),
    Place(N_("Look"), "/desk/look", Scope.ADMIN),
    Place(N_("Categories"), "/desk/categories", Scope.EDIT),
    Place(N_("Checks"), "/desk/checks", Scope.ADMIN),
    Place(N_("People"), "/desk/people", Scope.ADMIN),
    Place(N_("API keys"), "/desk/keys", Scope.ADMIN),
    Place(N_("Webhooks"), "/desk/webhooks", Scope.ADMIN),
    Place(N_("Audit log"), "/desk/audit", Scope.ADMIN),
    Place(N_("Templates"), "/desk/templates", Scope.READ),
    Place(N_("Suppressions"), "/desk/suppressions", Scope.PEOPLE),
    Place(N_("Service"), "/desk/service", Scope.READ),
    Place(N_("Watch"), "/desk/watch", Scope.READ),
    Place(N_("Doctor"), "/desk/doctor", Scope.ADMIN),
)
"""The pages of the settings, in their order."""


@dataclass(frozen=True)
class Section:
    """An entry of the rail; it leads to the first of its places that a person may see."""

    name: str
    places: tuple[Place, ...]


TODAY: Final = (Place(N_("Today"), FRONT, Scope.READ),)
ISSUES: Final = (Place(N_("Issues"), "/desk/issues", Scope.READ),)
READERS: Final = (Place(N_("Readers"), "/desk/readers", Scope.PEOPLE),)
RESULTS: Final = (Place(N_("Results"), "/desk/results", Scope.READ),)

SECTIONS: Final = (
    Section(N_("Today"), TODAY),
    Section(N_("Issues"), ISSUES),
    Section(N_("Readers"), READERS),
    Section(N_("Results"), RESULTS),
    Section(N_("Settings"), SETTINGS),
)
"""The rail, from top to bottom: only what there is."""


@dataclass(frozen=True)
class Entry:
    """Show one person a link of the rail, or of a section's own row."""

    name: str
    path: str
    is_here: bool


def page(
    desk: Desk,
    template: str,
    status: int = 200,
    *,
    crumbs: Sequence[Crumb] = (),
    at: str = "",
    **values: object,
) -> Response:
    """Return a page in the frame; it is one of those `at` an address, its own unless it says so.

    It may run script files of our own, which may ask us: those of the frame do.
    """
    publication = get_publication(desk.session)
    here = at or desk.path
    section = next((one for one in SECTIONS if _is_in(one, here)), None)
    shown = {
        "site": _site(desk.container, publication.name),
        "css": css_path(),
        "static_path": static_path,
        "desk": desk,
        "rail": [_entry(desk, one, here) for one in SECTIONS if _seen(desk, one)],
        "beside": [_entry_of(place, here) for place in _seen(desk, section)] if section else [],
        "crumbs": crumbs,
        "everywhere": EVERYWHERE,
        "own_keys": (),
        "zone": publication.time_zone,
        "now": desk.now,
    }
    return with_scripts(_answer(fill(template, shown | values, TEMPLATES), status))


def live_page(desk: Desk, template: str, status: int = 200, **values: Any) -> Response:
    """Return a page as `page` does, of which htmx renews parts."""
    return page(desk, template, status, **values)


def with_scripts(answer: Response) -> Response:
    """Let a page run script files of our own, which may ask us and nobody else."""
    answer.headers["Content-Security-Policy"] += "; script-src 'self'; connect-src 'self'"
    return answer


def part(desk: Desk, template: str, **values: object) -> Response:
    """Return a part of a page, which a script puts in its place."""
    shown = {"site": _site(desk.container, ""), "desk": desk, "now": desk.now}
    return _answer(fill(template, shown | values, TEMPLATES), 200)


def bare_page(
    container: Container, template: str, status: int = 200, *, name: str = "", **values: object
) -> Response:
    """Return a page for who is not signed in, or when something is wrong; it asks nobody."""
    shown: dict[str, object] = {
        "site": _site(container, name),
        "css": css_path(),
        "static_path": static_path,
    }
    return _answer(fill(template, shown | values, TEMPLATES), status)


def go_to(container: Container, path: str, **query: str) -> RedirectResponse:
    """Return the answer to a form: on to this page, in the language that was chosen."""
    if present().is_chosen:
        query[PARAMETER] = present().code
    sign = "&" if "?" in path else "?"
    target = f"{root_of(container.settings)}{path}{sign + urlencode(query) if query else ''}"
    return RedirectResponse(target, 303, headers={"Cache-Control": "no-store"})


def css_path() -> str:
    """Return the address of the stylesheet, which may be kept for ever."""
    return static_path("desk.css")


def static_path(name: str) -> str:
    """Return the address of one of the desk's files, which may be kept for ever."""
    return f"/desk/static/{name}?v={assets(STATIC)[name].version}"


def _site(container: Container, name: str) -> Site:
    settings = container.settings
    return Site(name, "", (), root_of(settings), settings.base_url)


def _answer(html: str, status: int) -> Response:
    headers = HEADERS | language_headers()
    return Response(html, status_code=status, media_type="text/html", headers=headers)


def _seen(desk: Desk, section: Section) -> list[Place]:
    return [place for place in section.places if desk.may(place.needs)]


def _entry(desk: Desk, section: Section, here: str) -> Entry:
    return Entry(section.name, _seen(desk, section)[0].path, _is_in(section, here))


def _entry_of(place: Place, here: str) -> Entry:
    return Entry(place.name, place.path, _is_at(place, here))


def _is_in(section: Section, path: str) -> bool:
    return any(_is_at(place, path) for place in section.places)


def _is_at(place: Place, path: str) -> bool:
    # All of the desk is below its front page.
    return path == place.path or (place.path != FRONT and path.startswith(f"{place.path}/"))
