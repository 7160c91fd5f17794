"""A reader in words: how they joined, what a mail of theirs became of, and why they got none."""

from datetime import datetime
from typing import Final

from app.delivery.reader_issue import ReaderIssue
from app.delivery.receptions import ListedState, Reason, WhyNot
from app.enums import (
    ConsentSource,
    ConsentStep,
    DeliveryState,
    LetterKind,
    SubscriberState,
    SuppressionReason,
)
from app.models import Delivery, Publication, Subscriber
from app.pages.language import N_, gettext, moment, present

STATES: Final = {
    SubscriberState.ACTIVE: N_("active"),
    SubscriberState.PENDING: N_("not confirmed"),
    SubscriberState.LEFT: N_("left"),
    SubscriberState.ERASED: N_("erased"),
}

STEPS: Final = {
    ConsentStep.SIGNED_UP: N_("Signed up"),
    ConsentStep.CONFIRMED: N_("Confirmed the address"),
    ConsentStep.ADDED: N_("Was added"),
    ConsentStep.CHANGED: N_("Chose anew"),
    ConsentStep.LEFT: N_("Left"),
    ConsentStep.ERASED: N_("Was erased"),
    ConsentStep.CAME_BACK: N_("Came back"),
    ConsentStep.MOVED: N_("Moved to another address"),
}

SOURCES: Final = {
    ConsentSource.PAGE: N_("on our pages"),
    ConsentSource.EMBED: N_("by a form on another site"),
    ConsentSource.API: N_("by API"),
    ConsentSource.IMPORT: N_("by an import"),
    ConsentSource.EDITOR: N_("by somebody here"),
    ConsentSource.MAILBOX: N_("by their mailbox’s own button"),
    ConsentSource.MAIL: N_("by a mail to our address for leaving"),
}

LETTERS: Final = {
    LetterKind.CONFIRMATION: N_("Mail to confirm the address"),
    LetterKind.TEST: N_("Test mail"),
    LetterKind.PREFERENCES_LINK: N_("Mail with the link to their choices"),
    LetterKind.NEW_ADDRESS: N_("Mail to confirm a new address"),
    LetterKind.PROBE: N_("Test of the event stream"),
    LetterKind.WELCOME: N_("Welcome mail"),
    LetterKind.SIGN_IN: N_("Mail to sign in"),
    LetterKind.SUNSET: N_("Mail that asks whether they still read"),
}

MAILS: Final = {
    ListedState.QUEUED: N_("waiting"),
    ListedState.SENDING: N_("being written to"),
    ListedState.CANCELLED: N_("cancelled"),
    ListedState.ACCEPTED: N_("accepted, not heard of yet"),
    ListedState.DELIVERED: N_("delivered"),
    ListedState.BOUNCED: N_("came back"),
    ListedState.COMPLAINED: N_("delivered, and complained about"),
    ListedState.IN_DOUBT: N_("in doubt: we asked, and no answer came"),
    ListedState.FAILED: N_("refused for good"),
    ListedState.SKIPPED: N_("nothing"),
}
"""What a mail became of; a letter's states and a delivery's are words among these."""

SUPPRESSED: Final = {
    SuppressionReason.HARD_BOUNCE: N_("mail to it came back for good"),
    SuppressionReason.COMPLAINT: N_("they complained"),
    SuppressionReason.SOFT_BOUNCES: N_("mail to it came back again and again"),
    SuppressionReason.MANUAL: N_("by hand"),
}

