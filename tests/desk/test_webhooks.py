"""Webhooks at the desk: made with a secret that is shown once, tried, stopped, told again."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.models import AuditEntry, User, Webhook, WebhookMessage
from tests.desk.browsing import Browsing, text_of

Add = Callable[..., User]
SignIn = Callable[[User], Browsing]
URL = "https://hooks.example.org/devoured"


@pytest.fixture
def boss(add: Add, sign_in: SignIn) -> Browsing:
    """Sign an admin in."""
    browsing = sign_in(add(Role.ADMIN, name="Grace"))
    browsing.form_token()
    return browsing


def _rows(session: Session) -> list[Webhook]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Webhook)))


def test_webhook_is_made_and_its_secret_is_shown_once(boss: Browsing, session: Session) -> None:
    made = boss.post("/desk/webhooks", {"url": URL, "kinds": ["issue.sent"]})
    assert made.status_code == 201
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", made.text)
    assert secret is not None
    (row,) = _rows(session)
    assert row.kinds == ["issue.sent"]
    for path in ("/desk/webhooks", f"/desk/webhooks/{row.id}"):
        shown = boss.get(path)
        assert shown.status_code == 200
        assert "whsec_" not in shown.text
        assert URL in shown.text
    rotated = boss.post(f"/desk/webhooks/{row.id}/rotate")
    assert rotated.status_code == 200
    assert "whsec_" in rotated.text
    assert secret[0] not in rotated.text


def test_what_is_wrong_with_an_address_stands_at_its_field(
    boss: Browsing, session: Session
) -> None:
    refused = boss.post("/desk/webhooks", {"url": "http://hooks.example.org/x"})
    assert refused.status_code == 422
    assert 'id="url-wrong"' in refused.text
    assert "http://hooks.example.org/x" in refused.text
    assert _rows(session) == []
    boss.post("/desk/webhooks", {"url": URL})
    again = boss.post("/desk/webhooks", {"url": URL})
    assert again.status_code == 409
    assert "There is a webhook of this address already." in text_of(again)


def test_webhook_is_changed_stopped_tried_told_again_and_removed(
    boss: Browsing, session: Session
) -> None:
    boss.post("/desk/webhooks", {"url": URL})
    (row,) = _rows(session)
    here = f"/desk/webhooks/{row.id}"
    changed = boss.post(here, {"url": URL, "kinds": ["reader.left"]})
    assert changed.status_code == 303
    assert boss.post(here, {"url": "nowhere"}).status_code == 422
    assert boss.post(f"{here}/sample", {"kind": "issue.paused"}).status_code == 303
    assert session.scalars(select(WebhookMessage.kind)).all() == ["issue.paused"]
    assert boss.post(f"{here}/replay", {"hours": "24"}).status_code == 303
    assert boss.post(f"{here}/disable").status_code == 303
    assert "somebody stopped it" in text_of(boss.get(here))
    assert boss.post(f"{here}/sample", {"kind": "issue.paused"}).status_code == 409
    assert boss.post(f"{here}/enable").status_code == 303
    assert boss.post(f"{here}/remove").status_code == 303
    assert _rows(session) == []
    verbs = session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)).all()
    assert [one for one in verbs if "webhook" in one or one == "send_sample"] == [
        *("add_webhook", "change_webhook", "send_sample", "replay_webhook"),
        *("disable_webhook", "enable_webhook", "remove_webhook"),
    ]
