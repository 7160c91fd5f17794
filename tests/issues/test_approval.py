"""Approval, on a real database and real templates."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.enums import Depth, IssueState
from app.errors import ChecksFailed, Conflict, NotFound, WrongState
from app.issues.approval import approve_checked, reopen_if_changed
from app.issues.checks.check import check
from app.issues.checks.gather import CheckSettings
from app.issues.daily import schedule_the_day
from app.models import Category, Issue, Publication
from app.rendering.templates import our_templates
from tests.factories import make_category, make_issue, make_story, make_subscriber

Codes = Callable[[], list[str]]


@pytest.fixture(scope="module")
def check_settings() -> CheckSettings:
    return CheckSettings(our_templates(), "https://digest.dev", checks_links=False)


@pytest.fixture
def codes(session: Session, issue: Issue, check_settings: CheckSettings, now: datetime) -> Codes:
    def run() -> list[str]:
        session.flush()
        return [one.code for one in check(session, issue.id, check_settings, now).findings]

    return run


@pytest.fixture
def readers(session: Session, ai: Category, publication: Publication) -> None:
    """Somebody who reads it, and a sender that exists."""
    make_subscriber(session, follows=ai.mask)
    publication.from_address = "Devoured <digest@digest.dev>"


def test_check_finds_nothing_in_a_complete_issue(readers: None, codes: Codes) -> None:
    assert codes() == []


def test_approve_takes_an_issue_with_warnings_and_says_them(
    session: Session,
    issue: Issue,
    publication: Publication,
    check_settings: CheckSettings,
    now: datetime,
) -> None:
    checked = approve_checked(session, CLI, issue.id, check_settings, now)
    assert checked.issue.state is IssueState.APPROVED
    assert [one.code for one in checked.findings] == ["sender_placeholder", "no_readers"]


def test_approve_refuses_and_changes_nothing_when_a_finding_blocks(
    session: Session, issue: Issue, check_settings: CheckSettings, now: datetime, readers: None
) -> None:
    cut_off = make_story(
        session, issue, None, title="Cut off", summary="", what="", why_it_matters="", url=""
    )
    with pytest.raises(ChecksFailed) as refused:
        approve_checked(session, CLI, issue.id, check_settings, now)
    assert issue.state is IssueState.DRAFT
    assert [error.pointer for error in refused.value.errors] == [f"/stories/{cut_off.id}"]
    assert refused.value.findings[0]["code"] == "incomplete_story"


def test_approve_says_what_is_wrong_with_the_step_before_the_checks(
    session: Session, issue: Issue, check_settings: CheckSettings, now: datetime
) -> None:
    issue.state = IssueState.SENT
    session.flush()
    with pytest.raises(WrongState):
        approve_checked(session, CLI, issue.id, check_settings, now)
    with pytest.raises(NotFound):
        approve_checked(session, CLI, 4711, check_settings, now)


def test_second_issue_of_the_day_is_a_conflict_when_that_is_all(
    session: Session, issue: Issue, ai: Category, check_settings: CheckSettings, now: datetime
) -> None:
    approve_checked(session, CLI, issue.id, check_settings, now)
    second = make_issue(session)
    make_story(session, second, ai, url="https://news.dev/other", title="Another one")
    with pytest.raises(Conflict):
        approve_checked(session, CLI, second.id, check_settings, now)


def test_approved_issue_goes_out_whatever_the_checks_would_say_later(
    session: Session,
    issue: Issue,
    publication: Publication,
    check_settings: CheckSettings,
    now: datetime,
) -> None:
    approve_checked(session, CLI, issue.id, check_settings, now)
    twin = make_issue(session, issued_on=issue.issued_on - timedelta(days=1), state=IssueState.SENT)
    make_story(session, twin, session.scalars(select(Category)).one())
    session.flush()
    assert check(session, issue.id, check_settings, now).findings
    assert not reopen_if_changed(session, issue.id, check_settings, now)
    assert schedule_the_day(session, now) == [issue.id]


def test_check_sees_the_stories_and_subjects_of_the_last_days(
    session: Session, issue: Issue, ai: Category, readers: None, codes: Codes
) -> None:
    before = make_issue(
        session,
        issued_on=issue.issued_on - timedelta(days=14),
        state=IssueState.SENT,
        subject=issue.subject.upper(),
    )
    make_story(session, before, ai, title="Other", url="http://example.com/stories/1?utm_source=x")
    assert codes() == ["told_before", "repeated_subject"]
    before.issued_on -= timedelta(days=1)
    assert codes() == []
    before.issued_on, before.state = issue.issued_on, IssueState.DRAFT
    assert codes() == ["another_of_the_day"]


def test_check_sees_who_reads_what(
    session: Session, issue: Issue, ai: Category, publication: Publication, codes: Codes
) -> None:
    publication.from_address = "digest@digest.dev"
    assert codes() == ["no_readers"]
    design = make_category(session, "design")
    make_subscriber(session, follows=design.mask)
    assert codes() == ["empty_category", "no_readers"]
    reader = make_subscriber(session, follows=ai.mask, depth=Depth.HEADLINES)
    assert codes() == ["empty_category", "empty_cut"]
    make_story(session, issue, design, title="A second story", url="https://news.dev/2")
    assert codes() == []
    reader.follows = design.mask
    assert codes() == ["category_without_readers"]


def test_check_names_a_template_that_is_not_there(
    session: Session, issue: Issue, ai: Category, readers: None, codes: Codes
) -> None:
    ai.template = "gone"
    assert codes() == ["template_error"]
