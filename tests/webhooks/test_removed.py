"""A webhook is removed at once; what it was told goes after it, in pages that are bounded."""

import sys
from contextlib import suppress

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import transaction
from app.errors import NotFound
from app.models import Setback, Webhook, WebhookAttempt, WebhookMessage
from app.webhooks.deliver import lease
from app.webhooks.endpoints import all_webhooks, get_webhook, remove_webhook
from app.webhooks.fan_out import hand_on
from app.webhooks.messages import attempts_of, forget_removed, n_waiting, replay
from app.webhooks.record import record_results
from tests.webhooks.conftest import KEYS, Telling


def _n(session: Session, table: type[WebhookMessage | WebhookAttempt]) -> int:
    session.expire_all()
    return session.scalar(select(func.count()).select_from(table)) or 0


def _remove(telling: Telling, session: Session, webhook: Webhook) -> int:
    webhook_id = webhook.id
    remove_webhook(session, CLI, webhook_id, telling.at)
    session.commit()
    return webhook_id


def test_removed_webhook_is_gone_at_once_for_everyone(telling: Telling, session: Session) -> None:
    webhook, _ = telling.add()
    url = webhook.url
    telling.write(1, 2)
    telling.receiver.answer = lambda _got: 410
    telling.tell()
    assert len(session.scalars(select(Setback)).all()) == 1
    assert n_waiting(session, webhook.id) == 2
    removed = _remove(telling, session, webhook)

    assert session.scalars(select(Setback)).all() == []
    assert all_webhooks(session) == [], "its secret was in its row"
    for ask in (
        lambda: get_webhook(session, removed),
        lambda: attempts_of(session, removed, limit=9),
        lambda: replay(session, CLI, removed, telling.at, since=telling.at),
    ):
        with pytest.raises(NotFound):
            ask()
    assert lease(session, KEYS, telling.at) is None
    telling.receiver.got.clear()
    telling.write(3)
    telling.tell()
    assert telling.receiver.got == []

    again, _ = telling.add()
    assert (again.url, n_waiting(session, again.id)) == (url, 0), "its address may be told anew"


def test_its_messages_go_in_bounded_pages_and_a_later_tick_goes_on_where_one_was_killed(
    telling: Telling, session: Session
) -> None:
    webhook, _ = telling.add()
    telling.write(*range(1, 8))
    telling.tell()
    telling.add(path="/stays")
    telling.write(1, 2)
    telling.hand_on()
    _remove(telling, session, webhook)
    assert (_n(session, WebhookMessage), _n(session, WebhookAttempt)) == (11, 7)

    with transaction(telling.sessions) as tick:
        assert forget_removed(tick, limit=4) == 4
    assert _n(session, WebhookMessage) == 7
    with suppress(SystemExit), transaction(telling.sessions) as tick:
        assert forget_removed(tick, limit=4) == 4
        sys.exit()
    assert _n(session, WebhookMessage) == 7, "what was killed did nothing"
    found = []
    for _ in range(3):
        with transaction(telling.sessions) as tick:
            found.append(forget_removed(tick, limit=4))
    assert found == [4, 1, 0]
    assert (_n(session, WebhookMessage), _n(session, WebhookAttempt)) == (2, 0)


def test_what_is_told_or_handed_on_while_it_is_removed_is_forgotten_too(
    telling: Telling, session: Session
) -> None:
    webhook, _ = telling.add()
    url = webhook.url
    telling.write(1)
    telling.hand_on()
    telling.write(2)
    with transaction(telling.sessions) as handing:
        handing.execute(select(Webhook)).all()
        assert hand_on(handing, telling.at)
        removed = _remove(telling, session, webhook)
    with transaction(telling.sessions) as recording:
        record_results(recording, removed, url, [], telling.at)
    assert _n(session, WebhookMessage) == 2

    with transaction(telling.sessions) as tick:
        assert forget_removed(tick) == 2
    assert _n(session, WebhookMessage) == 0
