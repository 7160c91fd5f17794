"""Samples: an edition mailed to its editors, marked as a test, so and so many an hour."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
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
from app.rate_limits import HOUR_SECONDS, RateLimit
from app.rendering.templates import Templates
from app.sentences import Sentence, counted
from app.versions import Expected

MAX_AT_ONCE: Final = 10
MAX_AN_HOUR: Final = 100
"""Tests are for editors: they must not become a way of writing to readers."""


_HOUR: Final = timedelta(seconds=HOUR_SECONDS)


class AnotherRevision(Conflict):
    """The Issue has changed since somebody looked at it."""


@dataclass(frozen=True)
class Seen:
    """What somebody looked at: an Issue's revision, and what its mail was made with."""

    revision: int
    templates: Templates
    base_url: str


@dataclass(frozen=True)
class Queued:
    """Tests on their way, and how many more may follow."""

    letters: list[Letter]
    limit: RateLimit


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
) -> Queued:
    """Queue a Letter to each address, once each, with this cut of the Issue.

    It is made as it is sent, or, where somebody has `seen` it already, now: then it says just that.

    Raises:
        InvalidInput: the cut is empty.
        Stale: the Issue is of another version than `expected`.
        StillWritten: what was typed last is not among its stories yet, and the cut was seen.
        AnotherRevision: another one was seen.
        RenderError: a template is wrong, and the cut was seen.
        Conflict: an address is suppressed; then nobody gets one.
        TooMany: it would be more than a hundred within an hour; says for how long.
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
    limit = _take(session, len(wanted), now)
    after = {"n_addresses": len(wanted), "follows": cut, "depth": depth}
    record_step(session, actor, Verb.SEND_TEST, "issue", now, issue_id=issue.id, after=after)
    facts: dict[str, Any] = {"issue_id": issue.id, "follows": cut, "depth": depth.value}
    if seen is not None:
        facts["mail"] = _as_seen(session, issue, seen, cut, depth)
    letters = [
        queue_letter(session, LetterKind.TEST, now=now, address=one.text, facts=facts)
        for one in wanted
    ]
    return Queued(letters, limit)


def _take(session: Session, n: int, now: datetime) -> RateLimit:
    """Return what is left of the hour's tests after `n` more; raise TooMany for none."""
    lately = select(Letter.created_at).where(
        Letter.kind == LetterKind.TEST, Letter.created_at > now - _HOUR
    )
    sent = sorted(session.scalars(lately))
    n_left = MAX_AN_HOUR - len(sent) - n
    first = sent[0] if sent else now
    limit = RateLimit(
        "tests", MAX_AN_HOUR, HOUR_SECONDS, max(0, n_left), (first + _HOUR - now).total_seconds()
    )
    if n_left >= 0:
        return limit
    wait = sent[-n_left - 1] + _HOUR - now
    left = replace(limit, remaining=MAX_AN_HOUR - len(sent))
    sentence = Sentence("At most %(n)s tests are sent within an hour.", n=MAX_AN_HOUR)
    raise TooMany(sentence, wait.total_seconds(), [left])


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
