"""`/` and `/signup`: what this is, and the form to get it by mail."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from app.addresses import Address
from app.container import Container
from app.db.session import single_statements, transaction
from app.enums import ConsentSource, Depth
from app.errors import InvalidInput
from app.models import Category, Publication
from app.pages.archive import latest_issues
from app.pages.deps import ContainerDep, SessionDep
from app.pages.language import N_, gettext, listing, message_of
from app.pages.render import Site, private_page, public_page, root_of, site_of
from app.pages.typed import hour_of
from app.pages.wording import keep_wording, wording_of
from app.publication.categories import open_categories
from app.publication.publication import get_publication
from app.publication.zones import check_zone
from app.readers.proof import ProofNeeded
from app.readers.signup import Wish
from app.readers.signup_guard import TRAP, Caller, form_fields

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
_LONGEST_ADDRESS: Final = 254
_KEPT_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Typed:
    """What stands in the form; `wrong` says per field what must be changed.

    `categories` is None where the form has no such fields, and then it is all of them.
    """

    address: str = ""
    categories: frozenset[str] | None = None
    depth: str = Depth.BRIEF
    hour: str = ""
    time_zone: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)


@router.api_route("/", methods=["GET", "HEAD"])
def front_page(request: Request, container: ContainerDep, session: SessionDep) -> Response:
    """Show the form with everything ticked."""
    values = _form_values(session, container, Typed())
    return _with_script(public_page(request, "front.html", **values), container)


@router.api_route("/signup", methods=["GET", "HEAD"])
def signup_address(container: ContainerDep) -> Response:
    """Redirect to the form: the address that forms are sent to has nothing to show by itself."""
    return RedirectResponse(f"{root_of(container.settings)}/", status_code=303)


@router.post("/signup")
async def take_signup(request: Request) -> Response:
    """202 and the same page whatever we know of the address; 422 and the form if it is none."""
    body = await request.body()
    return await run_in_threadpool(answer_form, request, body, ConsentSource.PAGE)


def answer_form(request: Request, body: bytes, source: ConsentSource) -> Response:
    """Answer a form: of our own front page, or of one embedded elsewhere.

    Our own form says all that it shows; one elsewhere may lack everything but the address. However
    quickly it comes, it is taken: a browser fills a form in at once.
    """
    container: Container = request.app.state.container
    now, signup_guard = container.clock(), container.signup_guard
    fields = form_fields(body)
    typed = _typed(fields, source)
    client = request.client.host if request.client else None
    caller = Caller(source, client, _one(fields, "wording"))
    proof, patience = _one(fields, "altcha"), _one(fields, "patience")
    is_suspect = bool(_one(fields, TRAP))
    try:
        wish = _wish(container, typed)
        signup_guard.proofs.check(proof, patience, wish.address, now, is_suspect=is_suspect)
        is_limited = not signup_guard.admit(wish.address, client)
        keep_wording(request.app.state, caller.wording)
        with single_statements(container.engine) as connection:
            signup_guard.enter(connection, wish, caller, now, is_limited=is_limited)
        container.enqueue_soon([("answer_asks", ())])
    except (_Wrong, InvalidInput) as error:
        return _form_again(container, typed, error)
    except ProofNeeded:
        return _patience(container, typed, fields)
    return private_page(
        "check_mail.html", 202, site=_recent_site(request), address=wish.address.text
    )


def usual_time(publication: Publication, categories: Sequence[Category]) -> str:
    """Return when issues come out, as `07:00`; empty where a category has hours of its own."""
    own = any(one.send_time is not None or one.weekdays is not None for one in categories)
    return "" if own else f"{publication.send_time:%H:%M}"


def schedule_line(publication: Publication, categories: Sequence[Category]) -> str:
    """`Monday to Friday at 07:00 (Europe/Vienna)`; nothing where that is not true of all issues."""
    days, time = frozenset(publication.weekdays), usual_time(publication, categories)
    if not days or not time:
        return ""
    if len(days) == len(_DAYS):
        when = gettext("every day at %(time)s (%(zone)s)")
    elif days == _WORKING_DAYS:
        when = gettext("Monday to Friday at %(time)s (%(zone)s)")
    else:
        when = gettext("on %(days)s at %(time)s (%(zone)s)")
    names = listing([gettext(_DAYS[day - 1]) for day in sorted(days)])
    return when % {"days": names, "time": time, "zone": publication.time_zone}


class _Wrong(Exception):
    """Fields of the form that must be changed, with what to say beside them."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__()
        self.fields = fields


def _typed(fields: Mapping[str, list[str]], source: ConsentSource) -> Typed:
    """Return what the form says; a form of ours that names no category has none ticked."""
    chosen = fields.get("categories")
    if chosen is None and source is ConsentSource.PAGE:
        chosen = []
    return Typed(
        address=_one(fields, "address"),
        categories=None if chosen is None else frozenset(chosen),
        depth=_one(fields, "depth") or Depth.BRIEF,
        hour=_one(fields, "hour"),
        time_zone=_one(fields, "time_zone"),
    )


