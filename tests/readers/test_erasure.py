"""After an erasure the whole database is searched, and holds the person nowhere."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.idempotency import Answer, once
from app.actors import CLI
from app.addresses import address_hmac, parse_address
from app.delivery.letters import open_letter, queue_letter
from app.delivery.mailboxes import REST, take_turn
from app.delivery.partitions import ensure_partition
from app.delivery.suppression import lift, suppress
from app.enums import (
    ConsentSource,
    ConsentStep,
    DeliveryState,
    Depth,
    EventState,
    LetterKind,
    SubscriberState,
    SuppressionReason,
)
from app.events.apply import apply_new
from app.events.inbox import RawEvent, store
from app.mailboxes import mailbox_digest
from app.models import Consent, Delivery, Event, Issue, Letter, Subscriber, Suppression
from app.public_ids import delivery_tag, letter_tag
from app.readers.asks import ask_sign_up
from app.readers.consent import Origin, record_consent
from app.readers.erasure import erase
from app.readers.imports.quick import QuickAddresses
from app.readers.imports.reading import Reader, read_stretch
from app.readers.imports.upload import FormatHints, add_piece, begin_import, end_upload
from app.readers.signup import SignupFields, confirm
from tests.events.told import bounce, envelope, said
from tests.factories import PEPPER, SIGNER, make_category, make_issue, make_subscriber
from tests.readers.signing_up import sign_up_now
from tests.readers.whole_database import OF_OTHERS, places_of, spellings, unfilled_columns

PAGE = Origin(ConsentSource.PAGE, "203.0.113.0/24")
TYPED = "Secret.O'Person+news@Example.COM"
NEW = "secret.person.elsewhere@example.org"
OTHER = "more.secret.o'person+news@example.com"

Add = Callable[..., None]


@pytest.fixture
def reader(session: Session, now: datetime) -> Subscriber:
    """Somebody of whom every table that can holds something."""
    address, _ = parse_address(TYPED), make_category(session)  # there is something to sign up for
    sign_up_now(session, SignupFields(address, depth=Depth.DEEP), now, PAGE)
    reader = confirm(session, session.scalars(select(Subscriber.id)).one(), now, PAGE)
    reader.hour, reader.time_zone, reader.language = 7, "Europe/Vienna", "de"
    record_consent(
        session, reader, ConsentStep.CHANGED, PAGE, now, note=f"wrote to us as {address.text}"
    )
    queue_letter(session, LetterKind.TEST, address=address.text, now=now, facts={"issue_id": 1})
    queue_letter(
        session,
        LetterKind.NEW_ADDRESS,
        subscriber_id=reader.id,
        address=NEW,
        now=now,
        facts={"asked_by": address.key},
    )
    reason = SuppressionReason.MANUAL
    suppress(session, CLI, address, reason, note="", pepper=PEPPER, now=now)
    lift(session, CLI, address, because=f"{TYPED} wrote to us", pepper=PEPPER, now=now)
    suppress(session, CLI, address, reason, note=f"{TYPED} called", pepper=PEPPER, now=now)
    once(
        session,
        owner=1,
        key="k",
        request=b"q",
        now=now,
        act=lambda: Answer(201, json.dumps({"address": address.text}).encode()),
    )
    _ask_again(session, now)
    _tell(session, reader, now, address.text)
    _import(session, now)
    return reader


ELSEWHERE = OF_OTHERS | {
    "accounts": "what the provider says of our account",
    "alembic_version": "which migration was the last",
    "audit_entries": "who changed what, without an address (tests/test_audit.py)",
    "batches": "numbers of subscribers, and which worker has them",
    "calls": "numbers of subscribers, and which worker had them",
    "categories": "what we write about",
    "deferrals": "numbers, words of SES and a provider's code",
    "delivery_counts": "numbers",
    "editions": "a rendering that many share, before anything personal is filled in",
    "images": "names and sizes of an editor's images",
    "installations": "our own",
    "link_checks": "what became of looking at a story's link",
    "notices": "what is wrong with the service, in words of ours",
    "outbox": "public ids and words of ours (docs/outbox.md)",
    "publications": "our own name and address",
    "reader_clicks": "numbers; tests/readers/test_clicks.py says that they go",
    "opinions": "numbers; tests/pages/test_opinion.py says that they go",
    "sunset_asks": "numbers; tests/readers/test_sunset.py says that they go",
    "reader_signs": "an instant; tests/readers/test_signs.py says that it goes",
    "reputation_days": "what a provider says of our domain",
    "reputation_requirements": "what a provider says of our domain",
    "resends": "numbers, the name of an editor's key, words of ours or of the provider",
    "schedule_days": "whether a day had an issue",
    "setbacks": "which part of a task fails; reasons keep no values (delivery/alone.py)",
    "tracked_links": "a story's link and its counts",
    "wordings": "a text that everybody saw",
}
"""Tables that no step of a reader writes a text to, and what stands there instead."""

BESIDE = {
    "asks.language": "the code of a language of ours",
    "asks.wording_hash": "the text that everybody saw",
    "consents.wording_hash": "the text that everybody saw",
    "consents.wording_version": "the text that everybody saw",
    "erased_addresses.address_hmac": "the mark that the erasure itself leaves",
    "served.address_hmac": "a mark too, while an issue goes out; tests/delivery/test_served.py",
    "deliveries.reason": "a word of ours or of the provider",
    "events.error": "what we could not read, never what",
    "import_rows.depth": "one of three words",
    "import_rows.language": "the code of a language of ours",
    "import_rows.time_zone": "a name of the time zone database",
    "imports.consent": "what an editor says of all rows",
    "imports.error": "a sentence of ours",
}
"""Columns of tables that a reader's steps do write to, which hold nothing of theirs."""

