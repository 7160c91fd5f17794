"""Whose doing a refusal is, by what providers really answer, without hosts, ids and addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.enums import Cause
from app.transports.answers import Answer, is_day_spent, sort_answer, sort_reply

GOOGLE = "Google, Gmail SMTP errors and codes; smtp.codes/google"
MICROSOFT = "Microsoft, non-delivery reports in Exchange Online; Outlook.com Postmaster"
YAHOO = "Yahoo Sender Hub, SMTP error codes; smtp.codes/yahoo"
APPLE = "Apple, postmaster information for iCloud Mail; smtp.codes/apple"
GERMAN = "postmaster pages of GMX, WEB.DE and T-Online"
OTHERS = "Postfix, Exim and Proofpoint as they come; RFC 3463"

GONE = Answer(Cause.MAILBOX, "5.1.1", is_gone=True)

SAID = [
    # Ourselves: authentication, reputation, rate.
    (
        GOOGLE,
        "550-5.7.26 This mail has been blocked because the sender is unauthenticated.",
        "ours",
    ),
    (
        GOOGLE,
        (
            "550-5.7.1 [192.0.2.1] Our system has detected that this message is likely"
            " unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been"
            " blocked."
        ),
        "ours",
    ),
    (
        GOOGLE,
        (
            "421-4.7.28 Our system has detected an unusual rate of unsolicited mail originating"
            " from your IP address."
        ),
        "ours",
    ),
    (
        GOOGLE,
        (
            "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail containing one of"
            " your URL domains. To protect our users from spam, mail with the URL has been"
            " temporarily rate limited."
        ),
        "ours",
    ),
    (
        GOOGLE,
        (
            "421 4.7.0 [192.0.2.1] Our system has detected that this message is suspicious due"
            " to the very low reputation of the sending domain."
        ),
        "ours",
    ),
    (
        GOOGLE,
        "550-5.7.25 The IP address sending this message does not have a PTR record setup.",
        "ours",
    ),
    (
        MICROSOFT,
        (
            "550 5.7.515 Access denied, sending domain example.com does not meet the required"
            " authentication level."
        ),
        "ours",
    ),
    (
        MICROSOFT,
        (
            "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact"
            " your Internet service provider since part of their network is on our block list"
            " (S3150)."
        ),
        "ours",
    ),
    (
        MICROSOFT,
        "550 SC-001 (BAY004-MC4F49) Unfortunately, messages from 192.0.2.1 weren't sent.",
        "ours",
    ),
    (
        MICROSOFT,
        (
            "550 5.7.606 Access denied, banned sending IP [192.0.2.1]. To request removal from"
            " this list please visit https://sender.office.com/"
        ),
        "ours",
    ),
    (
        MICROSOFT,
        (
            "550 5.7.509 Access denied, sending domain example.com does not pass DMARC"
            " verification and has a DMARC policy of reject."
        ),
        "ours",
    ),
    (
        MICROSOFT,
        (
            "451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to"
            " IP reputation."
        ),
        "ours",
    ),
    (
        YAHOO,
        (
            "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected"
            " volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com"
        ),
        "ours",
    ),
    (
        YAHOO,
        (
            "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is"
            " in Spamhaus's list"
        ),
        "ours",
    ),
    (YAHOO, "554 5.7.9 Message not accepted for policy reasons.", "ours"),
    (
        APPLE,
        "550 5.7.1 Your email was rejected due to having a domain present in the Spamhaus DBL",
        "ours",
    ),
    (
        GERMAN,
        "554 Refused. Your reverse DNS entry contains your IP address and a country code.",
        "ours",
    ),
    (
        GERMAN,
        (
            "554-Transaction failed 554 IP address is black listed. Blacklisted by our"
            " reputation system."
        ),
        "ours",
    ),
    (
        OTHERS,
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
        "ours",
    ),
    (OTHERS, "550 5.1.8 Sender address rejected: Domain not found", "ours"),
    (OTHERS, "550 5.7.1 Requested action not taken: message refused", "ours"),
    (
        MICROSOFT,
        (
            "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException."
            "MapiExceptionSendAsDenied; Failed to process message due to a permanent exception"
        ),
        "ours",
    ),
    (MICROSOFT, "554 5.2.252 SendAsDenied; (address) not allowed to send as (address)", "ours"),
    (
        MICROSOFT,
        "554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException; message content",
        "ours",
    ),
    (
        MICROSOFT,
        "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
        "ours",
    ),
    (OTHERS, "554 5.7.1 (address): Recipient address rejected: Access denied", "ours"),
    (
        OTHERS,
        (
            "550 5.7.1 (address): Recipient address rejected: Message rejected due to: SPF fail -"
            " not authorized"
        ),
        "ours",
    ),
    (
        GERMAN,
        "550 Requested action not taken: mailbox unavailable\nSender address is not allowed.",
        "ours",
    ),
    (OTHERS, "550 (address): Recipient address rejected: Sending quota exceeded", "ours"),
    (OTHERS, "550 5.1.0 (address): Sender address rejected: User unknown in local table", "ours"),
    (OTHERS, "550-Verification failed\n550-No Such User Here\n550 Sender verify failed", "ours"),
    # This mailbox.
    (GOOGLE, "550-5.1.1 The email account that you tried to reach does not exist.", "mailbox"),
    (GOOGLE, "452-4.2.2 The inbox is out of storage space.", "mailbox"),
    (
        GOOGLE,
        (
            "450 4.2.1 The user you are trying to contact is receiving mail at a rate that"
            " prevents additional messages from being delivered."
        ),
        "mailbox",
    ),
    (
        GOOGLE,
        "550 5.7.1 This message violates example.com email policy. - gcdp 17 - gsmtp",
        "mailbox",
    ),
    (MICROSOFT, "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", "mailbox"),
    (
        MICROSOFT,
        "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).",
        "mailbox",
    ),
    (MICROSOFT, "550 5.7.124 Sender not in allowed-senders list", "mailbox"),
    (
        MICROSOFT,
        "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required",
        "mailbox",
    ),
    (
        MICROSOFT,
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        "mailbox",
    ),
    (
        YAHOO,
        "554 delivery error: dd This user doesn't have a yahoo.com account - mta1.example",
        "mailbox",
    ),
    (YAHOO, "552 1 Requested mail action aborted, mailbox not found", "mailbox"),
    (
        GERMAN,
        (
            "550 Benutzer hat das Speichervolumen ueberschritten. / User has exhausted allowed"
            " storage space."
        ),
        "mailbox",
    ),
    (GERMAN, "550 5.1.1 user unknown", "mailbox"),
    (
        OTHERS,
        "550 5.1.1 (address): Recipient address rejected: User unknown in local recipient table",
        "mailbox",
    ),
    (OTHERS, "550 5.7.1 (address): Recipient address rejected: User unknown", "mailbox"),
    (MICROSOFT, "554 5.2.0 STOREDRV.Deliver; delivery result banner", "mailbox"),
    (OTHERS, "552 5.2.2 Over quota", "mailbox"),
    (OTHERS, "550 4.4.7 Message expired: unable to deliver in 840 minutes.", "mailbox"),
    # What was written.
    (
        GOOGLE,
        (
            "552-5.7.0 This message was blocked because its content presents a potential security"
            " issue."
        ),
        "content",
    ),
    (
        GOOGLE,
        (
            "421 4.7.0 [192.0.2.1] Our system has detected that this message is suspicious due"
            " to the nature of the content and/or the links within."
        ),
        "content",
    ),
    (GOOGLE, "552-5.2.3 Your message exceeded Google's message size limits.", "content"),
    (YAHOO, "554 Message not allowed - [PH01] Email not accepted for policy reasons.", "content"),
    (APPLE, "554 5.7.1 [HM08] Message rejected due to content restrictions.", "content"),
    (OTHERS, "552 5.3.4 Message size exceeds fixed limit", "content"),
    (OTHERS, "550 5.7.1 This message was classified as SPAM and may not be delivered", "content"),
    (OTHERS, "554 5.6.0 Message contains invalid header", "content"),
]


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
