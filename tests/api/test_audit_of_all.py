"""Every route that changes something writes an audit entry in its own transaction, by its key."""

from datetime import datetime
from typing import Any, Final

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import ActorKind
from app.enums import IssueState
from app.main import bare_app
from app.models import AuditEntry
from tests.api import prepared
from tests.api.prepared import Prepare
from tests.images.files import image_file

NOTHING_CHANGES: Final = {
    "POST /v1/suppressions/lookup": "it reads; the address stands in a body and not in an URL",
    "POST /v1/issues/{issue_id}/plan": "it reads; when it would start stands in a body",
    "POST /v1/issues/{issue_id}/checks/links": "it wakes a worker, which fetches links and "
    "changes nothing of the issue",
    "POST /v1/account/restored": "refused unless the database is older than what was sent; "
    "tests/recovery/test_restored.py restores one",
}
"""Routes that write no entry here, and why."""


_ISSUE: Final = "/v1/issues/{issue_id}"
_STORY: Final = f"{_ISSUE}/stories/{{story_id}}"
_WEBHOOK: Final = "/v1/webhooks/{webhook_id}"
_NOTE: Final = {"story_id": 1, "changes": {"what": "Twice as fast."}, "note": "We had it wrong."}
_DIGEST: Final = {"stories": [{"title": "One", "category": "AI"}]}
_PUBLIC: Final = prepared.in_state(IssueState.SENT, launched_at="now", public_at="now")
ROUTES: Final[dict[str, tuple[Prepare, Any]]] = {
    "POST /v1/issues": (prepared.nothing, {"issued_on": "2026-04-28"}),
    "POST /v1/issues/load": (prepared.nothing, _DIGEST),
    f"POST {_ISSUE}/load?mode=replace": (prepared.draft, _DIGEST),
    "POST /v1/pastes": (prepared.nothing, {"text": "ann@example.com"}),
    "PATCH /v1/pastes/{paste_id}": (prepared.pasted, {"text": "ann@example.com"}),
    "DELETE /v1/pastes/{paste_id}": (prepared.pasted, None),
    "POST /v1/pastes/{paste_id}/mend": (prepared.pasted, {"lines": [1], "mend": "drop"}),
    "POST /v1/pastes/{paste_id}/load": (prepared.pasted, {"issued_on": "2026-04-28"}),
    f"PATCH {_ISSUE}": (prepared.draft, {"subject": "Another", "canary_percent": 10}),
    f"POST {_ISSUE}/approve": (prepared.draft, None),
    f"POST {_ISSUE}/reopen": (prepared.approved, None),
    f"POST {_ISSUE}/schedule": (prepared.approved, None),
    f"POST {_ISSUE}/pause": (prepared.in_state(IssueState.SENDING, launched_at="now"), None),
    f"POST {_ISSUE}/resume": (prepared.in_state(IssueState.PAUSED, launched_at="now"), None),
    f"POST {_ISSUE}/cancel": (prepared.draft, None),
    f"POST {_ISSUE}/take-down": (_PUBLIC, {"note": "We had it wrong."}),
    f"POST {_ISSUE}/put-back": (_PUBLIC, None),
    f"POST {_STORY}/take-down": (_PUBLIC, None),
    f"POST {_STORY}/put-back": (_PUBLIC, None),
    f"POST {_ISSUE}/stories": (prepared.draft, {"title": "Third"}),
    f"PATCH {_STORY}": (prepared.draft, {"title": "Another"}),
    f"DELETE {_STORY}": (prepared.draft, None),
    f"POST {_STORY}/restore": (prepared.dropped, None),
    f"POST {_STORY}/revisions/{{revision_id}}/restore": (prepared.changed_story, None),
    f"POST {_ISSUE}/revisions/{{revision_id}}/restore": (prepared.changed_lines, None),
    f"PUT {_ISSUE}/stories/order": (prepared.draft, {"story_ids": [2, 1]}),
    f"POST {_ISSUE}/stories/move": (prepared.draft, {"story_ids": [2], "category": None}),
    f"POST {_ISSUE}/stories/drop": (prepared.draft, {"story_ids": [2]}),
    f"DELETE {_ISSUE}/unplaced": (prepared.unplaced, None),
    f"DELETE {_ISSUE}/unplaced/{{unplaced_id}}": (prepared.unplaced, None),
    f"POST {_ISSUE}/unplaced/{{unplaced_id}}/place": (prepared.unplaced, {"field": "title"}),
    f"POST {_ISSUE}/corrections": (prepared.sent, _NOTE),
    f"POST {_ISSUE}/corrections/{{correction_id}}/mail": (prepared.corrected, None),
    f"POST {_ISSUE}/waivers": (prepared.warned, "finding_id"),
    f"DELETE {_ISSUE}/waivers/{{finding_id}}": (prepared.waived, None),
    f"POST {_ISSUE}/share": (prepared.draft, {}),
    f"DELETE {_ISSUE}/shares/{{share_id}}": (prepared.shared, None),
    f"POST {_ISSUE}/send-test": (prepared.draft, {"address": "desk@example.com"}),
    f"POST {_ISSUE}/doubts/decide": (prepared.sent, {"decision": "sent"}),
    "POST /v1/categories": (prepared.nothing, {"name": "AI"}),
    "PATCH /v1/categories/{slug}": (prepared.category, {"name": "All of it"}),
    "PATCH /v1/publication": (prepared.nothing, {"tagline": "New", "reply_to": "desk@example.com"}),
    "PUT /v1/publication/look": (prepared.nothing, {"radius": 0}),
    "POST /v1/keys": (prepared.nothing, {"name": "script", "scopes": ["read"]}),
    "POST /v1/keys/{key_id}/revoke": (prepared.key, None),
    "POST /v1/webhooks": (prepared.nothing, {"url": "https://hooks.example.org/"}),
    f"PATCH {_WEBHOOK}": (prepared.webhook, {"kinds": ["issue.sent"]}),
    f"DELETE {_WEBHOOK}": (prepared.webhook, None),
    f"POST {_WEBHOOK}/rotate": (prepared.webhook, None),
    f"POST {_WEBHOOK}/disable": (prepared.webhook, None),
    f"POST {_WEBHOOK}/enable": (prepared.stopped_webhook, None),
    f"POST {_WEBHOOK}/sample": (prepared.webhook, {"kind": "issue.sent"}),
    f"POST {_WEBHOOK}/replay": (prepared.webhook, {"messages": ["evt_1"]}),
    "POST /v1/users": (
        prepared.nothing,
        {"name": "Ann", "address": "a@example.com", "roles": ["viewer"]},
    ),
    "PATCH /v1/users/{user_id}": (prepared.user, {"roles": ["editor"]}),
    "DELETE /v1/users/{user_id}": (prepared.user, None),
    "DELETE /v1/users/{user_id}/passkeys/{passkey_id}": (prepared.passkey, None),
    "DELETE /v1/users/{user_id}/identities/{identity_id}": (prepared.identity, None),
    "POST /v1/users/{user_id}/link": (prepared.user, None),
    "POST /v1/users/{user_id}/sign-out": (prepared.user, None),
    "POST /v1/subscribers": (prepared.nothing, {"readers": [{"address": "ann@example.com"}]}),
    "PATCH /v1/subscribers/{subscriber_id}": (prepared.reader, {"depth": "deep", "hour": 7}),
    "POST /v1/subscribers/{subscriber_id}/unsubscribe": (prepared.reader, None),
    "DELETE /v1/subscribers/{subscriber_id}": (prepared.reader, None),
    "POST /v1/subscribers/{subscriber_id}/issues/{issue_id}/resend": (
        prepared.resendable,
        {"again": True},
    ),
    "POST /v1/suppressions": (
        prepared.nothing,
        {"address": "ann@example.com", "note": "ann@example.com"},
    ),
    "POST /v1/suppressions/lift": (
        prepared.suppressed,
        {"address": "gone@example.com", "because": "x"},
    ),
    "POST /v1/images": (prepared.nothing, image_file()),
    "POST /v1/imports": (prepared.nothing, b"email\nann@example.com\n"),
    "PATCH /v1/imports/{import_id}": (prepared.uploaded, {"depth": "deep"}),
    "POST /v1/imports/{import_id}/start": (
        prepared.uploaded,
        {"consent": "They asked ann@example.com."},
    ),
    "DELETE /v1/imports/{import_id}": (prepared.uploaded, None),
    "POST /v1/account/pause": (prepared.nothing, {"because": "ann@example.com asked"}),
    "POST /v1/account/resume": (prepared.account_paused, None),
    "POST /v1/account/warm-up/start": (prepared.readers, {"first": 3}),
    "POST /v1/account/warm-up/stop": (prepared.warming_up, None),
    "POST /v1/events/unreadable/apply-again": (prepared.nothing, None),
}
"""What each route needs to find there, and the body that it is sent."""


