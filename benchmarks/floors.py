"""Floors: the same bytes to the same place by a client that does nothing else.

`python -m benchmarks.floors ses|smtp <issue>`; the settings come from the environment. Prints what
it spent as JSON. The requests and messages are made beforehand, and no answer is kept.
"""

import socket
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

import boto3
import orjson
from botocore.config import Config
from sqlalchemy import select

from app.container import Container, build
from app.db.session import transaction
from app.delivery.claim import Lease
from app.delivery.mails import issue_mail
from app.models import Edition
from app.rendering.merge import fields_for
from app.settings import load_settings
from app.smtp_urls import parse_smtp_url
from app.tokens import Purpose
from app.transports.base import Mail, Recipient, Refused
from app.transports.checks import CheckedMail, check_mail, read_texts
from app.transports.headers import split_mailbox
from app.transports.mime import build_message, encode_mail
from app.transports.ses_request import Entry, bulk_request, entry, shared_part
from benchmarks.measure import Meter, Spent

_PER_CALL: Final = 50
_N_CALLS: Final = 200
_ENOUGH: Final = 4096

Call = tuple[Mail, list[Recipient]]


def main(transport: str, issue_id: int) -> None:
    """Send, and print what was spent as JSON."""
    container = build(load_settings())
    calls = list(_calls(container, issue_id))
    send = _send_by_ses if transport == "ses" else _send_by_smtp
    said = {"recipients": len(calls) * _PER_CALL, **vars(send(container, calls))}
    sys.stdout.write(orjson.dumps(said).decode() + "\n")


def _calls(container: Container, issue_id: int) -> Iterator[Call]:
    """Yield the mail and the recipients of each call; editions in proportion to their readers."""
    with transaction(container.sessions) as session:
        editions = session.scalars(select(Edition).where(Edition.issue_id == issue_id)).all()
        n_readers = sum(edition.n_readers for edition in editions)
        for edition in editions:
            lease = Lease(0, issue_id, 0, edition.id, 0, "floor", 0)
            mail = issue_mail(session, lease, container.settings.base_url)
            for _ in range(max(1, round(_N_CALLS * edition.n_readers / n_readers))):
                yield mail, [_recipient(container, number) for number in range(1, _PER_CALL + 1)]


def _recipient(container: Container, number: int) -> Recipient:
    address, now = f"reader{number}@readers.example", container.clock()
    url, preferences = (
        f"{container.settings.base_url}/{purpose}/{container.signer.sign(purpose, number, now=now)}"
        for purpose in (Purpose.LEAVE, Purpose.PREFERENCES)
    )
    fields = fields_for(address=address, leave_url=url, preferences_url=preferences)
    return Recipient(f"floor-{number}", address, fields, {"List-Unsubscribe": f"<{url}>"})


def _survey(call: Call) -> CheckedMail:
    found = check_mail(read_texts(call[0]), call[1], _PER_CALL)
    assert not isinstance(found, Refused)  # noqa: S101  # the sample is fit to be sent
    return found


def _send_by_ses(container: Container, calls: Sequence[Call]) -> Spent:
    """SendBulkEmail by boto3 as it comes, but for its repeats."""
    config = Config(retries={"total_max_attempts": 1})
    client = boto3.client("sesv2", region_name=container.settings.aws_region, config=config)
    requests = [_bulk_request(call) for call in calls]
    client.send_bulk_email(**requests[0])
    meter = Meter()
    for request in requests:
        client.send_bulk_email(**request)
    return meter.spent()


def _bulk_request(call: Call) -> dict[str, Any]:
    mail, recipients = call
    shared = shared_part(mail, _survey(call).texts.keys, attempt=1, configuration_set="")
    entries = [entry(shared, place, one) for place, one in enumerate(recipients)]
    request = bulk_request(shared, [one for one in entries if isinstance(one, Entry)])
    plain: dict[str, Any] = orjson.loads(orjson.dumps(request))
    return plain


def _send_by_smtp(container: Container, calls: Sequence[Call]) -> Spent:
    """Write the commands and the messages to a socket, waiting for each answer and dropping it."""
    server = parse_smtp_url(container.settings.smtp_url.get_secret_value())
    with socket.create_connection((server.host, server.port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.recv(_ENOUGH)
        meter = Meter()
        for call in calls:
            for lines in _conversations(call):
                for part in lines:
                    line.sendall(part)
                    line.recv(_ENOUGH)
    return meter.spent()


def _conversations(call: Call) -> list[tuple[bytes, ...]]:
    """Return the SMTP commands and the message for each recipient, in turn."""
    mail, recipients = call
    shared = encode_mail(mail, _survey(call).texts)
    sender = split_mailbox(mail.from_address)[1]
    return [
        (
            f"MAIL FROM:<{sender}>\r\n".encode(),
            f"RCPT TO:<{one.address}>\r\n".encode(),
            b"DATA\r\n",
            build_message(shared, one, date="", message_id=one.delivery_id),
        )
        for one in recipients
    ]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
