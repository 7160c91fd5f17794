"""What a reader agreed to is added to, step by step, and never changed."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import Address
from app.enums import ConsentSource, ConsentStep, Depth
from app.models import Consent, Wording
from app.readers.consent import (
    Origin,
    consents_of,
    erase_personal_parts,
    network_of,
    record_consent,
)
from app.readers.erasure import erase
from app.readers.joining import NewReader, add_active
from app.readers.leave import leave
from app.readers.signup import SignupFields, confirm
from app.readers.subscribers import change_preferences
from tests.factories import PEPPER, make_category, make_subscriber
from tests.readers.signing_up import sign_up_now

PAGE = Origin(ConsentSource.PAGE, "203.0.113.0/24")
EDITOR = Origin(ConsentSource.EDITOR)
ADA = Address("ada@example.com", "ada@example.com")


def _told(session: Session, subscriber_id: int) -> list[tuple[ConsentStep, ConsentSource, int]]:
    session.flush()
    return [(row.step, row.source, row.follows) for row in consents_of(session, subscriber_id)]


def test_consent_tells_every_step_of_a_reader(session: Session, now: datetime) -> None:
    ai = make_category(session)
    sign_up_now(session, SignupFields(ADA, [ai.slug]), now, PAGE)
    confirm(session, 1, now, PAGE)
    change_preferences(session, None, 1, {"follows": 3}, now, EDITOR)
    leave(session, 1, now + timedelta(days=1), Origin(ConsentSource.MAILBOX))
    assert _told(session, 1) == [
        (ConsentStep.SIGNED_UP, ConsentSource.PAGE, 1),
        (ConsentStep.CONFIRMED, ConsentSource.PAGE, 1),
        (ConsentStep.CHANGED, ConsentSource.EDITOR, 3),
        (ConsentStep.LEFT, ConsentSource.MAILBOX, 3),
    ]
    first = consents_of(session, 1)[0]
    assert (first.at, first.network, first.depth) == (now, "203.0.113.0/24", Depth.BRIEF)


def test_consent_gets_no_row_when_a_step_changes_nothing(session: Session, now: datetime) -> None:
    reader = make_subscriber(session)
    confirm(session, reader.id, now, PAGE)
    change_preferences(session, None, reader.id, {"paused_until": now}, now, PAGE)
    leave(session, reader.id, now, PAGE)
    leave(session, reader.id, now, PAGE)
    assert [step for step, _, _ in _told(session, reader.id)] == [ConsentStep.LEFT]


def test_consent_of_a_known_reader_stays_when_an_editor_adds_them_again(
    session: Session, now: datetime
) -> None:
    for _ in range(2):
        add_active(session, CLI, [NewReader(ADA, 3, Depth.DEEP)], PEPPER, now, EDITOR)
    assert _told(session, 1) == [(ConsentStep.ADDED, ConsentSource.EDITOR, 3)]


def test_consent_keeps_what_was_agreed_to_and_when_of_who_was_erased(
    session: Session, now: datetime
) -> None:
    reader = make_subscriber(session)
    record_consent(session, reader, ConsentStep.SIGNED_UP, PAGE, now, note="Said it on the phone")
    erase(session, None, reader.id, now, EDITOR)
    session.flush()
    session.expire_all()
    rows = consents_of(session, reader.id)
    assert [row.step for row in rows] == [ConsentStep.SIGNED_UP, ConsentStep.ERASED]
    assert [(row.network, row.note, row.at) for row in rows] == [(None, "", now)] * 2


def test_erase_personal_parts_leaves_other_readers_theirs(session: Session, now: datetime) -> None:
    readers = [make_subscriber(session) for _ in range(2)]
    for reader in readers:
        record_consent(session, reader, ConsentStep.SIGNED_UP, PAGE, now)
    session.flush()
    erase_personal_parts(session, readers[0].id)
    session.expire_all()
    networks = [consents_of(session, reader.id)[0].network for reader in readers]
    assert networks == [None, PAGE.network]


@pytest.mark.parametrize(
    "statement",
    [
        update(Consent).values(at=text("at + interval '1 day'"), network=None),
        update(Consent).values(network="198.51.100.0/24"),
        update(Consent).values(note="Later"),
        update(Consent).values(step=ConsentStep.CONFIRMED, network=None),
        update(Wording).values(text="We may sell your address."),
        delete(Consent),
        delete(Wording),
        text("TRUNCATE consents"),
        text("TRUNCATE wordings"),
    ],
)
def test_database_refuses_to_change_what_was_agreed_to(
    session: Session, now: datetime, statement: object
) -> None:
    reader = make_subscriber(session)
    record_consent(session, reader, ConsentStep.SIGNED_UP, PAGE, now)
    session.add(Wording(hash=b"1", version="1", language="en", text="Please.", created_at=now))
    session.flush()
    with pytest.raises(IntegrityError, match="only added to"):
        session.execute(statement)  # type: ignore[call-overload]  # an update, a delete or a text


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", None),
        ("", None),
        (None, None),
    ],
)
def test_network_of_keeps_the_network_only(address: str | None, network: str | None) -> None:
    assert network_of(address) == network


@given(st.ip_addresses())
def test_network_of_two_neighbours_is_the_same(address: object) -> None:
    network = network_of(str(address))
    assert network is not None
    assert network_of(network.partition("/")[0]) == network
