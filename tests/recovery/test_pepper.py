"""A new pepper over the former one: everybody is recognised, also in what the journal tells."""

from dataclasses import replace as with_changes
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import LargeBinary, func, select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import address_hmac, hashed_by, joined_peppers, parse_address
from app.container import Container, build
from app.db.base import Base
from app.db.session import make_engine, transaction
from app.enums import SuppressionReason
from app.errors import ConfigError, Unavailable, WrongState
from app.models import AuditEntry, Installation, Subscriber, Suppression
from app.outside.journal import Entry, JournalStep, read_journal, remember
from app.readers.pepper import PEPPERED, check_pepper
from app.recovery.pepper import migrate_pepper, under_all
from app.settings import Settings
from tests.factories import PEPPER, make_subscriber

NEW = "a pepper that came later, and is longer than a block of SHA-256 is, which has 64 bytes"
BOTH = joined_peppers([PEPPER, NEW])
ADA = parse_address("ada@example.com").key

NO_HMACS = {
    *("api_keys.key_hash", "idempotency_keys.request_hash", "idempotency_keys.body"),
    *("asks.wording_hash", "consents.wording_hash", "wordings.hash", "link_checks.url_hash"),
    *("installations.pepper_fingerprint", "import_pieces.data", "passkeys.credential_id"),
    *("passkeys.public_key", "challenges.secret_hash", "sign_in_links.secret_hash"),
    *("user_sessions.secret_hash", "documents.state", "document_updates.body"),
    *("webhooks.secret", "webhooks.former_secret"),
}


@pytest.fixture
def newer(settings: Settings, session: Session, tmp_path: Path) -> Settings:
    """Make a database under one pepper, and settings that have another over it and a journal."""
    check_pepper(session, PEPPER)
    make_subscriber(session, ADA)
    session.add(
        Suppression(
            address_hmac=address_hmac(ADA, PEPPER),
            reason=SuppressionReason.MANUAL,
            note="",
            created_at=func.now(),
        )
    )
    session.commit()
    return settings.model_copy(
        update={
            "address_pepper": SecretStr(NEW),
            "former_peppers": [SecretStr(PEPPER)],
            "state_folder": str(tmp_path / "state"),
        }
    )


def _built(settings: Settings) -> Container:
    return build(settings, enqueue_now=lambda _: None)


def _hmacs(session: Session) -> list[bytes]:
    session.rollback()
    return [
        session.scalars(select(Subscriber.address_hmac)).one(),
        session.scalars(select(Suppression.address_hmac)).one(),
    ]


def test_every_column_of_bytes_is_an_hmac_of_an_address_or_is_known_not_to_be() -> None:
    found = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    peppered = {f"{table}.{column}" for table, column in PEPPERED}
    assert peppered <= found
    assert found - peppered == NO_HMACS


def test_everybody_is_recognised_under_the_new_pepper_and_nobody_under_the_old(
    newer: Settings, session: Session
) -> None:
    container = _built(newer)
    assert migrate_pepper(container, CLI, anyway=True) == 1
    assert _hmacs(session) == [address_hmac(ADA, BOTH)] * 2
    assert address_hmac(ADA, BOTH) != address_hmac(ADA, NEW)
    check_pepper(session, BOTH)
    for wrong in (PEPPER, NEW, joined_peppers([NEW, PEPPER])):
        with pytest.raises(ConfigError):
            check_pepper(session, wrong)
    assert session.scalars(select(AuditEntry.verb)).all() == ["migrate_pepper"]
    container.engine.dispose()


def test_second_run_changes_nothing(newer: Settings, session: Session) -> None:
    container = _built(newer)
    migrate_pepper(container, CLI, anyway=True)
    before = _hmacs(session)
    assert migrate_pepper(container, CLI) == 0
    assert _hmacs(session) == before
    container.engine.dispose()


def test_database_before_its_migration_is_refused_and_says_what_to_do(
    newer: Settings, session: Session
) -> None:
    with pytest.raises(ConfigError, match="run devoured pepper migrate"):
        check_pepper(session, newer.pepper)


def test_pepper_that_is_over_another_one_is_refused(newer: Settings, session: Session) -> None:
    strange = newer.model_copy(update={"former_peppers": [SecretStr("of another database")]})
    container = _built(strange)
    with pytest.raises(ConfigError, match="another one than this database was filled under"):
        migrate_pepper(container, CLI, anyway=True)
    assert _hmacs(session) == [address_hmac(ADA, PEPPER)] * 2
    container.engine.dispose()


def test_others_that_are_connected_stop_it(newer: Settings, session: Session) -> None:
    other = make_engine(newer.database_url)
    container = _built(newer)
    with other.connect(), pytest.raises(WrongState, match="besides this one"):
        migrate_pepper(container, CLI)
    assert _hmacs(session) == [address_hmac(ADA, PEPPER)] * 2
    other.dispose()
    container.engine.dispose()


def test_journal_that_cannot_be_told_stops_it(newer: Settings, session: Session) -> None:
    Path(newer.state_folder).write_text("no folder", encoding="utf-8")
    container = _built(newer)
    with pytest.raises(Unavailable, match="cannot be told"):
        migrate_pepper(container, CLI, anyway=True)
    assert _hmacs(session) == [address_hmac(ADA, PEPPER)] * 2
    container.engine.dispose()


def test_journal_of_before_and_after_names_the_same_person(
    newer: Settings, session: Session
) -> None:
    older = newer.model_copy(update={"address_pepper": SecretStr(PEPPER), "former_peppers": []})
    whose = session.scalars(select(Installation.installation_id)).one()
    session.rollback()
    for settings in (older, newer):
        container = _built(settings)
        if settings is newer:
            migrate_pepper(container, CLI, anyway=True)
        key = address_hmac(ADA, container.pepper)
        with transaction(container.sessions) as own:
            remember(own, JournalStep.LEFT, container.clock(), [key])
        found = read_journal(container.places, whose)
        container.engine.dispose()
    told = under_all(found.entries, newer.pepper)
    assert [one.keys for one in told if one.what is JournalStep.LEFT] == [
        (address_hmac(ADA, BOTH),)
    ] * 2


def test_journal_that_was_told_twice_or_goes_over_two_peppers_says_the_same() -> None:
    at = datetime(2026, 11, 29, tzinfo=UTC)
    peppers = ["one", "two", "three"]
    key = hashed_by(b"ada", peppers[:1])
    first = Entry(JournalStep.LEFT, at, (key,))
    second = Entry(JournalStep.LEFT, at + timedelta(3), (hashed_by(key, ["two"]),))
    entries = [
        first,
        Entry(JournalStep.PEPPERED, at + timedelta(1), facts={"before": 1}),
        Entry(JournalStep.PEPPERED, at + timedelta(2), facts={"before": 1}),
        second,
        Entry(JournalStep.PEPPERED, at + timedelta(4), facts={"before": 2}),
        with_changes(first, keys=(hashed_by(b"ada", peppers),)),
    ]
    told = under_all(entries, joined_peppers(peppers))
    assert {one.keys for one in told if one.keys} == {(hashed_by(b"ada", peppers),)}
