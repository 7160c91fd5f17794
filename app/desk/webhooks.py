"""`/desk/webhooks`: who else is told what happens, with which secret, and what came of it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Form, Response

from app.desk.deps import Desk, needs
from app.desk.frame import go_to, page
from app.desk.people import at_fields
from app.enums import Scope
from app.errors import AlreadyExists, InvalidInput, WrongState
from app.models import AttemptOutcome, DisabledBecause, OutboxKind, Webhook
from app.pages.language import N_, gettext, message_of
from app.webhooks import endpoints, messages
from app.webhooks.names import name_of

router = APIRouter()

Admin = Annotated[Desk, needs(Scope.ADMIN)]

_HERE: Final = "/desk/webhooks"
_SHOWN: Final = 20
_EMPTY: Final[Mapping[str, object]] = {"url": "", "kinds": []}
_AGAIN: Final = {"1": 1, "24": 24, "72": 72, "720": 720}
"""For how many hours back a webhook may be told again, as the form has it."""

_WHY: Final = {
    DisabledBecause.PERSON: N_("somebody stopped it"),
    DisabledBecause.FAILING: N_("each request failed for five days"),
    DisabledBecause.GONE: N_("its server said that it is gone"),
    DisabledBecause.RESTORED: N_("the database was restored; look whether it is still wanted"),
}
OUTCOMES: Final = {
    AttemptOutcome.ACCEPTED: N_("taken"),
    AttemptOutcome.REFUSED: N_("refused"),
    AttemptOutcome.UNREACHABLE: N_("not reached"),
    AttemptOutcome.PRIVATE: N_("not allowed there"),
    AttemptOutcome.UNSIGNED: N_("no key opens its secret"),
}
"""What came of a request, in words."""


@router.api_route("/webhooks", methods=["GET", "HEAD"])
def webhooks(desk: Admin, done: str = "") -> Response:
    """Show all webhooks, and a form to make one."""
    return _all(desk, done=done)


@router.post("/webhooks")
def make(
    desk: Admin,
    url: Annotated[str, Form()] = "",
    kinds: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Make a webhook and show its secret, this once; 422 and the form where something is wrong."""
    try:
        row, secret = endpoints.add_webhook(
            *(desk.session, desk.actor, url.strip(), _read(kinds)),
            *(desk.container.webhook_rules, desk.now),
        )
    except (InvalidInput, AlreadyExists) as error:
        return _all(desk, error.status, typed={"url": url, "kinds": kinds}, wrong=_wrong(error))
    return _one(desk, row, 201, secret=secret)


@router.api_route("/webhooks/{webhook_id:id}", methods=["GET", "HEAD"])
def webhook(desk: Admin, webhook_id: int, done: str = "") -> Response:
    """Show a webhook, what it is told of, and the last requests."""
    return _one(desk, endpoints.get_webhook(desk.session, webhook_id), done=done)


