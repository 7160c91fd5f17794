"""Post: make a Letter into a mail and hand it to the Transport."""

from datetime import timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.db.session import transaction
from app.delivery.alone import Alone
from app.delivery.answers import write_down, write_waiting
from app.delivery.choice import choice_of
from app.delivery.compose import publication_facts
from app.delivery.installation import INSTALLATION_TAG, installation_tag
from app.delivery.leaving import leave_headers, preview_leave_headers
from app.delivery.letter_targets import is_waiting
from app.delivery.letters import (
    OpenLetter,
    fail_letter,
    open_letter,
    set_letter_aside,
    skip_unwanted,
)
from app.delivery.mails import list_headers
from app.delivery.sample_edition import render_sample
from app.delivery.send import LONGEST_WAIT
from app.delivery.sender import Sender, learn_of_clock
from app.delivery.spool import Answer
from app.delivery.sunset import sunset_facts
from app.delivery.welcome import leave_token, welcome_facts
from app.enums import Depth, LetterKind
from app.language import nearest, speaking
from app.models import Issue, Subscriber, User
from app.public_ids import letter_tag
from app.publication.publication import get_publication
from app.rendering.inputs import (
    ConfirmationFacts,
    LinkFacts,
    PublicationFacts,
    RenderedMail,
    SignInFacts,
)
from app.rendering.letter_facts import LetterFacts
from app.rendering.letters import render_letter
from app.rendering.merge import LEAVE_URL, preview_fields
from app.rendering.templates import Templates
from app.sign_in_links import make_link
from app.tokens import Purpose
from app.transports.base import Mail, Outcome, Recipient, Refused

PROBE: Final = RenderedMail(
    "A probe of the event stream",
    "<p>Nobody reads this: it shows that events arrive.</p>",
    "Nobody reads this: it shows that events arrive.",
)
"""What goes to the provider's simulator."""

_READERS_LEAVE_BY: Final = (LetterKind.WELCOME, LetterKind.SUNSET)
"""What has the headers by which a reader leaves."""


def send_letter(sender: Sender, templates: Templates, letter_id: int) -> bool:
    """Send the Letter: commit the intent, try once, write the outcome.

    Return whether it was handed to the Transport. It is safe to call any number of times. Only a
    queued Letter is sent. A Letter that the pace has no room for stays queued; so do all while an
    Answer waits that PostgreSQL does not take. A Letter that cannot be made into a mail is settled
    as failed.
    """

    def set_aside(reason: str) -> None:
        with transaction(sender.sessions) as session:
            set_letter_aside(session, letter_id, reason, sender.clock())

    with Alone("send_letter", set_aside):
        return write_waiting(sender) and _send(sender, templates, letter_id)
    return False


def _send(sender: Sender, templates: Templates, letter_id: int) -> bool:
    with transaction(sender.sessions) as session:
        if not is_waiting(session, letter_id, sender.clock()):
            return False  # its job came twice, and must take nothing from the pace
    if not _has_leave(sender):
        return False
    marks = sender.epoch.ask()
    with transaction(sender.sessions) as session:
        opened = None
        if sender.epoch.allows(session, marks, sender.clock()):
            opened = open_letter(session, letter_id, sender.worker, sender.clock())
    if opened is None:
        sender.pace.give_back(1)
        return False
    mail, is_unwanted = None, False

    def fail(reason: str) -> None:
        with transaction(sender.sessions) as session:
            fail_letter(session, opened, reason, sender.clock())
        sender.pace.give_back(1)

    try:
        with Alone("send_letter", fail), transaction(sender.sessions) as session:
            mail = _letter_mail(session, sender, templates, opened)
            is_unwanted = skip_unwanted(session, opened, sender.clock())
    except SQLAlchemyError:
        _write_down(sender, opened, Refused("later", "not_handed_over"))
        raise
    if is_unwanted:
        sender.pace.give_back(1)
    if mail is None or is_unwanted:
        return False
    sender.epoch.sent(opened.call_id)
    outcome = sender.transport.send(
        mail, [_recipient(sender, opened)], attempt=opened.attempt, opened_at=opened.opened_at
    )[0]
    learn_of_clock(sender, [outcome])
    if sender.reach.learn([outcome]):
        sender.pace.give_back(1)
    _write_down(sender, opened, outcome)
    return True


def _write_down(sender: Sender, opened: OpenLetter, outcome: Outcome) -> None:
    """Settle the Letter with this, now or as soon as PostgreSQL is there."""
    write_down(sender, sender.spool.keep(Answer(opened.call_id, opened.opened_at, [outcome])))


def _has_leave(sender: Sender) -> bool:
    """Leave for one recipient, waited for at most once: a person waits for this mail."""
    if sender.reach.seconds_to_wait():
        return False
    grant = sender.pace.take(1)
    if grant.n == 0 and grant.why == "pace":
        sender.sleep(min(grant.wait_seconds, LONGEST_WAIT))
        grant = sender.pace.take(1)
    return grant.n == 1


