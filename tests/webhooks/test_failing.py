"""Webhooks that fail: left alone, stopped after days with a notice, and let go on."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.metrics.families import WEBHOOK_OLDEST, WEBHOOK_WAITING
from app.metrics.webhooks import webhooks
from app.metrics.work import setbacks
from app.models import AuditEntry, DisabledBecause, MessageState, Setback
from app.watch.alerts import find_alerts
from app.watch.figures import figures_of
from app.watch.rules import RULES
from app.webhooks.deliver import ROUND
from app.webhooks.endpoints import enable_webhook
from app.webhooks.retries import DISABLED_AFTER
from tests.webhooks.conftest import Telling, states
from tests.webhooks.receiver import RESET, Receiver


def test_server_that_does_not_answer_is_left_alone_for_longer_and_longer(
    telling: Telling, receiver: Receiver, session: Session
) -> None:
    webhook, _ = telling.add()
    telling.write(*range(1, 200))
    receiver.answer = lambda _got: RESET
    telling.tell()
    session.refresh(webhook)
    assert 5 <= webhook.n_failures < 5 + ROUND, "not one request for each of them"
    assert webhook.rests_until is not None
    n_before = len(receiver.got)
    telling.tell()
    assert len(receiver.got) == n_before
    receiver.answer = lambda _got: 200
    telling.later(minutes=15)
    telling.tell()
    assert states(session).count(MessageState.DELIVERED) > 180
    session.refresh(webhook)
    assert webhook.n_failures == 0
    assert {webhook.failing_since, webhook.rests_until} == {None}


_OF_WEBHOOKS = {"DevouredSetback", "DevouredWebhookDisabled"}


def _told(session: Session, now: datetime) -> set[tuple[str, str]]:
    """Return what the watch, which writes to people by mail, has to say of it."""
    figures = figures_of([*setbacks(session, now), *webhooks(session, now)], now)
    found = find_alerts(figures, [one for one in RULES if one.name in _OF_WEBHOOKS])
    return {(one.rule.name, one.about) for one in found}


def test_what_waits_for_a_webhook_is_counted_until_it_is_told(
    telling: Telling, receiver: Receiver, session: Session
) -> None:
    webhook, _ = telling.add()
    telling.write(1, 2, 3)
    receiver.answer = lambda _got: 500
    telling.tell()
    begun = telling.at
    telling.later(hours=2)

    figures = figures_of(webhooks(session, telling.at), telling.at)
    assert figures.one(WEBHOOK_WAITING, str(webhook.id)) == 3
    assert figures.since(WEBHOOK_OLDEST, str(webhook.id), over=timedelta(hours=1)) == begun
    receiver.answer = lambda _got: 200
    telling.tell()
    figures = figures_of(webhooks(session, telling.at), telling.at)
    assert figures.one(WEBHOOK_WAITING, str(webhook.id)) == 0
    assert figures.of(WEBHOOK_OLDEST) == {}


def test_webhook_that_fails_for_five_days_is_disabled_and_people_are_told(
    telling: Telling, receiver: Receiver, session: Session
) -> None:
    webhook, _ = telling.add()
    receiver.answer = lambda _got: 500
    telling.write(1)
    telling.tell()
    begun = telling.at
    while telling.at < begun + DISABLED_AFTER:
        telling.later(hours=9)
        telling.write(2)
        telling.tell()
    session.refresh(webhook)
    assert webhook.disabled_because is DisabledBecause.FAILING
    (setback,) = session.scalars(select(Setback)).all()
    assert (setback.what, setback.reason) == (f"webhook {webhook.id}", "it was disabled: failing")
    last = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert last is not None
    assert (last.verb, last.who_kind) == ("disable_webhook", "system")
    n_before = len(receiver.got)
    for later in (timedelta(seconds=1), timedelta(minutes=61)):
        told = _told(session, telling.at + later)
        assert told == {("DevouredWebhookDisabled", f"{webhook.id} failing")}
    telling.later(days=1)
    telling.tell()
    assert len(receiver.got) == n_before
    receiver.answer = lambda _got: 200
    enable_webhook(session, CLI, webhook.id, telling.at)
    session.commit()
    telling.tell()
    assert len(receiver.got) > n_before
    assert session.scalars(select(Setback)).all() == []


def test_webhook_that_says_it_is_gone_is_disabled_at_once(
    telling: Telling, receiver: Receiver, session: Session
) -> None:
    webhook, _ = telling.add()
    telling.write(1)
    receiver.answer = lambda _got: 410
    telling.tell()
    session.refresh(webhook)
    assert webhook.disabled_because is DisabledBecause.GONE
