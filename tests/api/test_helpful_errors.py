"""What a refusal says to do next."""

from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.enums import IssueState
from tests.factories import make_category, make_issue, make_story


def test_json_is_read_without_a_content_type(api: TestClient) -> None:
    answer = api.post("/v1/categories", content=b'{"name": "Robotics"}')
    assert (answer.status_code, answer.json()["slug"]) == (201, "robotics")


@pytest.mark.parametrize(
    ("state", "mend"),
    [
        (IssueState.APPROVED, "Reopen it first."),
        (IssueState.SCHEDULED, "Reopen it first."),
        (IssueState.SENDING, "Correct what went out."),
        (IssueState.SENT, "Correct what went out."),
    ],
)
def test_edit_of_what_is_no_draft_says_what_is_possible(
    api: TestClient, session: Session, now: datetime, state: IssueState, mend: str
) -> None:
    launched_at = None if state in {IssueState.APPROVED, IssueState.SCHEDULED} else now
    issue = make_issue(session, state=state, launched_at=launched_at)
    story = make_story(session, issue, make_category(session))
    session.commit()
    answer = api.patch(f"/v1/issues/{issue.id}/stories/{story.id}", json={"title": "Other"})
    assert answer.status_code == 409
    assert mend in answer.json()["detail"]


@pytest.mark.parametrize("given", ["Dev & Ops", "dev & ops", "dev-opps"])
def test_name_given_for_a_slug_is_answered_with_the_slug(
    api: TestClient, session: Session, given: str
) -> None:
    make_category(session, "dev-ops", name="Dev & Ops")
    issue = make_issue(session)
    session.commit()
    answer = api.get(f"/v1/issues/{issue.id}/preview", params={"categories": given})
    assert answer.status_code == 422
    assert "did you mean “dev-ops”?" in answer.text
    missing = api.get(f"/v1/categories/{given}")
    assert missing.status_code in {404, 422}
    assert "?." not in missing.text