WHY_NOT: Final = {
    WhyNot.PENDING: N_("address not confirmed"),
    WhyNot.LEFT: N_("left"),
    WhyNot.ERASED: N_("erased"),
    WhyNot.SUPPRESSED: N_("the address is suppressed"),
    WhyNot.SILENT: N_("paused: no sign for long"),
    WhyNot.PAUSED: N_("on pause"),
    WhyNot.NOTHING_TO_READ: N_("follows none of its categories"),
    WhyNot.WARM_UP: N_("beyond the day’s ceiling, while the domain is warmed up"),
    WhyNot.HAS_IT: N_("their mailbox got it under another reader’s name"),
    WhyNot.JOINED_LATER: N_("joined after it was launched"),
    WhyNot.PENDING_THEN: N_("the address was not confirmed then"),
    WhyNot.LEFT_THEN: N_("had left by then"),
    WhyNot.NOTHING_TO_READ_THEN: N_("followed none of its categories then"),
    WhyNot.WARM_UP_THEN: N_("was beyond the day’s ceiling, while the domain was warmed up"),
    WhyNot.NOT_DUE_THEN: N_("was paused or suppressed then; which of them is not kept"),
    WhyNot.NOT_WRONG: N_("did not get the text that it corrects"),
    WhyNot.NOT_AT_DEPTH: N_("what it corrects is not in what they read"),
    WhyNot.DRAFT: N_("it is a draft"),
    WhyNot.APPROVED: N_("it is approved and waits for its time"),
    WhyNot.SCHEDULED: N_("it is scheduled"),
    WhyNot.ISSUE_PAUSED: N_("the issue is paused"),
    WhyNot.ACCOUNT_PAUSED: N_("all sending is paused"),
    WhyNot.UNREACHED: N_("the provider cannot be reached"),
    WhyNot.CANCELLED: N_("the issue was cancelled"),
    WhyNot.RENDERING: N_("their edition is being rendered"),
    WhyNot.NOT_RENDERED: N_("their edition could not be rendered"),
    WhyNot.CANARY: N_("held until the first mails were judged"),
    WhyNot.WAVE: N_("due at their own hour"),
    WhyNot.NEXT_TRY: N_("refused for now, to be tried again"),
    WhyNot.NEXT_DAY: N_("waits for a day with room, while the domain is warmed up"),
    WhyNot.NEXT: N_("their turn is next"),
    WhyNot.IN_FLIGHT: N_("being written to"),
    WhyNot.IN_DOUBT: N_("in doubt: we asked, and no answer came"),
    WhyNot.BOUNCED: N_("came back"),
    WhyNot.HELD_BACK: N_("held back by SES, which tried nothing"),
    WhyNot.REFUSES_US: N_("came back: their provider has something against us"),
    WhyNot.REFUSES_TEXT: N_("came back: their provider refused what it says"),
    WhyNot.REFUSED: N_("refused for good"),
    WhyNot.FORGOTTEN: N_("so old that only counts are kept"),
}
"""Why somebody has not got an issue, or not yet; instants and causes follow behind a comma."""


def why_in_words(reason: Reason, zone: str) -> str:
    """Return why somebody has not got an issue, as `paused, until Wed 2 Dec 2026, 00:00`."""
    said = gettext(WHY_NOT[reason.why])
    if reason.until is not None:
        said += ", " + gettext("until %(at)s") % {"at": moment(reason.until, zone)}
    elif reason.at is not None:
        said += f", {moment(reason.at, zone)}"
    return f"{said}: {reason.because}" if reason.because else said


def found_in_words(found: ReaderIssue, zone: str) -> str:
    """Return what became of an issue for a reader, in words."""
    if found.reason is not None:
        return why_in_words(found.reason, zone)
    return "" if found.row is None else mail_in_words(found.row.state, None, zone)


def row_in_words(row: Delivery, zone: str) -> str:
    """Return what became of a mail, when, and what the other side said of it."""
    if row.state is DeliveryState.SKIPPED:
        why = WhyNot(row.reason) if row.reason in set(WhyNot) else WhyNot.NOT_DUE_THEN
        return why_in_words(Reason(why), zone)
    said = mail_in_words(row.state, row.event_at or row.at, zone)
    unwelcome = row.state not in {DeliveryState.ACCEPTED, DeliveryState.DELIVERED}
    return f"{said}: {row.reason}" if row.reason and unwelcome else said


def mail_in_words(state: DeliveryState | ListedState, at: datetime | None, zone: str) -> str:
    """Return a mail's state, as `delivered, Mon 23 Nov 2026, 07:01`."""
    said = gettext(MAILS[ListedState(state.value)])
    return f"{said}, {moment(at, zone)}" if at else said


def choices_in_words(reader: Subscriber, publication: Publication) -> str:
    """Return when a reader reads, on whose clocks, and in which language."""
    chosen = {
        gettext("Hour"): hour_of(reader),
        gettext("Time zone"): zone_of(reader, publication.time_zone),
        gettext("Language"): language_of(reader, publication.language),
    }
    return " · ".join(f"{name}: {said}" for name, said in chosen.items())


def hour_of(reader: Subscriber) -> str:
    """Return when issues reach a reader, as `08:00`."""
    return gettext("as issues come out") if reader.hour is None else f"{reader.hour:02}:00"


def zone_of(reader: Subscriber, zone: str) -> str:
    """Return on whose clocks a reader reads; who chose none is on the publication's `zone`."""
    if reader.time_zone:
        return reader.time_zone
    return gettext("%(zone)s, the publication’s") % {"zone": zone}


def language_of(reader: Subscriber, tag: str) -> str:
    """Return what letters to a reader are said in; who chose nothing reads the publication's."""
    if reader.language:
        return language_name(reader.language)
    return gettext("%(name)s, the publication’s") % {"name": language_name(tag)}


def language_name(tag: str) -> str:
    """Return what a language is called in that of who reads it; the tag where it has no name."""
    return str(present().locale.languages.get(tag.partition("-")[0], tag))
