"""Queue: the events of SES from SQS: received, stored and committed, and only then deleted there.

This is the way that loses nothing: SNS tries a queue for 23 days, and a queue keeps for up to 14.
Who may put something into it is the queue's own policy, so nothing is verified here.
"""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import structlog
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy.exc import SQLAlchemyError

from app import traces
from app.aws_sessions import aws_session
from app.clock import Clock
from app.db.session import EnqueueNow, Sessions, transaction
from app.events.errors import EventError
from app.events.inbox import raw_event, store
from app.events.sns import SnsMessage
from app.events.webhook import Confirm

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

RECEIVED_AT_ONCE: Final = 10
"""Messages per call. Source: SQS `ReceiveMessage`, `DeleteMessageBatch`."""

STORED_AT_ONCE: Final = 500
"""Messages per transaction at most; they are stored well before they become visible again."""

STORED_CHARACTERS: Final = 4_000_000
"""About how much text those may have together: whoever writes to us says how long theirs is."""

WAIT_SECONDS: Final = 10
"""How long a call waits for a message; SQS allows 20, and a stopping process waits for it."""

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0

_log = structlog.get_logger(__name__)


def make_queue_client(region: str, *, endpoint_url: str | None = None) -> "SQSClient":
    """Return a client of SQS; a repeated call does no harm here, so boto3 may retry.

    `endpoint_url` is for tests; boto3 reads `AWS_ENDPOINT_URL_SQS` otherwise.
    """
    config = Config(
        connect_timeout=5,
        read_timeout=WAIT_SECONDS + 15,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    return aws_session().client("sqs", region_name=region, config=config, endpoint_url=endpoint_url)


def make_confirm(region: str, *, endpoint_url: str | None = None) -> Confirm:
    """Return a function that confirms a webhook's subscription by the API of SNS.

    It raises EventError `not_confirmed`, so that SNS asks again. Source: SNS `ConfirmSubscription`;
    only an authenticated caller may end it afterwards.
    """
    # SNS waits 15 s for our own answer, and asks again.
    config = Config(
        connect_timeout=3,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 2},
    )
    client = aws_session().client(
        "sns", region_name=region, config=config, endpoint_url=endpoint_url
    )

    def confirm(message: SnsMessage) -> None:
        try:
            client.confirm_subscription(
                TopicArn=message.topic_arn,
                Token=message.token,
                AuthenticateOnUnsubscribe="true",
            )
        except (BotoCoreError, ClientError) as error:
            _log.warning("subscription_not_confirmed", error=_describe(error))
            raise EventError("not_confirmed", again=True) from None

    return confirm


def poll_once(
    client: "SQSClient",
    queue_url: str,
    sessions: Sessions,
    clock: Clock,
    *,
    wait_seconds: int = WAIT_SECONDS,
    enqueue_now: EnqueueNow | None = None,
) -> int:
    """Store received messages, delete them from the queue and return how many there were.

    It waits up to `wait_seconds` for the first, then takes what is there, up to `STORED_AT_ONCE`
    and `STORED_CHARACTERS`. What cannot be read is stored like the rest. No transaction is open
    while SQS is called; whatever is raised, a message that was not stored comes again.

    Raises:
        ClientError, BotoCoreError: SQS refused or was not reached.
        SQLAlchemyError: nothing was stored.
    """
    messages = _receive(client, queue_url, wait_seconds)
    if not messages:
        return 0  # and no span: most polls bring nothing
    told = {"messaging.system": "aws_sqs", "messaging.operation.type": "process"}
    with traces.span("store events", "CONSUMER", told) as span:
        while _may_be_more(messages):
            more = _receive(client, queue_url, 0)
            if not more:
                break
            messages += more
        if span is not None:
            span.tell({"messaging.batch.message_count": len(messages)})
        events = [raw_event(message.get("Body", "")) for message in messages]
        with transaction(sessions, enqueue_now) as session:
            n_new = store(session, events, clock())
        _delete(client, queue_url, messages)
        _log.info("events_stored", n_received=len(messages), n_new=n_new)
    return len(messages)


def listen(
    client: "SQSClient",
    queue_url: str,
    sessions: Sessions,
    clock: Clock,
    stop: threading.Event,
    *,
    enqueue_now: EnqueueNow | None = None,
    wait_seconds: int = WAIT_SECONDS,
) -> None:
    """Poll until `stop` is set; returns within `wait_seconds` of it.

    Whatever SQS or the database does is logged and tried again, after a pause that doubles up to
    a minute. Any number of listeners may run.
    """
    pause = _FIRST_PAUSE
    while not stop.is_set():
        try:
            poll_once(
                client,
                queue_url,
                sessions,
                clock,
                wait_seconds=wait_seconds,
                enqueue_now=enqueue_now,
            )
            pause = _FIRST_PAUSE
        except (BotoCoreError, ClientError, SQLAlchemyError) as error:
            _log.warning("queue_not_read", error=_describe(error), pause_seconds=pause)
            stop.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


def _describe(error: Exception) -> str:
    """Return the error's kind and AWS's own code for it; its message may name the account."""
    code = error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else None
    return f"{type(error).__name__} {code or ''}".strip()


def _receive(client: "SQSClient", queue_url: str, wait_seconds: int) -> "list[MessageTypeDef]":
    answer = client.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=RECEIVED_AT_ONCE, WaitTimeSeconds=wait_seconds
    )
    return answer.get("Messages", [])


def _may_be_more(messages: "Sequence[MessageTypeDef]") -> bool:
    """Return whether the last call took all it could, and there is room for another."""
    n_characters = sum(len(message.get("Body", "")) for message in messages)
    is_full = len(messages) >= STORED_AT_ONCE or n_characters >= STORED_CHARACTERS
    return bool(messages) and len(messages) % RECEIVED_AT_ONCE == 0 and not is_full


def _delete(client: "SQSClient", queue_url: str, messages: "Sequence[MessageTypeDef]") -> None:
    """Delete what is stored; what SQS fails to delete comes again and is stored once."""
    for start in range(0, len(messages), RECEIVED_AT_ONCE):
        some = messages[start : start + RECEIVED_AT_ONCE]
        answer = client.delete_message_batch(
            QueueUrl=queue_url,
            Entries=[
                {"Id": str(place), "ReceiptHandle": message.get("ReceiptHandle", "")}
                for place, message in enumerate(some)
            ],
        )
        if failed := answer.get("Failed"):
            _log.warning("messages_not_deleted", n_messages=len(failed))
