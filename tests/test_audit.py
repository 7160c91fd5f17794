"""The audit: only added to, and nothing in it that could name a person."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.actors import CLI, Actor, ActorKind, Verb
from app.audit import KEPT, MAX_TEXT, fields_of, list_entries, record
from app.models import AuditEntry, Issue
from tests.factories import make_issue

_PERSONAL = ("address", "hmac", "hash", "network", "secret", "reply_to", "prefix", "key")


@pytest.fixture
def issue(session: Session) -> Issue:
    return make_issue(session)


def test_entry_holds_the_changed_fields_alone(
    session: Session, issue: Issue, now: datetime
) -> None:
    before = fields_of(issue)
    issue.subject, issue.issued_on = "Another", date(2026, 12, 24)
    entry = record(session, CLI, Verb.CHANGE_ISSUE, issue, now, before=before)
    session.expire(entry)
    assert entry.before == {"subject": "What happened on Monday", "issued_on": "2026-11-23"}
    assert entry.after == {"subject": "Another", "issued_on": "2026-12-24"}
    assert (entry.target_kind, entry.target_id, entry.issue_id) == ("issue", issue.id, issue.id)
    assert entry.version == entry.issue_version == issue.version


def test_texts_are_short_and_without_addresses(
    session: Session, issue: Issue, now: datetime
) -> None:
    issue.subject = "Write to ann.o'neil+x@example.com, or <bob@example.org>!"
    issue.preheader = "x" * 500_000  # each letter of a word was tried as the first of an address
    key = Actor(ActorKind.KEY, "key of ann@example.com", 3)
    entry = record(session, key, Verb.CHANGE_ISSUE, issue, now)
    assert "@" not in f"{entry.before} {entry.after} {entry.who}"
    assert entry.after["subject"] == "Write to [address] or [address]"
    assert (len(entry.after["preheader"]), entry.after["preheader"][-1]) == (MAX_TEXT, "…")


@pytest.mark.parametrize("model", KEPT, ids=lambda model: model.__name__)
def test_fields_that_are_kept_are_none_of_a_person(model: type) -> None:
    for name in KEPT[model][1]:
        assert not any(word in name for word in _PERSONAL), name


def test_entries_are_never_changed_or_deleted(
    session: Session, issue: Issue, now: datetime
) -> None:
    record(session, CLI, Verb.CANCEL, issue, now)
    session.commit()
    for statement in (update(AuditEntry).values(who="me"), delete(AuditEntry)):
        with pytest.raises(DBAPIError, match="only added to"):
            session.execute(statement)
        session.rollback()
    assert session.scalars(select(AuditEntry.who)).all() == ["cli"]


def test_entry_is_gone_with_the_change_that_it_tells(
    session: Session, issue: Issue, now: datetime
) -> None:
    session.commit()
    record(session, CLI, Verb.CANCEL, issue, now)
    session.rollback()
    assert list_entries(session, limit=9) == []


def test_entries_outlive_what_they_are_about(session: Session, issue: Issue, now: datetime) -> None:
    entry = record(session, CLI, Verb.CANCEL, issue, now)
    number = issue.id
    session.delete(issue)
    session.commit()
    assert session.get_one(AuditEntry, entry.id).issue_id == number


def test_entries_are_found_by_who_what_and_when(
    session: Session, issue: Issue, now: datetime
) -> None:
    other = make_issue(session, issued_on=date(2026, 12, 1))
    desk = Actor(ActorKind.KEY, "desk", 3)
    later = datetime(2027, 1, 1, tzinfo=UTC)
    first = record(session, CLI, Verb.CANCEL, issue, now)
    second = record(session, desk, Verb.APPROVE, issue, later)
    third = record(session, desk, Verb.CANCEL, other, later)
    found = {
        "all": list_entries(session, limit=9),
        "who": list_entries(session, limit=9, who="cli"),
        "kind": list_entries(session, limit=9, kind=ActorKind.KEY),
        "issue": list_entries(session, limit=9, issue_id=issue.id),
        "verb": list_entries(session, limit=9, verb=Verb.CANCEL),
        "since": list_entries(session, limit=9, since=later),
        "page": list_entries(session, limit=1, before=third.id),
    }
    assert found == {
        "all": [third, second, first],
        "who": [first],
        "kind": [third, second],
        "issue": [second, first],
        "verb": [third, first],
        "since": [third, second],
        "page": [second],
    }
