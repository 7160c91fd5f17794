"""`/desk`: what goes out next, what is going out, how the last issue went, what needs a person.

What takes long to count, and what changes while one looks, are parts that the page asks for.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Response

from app.api.account import Outside
from app.delivery import account
from app.delivery.epoch import refuse_if_behind
from app.delivery.standstill import standstills
from app.desk.cookies import FRONT
from app.desk.deps import Desk, needs
from app.desk.forms import MaybeNumber
from app.desk.frame import go_to, live_page, part
from app.desk.going_out import going_out
from app.desk.roles import those_who_may
from app.desk.states import STATES, short_day
from app.desk.times import clock_of, day_of_week, in_how_long, percent, span_of
from app.desk.watch import beside_today
from app.enums import Scope
from app.errors import AppError, Conflict, Stale, WrongState
from app.events.silence import silent_since
from app.issues import lifecycle, today
from app.issues.listing import counts_of
from app.issues.results import result_of
from app.models import Issue
from app.pages.language import gettext, message_of
from app.publication.categories import all_categories
from app.publication.lanes import local_day
from app.publication.publication import get_publication
from app.versions import Expected
from app.watch.notices import sentence_of

router = APIRouter()

Reader = Annotated[Desk, needs(Scope.READ)]
Sender = Annotated[Desk, needs(Scope.SEND)]

_SHOWN: Final = 5
"""So many findings are shown; the rest is counted."""


def front(desk: Reader, whole: str = "", done: str = "") -> Response:
    """Show today; `whole` counts at once what a script asks for afterwards."""
    return _front(desk, whole=bool(whole), done=done)


@router.api_route("/today/going-out", methods=["GET", "HEAD"])
def going_out_part(desk: Reader) -> Response:
    """Show how far what is going out is."""
    shown = _going_out(desk, today.going_out(desk.session))
    return part(desk, "today_going_out.html", **_words(desk), **shown)


@router.api_route("/today/next", methods=["GET", "HEAD"])
def next_part(desk: Reader) -> Response:
    """Show who gets what goes out next, and what it lacks."""
    coming = today.next_of(desk.session, desk.now)
    return part(desk, "today_next.html", next=coming, **_words(desk), **_next(desk, coming))


@router.api_route("/today/last", methods=["GET", "HEAD"])
def last_part(desk: Reader) -> Response:
    """Show how the last issue went."""
    last = today.last_sent(desk.session)
    return part(desk, "today_last.html", last=last, **_words(desk), **_last(desk, last))


@router.post("/today/issues/{issue_id:id}/pause")
def pause(desk: Sender, issue_id: int) -> Response:
    """Stop an issue at once: whatever else was changed of it, who presses this means now."""
    try:
        lifecycle.pause(desk.session, desk.actor, issue_id, desk.now, "paused at the desk")
    except (Conflict, WrongState) as error:
        return _refused(desk, error)
    return go_to(desk.container, FRONT, done="paused")


@router.post("/today/issues/{issue_id:id}/resume")
def resume(desk: Sender, issue_id: int, version: MaybeNumber = None) -> Response:
    """Let an issue go on, as it was when the question was asked."""
    expected: Expected = frozenset() if version is None else frozenset({version})
    try:
        lifecycle.resume(desk.session, desk.actor, issue_id, desk.now, expected)
    except (Conflict, Stale, WrongState) as error:
        return _refused(desk, error)
    return go_to(desk.container, FRONT, done="resumed")


# What is known elsewhere is asked before who is there: that begins the transaction.
@router.post("/today/account/resume")
def resume_account(outside: Outside, desk: Sender) -> Response:
    """Let all sending go on, whatever paused it."""
    try:
        refuse_if_behind(desk.session, outside)
        account.resume_account(desk.session, desk.actor, desk.now)
    except WrongState as error:
        return _refused(desk, error, message_of(error))
    return go_to(desk.container, FRONT, done="account_resumed")


def _refused(desk: Desk, error: AppError, sentence: str = "") -> Response:
    """Return the page as it is by now, with why something was not done."""
    changed = gettext("It has changed since you looked. This is how it is now.")
    desk.session.expire_all()
    return _front(desk, error.status, wrong=sentence or changed)


def _front(
    desk: Desk, status: int = 200, *, whole: bool = False, done: str = "", wrong: str = ""
) -> Response:
    seen = today.look(desk.session, desk.now)
    wanted = _beside(today.needs(desk.session, desk.now), seen.next)
    counted = {**_next(desk, seen.next), **_last(desk, seen.last)} if whole else {}
    return live_page(
        desk,
        "today.html",
        status,
        today=seen,
        next=seen.next,
        last=seen.last,
        needs=wanted,
        alerts=beside_today(desk),
        sentence_of=sentence_of,
        silent_since=silent_since(desk.session, desk.container.settings, desk.now),
        whole=whole,
        senders=those_who_may(desk, Scope.SEND) if wanted.pause else "",
        done=done,
        wrong=wrong,
        **_words(desk),
        **_going_out(desk, seen.going_out),
        **counted,
    )


def _beside(needs: today.Needs, coming: today.Next | None) -> today.Needs:
    """Leave out the unplaced lines of what goes out next: they are among what blocks it."""
    issue = coming.issue if coming else None
    return replace(needs, unplaced=[one for one in needs.unplaced if one[0] is not issue])


def _words(desk: Desk) -> dict[str, Any]:
    """Return what the templates say things with."""
    zone = get_publication(desk.session).time_zone
    names = {one.id: one.name for one in all_categories(desk.session)}
    return {
        "zone": zone,
        "names": names,
        "local_day": local_day,
        "states": STATES,
        "short_day": short_day,
        "clock_of": clock_of,
        "day_of_week": day_of_week,
        "in_how_long": in_how_long,
        "span_of": span_of,
        "percent": percent,
    }


def _next(desk: Desk, coming: today.Next | None) -> dict[str, Any]:
    issue = coming.issue if coming else None
    if issue is None:
        return {
            "n_readers": 0,
            "n_cuts": 0,
            "blocking": (),
            "n_more": 0,
            "n_unplaced": 0,
            "links": (),
        }
    n_readers, n_cuts = today.readers_of(desk.session, issue, desk.now)
    found = today.findings_of(desk.session, issue, desk.container.check_settings, desk.now)
    blocking = [one for one in found.blocking if one.code != "unplaced_line"]
    return {
        "n_readers": n_readers,
        "n_cuts": n_cuts,
        "blocking": blocking[:_SHOWN],
        "n_more": max(0, len(blocking) - _SHOWN),
        "n_unplaced": counts_of(desk.session, [issue.id])[issue.id].n_unplaced,
        "links": found.links,
    }


def _last(desk: Desk, last: Issue | None) -> dict[str, Any]:
    return {"result": result_of(desk.session, last, desk.now) if last else None}


def _going_out(desk: Desk, issues: Sequence[Issue]) -> dict[str, Any]:
    find = standstills(desk.session, desk.now)
    shown = [going_out(desk, issue, find) for issue in issues]
    return {"going_out": shown, "every": "2s" if shown else "20s"}
