"""Webhooks of a restored backup: it may hold one that was removed, and messages that are old."""

from app.actors import CLI
from app.db.session import transaction
from app.delivery.alone import list_setbacks
from app.models import DisabledBecause
from app.recovery.restored import restored
from app.webhooks.endpoints import add_webhook, all_webhooks, disable_webhook, enable_webhook
from tests.recovery.conftest import Service


def test_webhooks_of_the_backup_are_told_nothing_until_a_person_lets_them_go_on(
    service: Service, issue_id: int
) -> None:
    with transaction(service.container.sessions) as session:
        rules = service.container.webhook_rules
        for path in ("one", "other"):
            url = f"https://hooks.example.org/{path}"
            add_webhook(session, CLI, url, (), rules, service.at)
        disable_webhook(session, CLI, all_webhooks(session)[1].id, service.at)
    dumped = service.dump()
    service.tick()
    service.send()
    service.restore(dumped)
    restored(service.container, CLI)
    with transaction(service.container.sessions) as session:
        why = [one.disabled_because for one in all_webhooks(session)]
        assert why == [DisabledBecause.RESTORED, DisabledBecause.PERSON]
        (setback,) = list_setbacks(session)
        assert "restored" in setback.reason
        enable_webhook(session, CLI, all_webhooks(session)[0].id, service.at)
        assert list_setbacks(session) == []