def _changing() -> set[str]:
    """Return all routes that need a key and are not for reading alone."""
    return {
        f"{method.upper()} {path}"
        for path, methods in bare_app().openapi()["paths"].items()
        for method, operation in methods.items()
        if method != "get" and operation.get("security") != []
    }


def test_every_changing_route_is_here() -> None:
    here = {route.partition("?")[0] for route in ROUTES}
    assert _changing() == here | NOTHING_CHANGES.keys()


@pytest.mark.parametrize("route", ROUTES)
def test_change_is_in_the_audit_by_its_key_and_names_nobody(
    api: TestClient, session: Session, now: datetime, route: str
) -> None:
    prepare, body = ROUTES[route]
    found = prepare(api, session, now)
    session.rollback()
    last = session.scalar(select(func.max(AuditEntry.id))) or 0
    session.rollback()
    method, path = route.split(" ")
    sent = {"content": body} if isinstance(body, bytes) else {"json": body}
    if isinstance(body, str):
        sent = {"json": {body: found[body], "because": "It is meant so."}}
    answer = api.request(method, path.format(**found), **({} if body is None else sent))
    assert answer.status_code in {200, 201, 202, 204}, answer.text
    entries = session.scalars(select(AuditEntry).where(AuditEntry.id > last)).all()
    assert entries, "it left no entry"
    for entry in entries:
        assert (entry.who_kind, entry.who, entry.at) == (ActorKind.KEY, "tests", now)
        assert "@" not in f"{entry.before} {entry.after}"


@pytest.mark.parametrize("route", NOTHING_CHANGES)
def test_exception_says_why(route: str) -> None:
    assert len(NOTHING_CHANGES[route]) > len(route)
