"""The lead story of an issue at the desk: one press, and another takes it back."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from app.access.rights import Role
from app.models import User
from tests.desk.browsing import Browsing, text_of
from tests.factories import make_category, make_issue, make_story


def test_one_press_at_a_story_makes_it_lead_and_another_takes_it_back(
    add: Callable[..., User], sign_in: Callable[[User], Browsing], session: Session
) -> None:
    ada = sign_in(add(Role.EDITOR))
    issue = make_issue(session)
    story = make_story(session, issue, make_category(session, "ai"), title="A whole story")
    session.commit()
    page = f"/desk/issues/{issue.id}"
    path = f"{page}/stories/{story.id}/lead"
    for leads in ("yes", ""):
        ada.get(page)
        session.refresh(issue)
        version = issue.version
        session.commit()
        answer = ada.post(path, {"version": version, "leads": leads})
        assert answer.headers["location"].endswith(f"{page}#story-{story.id}")
        assert ('aria-pressed="true"' in ada.get(page).text) is bool(leads)
    answer = ada.post(path, {"version": version, "leads": "yes"})
    assert answer.status_code == 412
    assert "It has changed since you looked." in text_of(answer)
