"""What providers put off of an issue, as its results and its sending show it."""

from typing import Any

from app.delivery.deferrals import WHY_PUT_OFF, put_off_of
from app.desk.deps import Desk
from app.models import Issue


def put_off(desk: Desk, issue: Issue) -> dict[str, Any]:
    """Return what `put_off.html` shows."""
    return {"put_off": put_off_of(desk.session, issue.id), "why_put_off": WHY_PUT_OFF}
