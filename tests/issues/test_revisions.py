"""The history of stories and of an issue's own lines: kept, folded into runs, restored."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.actors import Actor, ActorKind, Verb
from app.content.parse import Form, parse
from app.enums import IssueState
from app.errors import NotFound, Stale, WrongState
from app.issues.arranging import Move, move_stories
from app.issues.begin import begin_issue
from app.issues.dropping import drop_story, forget_dropped, restore_story
from app.issues.lifecycle import get_issue
from app.issues.load import load
from app.issues.load_into import Mode, load_into
from app.issues.restoring import restore_lines, restore_revision
from app.issues.revisions import LONGEST, REST, Past, list_revisions
from app.issues.stories import add_story, change_issue, change_story, get_story, stories_of
from app.models import Category, Issue, Revision, Story
from tests.factories import make_category

ADA = Actor(ActorKind.PERSON, "Ada", 1)
BO = Actor(ActorKind.PERSON, "Bo", 2)
SCRIPT = Actor(ActorKind.KEY, "script", 1)
SECOND = timedelta(seconds=1)
DIGEST = b'{"subject": "S", "stories": [{"title": "One", "category": "AI", "summary": "%s"}]}'


@pytest.fixture
def story(session: Session, issue: Issue) -> Story:
    return stories_of(session, issue.id)[0]


def past_of(session: Session, row: Story | Issue) -> list[Past]:
    place = (row.issue_id, row.id) if isinstance(row, Story) else (row.id, None)
    return list_revisions(session, *place, before=None, limit=100)


def told(session: Session, row: Story | Issue) -> list[tuple[list[str], str | None]]:
    return [
        ([one["name"] for one in past.revision.who], past.revision.verb)
        for past in past_of(session, row)
    ]


def write(session: Session, actor: Actor, story: Story, at: datetime, **changes: Any) -> None:
    change_story(session, actor, story.issue_id, story.id, changes, at)


def test_what_was_there_when_the_history_began_is_kept(
    session: Session, story: Story, now: datetime
) -> None:
    was = story.what
    write(session, ADA, story, now, what="Another.")
    newest, oldest = past_of(session, story)
    assert (newest.changed, newest.before["what"], newest.after["what"]) == (
        ["what"],
        was,
        "Another.",
    )
    assert (oldest.revision.verb, oldest.before, oldest.after["what"]) == (None, {}, was)


def test_run_of_one_person_is_one_revision_and_writes_its_texts_once(
    session: Session, story: Story, now: datetime
) -> None:
    was = story.what
    for n in range(23):
        write(session, ADA, story, now + n * SECOND, what="Typed letter by letter."[: n + 1])
    newest = past_of(session, story)[0]
    assert told(session, story) == [(["Ada"], "change_story"), (["devoured"], None)]
    assert (newest.before["what"], newest.after["what"]) == (was, "Typed letter by letter.")
    assert (newest.revision.began_at, newest.revision.ended_at) == (now, now + 22 * SECOND)


def test_who_rests_or_goes_on_for_long_begins_another_run(
    session: Session, story: Story, now: datetime
) -> None:
    write(session, ADA, story, now, what="One.")
    write(session, ADA, story, now + REST, what="Two.")
    write(session, ADA, story, now + 2 * REST + SECOND, what="Three.")
    assert [past.after["what"] for past in past_of(session, story)][:2] == ["Three.", "Two."]
    at = now + 2 * REST + SECOND
    for n in range(1, 10):
        write(session, ADA, story, at + n * LONGEST / 8, what=f"On and on {n}.")
    assert [past.after["what"] for past in past_of(session, story)][:3] == [
        "On and on 9.",
        "On and on 8.",
        "Two.",
    ]


def test_people_who_write_at_once_share_a_run_and_others_do_not(
    session: Session, story: Story, now: datetime
) -> None:
    for n in range(10):
        write(session, (ADA, BO)[n % 2], story, now + n * SECOND, what=f"Both {n}.")
    write(session, SCRIPT, story, now + 10 * SECOND, what="By script.")
    write(session, ADA, story, now + 11 * SECOND, what="After it.")
    write(session, BO, story, now + 5 * timedelta(minutes=1), what="Later.")
    assert told(session, story)[:-1] == [
        (["Bo"], "change_story"),
        (["Ada"], "change_story"),
        (["script"], "change_story"),
        (["Ada", "Bo"], "change_story"),
    ]


def test_restoring_is_a_revision_and_so_can_be_undone(
    session: Session, story: Story, now: datetime
) -> None:
    was, summary = story.what, story.summary
    write(session, ADA, story, now, what="Wrong.", label="9 minute read")
    write(session, BO, story, now + REST, summary="Better.")
    oldest = past_of(session, story)[-1].revision.id
    newest = past_of(session, story)[0].revision.id
    number = get_issue(session, story.issue_id).revision
    restore_revision(session, ADA, story.issue_id, story.id, oldest, now + REST + SECOND)
    assert (story.what, story.summary, story.minutes) == (was, summary, 3)
    assert get_issue(session, story.issue_id).revision == number + 1
    assert told(session, story)[0] == (["Ada"], "restore_revision")
    # What comes after it is no part of it, so that it can be gone back to.
    write(session, ADA, story, now + REST + 2 * SECOND, takeaway="More.")
    assert told(session, story)[0] == (["Ada"], "change_story")
    restore_revision(session, ADA, story.issue_id, story.id, newest, now + 2 * REST)
    assert (story.what, story.summary, story.minutes) == ("Wrong.", "Better.", 9)


def test_restoring_what_is_there_does_nothing(
    session: Session, story: Story, now: datetime
) -> None:
    write(session, ADA, story, now, what="Another.")
    newest = past_of(session, story)[0].revision.id
    version = story.version
    restore_revision(session, BO, story.issue_id, story.id, newest, now)
    session.refresh(story)
    assert (story.version, len(past_of(session, story))) == (version, 2)


def test_restoring_is_refused_for_what_is_not_there_or_not_a_draft(
    session: Session, issue: Issue, story: Story, now: datetime
) -> None:
    write(session, ADA, story, now, what="Another.")
    oldest = past_of(session, story)[-1].revision.id
    other = add_story(session, ADA, issue.id, {"title": "Other"} | _empty(), now)
    with pytest.raises(NotFound, match="no revision"):
        restore_revision(session, ADA, issue.id, other.id, oldest, now)
    with pytest.raises(NotFound, match="no revision"):
        restore_lines(session, ADA, issue.id, oldest, now)
    with pytest.raises(Stale):
        restore_revision(session, ADA, issue.id, story.id, oldest, now, {story.version - 1})
    issue.state = IssueState.APPROVED
    session.flush()
    with pytest.raises(WrongState):
        restore_revision(session, ADA, issue.id, story.id, oldest, now)


def test_category_that_is_gone_is_none_again(
    session: Session, issue: Issue, story: Story, now: datetime
) -> None:
    gone, home = make_category(session, "gone"), story.category_id
    away, back = (Move(to_category=True, category_id=number) for number in (gone.id, home))
    move_stories(session, ADA, issue.id, [story.id], away, now)
    moved = past_of(session, story)[0]
    assert (moved.changed, moved.revision.verb) == (["category_id"], Verb.MOVE_STORIES)
    move_stories(session, ADA, issue.id, [story.id], back, now)
    session.flush()
    session.execute(delete(Category).where(Category.id == gone.id))
    restore_revision(session, ADA, issue.id, story.id, moved.revision.id, now)
    assert story.category_id is None


def test_loading_names_who_loaded_and_replacing_keeps_what_was_there(
    session: Session, now: datetime
) -> None:
    first, second = (parse(DIGEST % text, form=Form.JSON) for text in (b"First.", b"Second."))
    (issue,) = load(session, ADA, first, issued_on=now.date(), now=now).issues
    (one,) = stories_of(session, issue.id)
    load_into(session, ADA, issue.id, second, Mode.REPLACE, now)
    assert told(session, one) == [(["Ada"], "load_into"), (["Ada"], "load")]
    assert [past.after["summary"] for past in past_of(session, one)] == ["Second.", "First."]
    assert told(session, issue) == [(["Ada"], "load")]


def test_issue_has_a_history_of_its_own_lines(session: Session, now: datetime) -> None:
    issue = begin_issue(session, ADA, now.date(), now)
    change_issue(session, ADA, issue.id, {"subject": "One"}, now)
    change_issue(session, ADA, issue.id, {"subject": "Two", "preheader": "P"}, now + SECOND)
    change_issue(session, ADA, issue.id, {"issued_on": now.date() + timedelta(days=1)}, now)
    newest, oldest = past_of(session, issue)
    assert (newest.changed, oldest.revision.verb) == (["subject", "preheader"], "begin")
    restore_lines(session, BO, issue.id, oldest.revision.id, now)
    assert (issue.subject, issue.preheader) == ("", "")
    assert told(session, issue)[0] == (["Bo"], "restore_revision")


def test_dropped_story_keeps_its_history_until_it_cannot_come_back(
    session: Session, issue: Issue, story: Story, now: datetime
) -> None:
    write(session, ADA, story, now, what="Another.")
    number = story.id
    drop_story(session, ADA, issue.id, number, now)
    listed = list_revisions(session, issue.id, number, before=None, limit=9)
    assert listed[0].after["what"] == "Another."
    restore_story(session, ADA, issue.id, number, now)
    assert len(past_of(session, get_story(session, issue.id, number))) == 2
    drop_story(session, ADA, issue.id, number, now)
    issue.state = IssueState.CANCELLED
    session.flush()
    forget_dropped(session)
    assert session.scalar(select(func.count()).where(Revision.story_id == number)) == 0


def test_history_falls_with_its_issue(
    session: Session, issue: Issue, story: Story, now: datetime
) -> None:
    write(session, ADA, story, now, what="Another.")
    change_issue(session, ADA, issue.id, {"subject": "Another"}, now)
    session.flush()
    session.execute(delete(Issue).where(Issue.id == issue.id))
    assert session.scalar(select(func.count()).select_from(Revision)) == 0


TEXTS = st.lists(st.sampled_from(["", "One.", "Two.", "Three."]), min_size=1, max_size=8)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25
)
@given(texts=TEXTS, pauses=st.lists(st.integers(0, 400), min_size=8, max_size=8))
def test_each_revision_begins_where_the_one_before_ended(
    session: Session, story: Story, now: datetime, texts: list[str], pauses: list[int]
) -> None:
    at = now
    for n, (what, pause) in enumerate(zip(texts, pauses, strict=False)):
        at += pause * SECOND
        write(session, (ADA, BO, SCRIPT)[n % 3], story, at, what=what)
    pages = []
    before: int | None = None
    while page := list_revisions(session, story.issue_id, story.id, before=before, limit=2):
        pages += page
        before = page[-1].revision.id
    assert [one.revision.id for one in pages] == [
        one.revision.id for one in past_of(session, story)
    ]
    for newer, older in pairwise(pages):
        assert newer.before == older.after
    if pages:
        assert pages[0].after["what"] == story.what


def _empty() -> dict[str, Any]:
    names = ("label", "url", "summary", "what", "why_it_matters", "takeaway", "article")
    return dict.fromkeys(names, "") | {"deep_dive": [], "decoder": []}
