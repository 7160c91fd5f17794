"""`/` and `/signup`: what this is, and the form to get it by mail."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from app.container import Container
from app.db.session import transaction
from app.enums import ConsentSource, Depth
from app.errors import InvalidInput
from app.models import Category
from app.pages.deps import ContainerDep, NowDep, SessionDep
from app.pages.depths import depths_at_signup
from app.pages.language import gettext, message_of, present
from app.pages.negotiate import asked_of_mails
from app.pages.render import Site, private_page, public_page, root_of, site_of
from app.pages.teasers import teaser_of_latest
from app.pages.typed import hour_of
from app.pages.when import next_line, schedule_line
from app.publication.categories import open_categories
from app.publication.publication import get_publication
from app.readers.proof import ProofNeeded
from app.readers.signup_request import (
    TRAP,
    InvalidSignup,
    SignupRequest,
    check_request,
    form_fields,
    sign_up,
)
from app.readers.wording import consent_text

router = APIRouter()

_KEPT_SECONDS: Final = 5.0


@dataclass(frozen=True)
class SignupForm:
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
def front_page(
    request: Request, container: ContainerDep, session: SessionDep, now: NowDep
) -> Response:
    """Show the form with everything ticked."""
    values = _form_values(session, container, SignupForm(), now)
    return _with_script(public_page(request, "front.html", **values), container)


@router.api_route("/signup", methods=["GET", "HEAD"])
def signup_address(container: ContainerDep) -> Response:
    """Redirect to the form: the address that forms are sent to has nothing to show by itself."""
    return RedirectResponse(f"{root_of(container.settings)}/", status_code=303)


@router.post("/signup")
async def read_signup_form(request: Request) -> Response:
    """Answer 202 and the same page whatever is known of the address; 422 if it is none."""
    body = await request.body()
    return await run_in_threadpool(answer_form, request, body, ConsentSource.PAGE)


def answer_form(request: Request, body: bytes, source: ConsentSource) -> Response:
    """Answer a form: of our own front page, or of one embedded elsewhere.

    Our own form says all that it shows; one elsewhere may lack everything but the address. However
    quickly it comes, it is taken: a browser fills a form in at once.
    """
    container: Container = request.app.state.container
    fields = form_fields(body)
    typed = _typed(fields, source)
    signup, wrong = _read(fields, typed, source, request.client.host if request.client else None)
    signup = replace(signup, language=asked_of_mails(request) or present().code)
    try:
        if wrong:
            check_request(container.signup_guard, signup)  # to say all that is wrong at once
            return _form_again(container, typed, wrong)
        address = sign_up(container.signup_guard, signup, container.clock())
    except InvalidInput as error:
        return _form_again(container, typed, _sentences(error) | wrong)
    except ProofNeeded as error:
        return _patience(container, typed, signup, error.patience)
    return private_page("check_mail.html", 202, site=_recent_site(request), address=address.text)


def _typed(fields: Mapping[str, list[str]], source: ConsentSource) -> SignupForm:
    """Return what the form says; a form of ours that names no category has none ticked."""
    chosen = fields.get("categories")
    if chosen is None and source is ConsentSource.PAGE:
        chosen = []
    return SignupForm(
        address=_one(fields, "address"),
        categories=None if chosen is None else frozenset(chosen),
        depth=_one(fields, "depth") or Depth.BRIEF,
        hour=_one(fields, "hour"),
        time_zone=_one(fields, "time_zone"),
    )


def _read(
    fields: Mapping[str, list[str]], typed: SignupForm, source: ConsentSource, client: str | None
) -> tuple[SignupRequest, dict[str, str]]:
    """Return the sign-up in the form, and what to say beside the fields that cannot be read."""
    wrong: dict[str, str] = {}
    depth, hour = Depth.BRIEF, None
    if not typed.address.strip():
        wrong["address"] = gettext("Please type your mail address.")
    if typed.categories is not None and not typed.categories:
        wrong["categories"] = gettext("Please choose at least one.")
    try:
        depth = Depth(typed.depth)
    except ValueError:
        wrong["depth"] = gettext("Please choose one of these.")
    try:
        hour = hour_of(typed.hour) if typed.hour else None
    except ValueError:
        wrong["hour"] = gettext("Please choose an hour from 0 to 23.")
    signup = SignupRequest(
        address=typed.address,
        categories=None if typed.categories is None else sorted(typed.categories),
        depth=depth,
        hour=hour,
        time_zone=typed.time_zone or None,
        source=source,
        client=client,
        wording=_one(fields, "wording"),
        trap=_one(fields, TRAP),
        proof=_one(fields, "altcha"),
        patience=_one(fields, "patience"),
    )
    return signup, wrong


def _sentences(error: InvalidInput) -> dict[str, str]:
    """Return what to say beside each field that is wrong."""
    causes = error.causes if isinstance(error, InvalidSignup) else (error,)
    sentences = {
        "categories": gettext("Please choose among these."),
        "hour": gettext("Please choose an hour from 0 to 23."),
        "time_zone": gettext("We do not know this time zone."),
    }
    named = {cause.errors[0].pointer.split("/")[1]: cause for cause in causes}
    return {name: sentences.get(name) or message_of(cause) for name, cause in named.items()}


def _form_again(container: Container, typed: SignupForm, wrong: Mapping[str, str]) -> Response:
    """Return the form with what was typed, and what to change."""
    with transaction(container.sessions) as session:
        form = replace(typed, wrong=wrong)
        values = _form_values(session, container, form, container.clock())
    return _with_script(private_page("front.html", 422, **values), container)


def _with_script(page: Response, container: Container) -> Response:
    """Return the page, allowed its one script when a proof of work is asked for."""
    if container.signup_guard.proofs.are_asked:
        page.headers["Content-Security-Policy"] += "; script-src 'self'; connect-src 'self'"
    return page


def _patience(
    container: Container, typed: SignupForm, signup: SignupRequest, patience: str
) -> Response:
    """Return the page for who brings no proof: the same form, hidden, sent in half a minute."""
    with transaction(container.sessions) as session:
        site = site_of(session, container.settings)
        chosen = signup.categories
        if chosen is None:
            chosen = sorted(category.slug for category in open_categories(session))
    kept = [
        ("address", typed.address),
        *(("categories", slug) for slug in chosen),
        ("depth", typed.depth),
        ("hour", typed.hour),
        ("time_zone", typed.time_zone),
        ("wording", signup.wording),
        ("patience", patience),
    ]
    if signup.trap:
        kept.append((TRAP, signup.trap))
    is_suspect = bool(signup.trap)
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


def _form_values(
    session: Session, container: Container, typed: SignupForm, now: datetime
) -> dict[str, object]:
    site = site_of(session, container.settings)
    categories: Sequence[Category] = open_categories(session)
    every = frozenset(category.slug for category in categories)
    publication = get_publication(session)
    return {
        "site": site,
        "wording": consent_text(present().code, site.name),
        "schedule": schedule_line(publication, categories),
        "categories": categories,
        "chosen": every if typed.categories is None else typed.categories,
        "depths": depths_at_signup(publication, typed.depth),
        "typed": typed,
        "trap": TRAP,
        "is_proof_asked": container.signup_guard.proofs.are_asked,
        "next_line": next_line(session, now),
        "teaser": teaser_of_latest(session, site),
    }


def _one(fields: Mapping[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0]
