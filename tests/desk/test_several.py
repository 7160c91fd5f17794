"""Several stories of a draft at the desk: selected in a form, then moved or dropped."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.enums import IssueState
from app.models import CategoryState, DroppedStory, Issue, Story, User
from tests.desk.browsing import Browsing, text_of
from tests.factories import make_category, make_issue, make_story

Add = Callable[..., User]
SignIn = Callable[[User], Browsing]


@pytest.fixture
def ada(add: Add, sign_in: SignIn) -> Browsing:
    found = sign_in(add(Role.EDITOR))
    found.form_token()
    return found


@pytest.fixture
def issue(session: Session) -> Issue:
    """Make a draft with two stories of AI and one of DevOps; a third category is retired."""
    ai, devops = (make_category(session, name.lower(), name=name) for name in ("AI", "DevOps"))
    make_category(session, "old", name="Old", state=CategoryState.RETIRED)
    issue = make_issue(session)
    for title, home in (("One", ai), ("Two", ai), ("Three", devops)):
        make_story(session, issue, home, title=title)
    session.commit()
    return issue


def _stories(session: Session) -> list[tuple[str, int | None]]:
    session.rollback()
    found = session.execute(select(Story.title, Story.category_id).order_by(Story.position))
    return [(title, home) for title, home in found]


def _version(session: Session) -> int:
    session.rollback()
    return session.scalars(select(Issue.version)).one()


def test_page_offers_to_move_and_drop_what_is_selected(ada: Browsing, issue: Issue) -> None:
    page = ada.get(f"/desk/issues/{issue.id}").text
    assert page.count('<input type="checkbox" form="several" name="story"') == 3
    assert "Select “One”" in page
    offered = page.partition('name="to"')[2].partition("</select>")[0]
    assert '<option value="devops">DevOps</option>' in offered
    assert '<option value="">Without a category</option>' in offered
    assert "Old" not in offered


def test_selected_stories_go_to_the_end_of_a_category_or_of_none(
    ada: Browsing, issue: Issue, session: Session
) -> None:
    path = f"/desk/issues/{issue.id}/stories/move"
    answer = ada.post(path, {"version": _version(session), "story": ["2", "1"], "to": "devops"})
    assert answer.status_code == 303
    assert "Moved." in text_of(ada.get(answer.headers["location"]))
    assert _stories(session) == [("Three", 2), ("Two", 2), ("One", 2)]
    ada.post(path, {"version": _version(session), "story": ["3"], "to": ""})
    assert _stories(session) == [("Two", 2), ("One", 2), ("Three", None)]


def test_selected_stories_are_dropped_and_can_be_brought_back(
    ada: Browsing, issue: Issue, session: Session
) -> None:
    form = {"version": _version(session), "story": ["1", "3"], "to": "ai"}
    answer = ada.post(f"/desk/issues/{issue.id}/stories/drop", form)
    assert answer.status_code == 303
    said = text_of(ada.get(answer.headers["location"]))
    assert "Dropped. What was dropped can be brought back below." in said
    assert _stories(session) == [("Two", 1)]
    assert len(session.scalars(select(DroppedStory.story_id)).all()) == 2


@pytest.mark.parametrize("act", ["move", "drop"])
def test_nothing_is_done_where_it_cannot_be(
    ada: Browsing, issue: Issue, session: Session, act: str
) -> None:
    path, before, version = f"/desk/issues/{issue.id}/stories/{act}", _stories(session), 1
    for form, status, said in (
        ({"to": "ai"}, 422, "Select stories first"),
        ({"story": ["1", "99"], "to": "ai"}, 422, "Name stories of issue"),
        ({"story": ["1"], "to": "ai", "version": version - 1}, 412, "It has changed since"),
    ):
        answer = ada.post(path, {"version": _version(session)} | form)
        assert (answer.status_code, said in text_of(answer)) == (status, True)
    session.get_one(Issue, issue.id).state = IssueState.APPROVED
    session.commit()
    answer = ada.post(path, {"version": _version(session), "story": ["1"], "to": "ai"})
    assert answer.status_code == 409
    assert _stories(session) == before


def test_stories_move_to_no_category_that_there_is_not(
    ada: Browsing, issue: Issue, session: Session
) -> None:
    form = {"version": _version(session), "story": ["1"], "to": "nowhere"}
    assert ada.post(f"/desk/issues/{issue.id}/stories/move", form).status_code == 422


def test_who_may_not_edit_has_no_boxes(add: Add, sign_in: SignIn, issue: Issue) -> None:
    viewer = sign_in(add(Role.VIEWER, name="Bob"))
    page = viewer.get(f"/desk/issues/{issue.id}").text
    assert 'name="story"' not in page
    assert 'id="several"' not in page
