"""What providers put off of an issue, as its results and its sending show it."""

from typing import Any, Final

from app.delivery.deferrals import put_off_of
from app.desk.deps import Desk
from app.enums import Cause
from app.models import Issue
from app.pages.language import N_

_WHY: Final = {
    Cause.OURS: N_("for what it has against us"),
    Cause.CONTENT: N_("for what the mails say"),
    Cause.MAILBOX: N_("for the mailbox or its server"),
    Cause.HELD_BACK: N_("by SES itself"),
}


def put_off(desk: Desk, issue: Issue) -> dict[str, Any]:
    """Return what `put_off.html` shows."""
    return {"put_off": put_off_of(desk.session, issue.id), "why_put_off": _WHY}
