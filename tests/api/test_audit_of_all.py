"""Every route that changes something writes an audit entry in its own transaction, by its key."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.actors import ActorKind
from app.delivery.launch import launch
from app.delivery.partitions import ensure_partition
from app.enums import BatchState, DeliveryState, EditionState, ImportState, IssueState
from app.issues.lifecycle import lock_issue
from app.main import bare_app
from app.models import AuditEntry, Batch, Delivery, Edition, Import, Issue
from tests.api.clients import load
from tests.factories import make_subscriber

Prepare = Callable[[TestClient, Session, datetime], dict[str, Any]]

NOTHING_CHANGES: Final = {
    "POST /v1/suppressions/lookup": "it reads; the address stands in a body and not in an URL",
    "POST /v1/issues/{issue_id}/plan": "it reads; when it would start stands in a body",
    "POST /v1/issues/{issue_id}/checks/links": "it wakes a worker, which fetches links and "
    "changes nothing of the issue",
    "POST /v1/account/restored": "refused unless the database is older than what was sent; "
    "tests/recovery/test_restored.py restores one",
}
"""Routes that write no entry here, and why."""


def _draft(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    return {"issue_id": load(api, ("First", "AI"), ("Second", "AI")), "story_id": 1}


def _in(state: IssueState, **fields: Any) -> Prepare:
    def prepare(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
        found = _draft(api, session, now)
        issue = session.get_one(Issue, found["issue_id"])
        issue.state = state
        for name, value in fields.items():
            setattr(issue, name, now if value == "now" else value)
        session.commit()
        return found

    return prepare


def _approved(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    found = _draft(api, session, now)
    assert api.post(f"/v1/issues/{found['issue_id']}/approve").status_code == 200
    return found


def _sent(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    """Make an issue that is being sent, with a reader in doubt and one who got the wrong text."""
    found = _draft(api, session, now)
    make_subscriber(session, follows=1)
    make_subscriber(session, follows=1)
    issue = lock_issue(session, found["issue_id"])
    issue.state, issue.send_at = IssueState.SCHEDULED, now
    launch(session, issue, now)
    ensure_partition(session, issue.id)
    edition = session.scalars(select(Edition)).one()
    edition.state, edition.subject = EditionState.RENDERED, "Today"
    edition.html = edition.text = "Something was made, and it works."
    edition.content_hash = "h"
    states = ((1, DeliveryState.IN_DOUBT), (2, DeliveryState.DELIVERED))
    for number, state in states:
        session.add(
            Delivery(
                issue_id=issue.id,
                subscriber_id=number,
                edition_id=edition.id,
                state=state,
                attempt=1,
                at=now,
            )
        )
    session.commit()
    return found


def _resendable(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    """Make an issue that is out; the second of its readers has it."""
    found = _sent(api, session, now)
    issue = session.get_one(Issue, found["issue_id"])
    issue.state, issue.rendered_at, issue.sent_at = IssueState.SENT, now, now
    session.execute(update(Batch).values(state=BatchState.DONE, n_taken=Batch.n_readers))
    session.commit()
    return found | {"subscriber_id": 2}


def _corrected(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    found = _sent(api, session, now)
    body = {"story_id": 1, "changes": {"what": "It is twice as fast."}, "note": "We had it wrong."}
    made = api.post(f"/v1/issues/{found['issue_id']}/corrections", json=body)
    assert made.status_code == 201, made.text
    return found | {"correction_id": made.json()["id"]}


def _dropped(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    found = _draft(api, session, now)
    api.delete(f"/v1/issues/{found['issue_id']}/stories/1")
    return found


def _unplaced(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    text = "Out of place\n\n" + "A (1 minute read)\n\nA (1 minute read)\n\nAI\nOne.\nWhat: x\n"
    headers = {"Content-Type": "text/plain"}
    made = api.post("/v1/issues/load", content=text, headers=headers).json()
    issue_id = made["issues"][0]["id"]
    kept = api.get(f"/v1/issues/{issue_id}/unplaced").json()["items"]
    return {"issue_id": issue_id, "unplaced_id": kept[0]["id"]}


def _warned(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    found = _draft(api, session, now)
    checks = api.get(f"/v1/issues/{found['issue_id']}/checks").json()["findings"]
    warned = [one["id"] for one in checks if one["severity"] == "warns"]
    return found | {"body": {"finding_id": warned[0]}, "finding_id": warned[0]}


def _waived(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    found = _warned(api, session, now)
    api.post(f"/v1/issues/{found['issue_id']}/waivers", json=found["body"])
    return found


def _shared(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    found = _draft(api, session, now)
    made = api.post(f"/v1/issues/{found['issue_id']}/share", json={})
    return found | {"share_id": made.json()["id"]}


def _reader(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    row = make_subscriber(session)
    session.commit()
    return {"subscriber_id": row.id}


def _suppressed(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    api.post("/v1/suppressions", json={"address": "gone@example.com"})
    return {}


def _uploaded(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    """Make an import whose file was read, and whose columns are in no doubt."""
    made = api.post("/v1/imports", content=b"email\nann@example.com\n")
    row = session.get_one(Import, made.json()["id"])
    row.state = ImportState.READY
    session.commit()
    return {"import_id": row.id}


def _category(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    api.post("/v1/categories", json={"name": "AI"})
    return {"slug": "ai"}


def _key(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    made = api.post("/v1/keys", json={"name": "other", "scopes": ["read"]})
    return {"key_id": made.json()["id"]}


def _user(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    for name in ("ann", "bob"):
        body = {"name": name, "address": f"{name}@example.com", "roles": ["admin"]}
        made = api.post("/v1/users", json=body)
    return {"user_id": made.json()["id"]}


def _pasted(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    made = api.post("/v1/pastes", json={"text": "A (1 minute read)\n\nA (1 minute read)\n\nAI\n"})
    return {"paste_id": made.json()["id"]}


def _account_paused(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    api.post("/v1/account/pause", json={"because": "x"})
    return {}


def _nothing(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    return {}


_ISSUE: Final = "/v1/issues/{issue_id}"
_STORY: Final = f"{_ISSUE}/stories/{{story_id}}"
_NOTE: Final = {"story_id": 1, "changes": {"what": "Twice as fast."}, "note": "We had it wrong."}
_DIGEST: Final = {"stories": [{"title": "One", "category": "AI"}]}
_PUBLIC: Final = _in(IssueState.SENT, launched_at="now", public_at="now")
ROUTES: Final[dict[str, tuple[Prepare, Any]]] = {
    "POST /v1/issues": (_nothing, {"issued_on": "2026-04-28"}),
    "POST /v1/issues/load": (_nothing, _DIGEST),
    f"POST {_ISSUE}/load?mode=replace": (_draft, _DIGEST),
    "POST /v1/pastes": (_nothing, {"text": "ann@example.com"}),
    "PATCH /v1/pastes/{paste_id}": (_pasted, {"text": "ann@example.com"}),
    "DELETE /v1/pastes/{paste_id}": (_pasted, None),
    "POST /v1/pastes/{paste_id}/mend": (_pasted, {"lines": [1], "mend": "drop"}),
    "POST /v1/pastes/{paste_id}/load": (_pasted, {"issued_on": "2026-04-28"}),
    f"PATCH {_ISSUE}": (_draft, {"subject": "Another", "canary_percent": 10}),
    f"POST {_ISSUE}/approve": (_draft, None),
    f"POST {_ISSUE}/reopen": (_approved, None),
    f"POST {_ISSUE}/schedule": (_approved, None),
    f"POST {_ISSUE}/pause": (_in(IssueState.SENDING, launched_at="now"), None),
    f"POST {_ISSUE}/resume": (_in(IssueState.PAUSED, launched_at="now"), None),
    f"POST {_ISSUE}/cancel": (_draft, None),
    f"POST {_ISSUE}/take-down": (_PUBLIC, {"note": "We had it wrong."}),
    f"POST {_ISSUE}/put-back": (_PUBLIC, None),
    f"POST {_STORY}/take-down": (_PUBLIC, None),
    f"POST {_STORY}/put-back": (_PUBLIC, None),
    f"POST {_ISSUE}/stories": (_draft, {"title": "Third"}),
    f"PATCH {_STORY}": (_draft, {"title": "Another"}),
    f"DELETE {_STORY}": (_draft, None),
    f"POST {_STORY}/restore": (_dropped, None),
    f"PUT {_ISSUE}/stories/order": (_draft, {"story_ids": [2, 1]}),
    f"POST {_ISSUE}/stories/move": (_draft, {"story_ids": [2], "category": None}),
    f"DELETE {_ISSUE}/unplaced": (_unplaced, None),
    f"DELETE {_ISSUE}/unplaced/{{unplaced_id}}": (_unplaced, None),
    f"POST {_ISSUE}/unplaced/{{unplaced_id}}/place": (_unplaced, {"field": "title"}),
    f"POST {_ISSUE}/corrections": (_sent, _NOTE),
    f"POST {_ISSUE}/corrections/{{correction_id}}/mail": (_corrected, None),
    f"POST {_ISSUE}/waivers": (_warned, "finding_id"),
    f"DELETE {_ISSUE}/waivers/{{finding_id}}": (_waived, None),
    f"POST {_ISSUE}/share": (_draft, {}),
    f"DELETE {_ISSUE}/shares/{{share_id}}": (_shared, None),
    f"POST {_ISSUE}/send-test": (_draft, {"address": "desk@example.com"}),
    f"POST {_ISSUE}/doubts/decide": (_sent, {"decision": "sent"}),
    "POST /v1/categories": (_nothing, {"name": "AI"}),
    "PATCH /v1/categories/{slug}": (_category, {"name": "All of it"}),
    "PATCH /v1/publication": (_nothing, {"tagline": "New", "reply_to": "desk@example.com"}),
    "POST /v1/keys": (_nothing, {"name": "script", "scopes": ["read"]}),
    "POST /v1/keys/{key_id}/revoke": (_key, None),
    "POST /v1/users": (_nothing, {"name": "Ann", "address": "a@example.com", "roles": ["viewer"]}),
    "PATCH /v1/users/{user_id}": (_user, {"roles": ["editor"]}),
    "DELETE /v1/users/{user_id}": (_user, None),
    "POST /v1/users/{user_id}/link": (_user, None),
    "POST /v1/users/{user_id}/sign-out": (_user, None),
    "POST /v1/subscribers": (_nothing, {"readers": [{"address": "ann@example.com"}]}),
    "PATCH /v1/subscribers/{subscriber_id}": (_reader, {"depth": "deep", "hour": 7}),
    "DELETE /v1/subscribers/{subscriber_id}": (_reader, None),
    "POST /v1/subscribers/{subscriber_id}/issues/{issue_id}/resend": (_resendable, {"again": True}),
    "POST /v1/suppressions": (_nothing, {"address": "ann@example.com", "note": "ann@example.com"}),
    "POST /v1/suppressions/lift": (_suppressed, {"address": "gone@example.com", "because": "x"}),
    "POST /v1/imports": (_nothing, b"email\nann@example.com\n"),
    "PATCH /v1/imports/{import_id}": (_uploaded, {"depth": "deep"}),
    "POST /v1/imports/{import_id}/start": (_uploaded, {"consent": "They asked ann@example.com."}),
    "DELETE /v1/imports/{import_id}": (_uploaded, None),
    "POST /v1/account/pause": (_nothing, {"because": "ann@example.com asked"}),
    "POST /v1/account/resume": (_account_paused, None),
    "POST /v1/events/unreadable/apply-again": (_nothing, None),
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
