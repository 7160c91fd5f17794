"""Answers: whose doing it is that a mailbox provider refused a mail, or put it off (pure).

A refusal of ourselves says nothing of the mailbox: nobody is suppressed for it, and an Issue that
meets many pauses (`delivery.brakes`). Sources of the codes and words: RFC 3463 (classes), RFC 7372
and 8616 (5.7.20 to 5.7.32, authentication), RFC 6647 (greylisting), Google "Gmail SMTP errors and
codes", Microsoft "Email non-delivery reports in Exchange Online", Yahoo Sender Hub "SMTP error
codes"; smtp.codes collects what servers really say, and `tests/transports/test_answers.py` has such
answers, each with its provider. SES's words for a delay: SES developer guide, "Contents of event
data that Amazon SES publishes to Amazon SNS", delayType.
"""

import re
from dataclasses import dataclass
from typing import Final

from app.enums import Cause

_LONGEST: Final = 2_000
_CODE: Final = re.compile(r"(?<![\d.])([45])\.([0-7])\.(\d{1,3})(?!\.?\d)")

_HELD_BACK: Final = frozenset(
    {
        "Permanent/OnAccountSuppressionList",
        "Permanent/OnTenantSuppressionList",
        "Permanent/EmailValidationSuppressed",
        "Permanent/UnsubscribedRecipient",
        # Delays for reasons of SES's own; no provider has answered.
        "InternalFailure",
        "SendingDeferral",
    }
)
"""What SES never tried. `Permanent/Suppressed`, its global list, counts as a bounce of ours."""

_BY_WORD: Final = {
    "Transient/ContentRejected": Cause.CONTENT,
    "Transient/AttachmentRejected": Cause.CONTENT,
    "Transient/MessageTooLarge": Cause.CONTENT,
    # Delays: much unwanted mail of this account, an address that is throttled, no name in DNS.
    "SpamDetected": Cause.OURS,
    "IPFailure": Cause.OURS,
    "BYOIPHostNameLookupUnavailable": Cause.OURS,
}
"""What SES's own word says where the answer does not; any other is of the mailbox or its server."""

_ADDRESS, _MAILBOX, _MEDIA, _POLICY = "1", "2", "6", "7"
_SENDERS_ADDRESS: Final = frozenset({7, 8, 9})
"""Details of 5.1: it is the sender's address that is wrong."""

_TOO_LONG: Final = frozenset({("2", 3), ("3", 4)})
_ITS_OWN_RULES: Final = frozenset({124, 129, 133, 134, 135, 136, 193})
"""Details of 5.7: Exchange, a mailbox or group that takes mail from some people only."""

_SURELY_OURS: Final = (range(20, 33), range(500, 800))
"""Details of 5.7: authentication; Outlook's lists, limits and requirements."""

_GONE: Final = frozenset({"5.1.1", "5.1.3", "5.1.6", "5.1.10"})
"""No such mailbox, none that can be, one that moved away, and what Exchange says for the first."""

_SAYS_GONE: Final = re.compile(
    r"user unknown|unknown user|no such user|mailbox (?:not found|disabled)"
    r"|does(?:n't| not) have an? \S+ account"
)
_SAYS_MAILBOX: Final = re.compile(r"mailbox full|gr[ae]y.?list|over quota|\bgcdp\b")
_MAY_BE_THE_MAILBOX: Final = re.compile(r"recipient address rejected|mailbox unavailable")
"""How servers begin a refusal of nearly everything: it counts where nothing else is said."""

_SAYS_SENDER: Final = re.compile(
    r"storedrv\.submission|sendasdenied|sender verify failed"
    r"|sender address (?:is )?(?:rejected|denied|not allowed)"
)
"""What refuses us at our own relay, or as the sender, whatever code or word stands beside it."""

_SAYS_CONTENT: Final = re.compile(
    r"\bcontent|attachment|virus|malware|phish|\[ph\d|not rfc ?5322|links within"
    r"|(?:message|mail|size)\b.{0,20}(?:too large|too big|exceeds)|(?:is|as|like) spam\b"
)
_SAYS_OURS: Final = re.compile(
    r"spamhaus|block ?list|blacklist|blocked using|banned sending|reputation|unsolicited"
    r"|user complaints|rate.?limit|unusual (?:rate|traffic)|\[tss?\d|s[31]\d{3}\b|\bsc-00\d"
    r"|relay(?:ing)? (?:access )?(?:denied|not permitted|not allowed|prohibited)|unable to relay"
    r"|dmarc|\bspf\b|\bdkim\b|unauthenticated|reverse dns|\brdns\b|\bptr\b|policy reasons"
    r"|sending (?:quota|limit)"
)


