"""A sender as many are written: it marks after sending, and lets the client try again.

It shows that a drill can fail. Nothing of it is used anywhere else.
"""

import sys
import time
from typing import TYPE_CHECKING

import boto3
import orjson
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.container import Container, build
from app.db.session import transaction
from app.delivery.claim import Lease
from app.delivery.mails import issue_mail
from app.delivery.timing import USUAL, scaled
from app.enums import BatchState, DeliveryState
from app.logs import configure_logs
from app.models import Batch, Delivery, Subscriber
from app.rendering.merge import fields_for
from app.settings import load_settings
from app.transports.base import Mail, Recipient
from app.transports.checks import CheckedMail, check_mail, read_texts
from app.transports.ses_request import Entry, bulk_request, entry, shared_part

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_AT_ONCE = 20


def main() -> None:
    """Work on every n-th batch until none is left, then wait to be killed."""
    place, n_places = int(sys.argv[1]), int(sys.argv[2])
    settings = load_settings()
    configure_logs(settings)
    container = build(settings)
    answer_within = scaled(USUAL, settings.time_scale).answer_within.total_seconds()
    config = Config(read_timeout=answer_within, parameter_validation=False)
    client = boto3.client("sesv2", region_name=settings.aws_region, config=config)
    while True:
        try:
            _send_some(container, client, place, n_places)
        except (OperationalError, BotoCoreError, ClientError):
            continue  # it is redelivered, as a broker would
        finally:
            time.sleep(_AT_ONCE * n_places / settings.max_rate)


def _send_some(container: Container, client: "SESV2Client", place: int, n_places: int) -> None:
    """Send the next readers of a batch, and mark them when it is over."""
    with transaction(container.sessions) as session:
        batch = session.scalar(
            select(Batch)
            .where(Batch.state != BatchState.DONE, Batch.id % n_places == place)
            .order_by(Batch.id)
            .limit(1)
        )
        if batch is None:
            return
        lease = Lease(batch.id, batch.issue_id, 0, batch.edition_id, 0, "naive", 0)
        mail = issue_mail(session, lease, container.settings.base_url)
        recipients = _next(session, batch, container.settings.base_url)
    accepted = _send(client, mail, recipients) if recipients else {}
    with transaction(container.sessions) as session:
        _mark(session, batch, recipients, accepted, container)


def _next(session: Session, batch: Batch, base_url: str) -> list[Recipient]:
    """Return the batch's next readers who are not marked."""
    ids = batch.subscriber_ids[batch.n_taken : batch.n_taken + _AT_ONCE]
    marked = select(Delivery.subscriber_id).where(Delivery.issue_id == batch.issue_id)
    rows = session.execute(
        select(Subscriber.id, Subscriber.address).where(
            Subscriber.id.in_(ids), Subscriber.id.not_in(marked)
        )
    )
    return [
        Recipient(
            f"{batch.issue_id}-{row.id}",
            row.address,
            fields_for(row.address, base_url, base_url),
            {},
        )
        for row in rows
    ]


def _send(client: "SESV2Client", mail: Mail, recipients: list[Recipient]) -> dict[str, str]:
    """Send the mail; return the message id of each delivery that the provider says it took."""
    found = check_mail(read_texts(mail), recipients, _AT_ONCE)
    assert isinstance(found, CheckedMail)  # noqa: S101  # the sample digest is a fit mail
    shared = shared_part(mail, found.texts.keys, attempt=1, configuration_set="")
    entries = [entry(shared, place, one) for place, one in enumerate(recipients)]
    whole = [one for one in entries if isinstance(one, Entry)]
    # The transport writes entries as they stand on the wire; the client of this sender wants words.
    asked = orjson.loads(orjson.dumps(bulk_request(shared, whole)))
    results = client.send_bulk_email(**asked)["BulkEmailEntryResults"]
    return {
        one.delivery_id: result["MessageId"]
        for one, result in zip(recipients, results, strict=False)
        if result.get("MessageId")
    }


def _mark(
    session: Session,
    batch: Batch,
    recipients: list[Recipient],
    accepted: dict[str, str],
    container: Container,
) -> None:
    rows = [
        {
            "issue_id": batch.issue_id,
            "subscriber_id": int(one.delivery_id.partition("-")[2]),
            "edition_id": batch.edition_id,
            "state": DeliveryState.ACCEPTED,
            "attempt": 1,
            "provider_id": accepted[one.delivery_id],
            "at": container.clock(),
        }
        for one in recipients
        if one.delivery_id in accepted
    ]
    if rows:
        session.execute(insert(Delivery).values(rows).on_conflict_do_nothing())
    if len(rows) == len(recipients):
        there = session.get_one(Batch, batch.id)
        there.n_taken += _AT_ONCE
        if there.n_taken >= there.n_readers:
            there.state = BatchState.DONE


if __name__ == "__main__":
    main()
