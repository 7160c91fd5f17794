"""What an earlier run left when it was killed: its issues are sent before a new one is loaded."""

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from typing import Final

import httpx2
from rich.console import Console
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import transaction
from app.delivery.doubt import Decision, decide, list_doubts
from app.enums import BatchState, IssueState
from app.models import Batch, Issue, Subscriber
from app.public_ids import delivery_tag
from localdev.demo.editor import ask, schedule_now
from localdev.demo.follow import follow
from localdev.demo.inbox import delivery_of, list_messages
from localdev.demo.processes import Deployment

_MANY: Final = 1_000_000
_LEFT: Final = (IssueState.APPROVED, IssueState.SCHEDULED, IssueState.SENDING, IssueState.PAUSED)


def end_leases(session: Session, now: datetime) -> None:
    """End every worker's lease; call it while no worker of this database can be alive.

    Workers die with their demo, so nobody needs to wait until a lease runs out. What was under
    way is in doubt all the same, and is written down so by whoever takes the lease over.
    """
    session.execute(update(Batch).where(Batch.state == BatchState.LEASED).values(lease_until=now))


def unfinished(session: Session) -> list[int]:
    """Return the issues of earlier runs that are not finished, oldest first."""
    query = select(Issue.id).where(Issue.state.in_(_LEFT), Issue.stale_at.is_(None))
    return list(session.scalars(query.order_by(Issue.id)))


def finish_earlier(deployment: Deployment, desk: httpx2.Client, console: Console) -> None:
    """Send what an earlier run was killed over; two issues of one day would block each other."""
    with transaction(deployment.container.sessions) as session:
        left = unfinished(session)
    if not left:
        return
    console.print("An earlier run was stopped while it sent. That comes first.")
    for issue_id in left:
        _set_going(desk, issue_id)
    follow(deployment, desk, left, console, meanwhile=lambda: _decide_doubts(deployment, left))
    for issue_id in left:
        settled = ask(desk, "GET", f"/v1/issues/{issue_id}/progress")["settled"]
        counts = ", ".join(f"{n:,} {state.replace('_', ' ')}" for state, n in settled.items())
        console.print(f"  Issue {issue_id}: {counts}.")


def _set_going(desk: httpx2.Client, issue_id: int) -> None:
    """Have the issue go on from where it stopped."""
    state = ask(desk, "GET", f"/v1/issues/{issue_id}")["state"]
    if state == "paused":
        ask(desk, "POST", f"/v1/issues/{issue_id}/resume")
    elif state in {"approved", "scheduled"}:
        schedule_now(desk, issue_id)


def _decide_doubts(deployment: Deployment, issue_ids: Iterable[int]) -> None:
    """Decide about the readers in doubt as a person would who can look into their inboxes.

    Their worker is dead and so is the SES it spoke to, so what is not in the inbox never comes.
    """
    for issue_id in issue_ids:
        with transaction(deployment.container.sessions) as session:
            doubts = list_doubts(session, issue_id, after=0, limit=_MANY)
            issue = session.get_one(Issue, issue_id).public_id
            named = _tags_of(session, issue, [row.subscriber_id for row in doubts])
        if not doubts:
            continue
        with httpx2.Client(base_url=deployment.place.ses_url, timeout=30, trust_env=False) as ses:
            there = {delivery_of(one) for one in list_messages(ses, issue)}
        arrived, lost = divided(named, there)
        now = deployment.container.clock()
        with transaction(
            deployment.container.sessions, deployment.container.enqueue_now
        ) as session:
            decide(session, CLI, issue_id, Decision.SENT, now, arrived)
            decide(session, CLI, issue_id, Decision.RESEND, now, lost)


def _tags_of(session: Session, issue: int, subscriber_ids: list[int]) -> dict[int, str]:
    """Return what the mails of these readers are tagged with in the issue of this public id."""
    rows = session.execute(
        select(Subscriber.id, Subscriber.public_id).where(Subscriber.id.in_(subscriber_ids))
    )
    return {row.id: delivery_tag(issue, row.public_id) for row in rows}


def divided(named: Mapping[int, str], there: Container[str]) -> tuple[list[int], list[int]]:
    """Return those whose delivery is `there`, and the others."""
    arrived: list[int] = []
    lost: list[int] = []
    for number, tag in named.items():
        (arrived if tag in there else lost).append(number)
    return arrived, lost
