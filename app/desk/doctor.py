"""`/desk/doctor`: what `devoured doctor` finds, as a worker sees it, and what mends each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from redis import Redis

from app.api.deps import ContainerDep
from app.db.session import enqueue_after_commit
from app.desk.deps import Desk, needs
from app.desk.forms import whole_number
from app.desk.frame import go_to, live_page, part
from app.desk.times import when_of
from app.doctor.examine import in_order
from app.doctor.findings import Finding, Level
from app.doctor.kept import Examination, last_examination
from app.doctor.round_trip import begin_round_trip, look_at_round_trip
from app.enums import Scope
from app.pages.language import N_
from app.publication.publication import get_publication
from app.watch.findings import findings_of
from app.watch.notices import list_open

router = APIRouter()

Admin = Annotated[Desk, needs(Scope.ADMIN)]

_HERE: Final = "/desk/doctor"
_VALKEY_SECONDS: Final = 1.0
_PATIENCE: Final = timedelta(minutes=2)
"""Whatever is dead, an examination takes no longer; then no worker has taken it."""

_LATE: Final = timedelta(hours=1)
"""So long a page that was left open says that nobody came."""

_LEVELS: Final = {
    Level.WRONG: N_("What is wrong"),
    Level.WARNING: N_("What does harm some day, or a little"),
    Level.UNKNOWN: N_("What could not be looked at"),
    Level.OK: N_("What is well"),
}


@dataclass(frozen=True)
class Wait:
    """What a page waits for: an examination `asked` for, 0 for none, and the Letters of `probes`.

    `is_late` says that no worker has taken the examination, `tripped` what came of the probes.
    """

    asked: int
    probes: Sequence[int]
    is_late: bool
    tripped: Sequence[Finding]
    query: Mapping[str, str]

    @property
    def is_on(self) -> bool:
        """Return whether something is still to come."""
        return bool(self.asked or self.probes)


def get_examination(container: ContainerDep) -> Examination | None:
    """Return what a worker found last; asked before the request's transaction begins."""
    with Redis.from_url(
        container.settings.redis_url,
        socket_timeout=_VALKEY_SECONDS,
        socket_connect_timeout=_VALKEY_SECONDS,
    ) as valkey:
        return last_examination(valkey)


Kept = Annotated[Examination | None, Depends(get_examination)]


# What is kept elsewhere is asked before who is there: that begins the transaction.
@router.api_route("/doctor", methods=["GET", "HEAD"])
def doctor(kept: Kept, desk: Admin, asked: str = "", probe: str = "", done: str = "") -> Response:
    """Show what was found last; `asked` and `probe` are what somebody has just asked for."""
    wait = _wait(desk, kept, asked, probe)
    findings = list(kept.findings) if kept else []
    told = findings_of(list_open(desk.session, desk.now))
    findings = in_order([*findings, *wait.tripped, *told])
    return live_page(
        desk,
        "doctor.html",
        last=kept,
        groups=_groups(findings),
        wait=wait,
        done=done,
        is_ses=desk.container.settings.transport == "ses",
        zone=get_publication(desk.session).time_zone,
        when_of=when_of,
    )


@router.api_route("/doctor/waits", methods=["GET", "HEAD"])
def show_waiting(
    kept: Kept, desk: Admin, request: Request, asked: str = "", probe: str = ""
) -> Response:
    """Show that a worker is at it: a part that asks again, and leads on once it is done."""
    wait = _wait(desk, kept, asked, probe)
    if wait.is_on:
        return part(desk, "doctor_waits.html", wait=wait)
    onward = go_to(desk.container, _HERE, **wait.query)
    if "HX-Request" not in request.headers:
        return onward
    return Response(status_code=204, headers={"HX-Redirect": onward.headers["location"]})


@router.post("/doctor")
def look(desk: Admin) -> Response:
    """Have a worker look at everything; it changes nothing, and twice does no harm."""
    asked = int(desk.now.timestamp() * 1000)
    enqueue_after_commit(desk.session, "examine", asked)
    return go_to(desk.container, _HERE, asked=str(asked))


@router.post("/doctor/round-trip")
def go_round(desk: Admin) -> Response:
    """Send mails to SES's simulator; the page waits for their events."""
    begun = begin_round_trip(desk.session, desk.now)
    if isinstance(begun, Finding):
        return go_to(desk.container, _HERE, done="paused")
    return go_to(desk.container, _HERE, probe=".".join(map(str, begun)))


def _wait(desk: Desk, kept: Examination | None, asked: str, probe: str) -> Wait:
    """Return what is waited for, by the numbers of an address; what is no number is nothing."""
    at, letter_ids = (
        whole_number(asked),
        [whole_number(one) for one in probe.split(".", maxsplit=9)],
    )
    tripped, probes = look_at_round_trip(desk.session, letter_ids, desk.now)
    waited = desk.now - datetime.fromtimestamp(at / 1000, UTC)
    named = [str(one) for one in letter_ids if one]
    is_asked = waited > -_PATIENCE and (kept is None or kept.asked < at)
    return Wait(
        asked=at if is_asked and waited < _PATIENCE else 0,
        probes=probes,
        is_late=is_asked and _PATIENCE <= waited < _LATE,
        tripped=tripped,
        query=({"asked": str(at)} if at else {}) | ({"probe": ".".join(named)} if named else {}),
    )


def _groups(findings: list[Finding]) -> list[tuple[str, str, list[Finding]]]:
    """Return what was found by how it is, the worst first, each with its heading."""
    groups = [
        (level.value, heading, [one for one in findings if one.level is level])
        for level, heading in _LEVELS.items()
    ]
    return [group for group in groups if group[2]]
