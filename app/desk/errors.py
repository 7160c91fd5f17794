"""What the desk says when something is wrong: what, and what to do, on a page of its own."""

from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from fastapi import Request, Response
from sqlalchemy.exc import OperationalError

from app.container import Container
from app.db.session import transaction
from app.desk.cookies import FRONT
from app.desk.deps import MissingRight, NotSignedIn, desk_of
from app.desk.forms import SAFE_METHODS, NotFromHere
from app.desk.frame import bare_page, go_to, page
from app.enums import Scope
from app.errors import AppError
from app.pages.errors import message_for, title_for
from app.pages.language import N_, gettext, listing

RIGHTS_IN_WORDS: Final = {
    Scope.READ: N_("to look at issues and results"),
    Scope.PEOPLE: N_("to see who the readers are"),
    Scope.EDIT: N_("to edit"),
    Scope.SEND: N_("to approve, send and stop"),
    Scope.ADMIN: N_("to manage people, keys and settings"),
}

_IN_FRAME: Final = frozenset({403, 404, 405, 409, 410, 412, 422})


def desk_error(request: Request, error: Exception) -> Response:
    """Return the error as a page; who is not signed in is led to where they can."""
    container: Container = request.app.state.container
    if isinstance(error, NotSignedIn):
        return _to_sign_in(request, container)
    status, sentence = message_for(error)
    title = title_for(status)
    if isinstance(error, MissingRight):
        title, sentence = gettext(N_("That is not among your rights")), _missing(error)
    elif isinstance(error, NotFromHere):
        title = gettext(N_("This form was not taken"))
    answer = _page(request, container, status, title=title, sentence=sentence)
    if isinstance(error, AppError):
        answer.headers.update(error.headers)
    return answer


def _page(request: Request, container: Container, status: int, **values: Any) -> Response:
    """Return the page in the frame, for who is signed in; bare for others and for parts of pages.

    It is bare, too, where it is our fault, or too much comes: then nobody is asked anything.
    """
    if status in _IN_FRAME and "HX-Request" not in request.headers:
        try:
            with transaction(container.api_sessions) as session:
                desk = desk_of(request, container, session, container.clock())
                return page(desk, "error.html", status, layout="frame.html", **values)
        except (NotSignedIn, OperationalError):
            pass
    return bare_page(container, "error.html", status, layout="bare.html", **values)


def _to_sign_in(request: Request, container: Container) -> Response:
    if "HX-Request" in request.headers and request.method in SAFE_METHODS:
        # A part of a page that stands there for long: the form to sign in is a page of its own.
        wanted = urlsplit(request.headers.get("HX-Current-URL", "")).path or FRONT
        led = go_to(container, f"/desk/sign-in?{urlencode({'next': wanted})}")
        return Response(status_code=401, headers={"HX-Redirect": led.headers["location"]})
    if request.method not in SAFE_METHODS:
        # What was typed is lost if we lead away: going back in the browser still has it.
        sentence = gettext(
            "You are signed out, and nothing was changed. Sign in again in another tab, then go"
            " back here, reload the page and repeat it."
        )
        title = gettext("Please sign in")
        shown: dict[str, Any] = {"layout": "bare.html", "title": title, "sentence": sentence}
        return bare_page(container, "error.html", 401, **shown)
    place = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return go_to(container, f"/desk/sign-in?{urlencode({'next': place})}")


def _missing(error: MissingRight) -> str:
    """Return which rights are missing, and who can give them."""
    rights = listing([gettext(RIGHTS_IN_WORDS[one]) for one in sorted(error.missing)])
    return gettext("This needs the right %(rights)s. %(names)s can give it to you.") % {
        "rights": rights,
        "names": listing(error.givers) if error.givers else gettext("An operator"),
    }
