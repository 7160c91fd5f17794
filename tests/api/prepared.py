"""What a route that changes something needs to find: made by API where that can be."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.delivery.launch import launch
from app.delivery.partitions import ensure_partition
from app.enums import BatchState, DeliveryState, EditionState, ImportState, IssueState
from app.issues.lifecycle import lock_issue
from app.models import Batch, Delivery, Edition, Identity, Import, Issue, Passkey
from tests.api.clients import load
from tests.factories import make_subscriber

Prepare = Callable[[TestClient, Session, datetime], dict[str, Any]]


def draft(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    return {"issue_id": load(api, ("First", "AI"), ("Second", "AI")), "story_id": 1}


def in_state(state: IssueState, **fields: Any) -> Prepare:
    def prepare(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
        found = draft(api, session, now)
        issue = session.get_one(Issue, found["issue_id"])
        issue.state = state
        for name, value in fields.items():
            setattr(issue, name, now if value == "now" else value)
        session.commit()
        return found

    return prepare


def approved(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    found = draft(api, session, now)
    assert api.post(f"/v1/issues/{found['issue_id']}/approve").status_code == 200
    return found


def sent(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    """Make an issue that is being sent, with a reader in doubt and one who got the wrong text."""
    found = draft(api, session, now)
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


def resendable(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    """Make an issue that is out; the second of its readers has it."""
    found = sent(api, session, now)
    issue = session.get_one(Issue, found["issue_id"])
    issue.state, issue.rendered_at, issue.sent_at = IssueState.SENT, now, now
    session.execute(update(Batch).values(state=BatchState.DONE, n_taken=Batch.n_readers))
    session.commit()
    return found | {"subscriber_id": 2}


def corrected(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    found = sent(api, session, now)
    body = {"story_id": 1, "changes": {"what": "It is twice as fast."}, "note": "We had it wrong."}
    made = api.post(f"/v1/issues/{found['issue_id']}/corrections", json=body)
    assert made.status_code == 201, made.text
    return found | {"correction_id": made.json()["id"]}


def dropped(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    found = draft(api, session, now)
    api.delete(f"/v1/issues/{found['issue_id']}/stories/1")
    return found


def changed_story(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    """Make a story that said something else when it was loaded."""
    found = draft(api, session, now)
    story = f"/v1/issues/{found['issue_id']}/stories/1"
    api.patch(story, json={"what": "Another."})
    return found | {"revision_id": _first(api, story)}


def changed_lines(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    """Make an issue that had another subject when it was loaded."""
    found = draft(api, session, now)
    issue = f"/v1/issues/{found['issue_id']}"
    api.patch(issue, json={"subject": "Another"})
    return found | {"revision_id": _first(api, issue)}


def _first(api: TestClient, path: str) -> int:
    number: int = api.get(f"{path}/revisions").json()["items"][-1]["id"]
    return number


def unplaced(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    text = "Out of place\n\n" + "A (1 minute read)\n\nA (1 minute read)\n\nAI\nOne.\nWhat: x\n"
    headers = {"Content-Type": "text/plain"}
    made = api.post("/v1/issues/load", content=text, headers=headers).json()
    issue_id = made["issues"][0]["id"]
    kept = api.get(f"/v1/issues/{issue_id}/unplaced").json()["items"]
    return {"issue_id": issue_id, "unplaced_id": kept[0]["id"]}


def warned(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    found = draft(api, session, now)
    checks = api.get(f"/v1/issues/{found['issue_id']}/checks").json()["findings"]
    warned = [one["id"] for one in checks if one["severity"] == "warns"]
    return found | {"body": {"finding_id": warned[0]}, "finding_id": warned[0]}


def waived(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    found = warned(api, session, now)
    api.post(f"/v1/issues/{found['issue_id']}/waivers", json=found["body"])
    return found


def shared(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    found = draft(api, session, now)
    made = api.post(f"/v1/issues/{found['issue_id']}/share", json={})
    return found | {"share_id": made.json()["id"]}


def reader(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    row = make_subscriber(session)
    session.commit()
    return {"subscriber_id": row.id}


def suppressed(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    api.post("/v1/suppressions", json={"address": "gone@example.com"})
    return {}


def uploaded(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    """Make an import whose file was read, and whose columns are in no doubt."""
    made = api.post("/v1/imports", content=b"email\nann@example.com\n")
    row = session.get_one(Import, made.json()["id"])
    row.state = ImportState.READY
    session.commit()
    return {"import_id": row.id}


def category(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    api.post("/v1/categories", json={"name": "AI"})
    return {"slug": "ai"}


def key(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    made = api.post("/v1/keys", json={"name": "other", "scopes": ["read"]})
    return {"key_id": made.json()["id"]}


def webhook(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    made = api.post("/v1/webhooks", json={"url": "https://hooks.example.org/"})
    return {"webhook_id": made.json()["id"]}


def stopped_webhook(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    found = webhook(api, session, now)
    api.post(f"/v1/webhooks/{found['webhook_id']}/disable")
    return found


def user(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    for name in ("ann", "bob"):
        body = {"name": name, "address": f"{name}@example.com", "roles": ["admin"]}
        made = api.post("/v1/users", json=body)
    return {"user_id": made.json()["id"]}


def pasted(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    made = api.post("/v1/pastes", json={"text": "A (1 minute read)\n\nA (1 minute read)\n\nAI\n"})
    return {"paste_id": made.json()["id"]}


def account_paused(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    api.post("/v1/account/pause", json={"because": "x"})
    return {}


def readers(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    for _ in range(9):
        make_subscriber(session, follows=1)
    session.commit()
    return {}


def warming_up(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    readers(api, session, now)
    api.post("/v1/account/warm-up/start", json={"first": 3})
    return {}


def passkey(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    found = user(api, session, now)
    row = Passkey(
        user_id=found["user_id"],
        name="Laptop",
        credential_id=b"1",
        public_key=b"1",
        sign_count=0,
        transports=[],
        created_at=now,
    )
    session.add(row)
    session.commit()
    return found | {"passkey_id": row.id}


def identity(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    found = user(api, session, now)
    row = Identity(user_id=found["user_id"], issuer="https://id.test", subject="1", created_at=now)
    session.add(row)
    session.commit()
    return found | {"identity_id": row.id}


def nothing(api: TestClient, session: Session, now: datetime) -> dict[str, Any]:
    return {}
