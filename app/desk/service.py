"""`/desk/service`: whether mail may be sent, what SES allows and tells, what fails, what is set.

What has to be counted is a part that the page asks for afterwards.
"""

from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Response

from app.api.account import Outside
from app.api.events import OVER
from app.delivery.account import account_pause, pause_account, resume_account
from app.delivery.alone import list_setbacks
from app.delivery.epoch import refuse_if_behind
from app.delivery.pace import Allowance
from app.delivery.ramp import FIRST, GROWTH_PERCENT
from app.delivery.reach import in_full, unreached
from app.delivery.reputation import reputations
from app.delivery.room import room_on
from app.delivery.warm_up import start_warm_up, stop_warm_up, warm_up
from app.desk.deps import Desk, needs
from app.desk.forms import whole_number
from app.desk.frame import go_to, live_page, part
from app.desk.plan import Known
from app.desk.roles import those_who_may
from app.desk.times import clock_of, in_how_long, percent, when_of
from app.desk.verbs import name_in_words
from app.enums import Scope
from app.errors import Conflict, InvalidInput, WrongState
from app.events.health import stream_health
from app.events.silence import silent_since
from app.events.unreadable import apply_unreadable_again
from app.pages.language import N_, gettext, listing, message_of
from app.publication.publication import get_publication
from app.settings import Settings
from app.written import MAX_REASON

router = APIRouter()

Reader = Annotated[Desk, needs(Scope.READ)]
Sender = Annotated[Desk, needs(Scope.SEND)]
Admin = Annotated[Desk, needs(Scope.ADMIN)]

_HERE: Final = "/desk/service"
_BECAUSE: Final = "paused at the desk"
_HOURS: Final = {"": None, "1": 1, "4": 4, "12": 12, "24": 24}
"""For how many hours all sending may be paused, as the form has it; None: until it goes on."""

_MODES: Final = {
    "auto": N_("50 readers in a call, or one where SES slows calls down"),
    "bulk": N_("50 readers in a call"),
    "single": N_("one reader in a call"),
}

_REQUIREMENTS: Final = {
    "spf": "SPF",
    "dkim": "DKIM",
    "spf_and_dkim": N_("SPF and DKIM"),
    "dmarc_policy": N_("a DMARC record"),
    "dmarc_alignment": N_("a sender’s address that agrees with SPF or DKIM"),
    "message_formatting": N_("mails that are formed as the standard says"),
    "dns_records": N_("names in DNS for the addresses that send"),
    "encryption": N_("encryption in transit"),
    "user_reported_spam_rate": N_("few complaints"),
    "one_click_unsubscribe": N_("leaving with one click"),
    "honor_unsubscribe": N_("writing to nobody who has left"),
}
"""What Google asks of who writes to many, as the API of Postmaster Tools calls it."""


# What is known elsewhere is asked before who is there: that begins the transaction.
@router.api_route("/service", methods=["GET", "HEAD"])
def service(allowance: Known, desk: Reader, whole: str = "", done: str = "") -> Response:
    """Show the service; `whole` counts at once what a script asks for afterwards."""
    counted = _events(desk) if whole else {}
    return _page(desk, allowance, whole=bool(whole), done=done, **counted)


@router.api_route("/service/events", methods=["GET", "HEAD"])
def events_part(desk: Reader) -> Response:
    """Show how much of what SES accepted was heard of."""
    return part(desk, "service_events.html", **_words(desk), **_events(desk))


@router.post("/service/pause")
def pause(
    allowance: Known,
    desk: Sender,
    because: Annotated[str, Form()] = "",
    hours: Annotated[str, Form()] = "",
) -> Response:
    """Write to nobody from now on; 422 and the form where the reason is none."""
    n_hours = _HOURS.get(hours)
    until = None if n_hours is None else desk.now + timedelta(hours=n_hours)
    try:
        pause_account(desk.session, desk.actor, because.strip() or _BECAUSE, desk.now, until)
    except InvalidInput:
        typed = {"because": because, "hours": hours}
        return _page(desk, allowance, 422, typed=typed, is_wrong=True)
    return go_to(desk.container, _HERE, done="paused")


@router.post("/service/resume")
def resume(allowance: Known, outside: Outside, desk: Sender) -> Response:
    """Let all sending go on; 409 where the database is older than what was sent from it."""
    try:
        refuse_if_behind(desk.session, outside)
        resume_account(desk.session, desk.actor, desk.now)
    except WrongState as error:
        return _page(desk, allowance, error.status, wrong=message_of(error))
    return go_to(desk.container, _HERE, done="resumed")


@router.post("/service/warm-up/start")
def start_warming(
    allowance: Known,
    desk: Sender,
    first: Annotated[str, Form()] = "",
    days: Annotated[str, Form()] = "",
) -> Response:
    """Warm the sending domain up from today; the form again where a number makes no sense."""
    try:
        start_warm_up(
            desk.session,
            desk.actor,
            desk.now,
            first=whole_number(first),
            days=whole_number(days) if days.strip() else None,
            n_daily=allowance.n_daily,
        )
    except (InvalidInput, Conflict) as error:
        typed = {"first": first, "days": days}
        said = message_of(error)
        return _page(desk, allowance, error.status, ramp_typed=typed, ramp_wrong=said)
    return go_to(desk.container, _HERE, done="warming")


