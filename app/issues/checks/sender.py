"""Whether the publication says who sends, and the day is free."""

from collections.abc import Iterator
from typing import Final

from app.enums import IssueState
from app.issues.checks.facts import IssueFacts
from app.issues.checks.finding import Finding, Location, blocks, warns
from app.sentences import N_, Sentence
from app.transports.headers import domain_of_mailbox

ANOTHER_ON_ITS_WAY: Final = "another_on_its_way"
"""The code of a finding that is a conflict rather than a fault of the Issue."""

_WAS_SENT: Final = N_("Issue %(issue)s of the same day was sent already.")
_IS_A_DRAFT: Final = N_("Issue %(issue)s of the same day is a draft.")
_RESERVED: Final = ("example", "test", "invalid", "localhost", "example.com", "example.org")
_ON_ITS_WAY: Final = frozenset(
    {IssueState.APPROVED, IssueState.SCHEDULED, IssueState.SENDING, IssueState.PAUSED}
)


def who_sends(facts: IssueFacts) -> Iterator[Finding]:
    """Check for a postal address, and a sender whose domain is a real one.

    Source: CAN-SPAM Act, 15 U.S.C. 7704(a)(5)(A)(iii), a valid physical postal address; RFC 2606
    for the domains that nobody owns.
    """
    if not facts.postal_address.strip():
        yield blocks(
            "no_postal_address",
            Sentence("The publication has no postal address, which the law wants in every mail."),
            Sentence("Give the publication one in the settings."),
            Location(field="postal_address", of_publication=True),
        )
    domain = domain_of_mailbox(facts.from_address)
    if any(f".{domain}".endswith(f".{name}") for name in _RESERVED):
        yield warns(
            "sender_placeholder",
            Sentence(
                "The sender's domain %(domain)s is one that nobody owns: providers refuse it.",
                domain=domain,
            ),
            Sentence("Give the publication a sender of a domain that you have verified."),
            Location(field="from_address", of_publication=True),
            concerns=domain,
        )


def day_is_free(facts: IssueFacts) -> Iterator[Finding]:
    """Find another Issue of the same day and lane: on its way, sent, or still a draft."""
    for other in facts.neighbours:
        if other.state in _ON_ITS_WAY:
            yield blocks(
                ANOTHER_ON_ITS_WAY,
                Sentence(
                    "Issue %(issue)s of the same day is %(state)s already.",
                    issue=other.issue_id,
                    state=other.state,
                ),
                Sentence("Reopen or cancel that one, or give this one another date."),
                Location(field="issued_on"),
            )
        elif other.state in {IssueState.SENT, IssueState.DRAFT}:
            words = _WAS_SENT if other.state is IssueState.SENT else _IS_A_DRAFT
            yield warns(
                "another_of_the_day",
                Sentence(words, issue=other.issue_id),
                Sentence("Send one of the two, or waive this if both are meant."),
                Location(field="issued_on"),
                concerns=f"{facts.issued_on} {other.issue_id} {other.state}",
            )
