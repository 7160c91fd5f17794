"""The best of an issue for one reader, of which the lead story is the first, if it is theirs."""

from sqlalchemy.orm import Session

from app.delivery.best import best_of
from tests.factories import make_category, make_issue, make_story, make_subscriber


def test_lead_story_comes_first_for_who_follows_its_category(session: Session) -> None:
    ai, devops = make_category(session, "ai"), make_category(session, "devops")
    issue = make_issue(session)
    homes = {"One": ai, "Two": ai, "Three": devops}
    stories = {
        title: make_story(session, issue, home, title=title) for title, home in homes.items()
    }
    both = make_subscriber(session, follows=ai.mask | devops.mask)
    one = make_subscriber(session, follows=devops.mask)
    for lead, of_both in (("", "One Three Two"), ("Two", "Two One Three")):
        issue.lead_story_id = stories[lead].id if lead else None
        session.flush()
        assert [story.title for story in best_of(session, issue, both)] == of_both.split()
        assert [story.title for story in best_of(session, issue, one)] == ["Three"]
