"""The history of stories and of an issue's own lines at the desk: seen, compared, restored."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.actors import CLI, Actor, ActorKind
from app.enums import IssueState
from app.issues.dropping import drop_story
from app.issues.stories import change_issue, change_story
from app.models import Issue, Revision, Story, User
from tests.desk.browsing import Browsing, text_of
from tests.factories import make_category, make_issue, make_story

Add = Callable[..., User]
SignIn = Callable[[User], Browsing]

BO = Actor(ActorKind.PERSON, "Bo", 7)


@pytest.fixture
def ada(add: Add, sign_in: SignIn) -> Browsing:
    return sign_in(add(Role.EDITOR))


@pytest.fixture
def story(session: Session, now: datetime) -> Story:
    """Make a story that Bo and the command line changed."""
    issue = make_issue(session)
    story = make_story(
        session,
        issue,
        make_category(session, "ai", name="AI"),
        title="Tea & toast",
        what="It saves an hour a day.",
    )
    what = "It saves two hours a day."
    change_story(session, BO, issue.id, story.id, {"what": what}, now)
    later = now + timedelta(hours=1)
    more = {"deep_dive": ["One <b>point</b>.", "Another."], "category_id": None}
    change_story(session, CLI, issue.id, story.id, more, later)
    session.commit()
    return story


def _path(story: Story) -> str:
    return f"/desk/issues/{story.issue_id}/stories/{story.id}/history"


def read(answer: Response) -> str:
    """Return what a person reads, with what is marked as it stands."""
    return text_of(answer).replace(" ]", "]").replace("] [", "][")


def _ids(session: Session) -> list[int]:
    """Return the numbers of the revisions, the oldest first."""
    session.rollback()
    return list(session.scalars(select(Revision.id).order_by(Revision.id)))


def test_last_change_is_shown_word_by_word(ada: Browsing, story: Story, session: Session) -> None:
    answer = ada.get(_path(story))
    said = read(answer)
    assert "History of “Tea & toast”" in said
    assert "Command line changed a story: Category and Deep dive" in said
    assert "Bo changed a story: What" in said
    assert "as it stood when its history began" in said
    assert "[put in: One <b>point</b>]" in said
    assert "Category [taken out: AI]" in said
    assert "two hours" not in said


def test_any_two_are_compared_in_either_order(
    ada: Browsing, story: Story, session: Session
) -> None:
    first, second, third = _ids(session)
    for since, until in ((first, third), (third, first)):
        said = read(ada.get(f"{_path(story)}?since={since}&until={until}"))
        assert "It saves [taken out: an hour][put in: two hours] a day." in said
        assert "Deep dive" in said
    said = read(ada.get(f"{_path(story)}?until={second}"))
    assert "It saves [taken out: an hour][put in: two hours] a day." in said
    assert "[put in: One" not in said
    assert "Both say the same." in read(ada.get(f"{_path(story)}?since={third}"))
    assert "What it said at first" in read(ada.get(f"{_path(story)}?until={first}"))
    assert ada.get(f"{_path(story)}?until=999999").status_code == 404
    assert ada.get(f"{_path(story)}?until=nothing").status_code == 200


def test_earlier_wording_is_restored_and_the_restoring_is_seen(
    ada: Browsing, story: Story, session: Session
) -> None:
    first, *_ = _ids(session)
    page = ada.get(f"{_path(story)}?until={first}")
    restore = f"{_path(story)}/{first}/restore"
    assert f'action="{restore}"' in page.text
    assert ada.post(restore, {"version": 1}).status_code == 412
    session.refresh(story)
    answer = ada.post(restore, {"version": story.version})
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"{_path(story)}?done=restored",
    )
    session.refresh(story)
    assert (story.what, story.deep_dive[0], story.category_id is None) == (
        "It saves an hour a day.",
        "It began as an experiment.",
        False,
    )
    assert "brought an earlier text back" in read(ada.get(_path(story)))


def test_only_a_draft_is_restored_and_only_by_who_may_edit(
    ada: Browsing, add: Add, sign_in: SignIn, story: Story, session: Session
) -> None:
    first, *_ = _ids(session)
    viewer = sign_in(add(Role.VIEWER, name="Vi"))
    assert "Restore this" not in read(viewer.get(f"{_path(story)}?until={first}"))
    version, issue = story.version, session.get_one(Issue, story.issue_id)
    issue.state = IssueState.APPROVED
    session.commit()
    assert "Restore this" not in read(ada.get(f"{_path(story)}?until={first}"))
    refused = ada.post(f"{_path(story)}/{first}/restore", {"version": version})
    assert refused.status_code == 409
    assert "only a draft can be edited" in read(refused)


def test_dropped_story_is_seen_and_brought_back(
    ada: Browsing, story: Story, session: Session, now: datetime
) -> None:
    issue_id, story_id = story.issue_id, story.id
    path = _path(story)
    drop_story(session, BO, issue_id, story_id, now)
    session.commit()
    said = read(ada.get(path))
    assert "This story is dropped." in said
    assert "Restore this" not in said
    assert f'href="{path}"' in ada.get(f"/desk/issues/{issue_id}").text
    assert ada.post(f"/desk/issues/{issue_id}/stories/{story_id}/restore").status_code == 303
    assert "This story is dropped." not in read(ada.get(path))


def test_issue_has_a_history_of_its_subject(
    ada: Browsing, story: Story, session: Session, now: datetime
) -> None:
    path = f"/desk/issues/{story.issue_id}/history"
    assert "Nothing was changed yet." in read(ada.get(path))
    change_issue(session, BO, story.issue_id, {"subject": "What happened on Tuesday"}, now)
    session.commit()
    assert "What happened on [taken out: Monday][put in: Tuesday]" in read(ada.get(path))
    issue = session.get_one(Issue, story.issue_id)
    answer = ada.post(f"{path}/{_ids(session)[-2]}/restore", {"version": issue.version})
    assert answer.headers["location"] == f"{path}?done=restored"
    session.refresh(issue)
    assert issue.subject == "What happened on Monday"


def test_long_history_has_pages(
    ada: Browsing, story: Story, session: Session, now: datetime
) -> None:
    for n in range(25):
        at = now + timedelta(hours=2 + n)
        change_story(session, BO, story.issue_id, story.id, {"takeaway": f"Take {n}."}, at)
    session.commit()
    first = ada.get(_path(story))
    assert first.text.count("<li>") + first.text.count("<li aria-current") >= 20
    older = _ids(session)[-20]
    assert f"history?before={older}" in first.text
    assert "as it stood when its history began" in read(ada.get(f"{_path(story)}?before={older}"))