KEPT = {"suppressions.address_hmac", "erased_addresses.address_hmac"}
"""Marks that nobody can turn back into an address."""


def _ask_again(session: Session, now: datetime) -> None:
    """Add a sign-up that no worker has answered yet, and a mailbox that was sent a mail."""
    fields = SignupFields(parse_address(TYPED), hour=7, time_zone="Europe/Vienna")
    ask_sign_up(session, fields, replace(PAGE, wording=b"shown"), now)
    assert take_turn(session, mailbox_digest(parse_address(TYPED), PEPPER), REST, now)


def _tell(session: Session, reader: Subscriber, now: datetime, address: str) -> None:
    """Add a Delivery that bounced, one event of each state, and one event about a mail to NEW."""
    issue = make_issue(session, launched_at=now)
    ensure_partition(session, issue.id)
    session.add(
        Delivery(
            issue_id=issue.id,
            subscriber_id=reader.id,
            edition_id=1,
            state=DeliveryState.ACCEPTED,
            attempt=1,
            provider_id="m",
            at=now,
        )
    )
    session.flush()
    tag = delivery_tag(issue.public_id, reader.public_id)
    part = bounce("Transient/General", address)
    told = said("Bounce", now, delivery_id=tag, address=address, part=part)
    asked = session.scalars(select(Letter).where(Letter.kind == LetterKind.NEW_ADDRESS)).one()
    tag = letter_tag(asked.public_id)
    elsewhere = said("Bounce", now, delivery_id=tag, address=NEW, part=bounce(address=NEW))
    store(session, [RawEvent("a", told), RawEvent("b", elsewhere)], now)
    apply_new(session, 100, PEPPER, SIGNER, now)
    tag = delivery_tag(issue.public_id + 1, reader.public_id)
    early = said("Delivery", now, delivery_id=tag, address=address)
    store(session, [RawEvent("c", envelope(early)), RawEvent("d", f"<{address}> {{")], now)


def _import(session: Session, now: datetime) -> None:
    """Import a file with the person in a good row and in a bad one; it has been read."""
    row = begin_import(session, "readers.csv", follows=0, depth=Depth.BRIEF, now=now)
    add_piece(session, row.id, f"email,n\n{TYPED},1\nnobody,{TYPED}\n".encode())
    end_upload(session, CLI, row.id, "utf-8", FormatHints())
    read_stretch(session, row, Reader(PEPPER, QuickAddresses(allow_reserved=False)), now)


def _needles() -> set[str]:
    whole = spellings(TYPED) | spellings(NEW) | {"203.0.113.0"}
    return whole | {address_hmac(parse_address(TYPED).key, PEPPER).hex()}


