"""`/v1/webhooks`: who else is told what happens."""

from typing import Annotated, Any, Final

from fastapi import Response
from pydantic import AwareDatetime, BaseModel, Field

from app.actors import Actor
from app.api.changes import Asked, answer_once, asked_with
from app.api.deps import ContainerDep, NowDep, SessionDep, acts, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import (
    LINE,
    Body,
    Changes,
    Id,
    Out,
    examples,
    fill,
)
from app.enums import Scope
from app.errors import AlreadyExists, NotFound
from app.models import DisabledBecause, OutboxKind, Webhook
from app.web_addresses import MAX_URL
from app.webhooks import endpoints

router = ApiRouter(prefix="/v1/webhooks", tags=["webhooks"])

_WEBHOOK: Final[dict[str, Any]] = {
    "id": 2,
    "url": "https://hooks.example.org/devoured",
    "kinds": ["issue.sent", "reader.joined"],
    "created_at": "2026-04-20T08:15:00Z",
    "disabled_at": None,
    "disabled_because": None,
    "failing_since": None,
    "former_until": None,
}

Url = Annotated[str, Field(min_length=1, max_length=MAX_URL, pattern=LINE)]
Kinds = Annotated[list[OutboxKind], Field(max_length=len(OutboxKind))]
Admin = Annotated[Actor, acts(Scope.ADMIN)]


class NewWebhook(Body):
    """An address, and the kinds of events that it is told of."""

    model_config = Body.model_config | examples(
        {"url": "https://hooks.example.org/devoured", "kinds": ["issue.sent", "reader.joined"]}
    )

    url: Url = Field(description="An https address; http only within networks of your own.")
    kinds: Kinds = Field(default=[], description="What it is told of; none: of everything.")


class WebhookChanges(Changes):
    """The fields to change; what is left out stays as it is."""

    model_config = Changes.model_config | examples({"kinds": ["issue.sent"]})

    url: Url | None = None
    kinds: Kinds | None = None


class WebhookOut(Out):
    """A webhook, without its secret."""

    model_config = Out.model_config | examples(_WEBHOOK)

    id: int
    url: str
    kinds: list[OutboxKind] = Field(description="What it is told of; none: of everything.")
    created_at: AwareDatetime
    disabled_at: AwareDatetime | None = Field(description="Since when it is told nothing.")
    disabled_because: DisabledBecause | None
    failing_since: AwareDatetime | None = Field(
        description="Since when each request has failed; after five days it is disabled."
    )
    former_until: AwareDatetime | None = Field(
        description="How long the former secret signs beside the present one."
    )


class WebhookMade(WebhookOut):
    """A webhook and its new secret."""

    model_config = Out.model_config | examples(
        {**_WEBHOOK, "secret": "whsec_ZXhhbXBsZWV4YW1wbGVleGFtcGxlZXhhbXBsZQ=="}
    )

    secret: str | None = Field(
        description="What requests are signed with. Shown this once, so a replay of this request "
        "has null here."
    )


class WebhookList(BaseModel):
    """All webhooks, the oldest first."""

    model_config = examples({"items": [_WEBHOOK]})

    items: list[WebhookOut]


@router.get("", dependencies=[needs(Scope.ADMIN)])
def list_webhooks(session: SessionDep) -> WebhookList:
    """List all webhooks.

    Those that are stopped too.
    """
    rows = endpoints.all_webhooks(session)
    return WebhookList(items=[WebhookOut.model_validate(row) for row in rows])


@router.post("", status_code=201, response_model=WebhookMade)
@documents(AlreadyExists)
def create_webhook(
    container: ContainerDep, body: NewWebhook, asked: Annotated[Asked, asked_with(Scope.ADMIN)]
) -> Response:
    """Make a webhook.

    It is told of what happens from now on. Its secret is shown this once.
    """

    def act() -> WebhookMade:
        rules = container.webhook_rules
        return _made(*endpoints.add_webhook(*asked.by, body.url, body.kinds, rules, asked.now))

    return answer_once(asked, 201, act, keep=_without_secret)


@router.get("/{webhook_id}", dependencies=[needs(Scope.ADMIN)])
@documents(NotFound)
def read_webhook(session: SessionDep, webhook_id: Id) -> WebhookOut:
    """Read a webhook.

    Its secret is not shown again.
    """
    return WebhookOut.model_validate(endpoints.get_webhook(session, webhook_id))


@router.patch("/{webhook_id}")
@documents(NotFound, AlreadyExists)
def change_webhook(
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    webhook_id: Id,
    body: WebhookChanges,
    actor: Admin,
) -> WebhookOut:
    """Change a webhook.

    Its address, or what it is told of from now on.
    """
    rules = container.webhook_rules
    row = endpoints.change_webhook(
        session, actor, webhook_id, rules, now, url=body.url, kinds=body.kinds
    )
    return WebhookOut.model_validate(row)


@router.delete("/{webhook_id}", status_code=204)
@documents(NotFound)
def remove_webhook(session: SessionDep, now: NowDep, webhook_id: Id, actor: Admin) -> None:
    """Remove a webhook.

    With all that waits for it, and its log.
    """
    endpoints.remove_webhook(session, actor, webhook_id, now)


@router.post("/{webhook_id}/rotate", response_model=WebhookMade)
@documents(NotFound)
def rotate_webhook_secret(
    container: ContainerDep, webhook_id: Id, asked: Annotated[Asked, asked_with(Scope.ADMIN)]
) -> Response:
    """Rotate a secret.

    A new secret, shown this once. For a day each request is signed with both.
    """

    def act() -> WebhookMade:
        rules = container.webhook_rules
        return _made(*endpoints.rotate_secret(*asked.by, webhook_id, rules, asked.now))

    return answer_once(asked, 200, act, keep=_without_secret)


@router.post("/{webhook_id}/disable")
@documents(NotFound)
def disable_webhook(session: SessionDep, now: NowDep, webhook_id: Id, actor: Admin) -> WebhookOut:
    """Stop a webhook.

    It is told nothing until it is enabled. What happens meanwhile passes it by; a replay tells it.
    """
    return WebhookOut.model_validate(endpoints.disable_webhook(session, actor, webhook_id, now))


@router.post("/{webhook_id}/enable")
@documents(NotFound)
def enable_webhook(session: SessionDep, now: NowDep, webhook_id: Id, actor: Admin) -> WebhookOut:
    """Let a webhook go on.

    It is told what still waits for it, and what happens from now on.
    """
    return WebhookOut.model_validate(endpoints.enable_webhook(session, actor, webhook_id, now))


def _made(row: Webhook, secret: str) -> WebhookMade:
    return fill(WebhookMade, row, secret=secret)


def _without_secret(made: BaseModel) -> BaseModel:
    return made.model_copy(update={"secret": None})
