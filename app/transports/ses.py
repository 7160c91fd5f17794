"""The `ses` transport: SendBulkEmail for many, SendEmail for one, and one attempt on the wire.

One recipient goes by SendEmail, because SES documents every action but that one as limited to a
call per second, and a confirmation must not wait behind the calls of an issue.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import orjson
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.aws_sessions import aws_session
from app.clock import Clock
from app.transports.base import (
    InDoubt,
    Mail,
    Outcome,
    Quota,
    Recipient,
    Refused,
    TransportError,
)
from app.transports.checks import CheckedMail, Texts, check_mail, read_texts
from app.transports.fence import GOOD_FOR, STALE, is_stale
from app.transports.halving import settle
from app.transports.headers import split_mailbox
from app.transports.last import LastValue
from app.transports.second import MessagesPerSecond
from app.transports.ses_errors import (
    accepted,
    entry_outcome,
    error_outcome,
    fault_outcome,
    quota_error,
)
from app.transports.ses_request import (
    MAX_REQUEST_BYTES,
    Entry,
    Shared,
    bulk_request,
    entry,
    groups,
    shared_part,
    single_request,
)

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


class StaleIntentError(Exception):
    """The fence stopped a call before its first byte."""


def make_client(
    region: str,
    *,
    connect_timeout: float = 5,
    read_timeout: float = 30,
    max_pool_connections: int = 10,
    endpoint_url: str | None = None,
    session: boto3.Session | None = None,
) -> "SESV2Client":
    """Build a client of the SESv2 API that never sends a request twice by itself.

    boto3 repeats a request up to five times by default, each of them a mail that SES may have
    taken. Its own validation is off: `checks` does more of it. Time-outs are in seconds;
    `endpoint_url` and `session` are for tests, boto3 reads its own environment otherwise.
    """
    config = Config(
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        max_pool_connections=max_pool_connections,
        parameter_validation=False,
        retries={"total_max_attempts": 1},
        tcp_keepalive=True,
        user_agent="devoured",  # its own is put together anew for every call
    )
    return (session or aws_session()).client(
        "sesv2", region_name=region, config=config, endpoint_url=endpoint_url
    )


class SesTransport:
    """Sends through Amazon SES; may be shared by threads, as the client may."""

    name = "ses"
    max_recipients = 50

    def __init__(
        self,
        client: "SESV2Client",
        *,
        clock: Clock,
        configuration_set: str = "",
        good_for: timedelta = GOOD_FOR,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._clock = clock
        self._configuration_set = configuration_set
        self._good_for = good_for
        self._seconds = seconds
        self._singles = MessagesPerSecond(self.max_recipients)
        self._texts: LastValue[Texts | Refused] = LastValue()
        self._shared: LastValue[Shared] = LastValue()
        self._call = threading.local()
        for operation in ("SendEmail", "SendBulkEmail"):
            client.meta.events.register(f"before-call.sesv2.{operation}", self._put_body)
            client.meta.events.register(f"before-send.sesv2.{operation}", self._before_send)

    def send(
        self,
        mail: Mail,
        recipients: Sequence[Recipient],
        *,
        attempt: int,
        opened_at: datetime,
        one_by_one: bool = False,
    ) -> list[Outcome]:
        """Send the mail and return one outcome per recipient, in their order; see `Transport.send`.

        A call that SES refuses as a whole for what may be one recipient's fault is halved (see
        `halving`); what is too large for one request goes in several.
        """
        texts = self._texts.get(mail, make=lambda: read_texts(mail))
        found = check_mail(texts, recipients, self.max_recipients)
        if isinstance(found, Refused):
            return [found] * len(recipients)
        shared = self._shared.get(mail, attempt, make=lambda: self._share(mail, found, attempt))
        if shared.n_bytes > MAX_REQUEST_BYTES:
            too_large = Refused("stop", "mail_too_large", f"{shared.n_bytes} bytes of JSON")
            return [too_large] * len(recipients)
        parts = [
            refused or entry(shared, place, one)
            for place, (one, refused) in enumerate(zip(recipients, found.refused, strict=True))
        ]
        entries = [part for part in parts if isinstance(part, Entry)]
        sender = split_mailbox(mail.from_address)[1]

        def call(group: Sequence[Entry]) -> list[Outcome] | Outcome:
            self._call.opened_at, self._call.left = opened_at, False
            return self._send_group(shared, group, attempt, sender)

        began = self._seconds()
        calls = [[one] for one in entries] if one_by_one else groups(shared, entries)
        settled = settle(calls, call)
        if one_by_one:
            self._singles.learn(settled, self._seconds() - began)
        outcomes = iter(settled)
        return [next(outcomes) if isinstance(part, Entry) else part for part in parts]

    def call_size(self, *, one_by_one: bool) -> int:
        """Return the call size: all at once in bulk, or the number of single requests in a second.

        Single requests go one after another.
        """
        return self._singles.n if one_by_one else self.max_recipients

    def quota(self) -> Quota | None:
        """Return what SES allows the account; see `Transport.quota`.

        GetAccount takes one call a second.
        """
        try:
            answer = self._client.get_account().get("SendQuota", {})
        except (BotoCoreError, ClientError) as error:
            raise quota_error(error) from None
        rate = answer.get("MaxSendRate", 0)
        if not rate > 0:
            raise TransportError("The answer to GetAccount names no rate.", is_final=True)
        # Source: SESv2 API reference, SendQuota: Max24HourSend is -1 where there is no limit.
        daily = answer.get("Max24HourSend", -1)
        if daily < 0:
            return Quota(rate=float(rate))
        left = max(0, int(daily - answer.get("SentLast24Hours", 0)))
        return Quota(rate=float(rate), left=left, daily=int(daily))

    def close(self) -> None:
        """Let go of the kept connections."""
        self._client.close()

    def _share(self, mail: Mail, found: CheckedMail, attempt: int) -> Shared:
        return shared_part(
            mail, found.texts.keys, attempt=attempt, configuration_set=self._configuration_set
        )

    def _send_group(
        self, shared: Shared, group: Sequence[Entry], attempt: int, sender: str
    ) -> list[Outcome] | Outcome:
        """Make one request; return an outcome for each of the group, or one for all of it."""
        try:
            if len(group) == 1:
                self._call.body = orjson.dumps(single_request(shared, group[0]))
                answer = self._client.send_email(Content={})
                return accepted(answer.get("MessageId"))
            self._call.body = orjson.dumps(bulk_request(shared, group))
            results = self._client.send_bulk_email(DefaultContent={}, BulkEmailEntries=[])
            return _entry_outcomes(results, len(group), attempt, sender)
        except StaleIntentError:
            return STALE
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            details = error.response.get("Error", {})
            code, message = str(details.get("Code") or "no_code"), str(details.get("Message") or "")
            return error_outcome(code, status, message, sender=sender)
        except Exception as fault:  # noqa: BLE001  # whatever it is, it is an outcome: see Transport
            return fault_outcome(fault, left=self._call.left)

    def _put_body(self, params: dict[str, Any], **_event: object) -> None:
        """Give boto3 the body to sign and send; building it itself takes it four times as long."""
        params["body"] = self._call.body

    def _before_send(self, **_event: object) -> None:
        """Stop a call whose intent is too old: after signing, before the first byte.

        A process frozen before this finds the intent stale here; one frozen after it finds its
        signature refused by AWS.
        """
        if is_stale(self._call.opened_at, self._clock(), self._good_for):
            raise StaleIntentError
        self._call.left = True


def _entry_outcomes(
    answer: Mapping[str, Any], n_entries: int, attempt: int, sender: str
) -> list[Outcome] | Outcome:
    """Return the outcomes of a bulk answer; all are in doubt when there is not one for each."""
    results = answer.get("BulkEmailEntryResults") or []
    if len(results) != n_entries:
        return InDoubt("wrong_number_of_results", f"{len(results)} for {n_entries}")
    return [entry_outcome(one or {}, attempt=attempt, sender=sender) for one in results]
