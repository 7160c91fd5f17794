"""What was counted of an issue's links, printed from the command line."""

from sqlalchemy.orm import Session

from app.enums import LinkKind
from app.models import TrackedLink
from tests.cli.conftest import Devoured
from tests.factories import make_category, make_issue, make_story


def test_clicks_are_shown_machines_apart(cli: Devoured, session: Session) -> None:
    issue = make_issue(session)
    story = make_story(session, issue, make_category(session), title="A compiler explains itself")
    rows = [
        (LinkKind.STORY, story.id, "https://example.org/1", 1234),
        (LinkKind.SPONSOR, 0, "https://example.org/2", 7),
        (LinkKind.PIXEL, 0, "", 2000),
    ]
    for kind, story_id, url, n in rows:
        session.add(
            TrackedLink(
                issue_id=issue.id,
                kind=kind,
                story_id=story_id,
                url=url,
                n_human=n,
                n_machine=3,
                n_readers=n - 1,
            )
        )
    session.commit()
    ran = cli("clicks", str(issue.id))
    assert ran.code == 0
    opened, _, first, second = ran.out.splitlines()
    assert opened == "Opened 2,000 times by people, 3 by machines."
    assert first.split()[-3:] == ["1,234", "1,233", "3"]
    assert first.startswith("A compiler explains itself ")
    assert second.startswith("sponsor ")


def test_clicks_are_none_when_nothing_was_tracked(cli: Devoured, session: Session) -> None:
    issue = make_issue(session)
    session.commit()
    ran = cli("clicks", str(issue.id))
    assert (ran.code, ran.out, ran.err) == (0, "", "No link of it is tracked.\n")


def test_clicks_of_no_issue_are_refused(cli: Devoured) -> None:
    ran = cli("clicks", "9")
    assert (ran.code, ran.err) == (1, "devoured: There is no issue 9.\n")
