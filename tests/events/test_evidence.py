from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.enums import Cause, DeliveryState, EventKind, SuppressionReason
from app.events.evidence import (
    NOTHING,
    Consequence,
    Evidence,
    consequence_of,
    proven_by,
    rank,
    strongest,
)
from app.events.payload import HeardEvent
from app.transports.answers import Answer

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
SUBTYPES = ("", "Permanent/General", "Transient/MailboxFull", "not-spam", "abuse")

instants = st.integers(0, 3).map(lambda minutes: AT + timedelta(minutes=minutes))
words = st.sampled_from(["a", "b", "Permanent/General", "Transient/General"])
standings = st.builds(
    Evidence,
    st.sampled_from(DeliveryState),
    st.none() | words,
    st.none() | words,
    st.none() | instants,
    st.none() | st.sampled_from(Cause),
)


def _heard(kind: EventKind, subtype: str = "", minutes: int = 0) -> HeardEvent:
    return HeardEvent(kind, "m-1", AT + timedelta(minutes=minutes), "1-1", 1, subtype=subtype)


@given(standings, standings, standings)
def test_strongest_is_the_same_in_any_order_and_however_often(
    one: Evidence, two: Evidence, three: Evidence
) -> None:
    ends = {strongest((strongest((a, b)), c)) for a, b, c in permutations((one, two, three))} | {
        strongest((one, two, three, two, one))
    }
    keys = {
        (rank(end), end.event_at, end.reason or "", end.provider_id or "", end.cause or "")
        for end in ends
    }
    assert len(keys) == 1


@pytest.mark.parametrize("state", DeliveryState)
@pytest.mark.parametrize("kind", EventKind)
@pytest.mark.parametrize("subtype", SUBTYPES)
def test_every_pair_of_state_and_kind_has_an_end_that_proves_acceptance(
    state: DeliveryState, kind: EventKind, subtype: str
) -> None:
    before = Evidence(state)
    proven = proven_by(_heard(kind, subtype))
    after = strongest((before, proven))
    assert after in (before, proven)
    assert rank(after) >= max(rank(before), 1)
    assert after.state not in {
        *(DeliveryState.QUEUED, DeliveryState.SENDING),
        *(DeliveryState.IN_DOUBT, DeliveryState.SKIPPED),
    }


def test_ranks_are_in_the_order_of_a_mails_life() -> None:
    lives = [
        Evidence(DeliveryState.IN_DOUBT),
        proven_by(_heard(EventKind.SENT)),
        proven_by(_heard(EventKind.BOUNCED, "Transient/General")),
        proven_by(_heard(EventKind.DELIVERED)),
        proven_by(_heard(EventKind.REJECTED, "Bad content")),
        proven_by(_heard(EventKind.BOUNCED, "Permanent/General")),
        proven_by(_heard(EventKind.COMPLAINED, "abuse")),
    ]
    assert [rank(one) for one in lives] == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "state", [DeliveryState.FAILED, DeliveryState.SKIPPED, DeliveryState.QUEUED]
)
def test_any_event_proves_acceptance_when_we_thought_otherwise(state: DeliveryState) -> None:
    after = strongest((Evidence(state, "refused"), proven_by(_heard(EventKind.DELAYED))))
    assert (after.state, after.provider_id, after.event_at) == (DeliveryState.ACCEPTED, "m-1", AT)


def test_earliest_event_wins_over_a_later_one_and_over_the_bare_answer() -> None:
    answer = Evidence(DeliveryState.ACCEPTED, None, "m-1")
    later = proven_by(_heard(EventKind.DELAYED, minutes=5))
    first = proven_by(_heard(EventKind.SENT))
    assert strongest((answer, later)) == later
    assert strongest((later, first, answer)) == first


@pytest.mark.parametrize(
    ("kind", "subtype", "expected"),
    [
        (
            EventKind.BOUNCED,
            "Permanent/General",
            Consequence(suppress=SuppressionReason.HARD_BOUNCE, note="Permanent/General"),
        ),
        (
            EventKind.BOUNCED,
            "Permanent/OnAccountSuppressionList",
            Consequence(
                suppress=SuppressionReason.HARD_BOUNCE, note="Permanent/OnAccountSuppressionList"
            ),
        ),
        (
            EventKind.BOUNCED,
            "Permanent/SomethingNew",
            Consequence(suppress=SuppressionReason.HARD_BOUNCE, note="Permanent/SomethingNew"),
        ),
        (EventKind.BOUNCED, "Permanent/UnsubscribedRecipient", Consequence(leave=True)),
        (EventKind.BOUNCED, "Transient/MailboxFull", NOTHING),
        (EventKind.BOUNCED, "Undetermined/Undetermined", NOTHING),
        (
            EventKind.COMPLAINED,
            "abuse",
            Consequence(leave=True, suppress=SuppressionReason.COMPLAINT, note="abuse"),
        ),
        (
            EventKind.COMPLAINED,
            "",
            Consequence(leave=True, suppress=SuppressionReason.COMPLAINT),
        ),
        (EventKind.COMPLAINED, "not-spam", NOTHING),
        (EventKind.DELIVERED, "", NOTHING),
        (EventKind.REJECTED, "Bad content", NOTHING),
    ],
)
def test_consequence_follows_from_kind_and_subtype(
    kind: EventKind, subtype: str, expected: Consequence
) -> None:
    assert consequence_of(_heard(kind, subtype)) == expected


@pytest.mark.parametrize(
    ("cause", "reason"),
    [(Cause.OURS, "Permanent/General 5.7.26"), (Cause.CONTENT, "Permanent/General 5.7.26")],
)
def test_what_is_not_the_mailboxs_fault_suppresses_nobody_and_keeps_the_providers_code(
    cause: Cause, reason: str
) -> None:
    heard = replace(_heard(EventKind.BOUNCED, "Permanent/General"), answer=Answer(cause, "5.7.26"))
    assert consequence_of(heard) == NOTHING
    assert (proven_by(heard).reason, proven_by(heard).cause) == (reason, cause)


def test_not_spam_is_as_good_as_a_delivery() -> None:
    assert proven_by(_heard(EventKind.COMPLAINED, "not-spam")).state is DeliveryState.DELIVERED
