"""The lead story in the shared document: said there, at the desk or by the API, it is the same."""

from datetime import datetime

import pytest
from pycrdt import Text
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.editing.shape import LEAD, issue_map, lead_of
from app.issues.dropping import drop_story, restore_story
from app.issues.lifecycle import get_issue
from app.issues.restoring import restore_lines, restore_revision
from app.issues.revisions import list_revisions
from app.issues.stories import change_issue, change_story
from app.models import AuditEntry, Issue
from tests.editing.writers import ADA, Writer, settled


def _lead(session: Session, issue: Issue) -> int | None:
    session.rollback()
    return get_issue(session, issue.id).lead_story_id


def _say(writer: Writer, key: str | None) -> None:
    issue_map(writer.doc)[LEAD] = key
    writer.send()


def test_story_that_the_document_says_leads_and_one_instead_and_none(
    session: Session, issue: Issue, ada: Writer, bo: Writer, now: datetime
) -> None:
    for writer, key, number in ((ada, "s1", 1), (bo, "s3", 3), (ada, None, None)):
        _say(writer, key)
        settled(session, issue, now)
        assert _lead(session, issue) == number
        ada.hear()
        bo.hear()
    done = session.execute(select(AuditEntry.who, AuditEntry.verb).order_by(AuditEntry.id)).all()
    assert [tuple(one) for one in done] == [
        ("Ada", "change_issue"), ("Bo", "change_issue"), ("Ada", "change_issue"),
    ]  # fmt: skip


def test_lead_that_is_chosen_elsewhere_is_in_the_document(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    change_issue(session, CLI, issue.id, {"lead_story_id": 2}, now)
    session.commit()
    settled(session, issue, now)
    ada.hear()
    assert lead_of(ada.doc) == "s2"
    change_issue(session, CLI, issue.id, {"lead_story_id": None}, now)
    session.commit()
    settled(session, issue, now)
    ada.hear()
    assert lead_of(ada.doc) is None
    assert _lead(session, issue) is None


def test_document_begins_with_the_lead_that_the_issue_has(
    session: Session, issue: Issue, now: datetime
) -> None:
    change_issue(session, CLI, issue.id, {"lead_story_id": 2}, now)
    drop_story(session, CLI, issue.id, 2, now)
    session.commit()
    ada = Writer(session, issue.id, ADA, now).joined()
    assert lead_of(ada.doc) == "s2"
    ada.drop("s2", is_dropped=False)
    ada.send()
    settled(session, issue, now)
    assert _lead(session, issue) == 2


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_lead_that_is_dropped_leads_no_more_and_again_once_it_is_back(
    session: Session, issue: Issue, ada: Writer, now: datetime, where: str
) -> None:
    _say(ada, "s1")
    settled(session, issue, now)
    for is_dropped in (True, False):
        if where == "here":
            ada.drop("s1", is_dropped=is_dropped)
            ada.send()
        else:
            (drop_story if is_dropped else restore_story)(session, CLI, issue.id, 1, now)
            session.commit()
        settled(session, issue, now)
        assert _lead(session, issue) == (None if is_dropped else 1)
        ada.hear()
    assert lead_of(ada.doc) == "s1"


def test_story_that_was_lead_does_not_lead_again_where_somebody_said_that_none_does(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    _say(ada, "s1")
    settled(session, issue, now)
    ada.drop("s1")
    _say(ada, None)
    settled(session, issue, now)
    ada.drop("s1", is_dropped=False)
    ada.send()
    settled(session, issue, now)
    assert _lead(session, issue) is None


@pytest.mark.parametrize("odd", ["s99", "", "-" * 99, 7, True, ["s1"], Text("s1")])
def test_what_is_no_story_of_the_issue_leads_nothing(
    session: Session, issue: Issue, ada: Writer, now: datetime, odd: object
) -> None:
    issue_map(ada.doc)[LEAD] = odd
    ada.type("s1", "title", "Also ", at=0)
    ada.send()
    settled(session, issue, now)
    assert _lead(session, issue) is None


def test_lead_stays_when_its_story_or_the_lines_of_the_issue_are_restored(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    change_story(session, CLI, issue.id, 1, {"title": "Another"}, now)
    change_issue(session, CLI, issue.id, {"subject": "Another"}, now)
    session.commit()
    settled(session, issue, now)
    _say(ada, "s1")
    settled(session, issue, now)
    for story_id in (1, None):
        first = list_revisions(session, issue.id, story_id, before=None, limit=9)[-1].revision.id
        if story_id:
            restore_revision(session, CLI, issue.id, story_id, first, now)
        else:
            restore_lines(session, CLI, issue.id, first, now)
        session.commit()
        settled(session, issue, now)
        assert _lead(session, issue) == 1
        ada.hear()
    assert lead_of(ada.doc) == "s1"
