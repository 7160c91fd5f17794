"""`/desk/readers`: one found by their address, how many there are, who came and went last.

An address is only ever sent in a form, so that none stands in a log or a browser's history. What
has to be counted is a part that the page asks for afterwards.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Response
from sqlalchemy.orm import Session

from app.addresses import parse_address
from app.desk.deps import Desk, needs
from app.desk.frame import SETTINGS, Crumb, go_to, live_page, part
from app.desk.reader_words import STATES, language_name
from app.enums import Scope
from app.errors import InvalidInput, NotFound
from app.models import Subscriber
from app.pages.language import N_, message_of
from app.readers.subscribers import (
    count_readers,
    list_subscribers,
    newest_joined,
    newest_left,
)

router = APIRouter()

People = Annotated[Desk, needs(Scope.PEOPLE)]

HERE: Final = "/desk/readers"
CRUMBS: Final[tuple[Crumb, ...]] = ((N_("Readers"), HERE),)
_SHOWN: Final = 10
_SUPPRESSIONS: Final = "/desk/suppressions"


@router.api_route("/readers", methods=["GET", "HEAD"])
def readers(desk: People, whole: str = "", done: str = "") -> Response:
    """Show a form to find a reader, and who came last; `whole` counts them at once."""
    return _readers(desk, whole=bool(whole), done=done)


@router.post("/readers")
def find(desk: People, address: Annotated[str, Form(max_length=400)] = "") -> Response:
    """Lead to the reader with this address; 404 where there is none, 422 where it is none."""
    try:
        found = found_by(desk.session, address)
    except (InvalidInput, NotFound) as error:
        return _readers(desk, error.status, typed=address, wrong=message_of(error))
    return go_to(desk.container, f"{HERE}/{found.id}")


def found_by(session: Session, address: str) -> Subscriber:
    """Return the reader with the address that somebody typed.

    Raises:
        InvalidInput: it is none.
        NotFound: nobody here has it.
    """
    if not address.strip():
        raise InvalidInput(N_("Please type an address."))
    key = parse_address(address, allow_reserved=True).key
    found = list_subscribers(session, after=0, limit=1, address_key=key)
    if not found:
        raise NotFound(N_("Nobody here has this address: it never joined, or was erased since."))
    return found[0]


@router.api_route("/readers/counted", methods=["GET", "HEAD"])
def counted_part(desk: People) -> Response:
    """Show how many readers there are, and who left last."""
    return part(desk, "readers_counted.html", states=STATES, **_counted(desk))


def _readers(
    desk: Desk,
    status: int = 200,
    *,
    whole: bool = False,
    typed: str = "",
    wrong: str = "",
    done: str = "",
) -> Response:
    return live_page(
        desk,
        "readers.html",
        status,
        at=HERE,
        joined=newest_joined(desk.session, _SHOWN),
        states=STATES,
        language_name=language_name,
        suppressions=_suppressions(desk),
        typed=typed,
        wrong=wrong,
        whole=whole,
        done=done,
        **(_counted(desk) if whole else {}),
    )


def _counted(desk: Desk) -> dict[str, Any]:
    return {
        "counts": count_readers(desk.session, desk.now),
        "left": newest_left(desk.session, _SHOWN),
    }


def _suppressions(desk: Desk) -> str:
    """Return where the suppressed addresses are, for who may see them; else nothing."""
    places = [one for one in SETTINGS if one.path == _SUPPRESSIONS and desk.may(one.needs)]
    return places[0].path if places else ""
