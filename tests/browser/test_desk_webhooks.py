"""Webhooks in a browser: made by hand, their secret shown once, and axe on both pages."""

import pytest
from playwright.sync_api import expect

from app.access.rights import Role
from app.access.sign_in import hand_out_link
from app.access.users import add_user
from app.actors import CLI
from app.addresses import parse_address
from app.container import Container
from app.db.session import transaction
from app.models import (
    AttemptOutcome,
    DisabledBecause,
    MessageState,
    OutboxKind,
    Webhook,
    WebhookAttempt,
    WebhookMessage,
)
from app.webhooks.endpoints import add_webhook
from tests.browser.conftest import OpenPage, looks
from tests.browser.test_desk import faults, widths

LONG = "https://hooks.example.org/" + "a-long-path-without-a-break-" * 6


@pytest.fixture
def link(container: Container) -> str:
    """Add an admin, and a webhook that was stopped after a failure; return the admin's link."""
    now = container.clock()
    address = parse_address("ada@desk.test", allow_reserved=True)
    with transaction(container.sessions) as session:
        ada = add_user(session, CLI, "Ada", address, [Role.ADMIN], now)
        row, _ = add_webhook(session, CLI, LONG, (), container.webhook_rules, now)
        row.disabled_at, row.disabled_because = now, DisabledBecause.FAILING
        message = WebhookMessage(
            webhook_id=row.id,
            kind=OutboxKind.READER_LEFT,
            at=now,
            subject_id=1,
            state=MessageState.WAITING,
            created_at=now,
            due_at=now,
        )
        session.add(message)
        session.flush()
        session.add(
            WebhookAttempt(
                webhook_id=row.id,
                message_id=message.id,
                at=now,
                milliseconds=15_000,
                outcome=AttemptOutcome.UNREACHABLE,
                detail="no answer within 15 s",
            )
        )
        return hand_out_link(session, CLI, ada.id, container.settings.base_url, now)


@looks
@widths
def test_webhook_is_made_by_hand_and_axe_finds_nothing(
    open_page: OpenPage, container: Container, link: str, look: str, width: int
) -> None:
    page = open_page(
        link.removeprefix(container.settings.base_url),
        width=width,
        color_scheme=look,
        reduced_motion="reduce",
    )
    page.get_by_role("button", name="Sign in").click()
    page.goto("/desk/webhooks")
    assert faults(page, width) == []
    page.get_by_label("Address").fill("https://hooks.example.org/devoured")
    page.get_by_label("issue.sent").check()
    page.get_by_role("button", name="Make the webhook").click()
    expect(page.get_by_text("whsec_")).to_be_visible()
    assert faults(page, width) == []
    with transaction(container.sessions) as session:
        first = session.get_one(Webhook, 1).id
    for path in (f"/desk/webhooks/{first}", f"/desk/webhooks/{first}?lang=de"):
        page.goto(path)
        for one in page.locator("summary").all():
            one.click()
        assert faults(page, width) == []
