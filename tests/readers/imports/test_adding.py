"""Who an import makes active, and above all whom it does not."""

from datetime import UTC, datetime

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import address_hmac, parse_address
from app.db.session import Sessions, transaction
from app.enums import (
    ConsentSource,
    ConsentStep,
    Depth,
    ImportState,
    SubscriberState,
    SuppressionReason,
)
from app.models import Consent, ImportPiece, ImportRow, Subscriber, Suppression
from app.readers.consent import Origin, record_consent
from app.readers.erasure import erase
from app.readers.imports.upload import start
from app.readers.joining import NewReader, add_active
from tests.factories import PEPPER, make_category, make_subscriber
from tests.readers.importing import Importer

HEADING = "email,status\n"


def suppress(session: Session, address: str, reason: SuppressionReason, now: datetime) -> None:
    hmac = address_hmac(address, PEPPER)
    session.add(Suppression(address_hmac=hmac, reason=reason, note="", created_at=now))


def test_import_adds_new_readers_with_their_preferences(
    importer: Importer, sessions: Sessions
) -> None:
    with transaction(sessions) as session:
        ai, ops = make_category(session, "ai"), make_category(session, "devops")
    importer.follows = ai.mask | ops.mask

    done = importer.add(
        "email,categories,depth,hour,time_zone,confirmed_at,language\n"
        "Ann@Example.com,AI,deep,07:00,Europe/Vienna,2024-02-03T04:05:06Z,de_AT\n"
        "bob@example.com,,,,,,\n"
        "eve@example.com,,,,,,Klingon\n"
    )

    assert done.state == ImportState.DONE
    assert done.counts == {"added": 3}
    with transaction(sessions) as session:
        ann, bob, eve = session.scalars(select(Subscriber).order_by(Subscriber.address_key)).all()
        assert (ann.address, ann.address_key) == ("Ann@example.com", "ann@example.com")
        assert (ann.follows, ann.depth, ann.hour) == (ai.mask, Depth.DEEP, 7)
        assert ann.time_zone == "Europe/Vienna"
        assert (ann.language, bob.language, eve.language) == ("de", "", "")
        assert ann.confirmed_at == datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)
        assert (bob.follows, bob.depth) == (ai.mask | ops.mask, Depth.BRIEF)
        assert bob.confirmed_at == importer.now
        assert {ann.state, bob.state} == {SubscriberState.ACTIVE}


def test_import_records_the_consent_that_was_stated(importer: Importer, sessions: Sessions) -> None:
    done = importer.add("email\nann@example.com\n")

    with transaction(sessions) as session:
        consent = session.scalars(select(Consent)).one()
        assert (consent.step, consent.source) == (ConsentStep.ADDED, ConsentSource.IMPORT)
        assert consent.note == f"Import {done.id}: They signed up on our old site."


def test_import_spares_and_counts_who_must_not_come_back(
    importer: Importer, sessions: Sessions
) -> None:
    now = importer.now
    with transaction(sessions) as session:
        make_subscriber(session, "left@example.com", state=SubscriberState.LEFT)
        make_subscriber(session, "waits@example.com", state=SubscriberState.PENDING)
        make_subscriber(session, "here@example.com")
        gone = make_subscriber(session, "gone@example.com")
        erase(session, None, gone.id, now, Origin(ConsentSource.EDITOR))
        suppress(session, "bounced@example.com", SuppressionReason.HARD_BOUNCE, now)
        suppress(session, "soft@example.com", SuppressionReason.SOFT_BOUNCES, now)
        suppress(session, "complained@example.com", SuppressionReason.COMPLAINT, now)
        suppress(session, "manual@example.com", SuppressionReason.MANUAL, now)
    names = ["left", "waits", "here", "gone", "bounced", "soft", "complained", "manual"]
    file = "email\n" + "".join(f"{name.upper()}@EXAMPLE.COM\n" for name in names)
    before = importer.states()

    expected = importer.read(file).counts
    done = importer.add(file)

    assert done.counts == expected
    assert expected == {
        "left": 1, "known": 2, "erased": 1, "bounced": 2, "complained": 1, "suppressed": 1,
    }  # fmt: skip
    assert importer.states() == before


def test_import_writes_down_a_no_and_never_makes_it_active(
    importer: Importer, sessions: Sessions
) -> None:
    file = (
        f"{HEADING}yes@example.com,subscribed\nleft@example.com,Unsubscribed\n"
        "hard@example.com,cleaned\nspam@example.com,complained\nbad@example.com,blocklisted\n"
        "maybe@example.com,pending\n"
    )

    done = importer.add(file)

    assert done.counts == {
        "added": 1, "said_left": 1, "said_bounced": 1, "said_complained": 1,
        "said_suppressed": 1, "said_unconfirmed": 1,
    }  # fmt: skip
    assert importer.states() == {"yes@example.com": "active", "left@example.com": "left"}
    with transaction(sessions) as session:
        reasons = {row.address_hmac: row.reason for row in session.scalars(select(Suppression))}
    assert reasons == {
        address_hmac("hard@example.com", PEPPER): SuppressionReason.HARD_BOUNCE,
        address_hmac("spam@example.com", PEPPER): SuppressionReason.COMPLAINT,
        address_hmac("bad@example.com", PEPPER): SuppressionReason.MANUAL,
    }
    everybody = "email\n" + "".join(f"{name}@example.com\n" for name in ("left", "hard", "spam"))
    assert importer.add(everybody).counts == {"left": 1, "bounced": 1, "complained": 1}


