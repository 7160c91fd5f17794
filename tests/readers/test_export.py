"""An export holds everybody with all they chose, and an import takes it back as it was."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.addresses import address_hmac
from app.db.session import Sessions, transaction
from app.enums import ConsentSource, ConsentStep, Depth, SubscriberState, SuppressionReason
from app.models import Subscriber, Suppression
from app.readers import export
from app.readers.consent import Origin, record_consent
from app.readers.erasure import erase
from app.readers.export import export_heading, export_pages
from tests.factories import PEPPER, make_category, make_subscriber
from tests.readers.importing import Importer


def rows(sessions: Sessions, state: SubscriberState | None = None) -> list[dict[str, str]]:
    text = export_heading() + "".join(export_pages(sessions, state))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def add_readers(session: Session, now: datetime) -> None:
    ai, ops = make_category(session, "ai"), make_category(session, "devops")
    ann = make_subscriber(
        session, "+ann@example.com", follows=ai.mask | ops.mask, depth=Depth.BRIEF,
        hour=7, time_zone="Europe/Vienna", language="de", paused_until=now + timedelta(days=2),
    )  # fmt: skip
    record_consent(
        session, ann, ConsentStep.ADDED, Origin(ConsentSource.EDITOR), now, note="=told, by phone"
    )
    make_subscriber(session, "bob@example.com", state=SubscriberState.LEFT, left_at=now)
    make_subscriber(session, "waits@example.com", state=SubscriberState.PENDING)
    hard = make_subscriber(session, "hard@example.com")
    session.add(
        Suppression(
            address_hmac=hard.address_hmac, reason=SuppressionReason.HARD_BOUNCE, note="",
            created_at=now,
        )
    )  # fmt: skip
    gone = make_subscriber(session, "gone@example.com")
    erase(session, None, gone.id, now, Origin(ConsentSource.EDITOR))


def test_export_has_state_preferences_consent_and_suppression(
    sessions: Sessions, now: datetime
) -> None:
    with transaction(sessions) as session:
        add_readers(session, now)

    ann, bob, waits, hard = rows(sessions)

    assert ann["address"] == "'+ann@example.com"
    assert (ann["categories"], ann["depth"], ann["hour"]) == ("ai,devops", "brief", "7")
    assert ann["language"] == "de"
    assert (ann["consent_step"], ann["consent_source"]) == ("added", "editor")
    assert ann["consent_note"] == "'=told, by phone"
    assert (bob["state"], bob["left_at"]) == ("left", now.isoformat())
    assert waits["state"] == "pending"
    assert (hard["state"], hard["suppressed"]) == ("active", "hard_bounce")


def test_export_may_be_of_one_state(sessions: Sessions, now: datetime) -> None:
    with transaction(sessions) as session:
        add_readers(session, now)

    assert [row["address"] for row in rows(sessions, SubscriberState.LEFT)] == ["bob@example.com"]


def test_export_comes_in_pages(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction(sessions) as session:
        for _ in range(5):
            make_subscriber(session)
    monkeypatch.setattr(export, "ROWS_AT_ONCE", 2)

    pages = list(export_pages(sessions))

    assert [page.count("\r\n") for page in pages] == [2, 2, 1]


def test_import_takes_an_export_back_as_it_was(importer: Importer, sessions: Sessions) -> None:
    with transaction(sessions) as session:
        add_readers(session, importer.now)
    text = export_heading() + "".join(export_pages(sessions))
    before = rows(sessions)
    with transaction(sessions) as session:
        session.execute(delete(Subscriber))
        session.execute(delete(Suppression))

    done = importer.add(text)

    assert (done.form, done.n_bad) == ("devoured", 0)
    assert done.counts == {
        "added": 1, "said_left": 1, "said_unconfirmed": 1, "said_bounced": 1,
    }  # fmt: skip
    ann = next(row for row in rows(sessions) if "ann" in row["address"])
    same = [
        "address",
        "state",
        "categories",
        "depth",
        "hour",
        "time_zone",
        "language",
        "paused_until",
        "confirmed_at",
    ]
    assert {name: ann[name] for name in same} == {name: before[0][name] for name in same}
    with transaction(sessions) as session:
        hmacs = set(session.scalars(select(Suppression.address_hmac)))
    assert hmacs == {address_hmac("hard@example.com", PEPPER)}
