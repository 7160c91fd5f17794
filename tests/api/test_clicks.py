"""What was counted of an issue's links, over the API."""

from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.delivery.tracking import keep_links
from app.enums import LinkKind
from app.link_tokens import LinkTo
from app.models import Story, TrackedLink
from tests.api.clients import load


def test_clicks_are_told_most_followed_first_and_opens_apart(
    api: TestClient, session: Session
) -> None:
    issue_id = load(api, ("Of AI", "AI"), ("Of Ops", "Ops"))
    first, second = session.scalars(select(Story.id).order_by(Story.position)).all()
    assert api.get(f"/v1/issues/{issue_id}/clicks").json() == {
        "issue_id": issue_id,
        "opens": None,
        "links": [],
    }
    links = [
        (LinkTo(issue_id, LinkKind.PIXEL), ""),
        (LinkTo(issue_id, LinkKind.STORY, first), "https://example.org/1"),
        (LinkTo(issue_id, LinkKind.READING, second), "https://example.org/2"),
        (LinkTo(issue_id, LinkKind.SPONSOR), "https://example.org/3"),
    ]
    keep_links(session, sorted(links))
    session.execute(
        update(TrackedLink).values(
            n_human=TrackedLink.story_id, n_machine=2, n_readers=TrackedLink.story_id
        )
    )
    session.commit()
    told = api.get(f"/v1/issues/{issue_id}/clicks").json()
    assert told["opens"] == {"n_human": 0, "n_machine": 2, "n_readers": 0}
    expected = sorted([(second, "reading", "Of Ops"), (first, "story", "Of AI")], reverse=True)
    assert [(one["story_id"], one["kind"], one["title"]) for one in told["links"]] == [
        *expected,
        (None, "sponsor", ""),
    ]


def test_clicks_of_no_issue_are_not_found(api: TestClient) -> None:
    assert api.get("/v1/issues/99/clicks").status_code == 404