def _wish(container: Container, typed: Typed) -> Wish:
    """Return what the form asks for, or raise _Wrong with everything that must be changed."""
    wrong: dict[str, str] = {}
    address = _address_of(container, typed.address, wrong)
    if typed.categories is not None and not typed.categories:
        wrong["categories"] = gettext("Please choose at least one.")
    if typed.depth not in set(Depth):
        wrong["depth"] = gettext("Please choose one of these.")
    try:
        hour = hour_of(typed.hour) if typed.hour else None
    except ValueError:
        hour, wrong["hour"] = None, gettext("Please choose an hour from 0 to 23.")
    try:
        check_zone(container.engine, typed.time_zone or None)
    except InvalidInput:
        wrong["time_zone"] = gettext("We do not know this time zone.")
    if address is None or wrong:
        raise _Wrong(wrong)
    return Wish(
        address,
        None if typed.categories is None else sorted(typed.categories),
        Depth(typed.depth),
        hour,
        typed.time_zone or None,
    )


def _address_of(container: Container, typed: str, wrong: dict[str, str]) -> Address | None:
    """Return the address; or None, and add to `wrong` what is wrong with it."""
    if not typed.strip():
        wrong["address"] = gettext("Please type your mail address.")
    elif len(typed) > _LONGEST_ADDRESS or not typed.isprintable():
        wrong["address"] = gettext("This is no mail address.")
    else:
        try:
            return container.signup_guard.address(typed)
        except InvalidInput as error:
            wrong["address"] = message_of(error)
    return None


def _form_again(container: Container, typed: Typed, error: Exception) -> Response:
    """Return the form with what was typed, and what to change."""
    if isinstance(error, _Wrong):
        wrong = error.fields
    else:
        wrong = {"categories": gettext("Please choose among these.")}
    with transaction(container.sessions) as session:
        values = _form_values(session, container, replace(typed, wrong=wrong))
    return _with_script(private_page("front.html", 422, **values), container)


def _with_script(page: Response, container: Container) -> Response:
    """Return the page, allowed its one script when a proof of work is asked for."""
    if container.signup_guard.proofs.are_asked:
        page.headers["Content-Security-Policy"] += "; script-src 'self'; connect-src 'self'"
    return page


def _patience(container: Container, typed: Typed, fields: Mapping[str, list[str]]) -> Response:
    """Return the page for who brings no proof: the same form, hidden, sent in half a minute."""
    now, proofs = container.clock(), container.signup_guard.proofs
    address = container.signup_guard.address(typed.address)
    patience = _one(fields, "patience")
    if not proofs.has_begun(patience, address, now):
        patience = proofs.patience(address, now)
    with transaction(container.sessions) as session:
        site = site_of(session, container.settings)
        chosen = typed.categories
        if chosen is None:
            chosen = frozenset(category.slug for category in open_categories(session))
    kept = [
        ("address", typed.address),
        *(("categories", slug) for slug in sorted(chosen)),
        ("depth", typed.depth),
        ("hour", typed.hour),
        ("time_zone", typed.time_zone),
        ("wording", _one(fields, "wording")),
        ("patience", patience),
    ]
    is_suspect = bool(_one(fields, TRAP))
    if is_suspect:
        kept.append((TRAP, _one(fields, TRAP)))
    return private_page("patience.html", 422, site=site, fields=kept, is_suspect=is_suspect)


def _recent_site(request: Request) -> Site:
    """Return the publication as it was a few seconds ago at most.

    It is asked for too often to read it each time.
    """
    state = request.app.state
    container: Container = state.container
    kept: tuple[float, Site] | None = getattr(state, "recent_site", None)
    if kept is None or time.monotonic() - kept[0] > _KEPT_SECONDS:
        with transaction(container.sessions) as session:
            kept = time.monotonic(), site_of(session, container.settings)
        state.recent_site = kept
    return kept[1]


def _form_values(session: Session, container: Container, typed: Typed) -> dict[str, object]:
    site = site_of(session, container.settings)
    categories: Sequence[Category] = open_categories(session)
    every = frozenset(category.slug for category in categories)
    latest = latest_issues(session, 1)
    return {
        "site": site,
        "wording": wording_of(site.name),
        "schedule": schedule_line(get_publication(session), categories),
        "categories": categories,
        "chosen": every if typed.categories is None else typed.categories,
        "depths": {depth: gettext(said) for depth, said in DEPTHS.items()},
        "typed": typed,
        "trap": TRAP,
        "is_proof_asked": container.signup_guard.proofs.are_asked,
        "latest": latest[0] if latest else None,
    }


def _one(fields: Mapping[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0]
