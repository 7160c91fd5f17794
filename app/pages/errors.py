"""What a page says when something is wrong: in the same looks, without asking the database."""

from typing import Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from app.container import Container
from app.errors import AppError, TakenDown
from app.pages.language import N_, gettext, message_of
from app.pages.read import ArchiveClosed
from app.pages.render import Site, private_page, root_of

_TITLES: Final = {
    400: N_("That request could not be read"),
    404: N_("There is no such page"),
    405: N_("This page cannot do that"),
    408: N_("That took too long"),
    410: N_("This link no longer works"),
    413: N_("That was too much"),
    422: N_("Something in the form is not right"),
    429: N_("That was too often"),
    500: N_("Something went wrong here"),
    503: N_("We are not available just now"),
}
_GONE: Final = 410
_TAKEN_DOWN: Final = N_("This is no longer here")
_OTHER: Final = N_("That did not work")
_SENTENCES: Final = {
    400: N_("Please go back and try once more."),
    404: N_("The address may be mistyped, or the link was cut off."),
    405: N_("Please follow a link or use a form to get here."),
    408: N_("Please go back and try once more."),
    413: N_("Please go back and send less."),
    422: N_("Please go back and try once more."),
    429: N_("Please wait a little and try once more."),
    500: N_("It is our fault, not yours. Please try again in a little while."),
    503: N_("Please try again in a little while."),
}


def page_error(request: Request, error: Exception) -> Response:
    """Show the error as a page: its status, what is wrong, and where to go from here.

    It takes AppErrors, Starlette's and FastAPI's own, and anything else as a 500 that reveals
    nothing of the inside.
    """
    container: Container = request.app.state.container
    settings = container.settings
    status, sentence = message_for(error)
    site = Site(
        name="",
        tagline="",
        postal_lines=(),
        root=root_of(settings),
        base_url=settings.base_url,
        archive_is_open=not isinstance(error, ArchiveClosed),
    )
    is_taken_down = isinstance(error, TakenDown)
    title = gettext(_TAKEN_DOWN) if is_taken_down else title_for(status)
    page = private_page(
        "error.html",
        status,
        site=site,
        title=title,
        sentence=sentence,
        is_gone=status == _GONE and not is_taken_down,
    )
    if isinstance(error, HTTPException | AppError):
        page.headers.update(error.headers or {})
    return page


def title_for(status: int) -> str:
    """Return what is wrong, as the heading of a page."""
    return gettext(_TITLES.get(status, _OTHER))


def message_for(error: Exception) -> tuple[int, str]:
    """Return the status, and a sentence for a person."""
    match error:
        case AppError():
            return error.status, message_of(error)
        case RequestValidationError():
            return 422, gettext(_SENTENCES[422])
        case HTTPException():
            return error.status_code, gettext(_SENTENCES.get(error.status_code, ""))
        case _:
            return 500, gettext(_SENTENCES[500])
