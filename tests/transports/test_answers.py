"""Whose doing a refusal is, by what providers really answer, without hosts, ids and addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.enums import Cause
from app.transports.answers import Answer, is_day_spent, sort_answer, sort_reply
from tests.transports.said import SAID

GONE = Answer(Cause.MAILBOX, "5.1.1", is_gone=True)


@pytest.mark.parametrize(("_source", "said", "cause"), SAID)
def test_answer_is_ourselves_this_mailbox_or_what_was_written(
    _source: str, said: str, cause: str
) -> None:
    assert sort_answer("Transient/General", "5.0.0", f"smtp; {said}").cause == cause


@pytest.mark.parametrize(
    ("subtype", "status", "said", "answer"),
    [
        ("Permanent/OnAccountSuppressionList", "5.1.1", "", Answer(Cause.HELD_BACK)),
        ("Permanent/OnTenantSuppressionList", "", "", Answer(Cause.HELD_BACK)),
        ("Permanent/EmailValidationSuppressed", "", "", Answer(Cause.HELD_BACK)),
        ("Permanent/UnsubscribedRecipient", "", "", Answer(Cause.HELD_BACK)),
        ("Permanent/Suppressed", "5.1.1", "", GONE),
        ("Transient/ContentRejected", "", "", Answer(Cause.CONTENT)),
        ("Transient/ContentRejected", "5.7.26", "", Answer(Cause.OURS, "5.7.26")),
        ("Transient/MessageTooLarge", "5.0.0", "", Answer(Cause.CONTENT, "5.0.0")),
        ("Transient/General", "5.7.1", "550 5.1.1 gone", GONE),
        ("Undetermined/Undetermined", "", "", Answer(Cause.MAILBOX)),
        ("Permanent/General", "", "host 10.5.7.26 said 550 gone", Answer(Cause.MAILBOX)),
    ],
)
def test_what_ses_says_itself_counts_where_the_provider_says_nothing(
    subtype: str, status: str, said: str, answer: Answer
) -> None:
    assert sort_answer(subtype, status, said) == answer


@given(st.text(), st.text(), st.text(max_size=5_000))
def test_every_answer_is_sorted(subtype: str, status: str, said: str) -> None:
    assert sort_answer(subtype, status, said).cause in Cause


@pytest.mark.parametrize(
    ("subtype", "said", "answer"),
    [
        ("IPFailure", "", Answer(Cause.OURS)),
        ("SpamDetected", "", Answer(Cause.OURS)),
        ("BYOIPHostNameLookupUnavailable", "", Answer(Cause.OURS)),
        ("InternalFailure", "", Answer(Cause.HELD_BACK)),
        ("SendingDeferral", "", Answer(Cause.HELD_BACK)),
        ("MailboxFull", "", Answer(Cause.MAILBOX)),
        ("RecipientServerError", "421 4.3.2 not accepting", Answer(Cause.MAILBOX, "4.3.2")),
        ("TransientCommunicationFailure", "", Answer(Cause.MAILBOX)),
        ("Undetermined", "", Answer(Cause.MAILBOX)),
        ("General", "421-4.7.28 Our system has detected an unusual rate of unsolicited mail",
         Answer(Cause.OURS, "4.7.28")),
        ("General", "451 4.7.500 Server busy, try later", Answer(Cause.OURS, "4.7.500")),
        ("General", "421 4.7.0 [TSS04] temporarily deferred due to user complaints",
         Answer(Cause.OURS, "4.7.0")),
        ("General", "452-4.2.2 The inbox is out of storage", Answer(Cause.MAILBOX, "4.2.2")),
        ("General", "450 4.7.1 Greylisted, see later", Answer(Cause.MAILBOX, "4.7.1")),
    ],
)  # fmt: skip
def test_delay_is_sorted_as_a_bounce_is(subtype: str, said: str, answer: Answer) -> None:
    assert sort_answer(subtype, "", said and f"smtp; {said}") == answer


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("5.1.1 <(address)> unknown", GONE),
        ("User unknown", Answer(Cause.MAILBOX, is_gone=True)),
        ("5.7.54 Unable to relay recipient", Answer(Cause.OURS, "5.7.54")),
        ("5.0.0 rejected", None),
        ("rejected", None),
        ("", None),
    ],
)
def test_reply_that_says_nothing_is_nobodys(said: str, answer: Answer | None) -> None:
    assert sort_reply(said) == answer


@pytest.mark.parametrize(
    "said",
    [
        "5.1.1 <(address)> unknown",
        "5.1.3 bad address",
        "5.1.6 moved",
        "5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup",
        "5.7.1 <(address)>: Recipient address rejected: User unknown",
        "Recipient address rejected: unknown user",
        "No such user here",
        "1 Requested mail action aborted, mailbox not found",
        "5.2.1 Mailbox disabled, not accepting messages",
        "delivery error: dd This user doesn't have a yahoo.com account",
    ],
)
def test_mailbox_is_gone_where_a_server_says_so(said: str) -> None:
    answer = sort_reply(said)
    assert answer is not None
    assert answer.is_gone
    assert answer.cause is Cause.MAILBOX


@pytest.mark.parametrize(
    "said",
    [
        *(said.partition(" ")[2] for _, said, cause in SAID if cause != "mailbox"),
        "5.2.2 Over quota",
        "5.2.2 Mailbox full",
        "5.2.1 The user you are trying to contact is receiving mail at a rate that prevents",
        "5.4.1 Recipient address rejected: Access denied. AS(201806281)",
        "5.5.0 Requested action not taken: mailbox unavailable (S2017062302).",
        "5.2.0 STOREDRV.Deliver; delivery result banner",
        "5.1.2 no such host",
        "5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required",
    ],
)
def test_mailbox_is_not_gone_where_no_server_says_so(said: str) -> None:
    answer = sort_reply(said)
    assert answer is None or not answer.is_gone


def test_only_a_servers_own_word_says_that_the_day_is_spent() -> None:
    assert is_day_spent("5.1.90 Your message can't be sent because you've reached your daily limit")
    assert is_day_spent("5.7.232 tenant exceeded")
    assert not is_day_spent("5.4.50 something else")
    assert not is_day_spent("5.1.1 unknown, it said 5.4.5")
