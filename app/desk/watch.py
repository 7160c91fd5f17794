"""`/desk/watch`: what is wrong with the service, as whoever serves saw it last, and what was."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Response

from app.desk.deps import Desk, needs
from app.desk.frame import page
from app.desk.times import in_how_long, when_of
from app.enums import Scope
from app.models import Notice
from app.publication.publication import get_publication
from app.watch.alerts import page_of
from app.watch.notices import EVERY, last_look, list_ended, list_open, sentence_of

router = APIRouter()

Reader = Annotated[Desk, needs(Scope.READ)]

_LATELY: Final = timedelta(days=7)
_LATE: Final = 5 * EVERY
"""So long ago was looked last where nobody looks any more."""

_TOLD_BY_TODAY: Final = frozenset(
    {
        *("DevouredAccountPaused", "DevouredQuotaSpent", "DevouredEventsSilent"),
        *("DevouredIssuePaused", "DevouredIssueTooLate", "DevouredDoubtsWait", "DevouredSetback"),
    }
)
"""What the first page shows by itself, with what can be done about it there."""


@router.api_route("/watch", methods=["GET", "HEAD"])
def watch(desk: Reader) -> Response:
    """Show what is wrong, what was within a week, who is told, and when was looked last."""
    settings = desk.container.settings
    last = last_look(desk.session)
    return page(
        desk,
        "watch.html",
        notices=list_open(desk.session, desk.now),
        ended=list_ended(desk.session, desk.now - _LATELY),
        last=last,
        is_watched=last is not None and last > desk.now - _LATE,
        mailed=settings.watch_mail_to,
        is_posted=bool(settings.watch_webhook.get_secret_value()),
        is_pinged=bool(settings.watch_ping.get_secret_value()),
        zone=get_publication(desk.session).time_zone,
        sentence_of=sentence_of,
        page_of=page_of,
        when_of=when_of,
        in_how_long=in_how_long,
    )


def beside_today(desk: Desk) -> Sequence[Notice]:
    """Return what is wrong and is told by nothing else on the first page."""
    found = list_open(desk.session, desk.now)
    return [one for one in found if one.name not in _TOLD_BY_TODAY]
