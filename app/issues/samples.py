"""Samples: an edition mailed to its editors, marked as a test, so and so many an hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.addresses import Address, address_hmac
from app.audit import record_step
from app.delivery.eligibility import count_suppressed
from app.delivery.letters import queue_letter
from app.delivery.sample_edition import render_sample
from app.enums import Depth, LetterKind
from app.errors import Conflict, TooMany
from app.issues.lifecycle import lock_issue
from app.issues.preview import cut_of
from app.issues.written import refuse_unstored
from app.models import Issue, Letter
from app.rendering.templates import Templates
from app.sentences import Sentence, counted
from app.versions import Expected

MAX_AT_ONCE: Final = 10
MAX_AN_HOUR: Final = 100
"""Tests are for editors: they must not become a way of writing to readers."""


class AnotherRevision(Conflict):
    """The Issue has changed since somebody looked at it."""


@dataclass(frozen=True)
class Seen:
    """What somebody looked at: an Issue's revision, and what its mail was made with."""

    revision: int
    templates: Templates
    base_url: str


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
    seen: Seen | None = None,
) -> list[Letter]:
    """Queue a Letter to each address, once each, with this cut of the Issue.

    It is made as it is sent, or, where somebody has `seen` it already, now: then it says just that.

    Raises:
        InvalidInput: the cut is empty.
        Stale: the Issue is of another version than `expected`.
        StillWritten: what was typed last is not among its stories yet, and the cut was seen.
        AnotherRevision: another one was seen.
        RenderError: a template is wrong, and the cut was seen.
        Conflict: an address is suppressed; then nobody gets one.
        TooMany: it would be more than a hundred within an hour.
    """
    issue = lock_issue(session, issue_id, expected)
    cut = cut_of(session, issue, follows)
    wanted = list({address.key: address for address in addresses}.values())
    hmacs = [address_hmac(address.key, pepper) for address in wanted]
    if n_suppressed := count_suppressed(session, hmacs):
        if len(wanted) == 1:
            raise Conflict("This address is suppressed: nothing is sent.")
        raise Conflict(
            counted(
                "One of these addresses is suppressed: nothing is sent.",
                "%(n)s of these addresses are suppressed: nothing is sent.",
                n_suppressed,
            )
        )
    lately = Letter.created_at > now - timedelta(hours=1)
    tests = select(func.count()).where(Letter.kind == LetterKind.TEST, lately)
    if (session.scalar(tests) or 0) + len(wanted) > MAX_AN_HOUR:
        raise TooMany(Sentence("At most %(n)s tests are sent within an hour.", n=MAX_AN_HOUR))
    after = {"n_addresses": len(wanted), "follows": cut, "depth": depth}
    record_step(session, actor, Verb.SEND_TEST, "issue", now, issue_id=issue.id, after=after)
    facts: dict[str, Any] = {"issue_id": issue.id, "follows": cut, "depth": depth.value}
    if seen is not None:
        facts["mail"] = _as_seen(session, issue, seen, cut, depth)
    return [
        queue_letter(session, LetterKind.TEST, now=now, address=one.text, facts=facts)
        for one in wanted
    ]


def _as_seen(
    session: Session, issue: Issue, seen: Seen, follows: int, depth: Depth
) -> dict[str, str]:
    """Return the mail of a locked Issue's cut, at the revision that was seen."""
    refuse_unstored(session, issue.id)
    if issue.revision != seen.revision:
        raise AnotherRevision(
            f"Issue {issue.id} is at revision {issue.revision} now. Look at it, and ask again."
        )
    mail = render_sample(
        session,
        issue,
        seen.templates,
        follows=follows,
        depth=depth,
        base_url=seen.base_url,
    )
    return {"subject": mail.subject, "html": mail.html, "text": mail.text}
