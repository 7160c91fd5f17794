"""The brakes at one large provider, whose share is lost in the whole of an issue."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from app.delivery.brakes import apply_brakes
from app.delivery.partitions import ensure_partition
from app.delivery.providers import returns_by_provider, shares_of_providers
from app.enums import Cause, DeliveryState, IssueState
from app.models import Delivery, Issue, Publication, Subscriber
from tests.delivery.test_brakes import taken
from tests.factories import make_issue, make_subscriber

Sent = Callable[..., Issue]

OURS = (DeliveryState.BOUNCED, "Transient/General 5.7.26", Cause.OURS)
GONE = (DeliveryState.BOUNCED, "Permanent/General", Cause.MAILBOX)
COMPLAINED = (DeliveryState.COMPLAINED, "abuse", None)
GOT = (DeliveryState.DELIVERED, None, None)


@pytest.fixture
def sent(session: Session, now: datetime) -> Sent:
    """Return a function that makes a sending Issue: readers by address, and what became of each."""

    def send(*readers: tuple[str, tuple[DeliveryState, str | None, Cause | None]]) -> Issue:
        issue = make_issue(session, state=IssueState.SENDING, launched_at=now, rendered_at=now)
        ensure_partition(session, issue.id)
        ids = [make_subscriber(session, address=address).id for address, _ in readers]
        rows = [
            {
                "issue_id": issue.id, "subscriber_id": reader, "edition_id": 1, "state": state,
                "attempt": 1, "reason": reason, "cause": cause, "at": now,
            }
            for reader, (_, (state, reason, cause)) in zip(ids, readers, strict=True)
        ]  # fmt: skip
        session.execute(insert(Delivery), rows)
        session.add(taken(session, issue, ids))
        session.commit()
        return issue

    return send


def many(domain: str, n: int, became: object, start: int = 0) -> list[tuple[str, object]]:
    return [(f"reader{start + one}@{domain}", became) for one in range(n)]


def test_one_provider_that_refuses_us_stops_what_all_together_would_not(
    session: Session, sent: Sent, now: datetime
) -> None:
    session.execute(update(Publication).values(brake_after=10, bounce_limit=0.2))
    issue = sent(
        *many("gmail.com", 6, OURS), *many("googlemail.com", 6, GOT), *many("example.org", 60, GOT)
    )
    assert apply_brakes(session, now) == [issue.id]
    session.refresh(issue)
    assert (
        issue.paused_because == "Gmail: rate of bounces that are ours 50.00% of 12 is over 20.00%"
    )


@pytest.mark.parametrize("became", [OURS, GONE, COMPLAINED])
def test_domain_of_somebodys_own_and_few_at_a_provider_stop_nothing(
    session: Session, sent: Sent, now: datetime, became: object
) -> None:
    limits = {"brake_after": 10, "bounce_limit": 0.2, "complaint_limit": 0.2}
    session.execute(update(Publication).values(**limits))
    sent(
        *many("example.org", 6, became),
        *many("hotmail.co.uk", 4, became),
        *many("yahoo.de", 8, became),
        *many("example.net", 82, GOT),
    )
    assert apply_brakes(session, now) == []


def test_readers_are_at_their_provider_by_its_domains(session: Session, sent: Sent) -> None:
    domains = ["hotmail.com", "live.nl", "outlook.com.br", "live.example.com", "notgmail.com"]
    issue = sent(*[one for domain in domains for one in many(domain, 1, GONE)])
    assert returns_by_provider(session, issue.id) == {"Outlook.com": (3, 0, 0)}
    assert shares_of_providers(session, issue.id) == {"Outlook.com": pytest.approx(0.6)}


def test_who_was_erased_is_at_no_provider(session: Session, sent: Sent) -> None:
    issue = sent(*many("gmail.com", 2, GOT))
    session.execute(update(Subscriber).values(address=None, address_key=None))
    assert returns_by_provider(session, issue.id) == {}
    assert shares_of_providers(session, issue.id) == {}