def test_import_again_changes_nothing(importer: Importer, sessions: Sessions) -> None:
    file = f"{HEADING}ann@example.com,active\nbob@example.com,unsubscribed\n"
    importer.add(file)
    before = importer.states()

    again = importer.add(file)

    assert again.counts == {"known": 1, "said_left": 1}
    assert importer.states() == before
    with transaction(sessions) as session:
        assert len(session.scalars(select(Consent)).all()) == 1


def test_no_of_a_later_file_closes_who_came_by_import_alone(
    importer: Importer, sessions: Sessions
) -> None:
    importer.add("email\nann@example.com\nbob@example.com\n")
    with transaction(sessions) as session:
        make_subscriber(session, "own@example.com")
        bob = session.scalars(select(Subscriber).where(Subscriber.address_key.like("bob%"))).one()
        record_consent(session, bob, ConsentStep.CHANGED, Origin(ConsentSource.PAGE), importer.now)

    importer.add(
        f"{HEADING}ann@example.com,unsubscribed\nbob@example.com,unsubscribed\n"
        "own@example.com,unsubscribed\n"
    )

    assert importer.states() == {
        "ann@example.com": "left",
        "bob@example.com": "active",
        "own@example.com": "active",
    }


def test_most_careful_row_counts_when_an_address_comes_twice(importer: Importer) -> None:
    done = importer.add(
        f"{HEADING}ann@example.com,active\nann@EXAMPLE.com,unsubscribed\nann@example.com,active\n"
    )

    assert done.counts == {"said_left": 1, "twice": 2}
    assert importer.states() == {"ann@example.com": "left"}


def test_last_row_counts_when_an_address_comes_twice_and_agrees(
    importer: Importer, sessions: Sessions
) -> None:
    importer.add("email,depth\nann@example.com,deep\nann@example.com,headlines\n")

    with transaction(sessions) as session:
        assert session.scalars(select(Subscriber.depth)).one() is Depth.HEADLINES


def test_counts_add_up_to_the_rows_over_many_steps(importer: Importer, monkeypatch: object) -> None:
    file = "email\n" + "".join(f"reader{n % 900}@example.com\n" for n in range(1000)) + "bad\n"
    row = importer.read(file)
    assert (row.n_rows, row.n_bad) == (1001, 1)

    done = importer.add(file)

    assert done.counts == {"added": 900, "twice": 100}
    assert sum(done.counts.values()) + done.n_bad == done.n_rows


def test_import_leaves_nothing_personal_behind_once_done(
    importer: Importer, sessions: Sessions
) -> None:
    importer.add("email\nann@example.com\n")

    with transaction(sessions) as session:
        assert session.scalars(select(ImportRow.line)).all() == []
        assert session.scalars(select(ImportPiece.starts_at)).all() == []


def test_step_that_was_lost_is_done_again_and_nobody_twice(
    importer: Importer, sessions: Sessions
) -> None:
    row = importer.read("email\n" + "".join(f"r{n}@example.com\n" for n in range(500)))
    with transaction(sessions) as session:
        start(session, CLI, row.id, "They asked.", importer.now)
        # As of a process killed between two steps: the first half of the slots is done.
        session.execute(text("UPDATE imports SET n_rows = 12800000"))
    assert importer.advance(row.id)
    with transaction(sessions) as session:
        session.execute(text("UPDATE imports SET n_rows = 500"))

    done = importer.finish(row.id)

    assert done.counts == {"added": 500}
    assert len(importer.states()) == 500


def test_reader_who_signs_up_between_look_and_step_is_known(
    importer: Importer, sessions: Sessions
) -> None:
    row = importer.read("email\nann@example.com\n")
    assert row.counts == {"added": 1}
    with transaction(sessions) as session:
        make_subscriber(session, "ann@example.com")
        start(session, CLI, row.id, "They asked.", importer.now)

    assert importer.finish(row.id).counts == {"known": 1}


def test_suppressed_since_the_look_is_spared(importer: Importer, sessions: Sessions) -> None:
    row = importer.read("email\nann@example.com\n")
    with transaction(sessions) as session:
        suppress(session, "ann@example.com", SuppressionReason.COMPLAINT, importer.now)
        start(session, CLI, row.id, "They asked.", importer.now)

    assert importer.finish(row.id).counts == {"complained": 1}
    assert importer.states() == {}


def test_erased_reader_is_not_added_by_an_editor_either(sessions: Sessions, now: datetime) -> None:
    with transaction(sessions) as session:
        gone = make_subscriber(session, "gone@example.com")
        erase(session, None, gone.id, now, Origin(ConsentSource.EDITOR))
        session.execute(update(Subscriber).values(follows=0))

    with transaction(sessions) as session:
        readers = [NewReader(parse_address("gone@example.com"), 1, Depth.BRIEF)]
        n_added = add_active(session, CLI, readers, PEPPER, now, Origin(ConsentSource.EDITOR))

    assert n_added == 0
