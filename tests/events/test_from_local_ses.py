"""The local SES and the reader of its events agree, whatever shape they have and way they come."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.addresses import address_hmac
from app.clock import system_clock
from app.db.session import Sessions, transaction
from app.enums import DeliveryState, EventState
from app.events.apply import apply_new
from app.events.errors import EventError
from app.events.queue import make_confirm, poll_once
from app.events.sns import verify
from app.events.webhook import Webhook, receive_webhook
from app.models import Delivery, Event
from localdev.ses.feed import Style
from tests.events.conftest import World, make_world
from tests.events.told import TOPIC, notification, signatory
from tests.factories import PEPPER, SIGNER
from tests.localdev.ses.reading import publishing
from tests.localdev.ses.receiving import Receiver, receiving, until
from tests.localdev.ses.running import LocalSes, bulk, entry, serving, tags

SNS = signatory()
NAMES = ("success", "bounce", "complaint", "ooto", "suppressionlist")
N_NOTIFIED = 6  # one each, and the complaint comes after a delivery
N_PUBLISHED = N_NOTIFIED + len(NAMES)  # and each was sent
EXPECTED = [
    (DeliveryState.DELIVERED, None),
    (DeliveryState.BOUNCED, "Permanent/General"),
    (DeliveryState.COMPLAINED, "abuse"),
    (DeliveryState.DELIVERED, None),
    (DeliveryState.BOUNCED, "Permanent/OnAccountSuppressionList"),
]


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    """Make an Issue whose readers are those of the mailbox simulator, all in doubt."""
    world = make_world(session, now, len(NAMES))
    for place, name in enumerate(NAMES):
        reader = world.readers[place]
        reader.address = reader.address_key = f"{name}@simulator.amazonses.com"
        reader.address_hmac = address_hmac(reader.address_key, PEPPER)
        doubt = {"state": DeliveryState.IN_DOUBT, "provider_id": None}
        session.add(world.written(place, now, **doubt))
    session.commit()
    return world


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as taken:
        yield taken


def _send(ses: LocalSes, world: World) -> list[str]:
    """Write to everybody; the provider's ids."""
    entries = []
    for place, reader in enumerate(world.readers):
        made = entry(place, to=reader.address or "")
        made["ReplacementTags"] = tags(delivery_id=world.tag(place), attempt="1")
        made["ReplacementHeaders"].append(
            {"Name": "X-Devoured-Delivery", "Value": world.tag(place)}
        )
        entries.append(made)
    results = ses.client.send_bulk_email(**bulk(*entries))["BulkEmailEntryResults"]
    return [result["MessageId"] for result in results]


def _apply(session: Session, sessions: Sessions) -> None:
    with transaction(sessions) as own:
        apply_new(own, 100, PEPPER, SIGNER, system_clock())
    session.expire_all()


def _ledger(session: Session) -> list[tuple[DeliveryState, str | None]]:
    rows = session.scalars(select(Delivery).order_by(Delivery.subscriber_id)).all()
    return [(row.state, row.reason) for row in rows]


def _poll(ses: LocalSes, sessions: Sessions, n_expected: int) -> None:
    found = 0

    def poll() -> bool:
        nonlocal found
        found += poll_once(ses.sqs, ses.queue_url, sessions, system_clock, wait_seconds=1)
        return found >= n_expected

    until(poll)


def test_published_events_settle_every_doubt(
    session: Session, sessions: Sessions, world: World
) -> None:
    with serving(publishing=publishing()) as ses:
        sent = _send(ses, world)
        _poll(ses, sessions, N_PUBLISHED)
    _apply(session, sessions)
    assert _ledger(session) == EXPECTED
    rows = session.scalars(select(Delivery).order_by(Delivery.subscriber_id)).all()
    assert [row.provider_id for row in rows] == sent
    assert set(session.scalars(select(Event.state))) == {EventState.APPLIED}