def _letter_mail(
    session: Session, sender: Sender, templates: Templates, opened: OpenLetter
) -> Mail:
    publication = get_publication(session)
    rendered = _render(session, sender, templates, opened)
    return Mail(
        from_address=publication.from_address,
        reply_to=publication.reply_to,
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        # Source: RFC 3834 section 5: nobody's vacation answer should come back.
        headers={"Auto-Submitted": "auto-generated", **_list_headers(session, sender, opened)},
        tags={
            INSTALLATION_TAG: installation_tag(session),
            "letter_id": str(opened.public_id),
            "kind": opened.kind.value,
        },
    )


def _render(
    session: Session, sender: Sender, templates: Templates, opened: OpenLetter
) -> RenderedMail:
    if opened.kind is LetterKind.PROBE:
        return PROBE
    if opened.kind is LetterKind.TEST:
        return _test_edition(session, sender, templates, opened)
    if opened.kind is LetterKind.WELCOME:
        return render_letter(opened.kind, welcome_facts(session, sender, opened), templates)
    if opened.kind is LetterKind.SUNSET:
        return render_letter(opened.kind, sunset_facts(session, sender, opened), templates)
    return render_letter(opened.kind, _facts(session, sender, opened), templates)


def _facts(session: Session, sender: Sender, opened: OpenLetter) -> LetterFacts:
    """Return what the Letter says, with its link, which is signed now and stored nowhere."""
    publication = publication_facts(session, sender.base_url)
    spoken = spoken_to(session, opened, publication)
    match opened.kind:
        case LetterKind.PREFERENCES_LINK:
            link = _link(sender, opened, "preferences", Purpose.ASKED)
            return LinkFacts(publication, link, spoken)
        case LetterKind.NEW_ADDRESS:
            link = _link(sender, opened, "address", Purpose.NEW_ADDRESS)
            return LinkFacts(publication, link, spoken)
        case LetterKind.SIGN_IN:
            good_for = timedelta(minutes=opened.facts["minutes"])
            user_id, now = opened.facts["user_id"], opened.opened_at
            link = make_link(session, user_id, sender.base_url, now, good_for)
            return SignInFacts(publication, link, opened.facts["minutes"], spoken)
        case _:
            reader = session.get_one(Subscriber, opened.subscriber_id)
            link = _link(sender, opened, "confirm", Purpose.CONFIRM)
            with speaking(spoken):
                choice = choice_of(session, reader, opened.opened_at)
            return ConfirmationFacts(publication, link, choice, spoken)


def spoken_to(session: Session, opened: OpenLetter, publication: PublicationFacts) -> str:
    """Return the code of what a Letter is said in: what its reader or User chose, else as ours.

    One to a User who chose nothing speaks what the browser did in which it was asked for.
    """
    if opened.kind is LetterKind.SIGN_IN:
        user = session.get(User, opened.facts["user_id"])
        asked = opened.facts.get("language", "")
        return nearest(user.language if user else "", asked, publication.language)
    reader = session.get(Subscriber, opened.subscriber_id)
    return nearest(reader.language if reader else "", publication.language)


def _link(sender: Sender, opened: OpenLetter, path: str, purpose: Purpose) -> str:
    """Return a link for the Letter's reader; for a new address it names the Letter, its holder."""
    is_of_letter = purpose is Purpose.NEW_ADDRESS
    subject = opened.public_id if is_of_letter else opened.reader_public_id or 0
    token = sender.signer.sign(purpose, subject, now=opened.opened_at)
    return f"{sender.base_url}/{path}/{token}"


def _test_edition(
    session: Session, sender: Sender, templates: Templates, opened: OpenLetter
) -> RenderedMail:
    """Return the cut that a person asked to see: as they saw it, or as it is now."""
    if kept := opened.facts.get("mail"):
        return RenderedMail(**kept)
    return render_sample(
        session,
        session.get_one(Issue, opened.facts["issue_id"]),
        templates,
        follows=opened.facts["follows"],
        depth=Depth(opened.facts["depth"]),
        base_url=sender.base_url,
    )


def _list_headers(session: Session, sender: Sender, opened: OpenLetter) -> dict[str, str]:
    """Return what an issue's mail has as well, for what readers can leave by, and for a test."""
    if opened.kind not in (*_READERS_LEAVE_BY, LetterKind.TEST):
        return {}
    return list_headers(get_publication(session), sender.base_url)


def _recipient(sender: Sender, opened: OpenLetter) -> Recipient:
    # Only a test has merge fields; what is a reader's own, other Letters say themselves.
    fields = preview_fields(opened.address, sender.base_url)
    headers: dict[str, str] = {}
    if opened.kind in _READERS_LEAVE_BY:
        token = leave_token(sender, opened)
        headers = leave_headers(sender.base_url, sender.inbound_address, token)
    elif opened.kind is LetterKind.TEST:
        headers = preview_leave_headers(fields[LEAVE_URL], sender.inbound_address)
    return Recipient(
        delivery_id=letter_tag(opened.public_id),
        address=opened.address,
        fields=fields,
        headers=headers,
    )
