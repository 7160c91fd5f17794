from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app.actors import CLI
from app.errors import Conflict, NotFound
from app.issues.approval import approve_checked, findings_to_dicts
from app.issues.checks.check import Checked, check
from app.issues.checks.gather import CheckSettings
from app.issues.checks.waivers import take_back, waive, waivers_of
from app.issues.stories import change_story
from app.models import Category, Issue
from app.rendering.templates import our_templates
from tests.factories import make_category, make_issue, make_story


@pytest.fixture(scope="module")
def check_settings() -> CheckSettings:
    return CheckSettings(our_templates(), "https://digest.dev", checks_links=False)


@pytest.fixture
def ai(session: Session) -> Category:
    return make_category(session, "ai")


@pytest.fixture
def issue(session: Session, ai: Category) -> Issue:
    """Make a draft with one story whose title causes a warning."""
    issue = make_issue(session)
    make_story(session, issue, ai, title="Act now, says the planner")
    return issue


def _of(checked: Checked, code: str) -> str:
    return next(one.id for one in checked.findings if one.code == code)


def test_waiver_records_who_when_and_of_which_revision(
    session: Session, issue: Issue, check_settings: CheckSettings, now: datetime
) -> None:
    before = check(session, issue.id, check_settings, now)
    finding = _of(before, "spam_phrase")
    issue.revision = 7
    waiver = waive(
        session, CLI, issue.id, finding, check_settings, now, by="desk", because="it is a name"
    )
    assert (waiver.waived_by, waiver.waived_at, waiver.revision) == ("desk", now, 7)
    assert (waiver.code, waiver.because) == ("spam_phrase", "it is a name")
    again = waive(session, CLI, issue.id, finding, check_settings, now, by="somebody else")
    assert (again.id, again.waived_by) == (waiver.id, "desk")
    after = check(session, issue.id, check_settings, now)
    assert after.findings == before.findings
    assert len(after.open_warnings) == len(before.open_warnings) - 1
    shown = {one["id"]: one["waived_by"] for one in findings_to_dicts(after)}
    assert shown[finding] == "desk"


def test_waiver_falls_away_when_the_text_it_concerns_changes(
    session: Session, issue: Issue, ai: Category, check_settings: CheckSettings, now: datetime
) -> None:
    story = make_story(session, issue, ai, title="Click here to read on")
    finding = next(
        one.id
        for one in check(session, issue.id, check_settings, now).findings
        if one.place.story_id == story.id
    )
    waive(session, CLI, issue.id, finding, check_settings, now, by="desk")
    change_story(session, CLI, issue.id, story.id, {"summary": "Another summary."}, now)
    session.flush()
    assert finding not in {
        one.id for one in check(session, issue.id, check_settings, now).open_warnings
    }
    change_story(session, CLI, issue.id, story.id, {"title": "Click here to read it all"}, now)
    session.flush()
    opened = [
        one
        for one in check(session, issue.id, check_settings, now).open_warnings
        if one.place.story_id == story.id
    ]
    assert [one.code for one in opened] == ["spam_phrase"]
    assert [one.finding_id for one in waivers_of(session, issue.id)] == [finding]


def test_waiver_of_one_issue_does_not_hold_for_another(
    session: Session, issue: Issue, ai: Category, check_settings: CheckSettings, now: datetime
) -> None:
    finding = _of(check(session, issue.id, check_settings, now), "sender_placeholder")
    waive(session, CLI, issue.id, finding, check_settings, now, by="desk")
    other = make_issue(session)
    make_story(session, other, ai, title="Another", url="https://news.dev/another")
    open_ones = {one.code for one in check(session, other.id, check_settings, now).open_warnings}
    assert "sender_placeholder" in open_ones


def test_what_blocks_cannot_be_waived(
    session: Session, issue: Issue, ai: Category, check_settings: CheckSettings, now: datetime
) -> None:
    make_story(session, issue, ai, what="")
    finding = _of(check(session, issue.id, check_settings, now), "missing_field")
    with pytest.raises(Conflict, match="cannot be waived"):
        waive(session, CLI, issue.id, finding, check_settings, now, by="desk")


def test_unknown_findings_are_not_found(
    session: Session, issue: Issue, check_settings: CheckSettings, now: datetime
) -> None:
    with pytest.raises(NotFound):
        waive(session, CLI, issue.id, "0" * 16, check_settings, now, by="desk")
    with pytest.raises(NotFound):
        waive(session, CLI, 4711, "0" * 16, check_settings, now, by="desk")
    with pytest.raises(NotFound):
        take_back(session, CLI, issue.id, "0" * 16, now)
    with pytest.raises(NotFound):
        waivers_of(session, 4711)


def test_waiver_can_be_taken_back(
    session: Session, issue: Issue, check_settings: CheckSettings, now: datetime
) -> None:
    finding = _of(check(session, issue.id, check_settings, now), "spam_phrase")
    waive(session, CLI, issue.id, finding, check_settings, now, by="desk")
    take_back(session, CLI, issue.id, finding, now)
    open_ones = {
        one.id for one in approve_checked(session, CLI, issue.id, check_settings, now).open_warnings
    }
    assert finding in open_ones
