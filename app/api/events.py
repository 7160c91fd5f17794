"""`/v1/events`: what SES tells of mails, posted by SNS, and whether all of it arrives."""

from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from app.actors import Actor
from app.api.deps import NowDep, RawBody, SessionDep, acts, needs
from app.api.errors import ApiRouter, NotGenuine, Unreadable, documents
from app.api.fields import After, Limit, Next, Out, examples, fill, first_after, page_of
from app.enums import Scope
from app.errors import AppError, NotFound, TooLarge, Unavailable
from app.events.health import stream_health
from app.events.unreadable import apply_unreadable_again, list_unreadable
from app.events.webhook import Webhook, receive_webhook

router = ApiRouter(prefix="/v1/events", tags=["events"])

OVER: Final = timedelta(hours=1)
"""The time that the health is told of."""

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "What SNS posts, signed by it (version 2; 1 if allowed), at most 512 KiB. "
        "SNS calls it text/plain; the Content-Type is not looked at.",
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": {
                    "Type": "Notification",
                    "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
                    "TopicArn": "arn:aws:sns:eu-central-1:123456789012:devoured-events",
                    "Message": '{"eventType": "Delivery"}',
                    "Timestamp": "2026-04-28T07:00:00.000Z",
                    "SignatureVersion": "2",
                    "Signature": "EXAMPLE",
                    "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
                },
            }
        },
    }
}
_REFUSALS: Final[dict[int, AppError]] = {
    400: Unreadable("The body is no message of SNS."),
    403: NotGenuine("The message is not taken: it is not genuine, or of no topic of ours."),
    413: TooLarge("The body is larger than 512 KiB."),
    503: Unavailable("The message could not be checked or stored just now. Send it again."),
}


class StreamHealth(BaseModel):
    """How much of what the provider accepted within the last hour was heard of."""

    model_config = examples(
        {
            "since": "2026-04-28T06:00:00Z",
            "until": "2026-04-28T07:00:00Z",
            "is_whole": False,
            "n_accepted": 1200,
            "n_heard": 1180,
            "oldest_unheard_at": "2026-04-28T06:59:41Z",
            "n_unapplied": 3,
            "unapplied_since": "2026-04-28T06:59:58Z",
            "is_late": False,
            "last_received_at": "2026-04-28T06:59:59Z",
            "n_unreadable": 0,
            "n_foreign": 0,
        }
    )

    since: AwareDatetime
    until: AwareDatetime
    is_whole: bool = Field(
        description="Something was accepted, all of it was heard of, and no event waits. While an "
        "issue is going out its last mails are not heard of yet."
    )
    n_accepted: int = Field(description="Readers whose mail the provider said it accepted.")
    n_heard: int = Field(description="Those of them of whom any event told.")
    oldest_unheard_at: AwareDatetime | None = Field(
        description="When the first of the others was accepted."
    )
    n_unapplied: int = Field(description="Events that have come and are not applied yet.")
    unapplied_since: AwareDatetime | None
    is_late: bool = Field(description="One of them has waited for more than a minute.")
    last_received_at: AwareDatetime | None
    n_unreadable: int = Field(
        description="Events of 30 days that could not be read; see `/v1/events/unreadable`."
    )
    n_foreign: int = Field(
        description="Events of 30 days about mail of another installation, to somebody else than "
        "the reader it names, or that only a newer state of this database knows. They change "
        "nothing."
    )


_UNREADABLE: Final[dict[str, Any]] = {
    "id": 41,
    "received_at": "2026-04-28T06:59:59Z",
    "error": "not_json",
    "body": '{"eventType": "Complaint", "mail": {',
}


class UnreadableEvent(Out):
    """An event that could not be read."""

    model_config = examples(_UNREADABLE)

    id: int
    received_at: AwareDatetime
    error: str | None = Field(description="`not_json`, `no_type`, `no_message_id`, `no_timestamp`.")
    body: str = Field(description="As it came; it holds addresses.")


class UnreadablePage(BaseModel):
    """Events that could not be read, the oldest first."""

    model_config = examples({"items": [_UNREADABLE], "next": None})

    items: list[UnreadableEvent]
    next: Next


class AppliedAgain(BaseModel):
    """How many events are read again."""

    model_config = examples({"n_events": 1})

    n_events: int


def get_webhook(request: Request) -> Webhook:
    """Return what takes SNS's messages; raise NotFound where no topic is configured."""
    webhook: Webhook | None = request.app.state.webhook
    if webhook is None:
        raise NotFound("There is nothing at this address.")
    return webhook


@router.post(
    "/sns",
    response_class=Response,
    openapi_extra=_BODY,
    responses={200: {"description": "Stored, or nothing to store."}},
)
@documents(Unreadable, NotGenuine, NotFound, TooLarge)
def take_event(
    webhook: Annotated[Webhook, Depends(get_webhook)], body: RawBody, now: NowDep
) -> None:
    """Take an event from SNS.

    Open to anybody: the message must be signed by SNS and of a topic in `DEVOURED_SNS_TOPICS`; 404
    where that is empty. 200 only once it is stored. A subscription of such a topic is confirmed by
    the API of SNS; no address in the message is ever fetched but its certificate's.
    """
    refusal = _REFUSALS.get(receive_webhook(webhook, body, now))
    if refusal is not None:
        raise type(refusal)(refusal.detail)


@router.get("/health", dependencies=[needs(Scope.READ)])
def show_event_health(session: SessionDep, now: NowDep) -> StreamHealth:
    """Show the health of events.

    Of the last hour: only where all that was accepted was heard of, silence about a lost call
    proves that nothing was sent.
    """
    since = now - OVER
    health = stream_health(session, since, now, now)
    return fill(StreamHealth, health, since=since, until=now)


@router.get("/unreadable", dependencies=[needs(Scope.ADMIN)])
def list_unreadable_events(
    session: SessionDep, limit: Limit = 50, after: After = None
) -> UnreadablePage:
    """List events that could not be read.

    A page at a time, as they came, for 30 days.
    """
    start = first_after(after)
    rows = list_unreadable(session, after=start, limit=limit + 1)
    page, following = page_of(rows, limit, lambda row: row.id)
    return UnreadablePage(
        items=[UnreadableEvent.model_validate(row) for row in page], next=following
    )


@router.post("/unreadable/apply-again")
def apply_events_again(
    session: SessionDep, now: NowDep, actor: Annotated[Actor, acts(Scope.ADMIN)]
) -> AppliedAgain:
    """Read events again that could not be read.

    After an upgrade that understands them. What still cannot be read is listed again.
    """
    return AppliedAgain(n_events=apply_unreadable_again(session, actor, now))
