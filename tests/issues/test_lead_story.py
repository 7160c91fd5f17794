"""One story of an issue may lead: who says so, and what becomes of it as stories come and go."""

from datetime import datetime

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.actors import CLI
from app.content.drafts import Digest, StoryDraft
from app.content.parse import Form, parse
from app.errors import InvalidInput
from app.issues.arranging import Move, move_stories
from app.issues.begin import begin_issue
from app.issues.dropping import drop_stories, drop_story, restore_story
from app.issues.export import export
from app.issues.load import load
from app.issues.load_into import Mode, load_into
from app.issues.stories import change_issue, stories_of
from app.models import Issue, Story
from tests.factories import make_category, make_issue, make_story

ONE = StoryDraft("One", category="AI", summary="S.", what="W.", why_it_matters="Y.")
TWO = StoryDraft("Two", category="AI", summary="S.", what="W.", why_it_matters="Y.")


@pytest.fixture
def issue(session: Session) -> Issue:
    return make_issue(session)


@pytest.fixture
def stories(session: Session, issue: Issue) -> list[Story]:
    home = make_category(session, "ai")
    return [make_story(session, issue, home, title=title) for title in ("One", "Two", "Three")]


def _lead(session: Session, issue: Issue, story: Story | None, now: datetime) -> None:
    change_issue(session, CLI, issue.id, {"lead_story_id": story.id if story else None}, now)


def _title(session: Session, issue: Issue) -> str:
    session.refresh(issue)
    lead = session.get(Story, issue.lead_story_id or 0)
    return lead.title if lead else ""


def test_another_story_leads_instead_and_none_again(
    session: Session, issue: Issue, stories: list[Story], now: datetime
) -> None:
    revision = issue.revision
    for story in (stories[1], stories[2], None):
        _lead(session, issue, story, now)
        assert _title(session, issue) == (story.title if story else "")
    assert issue.revision == revision + 3


def test_story_of_another_issue_does_not_lead(
    session: Session, issue: Issue, stories: list[Story], now: datetime
) -> None:
    other = begin_issue(session, CLI, now.date(), now)
    for story_id in (stories[0].id, stories[0].id + 1000):
        with pytest.raises(InvalidInput) as caught:
            change_issue(session, CLI, other.id, {"lead_story_id": story_id}, now)
        assert [error.pointer for error in caught.value.errors] == ["/lead_story_id"]
    assert other.lead_story_id is None


def test_lead_story_leads_wherever_it_is_moved(
    session: Session, issue: Issue, stories: list[Story], now: datetime
) -> None:
    _lead(session, issue, stories[2], now)
    other = make_category(session, "devops")
    move = Move(to_category=True, category_id=other.id, position=1)
    move_stories(session, CLI, issue.id, [stories[2].id], move, now)
    assert _title(session, issue) == "Three"


def test_dropped_lead_story_leads_again_when_it_is_put_back(
    session: Session, issue: Issue, stories: list[Story], now: datetime
) -> None:
    _lead(session, issue, stories[0], now)
    drop_stories(session, CLI, issue.id, [stories[0].id, stories[1].id], now)
    assert issue.lead_story_id is None
    for story_id in (stories[1].id, stories[0].id):
        restore_story(session, CLI, issue.id, story_id, now)
    assert _title(session, issue) == "One"


def test_dropped_lead_story_leads_no_more_where_another_does(
    session: Session, issue: Issue, stories: list[Story], now: datetime
) -> None:
    _lead(session, issue, stories[0], now)
    drop_story(session, CLI, issue.id, stories[0].id, now)
    _lead(session, issue, stories[1], now)
    restore_story(session, CLI, issue.id, stories[0].id, now)
    assert _title(session, issue) == "Two"


def test_issue_is_deleted_with_its_lead_story(
    session: Session, issue: Issue, stories: list[Story], now: datetime
) -> None:
    _lead(session, issue, stories[0], now)
    session.flush()
    session.execute(delete(Issue).where(Issue.id == issue.id))
    assert stories_of(session, issue.id) == []


@pytest.mark.parametrize("form", list(Form))
def test_lead_story_is_written_out_and_loaded_again(
    session: Session, issue: Issue, stories: list[Story], form: Form, now: datetime
) -> None:
    _lead(session, issue, stories[1], now)
    digest = parse(export(session, issue.id, form).encode())
    assert digest.lead == 1
    again = load(session, CLI, digest, issued_on=now.date(), now=now).issues[0]
    assert _title(session, again) == "Two"


def test_split_digest_leads_in_the_issue_that_has_the_story(
    session: Session, now: datetime
) -> None:
    digest = Digest((ONE, StoryDraft("Ops", category="DevOps"), TWO), lead=2)
    issues = load(
        session, CLI, digest, issued_on=now.date(), now=now, split_by_category=True
    ).issues
    assert [_title(session, issue) for issue in issues] == ["Two", ""]


def test_lead_story_that_is_incomplete_and_dropped_leads_nothing(
    session: Session, now: datetime
) -> None:
    digest = Digest((ONE, StoryDraft("Cut off")), lead=1)
    loaded = load(session, CLI, digest, issued_on=now.date(), now=now, drop_incomplete=True)
    assert _title(session, loaded.issues[0]) == ""


def test_digest_that_is_loaded_into_a_draft_says_which_story_leads(
    session: Session, now: datetime
) -> None:
    draft = load(session, CLI, Digest((ONE,)), issued_on=now.date(), now=now).issues[0]
    load_into(session, CLI, draft.id, Digest((TWO,), lead=0), Mode.ADD, now)
    assert _title(session, draft) == "Two"
    load_into(session, CLI, draft.id, Digest((ONE,), lead=0), Mode.ADD, now)
    assert _title(session, draft) == "Two"
    load_into(session, CLI, draft.id, Digest((TWO,), lead=0), Mode.REPLACE, now)
    assert _title(session, draft) == "Two"


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("Lead story: yes", 1),
        ("LEAD STORY:  Yes", 1),
        ("Lead story: no", None),
        ("The lead story: yes", None),
    ],
)
def test_text_form_says_in_words_which_story_leads(text: str, lead: int | None) -> None:
    stories = "".join(
        f"{title} (1 MINUTE READ)\n\n{title} (1 MINUTE READ)\n\nAI\nS.\n{more}What: W.\n\n"
        for title, more in (("ONE", ""), ("TWO", f"{text}\n"), ("THREE", "Lead story: yes\n"))
    )
    digest = parse(stories.encode())
    assert digest.lead == (lead if lead is not None else 2)
    is_text = lead is None
    assert [line.text for line in digest.unplaced] == ([] if is_text else ["Lead story: yes"])
    assert digest.stories[1].summary == (f"S. {text}" if is_text else "S.")