def test_notifications_with_headers_settle_every_doubt(
    session: Session, sessions: Sessions, world: World
) -> None:
    with serving(publishing=publishing(Style(notification=True, headers=True))) as ses:
        _send(ses, world)
        _poll(ses, sessions, N_NOTIFIED)
    _apply(session, sessions)
    assert _ledger(session) == EXPECTED


def test_notifications_without_headers_find_what_the_provider_answered_for(
    session: Session, sessions: Sessions, world: World
) -> None:
    with serving(publishing=publishing(Style(notification=True))) as ses:
        for row, provider_id in zip(
            session.scalars(select(Delivery).order_by(Delivery.subscriber_id)),
            _send(ses, world),
            strict=True,
        ):
            row.state, row.provider_id = DeliveryState.ACCEPTED, provider_id
        session.commit()
        _poll(ses, sessions, N_NOTIFIED)
    _apply(session, sessions)
    assert _ledger(session) == EXPECTED


def test_subscription_is_confirmed_and_events_come_by_the_webhook(
    session: Session,
    sessions: Sessions,
    world: World,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    told = replace(
        publishing(),
        webhook_url=receiver.url,
        webhook_confirm=True,
        webhook_pause_seconds=0.01,
        certificate_base="https://sns.eu-west-1.amazonaws.com",
    )
    with serving(publishing=told) as ses:
        until(lambda: receiver.posts)

        def fetch(url: str) -> bytes:
            return ses.web.get(urlsplit(url).path).raise_for_status().content

        confirm = make_confirm("eu-west-1", endpoint_url=ses.url)
        webhook = Webhook(sessions, [TOPIC], fetch, confirm=confirm)
        _, asked = receiver.posts[0]
        asking = verify(asked, topics=[TOPIC], fetch_certificate=fetch, now=system_clock())
        with pytest.raises(EventError) as refused:
            confirm(replace(asking, token="another"))
        assert (refused.value.reason, refused.value.again) == ("not_confirmed", True)
        assert ses.web.get("/control").json()["webhook"]["confirmed"] is False
        assert receive_webhook(webhook, asked, system_clock()) == 200
        assert ses.web.get("/control").json()["webhook"]["confirmed"] is True
        _send(ses, world)
        until(lambda: len(_notifications(receiver)) >= N_PUBLISHED)
        bodies = _notifications(receiver)
        assert {receive_webhook(webhook, body, system_clock()) for body in bodies} == {200}
    _apply(session, sessions)
    assert _ledger(session) == EXPECTED


def test_subscription_is_asked_for_again_when_sns_is_not_reached(
    sessions: Sessions, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    confirm = make_confirm("eu-west-1", endpoint_url="http://127.0.0.1:1")
    webhook = Webhook(sessions, [TOPIC], lambda _: SNS.pem, confirm=confirm)
    kind = {"Type": "SubscriptionConfirmation", "Token": "t", "SubscribeURL": "https://x"}
    assert receive_webhook(webhook, SNS.signed(notification("?", now, **kind)), now) == 503


def _notifications(receiver: Receiver) -> list[bytes]:
    """Return what was posted, without the requests for a confirmation."""
    return [body for _, body in receiver.posts if b'"Token"' not in body]


def test_webhook_takes_what_the_local_sns_signs(
    session: Session, sessions: Sessions, world: World, receiver: Receiver
) -> None:
    told = replace(
        publishing(),
        webhook_url=receiver.url,
        certificate_base="https://sns.eu-west-1.amazonaws.com",
    )
    with serving(publishing=told) as ses:
        _send(ses, world)
        until(lambda: len(receiver.posts) >= N_PUBLISHED)

        def fetch(url: str) -> bytes:
            return ses.web.get(urlsplit(url).path).raise_for_status().content

        webhook = Webhook(sessions, [TOPIC], fetch)
        statuses = [receive_webhook(webhook, body, system_clock()) for _, body in receiver.posts]
    assert set(statuses) == {200}
    _apply(session, sessions)
    assert _ledger(session) == EXPECTED
