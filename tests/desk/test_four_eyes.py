"""Four eyes at the desk: who changed an issue last sees who else can approve it."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.access.users import actor_of, all_users
from app.container import Container
from app.db.session import transaction
from app.enums import IssueState
from app.issues.stories import change_issue
from app.models import Issue, User
from app.settings import Settings
from tests.desk.browsing import Browsing
from tests.desk.planned import field, said, whole


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"four_eyes": True})


def test_another_person_approves_what_one_wrote_and_the_page_says_who(
    container: Container,
    sender: Browsing,
    add: Callable[..., User],
    sign_in: Callable[[User], Browsing],
    session: Session,
    planned: Issue,
    path: str,
) -> None:
    with transaction(container.sessions) as changing:
        (sue,) = all_users(changing)
        change_issue(changing, actor_of(sue), planned.id, {"subject": "Mine"}, container.clock())
    grace = sign_in(add(Role.SENDER, name="Grace"))
    for page in (whole(sender, f"{path}/plan"), whole(sender, f"{path}/send-now")):
        assert "another person approves what one wrote. Grace can approve it." in said(page)
        assert "<button" not in page.text.partition('class="next"')[2].partition("</section>")[0]
        shown = re.search("[0-9a-f]{32}-[0-9a-f]{28}", page.text)
        assert shown
        for step in ("approve", "send-now"):
            form = {"plan": shown[0], "version": planned.version}
            refused = sender.post(f"{path}/{step}", form)
            assert refused.status_code == 409
            assert "here another person approves what one wrote." in said(refused)
    page = whole(grace, f"{path}/plan")
    assert grace.post(f"{path}/approve", {"plan": field(page, "plan")}).status_code == 303
    session.rollback()
    issue = session.get_one(Issue, planned.id, populate_existing=True)
    assert issue.state is IssueState.APPROVED
