"""Where “Go to” leads: pages by right, then issues around today."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.access.rights import Role
from app.enums import IssueState
from app.models import Category, User
from tests.desk.browsing import Browsing
from tests.factories import make_issue

Add = Callable[..., User]
SignIn = Callable[[User], Browsing]


def _names(browsing: Browsing, language: str = "en") -> list[str]:
    text = browsing.get(f"/desk/places?lang={language}").text
    found = re.findall(r'<a role="option"[^>]*>(.*?)</a>', text, re.DOTALL)
    return [" ".join(re.sub("<[^>]+>", " ", one).split()) for one in found]


def test_pages_are_those_that_one_may_see(add: Add, sign_in: SignIn) -> None:
    viewer = _names(sign_in(add(Role.VIEWER, name="Vic")))
    assert viewer[:3] == ["Today", "Issues", "Results"]
    assert viewer[-1] == "Your account"
    assert not {"People", "API keys", "New issue"} & set(viewer)
    assert {"People", "API keys", "New issue"} <= set(_names(sign_in(add(Role.ADMIN))))


def test_issues_to_come_are_before_those_that_were(
    editor: Browsing, session: Session, ai: Category, now: datetime
) -> None:
    for ahead, subject in ((-2, "Two ago"), (2, "In two"), (-1, "One ago"), (1, "Tomorrow")):
        state = IssueState.SENT if ahead < 0 else IssueState.DRAFT
        day = (now + timedelta(days=ahead)).date()
        make_issue(session, issued_on=day, state=state, subject=subject)
    session.commit()
    found = [one for one in _names(editor) if "·" in one]
    assert [one.partition("· ")[2] for one in found] == [
        "draft Tomorrow",
        "draft In two",
        "sent One ago",
        "sent Two ago",
    ]
    assert any("Entwurf" in one for one in _names(editor, "de"))