NOT_THE_MAILBOX: Final = frozenset({Cause.OURS, Cause.CONTENT})
"""Whose doing a refusal may be without a word about the mailbox."""

_DAY_IS_SPENT: Final = re.compile(r"5\.(?:4\.5|1\.90|7\.23[23])(?!\d)")
"""What a server says whose account may write to nobody else today.

Sources: Google, "Gmail SMTP errors and codes" (5.4.5); Microsoft, "Email non-delivery reports in
Exchange Online" (5.1.90, 5.7.232, 5.7.233).
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whose doing a refusal is, and the provider's code for it, empty where it gave none.

    `is_gone` where a code or words say that there is no such mailbox, or none any more.
    """

    cause: Cause
    code: str = ""
    is_gone: bool = False


def sort_answer(subtype: str, status: str, diagnostic: str) -> Answer:
    """Return whose doing it is.

    Args:
        subtype: SES's own word for the bounce, as `Transient/General`, or the delay: `IPFailure`.
        status: the enhanced code of RFC 3463, as SES has it: often only `5.0.0`.
        diagnostic: what the provider's server said, which has the better code.
    """
    if subtype in _HELD_BACK:
        return Answer(Cause.HELD_BACK)
    code, cause = _read(status, diagnostic)
    return _answer(cause or _BY_WORD.get(subtype, Cause.MAILBOX), code, diagnostic)


def sort_reply(reply: str) -> Answer | None:
    """Return whose doing it is that a server refused a recipient or the mail; None if it is silent.

    The server may be a relay, which would refuse everybody for a fault of its own: only what its
    code or its words say counts, and none is taken for the mailbox's.
    """
    code, cause = _read("", reply)
    return None if cause is None else _answer(cause, code, reply)


def is_day_spent(reply: str) -> bool:
    """Return whether a server says that our account there may write to nobody else today.

    Only where its reply begins so: what another server said to it stands further behind.
    """
    return _DAY_IS_SPENT.match(reply) is not None


def _answer(cause: Cause, code: str, said: str) -> Answer:
    is_gone = code in _GONE or _SAYS_GONE.search(said[:_LONGEST].lower()) is not None
    return Answer(cause, code, is_gone=cause is Cause.MAILBOX and is_gone)


def _read(status: str, diagnostic: str) -> tuple[str, Cause | None]:
    """Return the enhanced code, empty where there is none, and what code and words say."""
    words = diagnostic[:_LONGEST].lower()
    found = _CODE.search(words) or _CODE.search(status[:_LONGEST])
    if found is None:
        return "", _by_words(words)
    return found.group(), _by_code(found.group(2), int(found.group(3)), words) or _by_words(words)


def _by_code(subject: str, detail: int, words: str) -> Cause | None:
    """Return what a code says alone or with its words; None for one that says nothing."""
    if _SAYS_SENDER.search(words):
        return Cause.OURS
    if (subject, detail) in _TOO_LONG or subject == _MEDIA:
        return Cause.CONTENT
    if subject == _ADDRESS and detail in _SENDERS_ADDRESS:
        return Cause.OURS
    if subject == _MAILBOX or (subject == _ADDRESS and detail):
        return Cause.MAILBOX
    return _by_policy(detail, words) if subject == _POLICY else None


def _by_policy(detail: int, words: str) -> Cause:
    """Return what a code 5.7 or 4.7 says: it is ours where nothing else is named."""
    if detail in _ITS_OWN_RULES:
        return Cause.MAILBOX
    if any(detail in known for known in _SURELY_OURS):
        return Cause.OURS
    return _by_plain_words(words) or Cause.OURS


def _by_words(words: str) -> Cause | None:
    """Return what the words say where there is no code, or one that says nothing."""
    found = _by_plain_words(words)
    if found is None and _MAY_BE_THE_MAILBOX.search(words):
        return Cause.MAILBOX
    return found


def _by_plain_words(words: str) -> Cause | None:
    """Return what plain words say; who names the mailbox means it, unless it is of the sender."""
    if _SAYS_SENDER.search(words):
        return Cause.OURS
    if _SAYS_GONE.search(words) or _SAYS_MAILBOX.search(words):
        return Cause.MAILBOX
    if _SAYS_CONTENT.search(words):
        return Cause.CONTENT
    return Cause.OURS if _SAYS_OURS.search(words) else None