def test_fixture_fills_every_column_that_could_hold_something_of_a_reader(
    session: Session, reader: Subscriber
) -> None:
    unfilled = unfilled_columns(session)
    assert {one for one in unfilled if one.partition(".")[0] not in ELSEWHERE} <= set(BESIDE)
    assert {one.partition(".")[0] for one in BESIDE}.isdisjoint(ELSEWHERE)


def test_erase_leaves_the_person_nowhere_but_the_mark_not_to_write(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    assert places_of(session, _needles()) == {
        "subscribers.address",
        "subscribers.address_key",
        "subscribers.address_hmac",
        "suppressions.address_hmac",
        "suppressions.note",
        "lifts.address_hmac",
        "lifts.because",
        "asks.address",
        "asks.address_key",
        "asks.network",
        "import_pieces.data",
        "import_rows.address",
        "import_rows.address_key",
        "import_rows.address_hmac",
        "import_bad_rows.cells",
        "letters.address",
        "letters.facts",
        "events.body",
        "idempotency_keys.body",
        "consents.network",
        "consents.note",
    }
    erase(session, None, reader.id, now, PAGE)
    assert places_of(session, _needles()) == KEPT
    session.refresh(reader)
    assert (reader.hour, reader.time_zone, reader.follows) == (None, None, 0)
    assert reader.language == ""
    assert reader.state is SubscriberState.ERASED


def test_erase_keeps_the_counts_and_says_when_it_happened(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    n_steps = len(session.scalars(select(Consent)).all())
    erase(session, None, reader.id, now, PAGE)
    assert session.scalars(select(Delivery.state)).all() == [DeliveryState.BOUNCED]
    assert session.scalars(select(Suppression.reason)).all() == [SuppressionReason.MANUAL]
    steps = session.scalars(select(Consent.step).order_by(Consent.id)).all()
    assert (len(steps), steps[-1]) == (n_steps + 1, ConsentStep.ERASED)


def test_erase_a_second_time_changes_nothing(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    for _ in range(2):
        erase(session, None, reader.id, now, PAGE)
    steps = session.scalars(select(Consent.step)).all()
    assert steps.count(ConsentStep.ERASED) == 1


def test_erase_takes_waiting_letters_back(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    erase(session, None, reader.id, now, PAGE)
    session.expire_all()
    letters = session.scalars(select(Letter)).all()
    assert {(one.state, one.reason) for one in letters if one.attempt == 0} <= {
        (DeliveryState.SKIPPED, "erased"),
        (DeliveryState.BOUNCED, "Permanent/General"),
    }
    assert [open_letter(session, one.id, "w", now + timedelta(days=1)) for one in letters] == [
        None
    ] * len(letters)


def test_erase_leaves_others_alone_whose_address_ends_like_this_one(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    other = make_subscriber(session, OTHER)
    store(session, [RawEvent("e", said("Complaint", now, delivery_id="9-9", address=OTHER))], now)
    queue_letter(session, LetterKind.TEST, address=OTHER, now=now)
    erase(session, None, reader.id, now, PAGE)
    event = session.scalars(select(Event).where(Event.unique_id == "e")).one()
    assert (event.state, OTHER in event.body) == (EventState.NEW, True)
    assert OTHER in session.scalars(select(Letter.address)).all()
    assert other.address == OTHER


def test_event_that_comes_after_the_erasure_is_not_kept_as_it_came(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    issue = session.get_one(Issue, session.scalars(select(Delivery.issue_id)).one())
    letter = session.scalars(select(Letter).where(Letter.kind == LetterKind.CONFIRMATION)).one()
    erase(session, None, reader.id, now, PAGE)
    session.commit()
    later = now + timedelta(minutes=1)
    for place, tag in enumerate(
        (delivery_tag(issue.public_id, reader.public_id), letter_tag(letter.public_id))
    ):
        part = bounce(address=TYPED)
        event = said("Bounce", later, delivery_id=tag, address=TYPED, part=part)
        store(session, [RawEvent(f"late-{place}", event)], later)
    assert apply_new(session, 100, PEPPER, SIGNER, later) == 2
    assert places_of(session, _needles()) == KEPT
    assert b"" not in session.scalars(select(Suppression.address_hmac)).all()
