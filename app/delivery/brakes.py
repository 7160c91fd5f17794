"""Brakes: an Issue that comes back too often pauses itself, and says why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.alone import each_alone
from app.delivery.pausing import issue_set_aside, pause_issue
from app.delivery.progress import settled_of
from app.delivery.providers import returns_by_provider, shares_of_providers
from app.delivery.returns import count_returns
from app.delivery.warm_up import repeat_step
from app.enums import DeliveryState, IssueState
from app.models import Issue, Publication
from app.publication.publication import get_publication

_WRITTEN: Final = (
    DeliveryState.ACCEPTED,
    DeliveryState.DELIVERED,
    DeliveryState.BOUNCED,
    DeliveryState.COMPLAINED,
)
"""The states of those who were written to."""

_AT_ONE_PROVIDER: Final = 5
"""So many must come back from one provider: of many providers one is beyond a limit by chance."""


@dataclass(frozen=True)
class BounceCounts:
    """How many readers were written to, bounced and complained.

    `n_ours` are bounces, for good or for now, by which a provider refused us and no mailbox.
    """

    n_written: int
    n_bounced: int
    n_complained: int
    n_ours: int


def count_bounces(session: Session, issue_id: int) -> BounceCounts:
    """Count bounces and complaints of an Issue; those that SES itself held back do not count."""
    returned = count_returns(session, issue_id)
    return BounceCounts(count_written(settled_of(session, issue_id)), *returned)


def count_written(settled: Mapping[DeliveryState, int]) -> int:
    """Return how many readers were written to, of those settled in each state."""
    return sum(settled.get(state, 0) for state in _WRITTEN)


def fault_of(
    counts: BounceCounts, publication: Publication, *, after: int, least: int = 1
) -> str | None:
    """Return which limit is passed, in words; None while all is well.

    So it is while fewer than `after` were written to, or fewer than `least` came back.
    """
    if counts.n_written < max(after, 1):
        return None
    for name, n, limit in (
        ("bounce rate", counts.n_bounced, publication.bounce_limit),
        ("complaint rate", counts.n_complained, publication.complaint_limit),
        ("rate of bounces that are ours", counts.n_ours, publication.bounce_limit),
    ):
        share = n / counts.n_written
        if n >= least and share > limit:
            return f"{name} {share:.2%} of {counts.n_written} is over {limit:.2%}"
    return None


def fault_at_provider(
    session: Session, issue_id: int, counts: BounceCounts, publication: Publication
) -> str | None:
    """Return which limit is passed at one of the large providers, in words; None while all is well.

    `counts` are of the whole Issue. Who was written to is taken from a sample, and looked up only
    where so much came back that one provider alone might be beyond a limit.
    """
    after = publication.brake_after
    least = min(publication.bounce_limit, publication.complaint_limit) * after
    if max(counts.n_bounced, counts.n_complained, counts.n_ours) < max(least, _AT_ONE_PROVIDER):
        return None
    returned = returns_by_provider(session, issue_id)
    shares = shares_of_providers(session, issue_id) if returned else {}
    for provider, found in sorted(returned.items()):
        n_written = round(shares.get(provider, 0.0) * counts.n_written)
        of_it = BounceCounts(max(n_written, *found), *found)
        fault = fault_of(of_it, publication, after=after, least=_AT_ONE_PROVIDER)
        if fault is not None:
            return f"{provider}: {fault}"
    return None


def apply_brakes(session: Session, now: datetime) -> list[int]:
    """Pause the sending Issues of which too many bounced or complained; return their numbers.

    Too many of all readers, or of those at one large provider.
    """
    publication = get_publication(session)
    sending = select(Issue.id).where(
        Issue.state == IssueState.SENDING, Issue.brakes_lifted.is_(False)
    )

    def brake(issue_id: int) -> int | None:
        counts = count_bounces(session, issue_id)
        fault = fault_of(counts, publication, after=publication.brake_after)
        fault = fault or fault_at_provider(session, issue_id, counts, publication)
        if fault is None:
            return None
        pause_issue(session, issue_id, fault, now)
        repeat_step(session, now)
        return issue_id

    set_aside = issue_set_aside(session, "its brakes", now)
    braked = each_alone(session, "brakes", session.scalars(sending).all(), brake, set_aside)
    return [issue_id for issue_id in braked if issue_id is not None]
