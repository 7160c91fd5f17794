"""Samples: an edition mailed to its editors, marked as a test, so and so many an hour."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.addresses import Address, address_hmac
from app.audit import record_step
from app.delivery.eligibility import count_suppressed
from app.delivery.letters import queue_letter
from app.enums import Depth, LetterKind
from app.errors import Conflict, TooMany
from app.issues.lifecycle import lock_issue
from app.issues.preview import cut_of
from app.models import Letter
from app.versions import Expected

MAX_AT_ONCE: Final = 10
MAX_AN_HOUR: Final = 100
"""Tests are for editors: they must not become a way of writing to readers."""


def queue_samples(
    session: Session,
    actor: Actor,
    issue_id: int,
    addresses: Sequence[Address],
    *,
    follows: int,
    depth: Depth,
    pepper: str,
    now: datetime,
    expected: Expected = None,
) -> list[Letter]:
    """Queue a Letter to each address, once each, with this cut of the Issue.

    Raises:
        InvalidInput: the cut is empty.
        Stale: the Issue is of another version than `expected`.
        Conflict: an address is suppressed; then nobody gets one.
        TooMany: it would be more than a hundred within an hour.
    """
    issue = lock_issue(session, issue_id, expected)
    cut = cut_of(session, issue, follows)
    wanted = list({address.key: address for address in addresses}.values())
    hmacs = [address_hmac(address.key, pepper) for address in wanted]
    if n_suppressed := count_suppressed(session, hmacs):
        whose = "This address is" if len(wanted) == 1 else f"{n_suppressed} of these addresses are"
        raise Conflict(f"{whose} suppressed: nothing is sent.")
    lately = Letter.created_at > now - timedelta(hours=1)
    tests = select(func.count()).where(Letter.kind == LetterKind.TEST, lately)
    if (session.scalar(tests) or 0) + len(wanted) > MAX_AN_HOUR:
        raise TooMany(f"At most {MAX_AN_HOUR} tests are sent within an hour.")
    after = {"n_addresses": len(wanted), "follows": cut, "depth": depth}
    record_step(session, actor, Verb.SEND_TEST, "issue", now, issue_id=issue.id, after=after)
    facts = {"issue_id": issue.id, "follows": cut, "depth": depth.value}
    return [
        queue_letter(session, LetterKind.TEST, now=now, address=one.text, facts=facts)
        for one in wanted
    ]
