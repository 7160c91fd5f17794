"""Webhooks as an admin makes them: what is refused, secrets that are sealed, and who did it."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.errors import AlreadyExists, InvalidInput, WrongState
from app.models import (
    AuditEntry,
    DisabledBecause,
    OutboxKind,
)
from app.sealing import seal, unseal
from app.webhooks.endpoints import (
    MAX_WEBHOOKS,
    Rules,
    add_webhook,
    all_webhooks,
    change_webhook,
    disable_webhook,
    enable_webhook,
    remove_webhook,
    seal_anew,
)
from app.webhooks.messages import send_sample
from tests.webhooks.conftest import KEYS, Telling

STRICT = Rules(KEYS, takes_http=False)


@pytest.mark.parametrize(
    "url",
    [
        *("", "hooks.example.org", "ftp://hooks.example.org/", "https://", "https:///x"),
        *("https://user:word@hooks.example.org/", "https://hooks.example.org/#x"),
        *("https://hooks.example.org:0/", "https://hooks.example.org:99999/"),
        *("https://hooks.example.org/\r\nX-Injected:1", "https://hooks.example.org\r\n/"),
        *("https://hooks.example.org/ x", "http://hooks.example.org/", "https://a/" + "x" * 2000),
    ],
)
def test_address_that_cannot_be_told_is_refused_at_its_field(
    telling: Telling, session: Session, url: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        add_webhook(session, CLI, url, (), STRICT, telling.at)
    assert [one.pointer for one in refused.value.errors] == ["/url"]
    assert all_webhooks(session) == []


def test_same_address_and_one_too_many_are_refused(telling: Telling, session: Session) -> None:
    for number in range(MAX_WEBHOOKS):
        url = f"https://hooks.example.org/{number}"
        add_webhook(session, CLI, url, (), STRICT, telling.at)
    with pytest.raises(AlreadyExists):
        add_webhook(session, CLI, "https://hooks.example.org/1", (), STRICT, telling.at)
    with pytest.raises(AlreadyExists):
        change_webhook(
            *(session, CLI, all_webhooks(session)[0].id, STRICT, telling.at),
            url="https://hooks.example.org/1",
        )
    with pytest.raises(InvalidInput):
        add_webhook(session, CLI, "https://hooks.example.org/x", (), STRICT, telling.at)


def test_each_step_is_in_the_audit_with_the_host_alone(telling: Telling, session: Session) -> None:
    url = "https://hooks.example.org/a-secret-path"
    row, _ = add_webhook(session, CLI, url, [OutboxKind.ISSUE_SENT], STRICT, telling.at)
    change_webhook(session, CLI, row.id, STRICT, telling.at, kinds=[OutboxKind.READER_LEFT])
    disable_webhook(session, CLI, row.id, telling.at)
    disable_webhook(session, CLI, row.id, telling.at)
    assert row.disabled_because is DisabledBecause.PERSON
    with pytest.raises(WrongState):
        send_sample(session, CLI, row.id, OutboxKind.ISSUE_SENT, telling.at)
    enable_webhook(session, CLI, row.id, telling.at)
    send_sample(session, CLI, row.id, OutboxKind.ISSUE_SENT, telling.at)
    remove_webhook(session, CLI, row.id, telling.at)
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [one.verb for one in entries] == [
        *("add_webhook", "change_webhook", "disable_webhook", "enable_webhook"),
        *("send_sample", "remove_webhook"),
    ]
    assert entries[0].after["host"] == "hooks.example.org"
    assert "a-secret-path" not in str([(one.before, one.after) for one in entries])


def test_secrets_go_under_the_present_signing_key(telling: Telling, session: Session) -> None:
    webhook, secret = telling.add()
    keys = ["a new key", *KEYS]
    seal_anew(session, keys)
    session.commit()
    assert unseal(keys[:1], webhook.secret) == secret
    before = webhook.secret
    seal_anew(session, keys)
    assert webhook.secret == before, "it is under that key already"
    assert unseal(KEYS, webhook.secret) is None


def test_sealed_text_is_opened_by_its_keys_alone() -> None:
    sealed = seal(["one", "two"], "whsec_x")
    assert b"whsec" not in sealed
    assert unseal(["three", "one"], sealed) == "whsec_x"
    assert unseal(["two"], sealed) is None
    assert unseal(["one"], sealed[:-1]) is None
