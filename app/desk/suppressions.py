"""`/desk/suppressions`: addresses that must not be written to: looked up, added, lifted.

Only a hash of each is kept, so there is none to list; an address is in a form and in no path.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Response

from app.addresses import Address, parse_address
from app.delivery.suppression import get_suppression, lift, lifts_of, suppress
from app.desk.deps import Desk, needs
from app.desk.frame import go_to, page
from app.desk.people import at_fields
from app.desk.roles import those_who_may
from app.enums import Scope, SuppressionReason
from app.errors import FieldError, InvalidInput, NotFound
from app.pages.language import N_, gettext
from app.written import MAX_REASON, MAX_TEXT

router = APIRouter()

Looker = Annotated[Desk, needs(Scope.PEOPLE)]
Keeper = Annotated[Desk, needs(Scope.EDIT, Scope.PEOPLE)]
Typed = Annotated[str, Form()]

_HERE: Final = "/desk/suppressions"
_EMPTY: Final[Mapping[str, str]] = {
    "address": "",
    "reason": SuppressionReason.MANUAL.value,
    "note": "",
}

WHY: Final = {
    SuppressionReason.MANUAL: N_("a person said so"),
    SuppressionReason.COMPLAINT: N_("its reader complained to their mailbox provider"),
    SuppressionReason.HARD_BOUNCE: N_("there is no such mailbox: a mail came back for good"),
    SuppressionReason.SOFT_BOUNCES: N_("mail came back again and again"),
}
"""Why an address is not written to, in words; as a form offers them."""

_WRONG: Final = {
    "because": N_("Please say why, in one line of at most 200 characters."),
    "note": N_("Please write at most 1,000 characters."),
    "reason": N_("Please choose one of these reasons."),
}
"""What is said at a field, whichever way it is wrong."""


# Where a form was sent to there is a page, too: who takes the other language there asks for it.
@router.api_route("/suppressions", methods=["GET", "HEAD"])
@router.api_route("/suppressions/look-up", methods=["GET", "HEAD"])
@router.api_route("/suppressions/lift", methods=["GET", "HEAD"])
def suppressions(desk: Looker, done: str = "") -> Response:
    """Show how to look an address up, and for who may, a form to suppress one."""
    return _page(desk, done=done)


@router.post("/suppressions/look-up")
def look_up(desk: Looker, address: Typed = "") -> Response:
    """Tell whether an address is suppressed, and why; 422 and the form for what is no address."""
    try:
        parsed = _parse(desk, address)
    except InvalidInput as error:
        return _page(desk, 422, sought=address, wrong=_at(error, "sought"))
    return _page(desk, sought=parsed.text, **_found(desk, parsed))


@router.post("/suppressions")
def add(desk: Keeper, address: Typed = "", reason: Typed = "", note: Typed = "") -> Response:
    """Suppress an address; 422 and the form where something must be changed."""
    try:
        parsed = _parse(desk, address)
        suppress(
            desk.session,
            desk.actor,
            parsed,
            _read_reason(reason),
            note=note.replace("\r\n", "\n").strip(),
            pepper=desk.container.pepper,
            now=desk.now,
        )
    except InvalidInput as error:
        typed = {"address": address, "reason": reason, "note": note}
        return _page(desk, 422, typed=typed, wrong=_at(error))
    return go_to(desk.container, _HERE, done="suppressed")


@router.post("/suppressions/lift")
def let_go(desk: Keeper, address: Typed = "", because: Typed = "") -> Response:
    """Let an address be written to again; 422 and why it is suppressed without a reason."""
    try:
        parsed = _parse(desk, address)
    except InvalidInput as error:
        return _page(desk, 422, sought=address, wrong=_at(error, "sought"))
    by = (desk.session, desk.actor, parsed)
    try:
        lift(*by, because=because.strip(), pepper=desk.container.pepper, now=desk.now)
    except InvalidInput as error:
        shown = _found(desk, parsed) | {"because": because, "wrong": _at(error)}
        return _page(desk, 422, sought=parsed.text, **shown)
    except NotFound as error:
        return _page(desk, error.status, sought=parsed.text, **_found(desk, parsed))
    return go_to(desk.container, _HERE, done="lifted")


def _parse(desk: Desk, typed: str) -> Address:
    return parse_address(typed, allow_reserved=desk.container.allow_reserved)


def _read_reason(given: str) -> SuppressionReason:
    if given not in set(SuppressionReason):
        sentence = _WRONG["reason"]
        raise InvalidInput(sentence, [FieldError("/reason", sentence)])
    return SuppressionReason(given)


def _at(error: InvalidInput, address: str = "address") -> dict[str, str]:
    """Return a sentence of ours by the field that is wrong; `address` is the one of an address."""
    told = {
        at: gettext(_WRONG[at]) if at in _WRONG else said for at, said in at_fields(error).items()
    }
    return {address if at == "address" else at: said for at, said in told.items()}


def _found(desk: Desk, address: Address) -> dict[str, Any]:
    """Return why an address is suppressed, None where it is not, and how often it was lifted."""
    pepper = desk.container.pepper
    try:
        row = get_suppression(desk.session, address, pepper)
    except NotFound:
        row = None
    return {"is_sought": True, "row": row, "lifts": lifts_of(desk.session, address, pepper)}


def _page(desk: Desk, status: int = 200, **shown: Any) -> Response:
    values: dict[str, Any] = {
        "is_sought": False,
        "row": None,
        "lifts": (),
        "sought": "",
        "because": "",
        "typed": _EMPTY,
        "wrong": {},
        "done": "",
    }
    may = desk.may(Scope.EDIT, Scope.PEOPLE)
    return page(
        desk,
        "suppressions.html",
        status,
        why=WHY,
        may=may,
        others="" if may else those_who_may(desk, Scope.ADMIN),
        most_reason=MAX_REASON,
        most_note=MAX_TEXT,
        **(values | shown),
    )
