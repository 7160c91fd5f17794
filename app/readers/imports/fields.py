"""Fields: what a column of a file may mean for us, and the words in which its cells say it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from app.words import Standing


class Field(StrEnum):
    """What a column means.

    `left_at`, `bounced_at`: whatever stands there says that they left, or that it bounced.
    `subscribed`, `disabled`: yes or no. `suppressed`: a word, or empty.
    """

    ADDRESS = "address"
    STATUS = "status"
    LEFT_AT = "left_at"
    BOUNCED_AT = "bounced_at"
    SUPPRESSED = "suppressed"
    SUBSCRIBED = "subscribed"
    DISABLED = "disabled"
    CATEGORIES = "categories"
    DEPTH = "depth"
    HOUR = "hour"
    TIME_ZONE = "time_zone"
    PAUSED_UNTIL = "paused_until"
    CONFIRMED_AT = "confirmed_at"


_WORDS: Final = {
    Standing.ACTIVE: "active subscribed enabled confirmed regular yes true 1",
    Standing.UNCONFIRMED: "pending unconfirmed unactivated not_confirmed validating "
    "needs_attention waiting",
    Standing.LEFT: "left unsubscribed unsubscribe nonsubscribed non-subscribed not_subscribed "
    "inactive cancelled canceled removed disabled transactional archived deleted erased opted_out "
    "opt-out optout paused no false 0",
    Standing.BOUNCED: "bounced bounce cleaned hard_bounce hard_bounced soft_bounce soft_bounces "
    "undeliverable invalid",
    Standing.COMPLAINED: "complained complaint spam spam_complaint abuse",
    Standing.SUPPRESSED: "suppressed manual blocklisted blacklisted blocked banned spammy",
}
STATUS_WORDS: Final[Mapping[str, Standing]] = {
    word: standing for standing, words in _WORDS.items() for word in words.split()
}
"""What a status means, whoever wrote it; a form's own words go first."""

TRUTHS: Final = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}

NAMES: Final[Mapping[Field, str]] = {
    Field.ADDRESS: "address email email_address e-mail e-mail_address e-mail-adresse mail "
    "subscriber_email emailaddress",
    Field.STATUS: "status state subscription_status subscriber_status",
    Field.LEFT_AT: "left_at unsubscribed_at unsub_time unsubscribe_date unsubscription_date "
    "opted_out_at cancelled_at canceled_at",
    Field.BOUNCED_AT: "bounced_at clean_time",
    Field.SUPPRESSED: "suppressed",
    Field.SUBSCRIBED: "subscribed subscribed_to_emails",
    Field.DISABLED: "disabled email_disabled unsubscribed",
    Field.CATEGORIES: "categories",
    Field.DEPTH: "depth",
    Field.HOUR: "hour",
    Field.TIME_ZONE: "time_zone timezone",
    Field.PAUSED_UNTIL: "paused_until",
    Field.CONFIRMED_AT: "confirmed_at confirm_time confirmed_on opted_in_at optin_time",
}
"""What a column of each meaning is usually called, folded by `fold`."""


def fold(name: str) -> str:
    """`Email Address` as `email_address`: names and words are compared like this."""
    return "_".join(name.casefold().split())
