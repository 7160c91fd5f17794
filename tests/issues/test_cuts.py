from collections.abc import Mapping
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import Sessions
from app.delivery.editions import render_pending
from app.delivery.launch import launch
from app.enums import Depth, IssueState, SubscriberState
from app.issues.cuts import Cut, cuts_of, measure
from app.issues.lifecycle import lock_issue
from app.issues.preview import preview
from app.models import Edition, Issue
from app.rendering.budget import CLIP_BYTES
from app.rendering.templates import our_templates
from tests.factories import make_category, make_issue, make_story, make_subscriber

_BASE_URL = "https://digest.example.com"
_TEMPLATES = our_templates()
_AUDIENCE: Mapping[tuple[int, Depth], int] = {
    (1, Depth.BRIEF): 2,
    (2, Depth.BRIEF): 1,
    (3, Depth.DEEP): 3,
    (3, Depth.HEADLINES): 1,
}


@pytest.fixture
def issue(session: Session) -> Issue:
    """Make an issue of two categories, one of them very long, and its readers."""
    ai, devops = make_category(session, "ai"), make_category(session, "devops")
    make_category(session, "security")
    issue = make_issue(session, state=IssueState.SCHEDULED)
    for n in range(30):
        make_story(session, issue, ai, title=f"Long {n}", takeaway="So. " * 900)
    make_story(session, issue, devops, title="A short one")
    for (follows, depth), n in _AUDIENCE.items():
        for _ in range(n):
            make_subscriber(session, follows=follows | 4, depth=depth)
    make_subscriber(session, follows=4)
    make_subscriber(session, follows=1, state=SubscriberState.PENDING)
    session.flush()
    return issue


def test_cuts_are_those_that_somebody_gets_most_readers_first(
    session: Session, issue: Issue, now: datetime
) -> None:
    assert cuts_of(session, issue, now) == [
        Cut(3, Depth.DEEP, 3),
        Cut(1, Depth.BRIEF, 2),
        Cut(2, Depth.BRIEF, 1),
        Cut(3, Depth.HEADLINES, 1),
    ]


def test_measured_cut_is_what_its_preview_shows(
    session: Session, issue: Issue, now: datetime
) -> None:
    measured = measure(session, issue, cuts_of(session, issue, now), _TEMPLATES, _BASE_URL)
    for one in measured:
        shown = preview(
            session,
            issue,
            _TEMPLATES,
            follows=one.follows,
            depth=one.depth,
            base_url=_BASE_URL,
        )
        assert one.trimmed == shown.trimmed
        assert one.n_bytes is not None
        assert one.n_bytes <= CLIP_BYTES
    shortened = {(one.follows, one.depth) for one in measured if one.trimmed}
    assert shortened == {(3, Depth.DEEP), (1, Depth.BRIEF)}


def test_cuts_are_those_of_launch_and_not_rendered_again(
    sessions: Sessions, session: Session, issue: Issue, now: datetime
) -> None:
    before = measure(session, issue, cuts_of(session, issue, now), _TEMPLATES, _BASE_URL)
    launch(session, lock_issue(session, issue.id), now)
    for _ in range(5):
        make_subscriber(session, follows=2, depth=Depth.BRIEF)
    session.commit()
    for edition_id in session.scalars(select(Edition.id)).all():
        render_pending(sessions, edition_id, _TEMPLATES, _BASE_URL, now)
    session.expire_all()
    first = session.scalars(select(Edition).where(Edition.follows == 2)).one()
    first.html = "<p>{{address_h}}</p>"
    session.flush()

    after = measure(session, issue, cuts_of(session, issue, now), _TEMPLATES, _BASE_URL)
    assert [(one.n_readers, one.trimmed) for one in after] == [
        (one.n_readers, one.trimmed) for one in before
    ]
    assert [one.n_bytes for one in after if one.edition_id == first.id] == [260 + 7]


def test_cut_says_what_is_wrong_when_its_template_is(
    session: Session, issue: Issue, now: datetime
) -> None:
    category = make_category(session, "broken", accent="red")
    make_story(session, issue, category)
    make_subscriber(session, follows=category.mask, depth=Depth.BRIEF)
    session.flush()
    cuts = cuts_of(session, issue, now)
    measured = {one.follows: one for one in measure(session, issue, cuts, _TEMPLATES, _BASE_URL)}
    assert measured[category.mask].n_bytes is None
    assert "red" in (measured[category.mask].error or "")
    assert not measured[1].error