@router.post("/service/warm-up/stop")
def stop_warming(allowance: Known, desk: Sender) -> Response:
    """End the warm-up; 409 where somebody else has already."""
    try:
        stop_warm_up(desk.session, desk.actor, desk.now)
    except Conflict as error:
        return _page(desk, allowance, error.status, wrong=message_of(error))
    return go_to(desk.container, _HERE, done="warmed")


@router.post("/service/events/read-again")
def read_again(desk: Admin) -> Response:
    """Read events again that could not be read, as after an upgrade."""
    apply_unreadable_again(desk.session, desk.actor, desk.now)
    return go_to(desk.container, _HERE, done="read_again")


def _page(desk: Desk, allowance: Allowance, status: int = 200, **shown: Any) -> Response:
    settings = desk.container.settings
    paused = account_pause(desk.session, desk.now)
    warming, cut_off = warm_up(desk.session, desk.now), unreached(desk.session)
    values: dict[str, Any] = {
        "whole": False,
        "typed": {"because": "", "hours": ""},
        "ramp_typed": {"first": str(FIRST), "days": ""},
        "ramp_wrong": "",
        "is_wrong": False,
        "wrong": "",
        "done": "",
    }
    return live_page(
        desk,
        "service.html",
        status,
        allowance=allowance,
        pause=paused,
        senders="" if desk.may(Scope.SEND) else those_who_may(desk, Scope.SEND),
        silent_since=silent_since(desk.session, settings, desk.now),
        setbacks=list_setbacks(desk.session),
        cut_off=None if cut_off is None else in_full(desk.session, cut_off.first_at),
        facts=facts_of(settings),
        warming=warming,
        warm_by="" if warming is None else name_in_words(warming.by),
        warm_room=room_on(desk.session, desk.now, desk.now),
        growth=GROWTH_PERCENT,
        reputations=reputations(desk.session, desk.now, days=7),
        percent=percent,
        requirements=_REQUIREMENTS,
        hours=_HOURS,
        most=MAX_REASON,
        **_words(desk),
        **(values | shown),
    )


def facts_of(settings: Settings) -> list[tuple[str, str, str]]:
    """Return what is set, in words, with the names of the settings; none of it is secret."""
    facts = [*_of_transport(settings), *_of_launches(settings)]
    return [(name, value, f"DEVOURED_{setting.upper()}") for name, value, setting in facts]


def _of_transport(settings: Settings) -> list[tuple[str, str, str]]:
    """Return how mail leaves and how it is heard of."""
    way = gettext("Mail leaves by")
    rate = gettext("what the account allows")
    if settings.max_rate:
        rate = gettext("%(n)s a second") % {"n": f"{settings.max_rate:g}"}
    pace = (gettext("Pace at most"), rate, "max_rate")
    if settings.transport == "smtp":
        return [(way, gettext("a mail server (SMTP)"), "transport"), pace]
    heard = [
        words
        for is_set, words in (
            (settings.events_queue_url, gettext("a queue of SQS")),
            (settings.sns_topics, gettext("the webhook of SNS")),
        )
        if is_set
    ]
    return [
        (way, gettext("SES in %(region)s") % {"region": settings.aws_region}, "transport"),
        (
            gettext("Configuration set"),
            settings.ses_configuration_set or gettext("none: SES tells of nothing"),
            "ses_configuration_set",
        ),
        (gettext("Events come by"), listing(heard) or gettext("nothing"), "events_queue_url"),
        (gettext("Calls"), gettext(_MODES[settings.send_mode]), "send_mode"),
        pace,
    ]


def _of_launches(settings: Settings) -> list[tuple[str, str, str]]:
    """Return what an approval and a launch must pass."""
    yes, no = gettext("Yes"), gettext("No")
    eyes = gettext("Yes: who changed an issue last may not approve it")
    percent = settings.audience_drift_percent
    drift = gettext("pauses no launch")
    if percent:
        more = gettext("%(n)s %% more or fewer readers than at the approval pause a launch")
        drift = more % {"n": percent}
    return [
        (gettext("Links are looked at"), yes if settings.check_links else no, "check_links"),
        (
            gettext("Approvals need a plan"),
            yes if settings.approve_needs_plan else no,
            "approve_needs_plan",
        ),
        (gettext("Four eyes"), eyes if settings.four_eyes else no, "four_eyes"),
        (gettext("Drift of the audience"), drift, "audience_drift_percent"),
    ]


def _events(desk: Desk) -> dict[str, Any]:
    health = stream_health(desk.session, desk.now - OVER, desk.now, desk.now)
    return {"health": health}


def _words(desk: Desk) -> dict[str, Any]:
    return {
        "zone": get_publication(desk.session).time_zone,
        "is_ses": desk.container.settings.transport == "ses",
        "clock_of": clock_of,
        "when_of": when_of,
        "in_how_long": in_how_long,
    }