@router.post("/webhooks/{webhook_id:id}")
def change(
    desk: Admin,
    webhook_id: int,
    url: Annotated[str, Form()] = "",
    kinds: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Change where a webhook is told, and of what; 422 and the form where something is wrong."""
    try:
        endpoints.change_webhook(
            *(desk.session, desk.actor, webhook_id, desk.container.webhook_rules, desk.now),
            url=url.strip(),
            kinds=_read(kinds),
        )
    except (InvalidInput, AlreadyExists) as error:
        row = endpoints.get_webhook(desk.session, webhook_id)
        typed = {"url": url, "kinds": kinds}
        return _one(desk, row, error.status, typed=typed, wrong=_wrong(error))
    return _to(desk, webhook_id, "saved")


@router.post("/webhooks/{webhook_id:id}/rotate")
def rotate(desk: Admin, webhook_id: int) -> Response:
    """Give a webhook a new secret, and show it this once."""
    rules = desk.container.webhook_rules
    row, secret = endpoints.rotate_secret(desk.session, desk.actor, webhook_id, rules, desk.now)
    return _one(desk, row, secret=secret)


@router.post("/webhooks/{webhook_id:id}/disable")
def disable(desk: Admin, webhook_id: int) -> Response:
    """Tell a webhook nothing."""
    endpoints.disable_webhook(desk.session, desk.actor, webhook_id, desk.now)
    return _to(desk, webhook_id, "webhook_disabled")


@router.post("/webhooks/{webhook_id:id}/enable")
def enable(desk: Admin, webhook_id: int) -> Response:
    """Tell a webhook again what happens."""
    endpoints.enable_webhook(desk.session, desk.actor, webhook_id, desk.now)
    return _to(desk, webhook_id, "webhook_enabled")


@router.post("/webhooks/{webhook_id:id}/remove")
def remove(desk: Admin, webhook_id: int) -> Response:
    """Remove a webhook and its log."""
    endpoints.remove_webhook(desk.session, desk.actor, webhook_id, desk.now)
    return go_to(desk.container, _HERE, done="webhook_removed")


@router.post("/webhooks/{webhook_id:id}/sample")
def sample(
    desk: Admin, webhook_id: int, kind: Annotated[OutboxKind, Form()] = OutboxKind.ISSUE_SENT
) -> Response:
    """Send a webhook a sample."""
    try:
        messages.send_sample(desk.session, desk.actor, webhook_id, kind, desk.now)
    except WrongState as error:
        return _refused(desk, webhook_id, error)
    return _to(desk, webhook_id, "webhook_sample")


@router.post("/webhooks/{webhook_id:id}/replay")
def replay(desk: Admin, webhook_id: int, hours: Annotated[str, Form()] = "") -> Response:
    """Tell a webhook again what happened in the last hours."""
    since = desk.now - timedelta(hours=_AGAIN.get(hours, 1))
    try:
        messages.replay(desk.session, desk.actor, webhook_id, desk.now, since=since)
    except WrongState as error:
        return _refused(desk, webhook_id, error)
    return _to(desk, webhook_id, "webhook_replay")


def _to(desk: Desk, webhook_id: int, done: str) -> Response:
    return go_to(desk.container, f"{_HERE}/{webhook_id}", done=done)


def _read(kinds: Sequence[str]) -> list[OutboxKind]:
    return [kind for kind in OutboxKind if kind.value in kinds]


def _wrong(error: InvalidInput | AlreadyExists) -> Mapping[str, str]:
    return at_fields(error) if error.errors else {"url": message_of(error)}


def _refused(desk: Desk, webhook_id: int, error: WrongState) -> Response:
    row = endpoints.get_webhook(desk.session, webhook_id)
    return _one(desk, row, error.status, wrong={"form": message_of(error)})


def _all(
    desk: Desk,
    status: int = 200,
    *,
    typed: Mapping[str, object] = _EMPTY,
    wrong: Mapping[str, str] | None = None,
    done: str = "",
) -> Response:
    return page(
        desk,
        "webhooks.html",
        status,
        webhooks=endpoints.all_webhooks(desk.session),
        kinds=list(OutboxKind),
        why=_WHY,
        typed=typed,
        wrong=wrong or {},
        done=done,
    )


def _one(
    desk: Desk,
    row: Webhook,
    status: int = 200,
    *,
    typed: Mapping[str, object] | None = None,
    wrong: Mapping[str, str] | None = None,
    secret: str = "",
    done: str = "",
) -> Response:
    desk.session.flush()
    rows = messages.attempts_of(desk.session, row.id, limit=_SHOWN)
    return page(
        desk,
        "webhook.html",
        status,
        crumbs=[(gettext("Webhooks"), _HERE)],
        at=f"{_HERE}/{row.id}",
        webhook=row,
        attempts=[(one, message, name_of(message, number)) for one, message, number in rows],
        n_waiting=messages.n_waiting(desk.session, row.id),
        outcomes=OUTCOMES,
        kinds=list(OutboxKind),
        again=_AGAIN,
        why=_WHY,
        typed=typed or {"url": row.url, "kinds": row.kinds},
        wrong=wrong or {},
        secret=secret,
        done=done,
    )
