"""What is done for a reader at the desk: paused, other choices, unsubscribed, erased, as by API.

A form that was made before the reader, or somebody else, changed something does nothing and says
so. Only unsubscribing holds whatever was changed: it is what they asked for.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Response

from app.delivery.eligibility import pauses
from app.desk.deps import Desk, needs
from app.desk.frame import go_to, page
from app.desk.reader import mark_of, reader_page
from app.desk.reader_words import STATES
from app.desk.readers import CRUMBS, HERE
from app.enums import ConsentSource, Scope, SubscriberState
from app.errors import InvalidInput, WrongState
from app.models import Subscriber
from app.pages.language import N_, gettext
from app.pages.own_form import Sent, changes_of, checked, form_of
from app.pages.typed import day_of
from app.publication.publication import get_publication
from app.readers.consent import Origin
from app.readers.erasure import erase
from app.readers.leave import unsubscribe
from app.readers.pause import pause_end
from app.readers.subscribers import change_preferences, get_subscriber, lock_subscriber

router = APIRouter(prefix="/readers/{reader_id:id}")

Keeper = Annotated[Desk, needs(Scope.EDIT, Scope.PEOPLE)]
Mark = Annotated[str, Form(max_length=64)]

_HERE: Final = Origin(ConsentSource.EDITOR)
_MEANWHILE: Final = N_(
    "Nothing was done: they, or somebody here, changed something after you opened it. This is how "
    "it is now. Do it again if it still holds."
)


@router.post("/choices")
def choose(
    desk: Keeper, reader_id: int, sent: Annotated[Sent, Depends()], mark: Mark = ""
) -> Response:
    """Save what a reader gets, all of it or nothing.

    422 and the form where something must be changed; 412 and what was typed where it was changed
    since the form was shown.
    """
    row = lock_subscriber(desk.session, reader_id)
    # A pause has a form of its own: this one leaves it as it is.
    kept = replace(sent, until=form_of(desk.session, row, desk.now).until, resume="")
    chosen = checked(desk.session, row, kept, desk.now)
    if mark != mark_of(row):
        changed = gettext(
            "They, or somebody here, changed this after you opened it: above is how it is now, "
            "below what you chose. Save it again if it still holds."
        )
        return reader_page(desk, reader_id, 412, typed=chosen, wrong={"form": changed})
    if chosen.wrong:
        return reader_page(desk, reader_id, 422, typed=chosen, wrong=chosen.wrong)
    changes = changes_of(desk.session, row, chosen, desk.now)
    del changes["paused_until"]
    _change(desk, row, changes)
    return _to(desk, reader_id, "saved")


@router.post("/pause")
def pause(
    desk: Keeper, reader_id: int, until: Annotated[str, Form()] = "", mark: Mark = ""
) -> Response:
    """Pause a reader until a day on their own clocks; 422 for a day that is none, 412 as above."""
    row = lock_subscriber(desk.session, reader_id)
    zone = row.time_zone or get_publication(desk.session).time_zone
    if row.state is not SubscriberState.ACTIVE:
        raise WrongState("Only who gets issues can be paused.")
    if mark != mark_of(row):
        wrong = {"until": gettext(_MEANWHILE)}
        return reader_page(desk, reader_id, 412, wrong=wrong, until=until)
    try:
        ends_at = pause_end(day_of(until), zone, desk.now)
    except (InvalidInput, ValueError, OverflowError):
        wrong = {"until": gettext("Please choose a day from tomorrow on, at most a year away.")}
        return reader_page(desk, reader_id, 422, wrong=wrong, until=until)
    _change(desk, row, {"paused_until": ends_at})
    return _to(desk, reader_id, "paused")


@router.post("/resume")
def resume(desk: Keeper, reader_id: int, mark: Mark = "") -> Response:
    """End the pause that a reader has; 412 where it is another one by now."""
    row = lock_subscriber(desk.session, reader_id)
    if pauses(row, desk.now) and mark != mark_of(row):
        return reader_page(desk, reader_id, 412, wrong={"resume": gettext(_MEANWHILE)})
    _change(desk, row, {"paused_until": None})
    return _to(desk, reader_id, "resumed")


@router.post("/unsubscribe")
def let_leave(desk: Keeper, reader_id: int) -> Response:
    """Let a reader leave who asked for it."""
    unsubscribe(desk.session, desk.actor, reader_id, desk.now, _HERE)
    return _to(desk, reader_id, "left")


@router.api_route("/erase", methods=["GET", "HEAD"])
def ask_erase(desk: Keeper, reader_id: int) -> Response:
    """Ask, once, whether to erase a reader, and say what goes and what stays."""
    row = get_subscriber(desk.session, reader_id)
    return _erased(desk) if row.state is SubscriberState.ERASED else _erase_page(desk, row)


@router.post("/erase")
def forget(desk: Keeper, reader_id: int, mark: Mark = "") -> Response:
    """Erase a reader, for good; who was erased already stays so.

    412 and the question once more where they are not as they were when it was asked.
    """
    if get_subscriber(desk.session, reader_id).state is SubscriberState.ERASED:
        return _erased(desk)
    row = lock_subscriber(desk.session, reader_id)
    if mark != mark_of(row):
        return _erase_page(desk, row, 412, wrong=gettext(_MEANWHILE))
    erase(desk.session, desk.actor, reader_id, desk.now, _HERE)
    return _erased(desk)


def _erase_page(desk: Desk, row: Subscriber, status: int = 200, *, wrong: str = "") -> Response:
    name = gettext("Reader %(n)s") % {"n": row.id}
    return page(
        desk,
        "reader_erase.html",
        status,
        crumbs=(*CRUMBS, (name, f"{HERE}/{row.id}")),
        at=HERE,
        reader=row,
        mark=mark_of(row),
        states=STATES,
        wrong=wrong,
    )


def _erased(desk: Desk) -> Response:
    return go_to(desk.container, HERE, done="erased")


def _change(desk: Desk, row: Subscriber, values: Mapping[str, Any]) -> None:
    """Change what is different, so that the audit names nothing else."""
    changes = {name: value for name, value in values.items() if getattr(row, name) != value}
    if changes:
        change_preferences(desk.session, desk.actor, row.id, changes, desk.now, _HERE)


def _to(desk: Desk, reader_id: int, done: str) -> Response:
    return go_to(desk.container, f"{HERE}/{reader_id}", done=done)
