"""Events: stored and applied, beside verifying their signature and reading them only."""

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import select

from app.db.session import transaction
from app.delivery.installation import INSTALLATION_TAG, installation_tag
from app.enums import EventState
from app.events.apply import apply_new
from app.events.inbox import raw_event, store
from app.events.payload import read_event
from app.events.queue import STORED_AT_ONCE
from app.events.sns import verify
from app.gc_tuning import leave_loaded_alone
from app.models import Delivery, Event, Issue, Subscriber
from app.public_ids import delivery_tag
from benchmarks.deployment import Deployment
from benchmarks.measure import MICRO, Meter, Row, ratio
from benchmarks.sending import Ready
from localdev.ses.envelope import TOPIC_ARN
from localdev.ses.payloads import stamp
from localdev.ses.signing import make_signer, sign

_MOST: Final = 20_000
_FLOOR: Final = 2_000
_AT_ONCE: Final = 1_000
_CERTIFICATES: Final = "https://sns.eu-west-1.amazonaws.com"


class _Key(NamedTuple):
    """A mail that was accepted; of `number` depends what becomes of it."""

    tag: str
    number: int
    address: str
    provider_id: str
    installation: str


def events_row(deployment: Deployment, ready: Ready) -> Row:
    """Measure one event for each mail that was sent: of a hundred, three bounces, one complaint.

    They are stored as a listener stores them that finds its queue full, and applied by a process
    whose garbage collector is that of a worker.
    """
    container, now = ready.container, ready.container.clock()
    told = [_envelope(_message(key, now), now) for key in _sent(ready)]
    leave_loaded_alone()
    floor = _floor(told[:_FLOOR], now)
    meter = Meter(deployment.postgres.child.process.pid)
    for start in range(0, len(told), STORED_AT_ONCE):
        some = told[start : start + STORED_AT_ONCE]
        came = [raw_event(orjson.dumps(one).decode()) for one in some]
        with transaction(container.sessions) as session:
            store(session, came, container.clock())
    n_applied = 0
    while n_applied < len(told):
        with transaction(container.sessions) as session:
            n_applied += apply_new(
                session, _AT_ONCE, container.pepper, container.signer, container.clock()
            )
    spent = meter.spent()
    _check_applied(ready, len(told))
    own, server = (MICRO * part / len(told) for part in (spent.own, spent.server))
    return Row(
        f"events stored and applied, {len(told):,}",
        f"{own:.0f} + {server:.0f} µs",
        f"{floor:.0f} µs",
        ratio(own + server, floor),
        f"{len(told) / spent.wall:,.0f}/s",
    )


def _check_applied(ready: Ready, n_events: int) -> None:
    """Make sure that each event did something: one that is foreign costs less.

    Raises:
        RuntimeError: some of them were not applied.
    """
    with transaction(ready.container.sessions) as session:
        states = Counter(session.scalars(select(Event.state)))
    if states != {EventState.APPLIED: n_events}:
        raise RuntimeError(f"of {n_events} events not all were applied: {dict(states)}")


def _sent(ready: Ready) -> list[_Key]:
    """Return some of the mails that were accepted."""
    accepted = (
        select(Issue.public_id, Subscriber.public_id, Subscriber.address, Delivery.provider_id)
        .select_from(Delivery)
        .join(Issue, Issue.id == Delivery.issue_id)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(Delivery.state == "accepted")
        .limit(_MOST)
    )
    with transaction(ready.container.sessions) as session:
        installation = installation_tag(session)
        return [
            _Key(delivery_tag(row[0], row[1]), row[1], row[2] or "", row[3] or "", installation)
            for row in session.execute(accepted)
        ]


def _message(key: _Key, at: datetime) -> dict[str, Any]:
    """Build what SES reports of one of our mails, in the format of event publishing."""
    kind, part = _fate(key.number, stamp(at))
    mail = {
        "timestamp": stamp(at),
        "source": "digest@example.com",
        "sendingAccountId": "000000000000",
        "messageId": key.provider_id or "0102018f-message-000000",
        "destination": [key.address],
        "tags": {
            "delivery_id": [key.tag],
            "attempt": ["1"],
            INSTALLATION_TAG: [key.installation],
        },
    }
    return {"eventType": kind, "mail": mail, kind.lower(): part}


def _fate(number: int, at: str) -> tuple[str, dict[str, Any]]:
    if number % 100 < 3:
        return "Bounce", {"bounceType": "Permanent", "bounceSubType": "General", "timestamp": at}
    if number % 100 == 3:
        return "Complaint", {"complaintFeedbackType": "abuse", "timestamp": at}
    return "Delivery", {"timestamp": at, "processingTimeMillis": 500}


def _envelope(message: dict[str, Any], at: datetime) -> dict[str, str]:
    """Wrap a message as SNS does for a queue, where nobody checks signatures."""
    return {
        "Type": "Notification",
        "MessageId": str(uuid.uuid4()),
        "TopicArn": TOPIC_ARN,
        "Subject": "Amazon SES Email Event Notification",
        "Message": orjson.dumps(message).decode(),
        "Timestamp": stamp(at),
        "SignatureVersion": "2",
    }


def _floor(told: Sequence[dict[str, str]], now: datetime) -> float:
    """Microseconds to verify and read one as the webhook does, without storing it."""
    signer = make_signer(now)
    signed = list(_signed(told, signer, _CERTIFICATES + signer.path))
    meter = Meter()
    for body in signed:
        message = verify(
            body, topics=[TOPIC_ARN], fetch_certificate=lambda _url: signer.certificate, now=now
        )
        read_event(message.message)
    return MICRO * meter.spent().own / len(signed)


def _signed(told: Sequence[dict[str, str]], signer: Any, url: str) -> Iterator[bytes]:
    for one in told:
        yield orjson.dumps({**one, "Signature": sign(signer, one), "SigningCertURL": url})
