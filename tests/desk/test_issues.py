"""The issues at the desk: by day, state and words, the days ahead, and how one begins."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.db.session import Sessions, transaction
from app.desk.states import FIELDS, STATES
from app.enums import InDoubtPolicy, IssueState
from app.models import AuditEntry, Issue, User
from app.story_fields import STORY_FIELDS
from tests.desk.browsing import Browsing, text_of
from tests.factories import make_category, make_issue, make_story

Add = Callable[..., User]
SignIn = Callable[[User], Browsing]
MONDAY = date(2026, 11, 23)


@pytest.fixture
def ada(add: Add, sign_in: SignIn) -> Browsing:
    return sign_in(add(Role.EDITOR))


def _titles(browsing: Browsing, query: str) -> str:
    return text_of(browsing.get(f"/desk/issues{query}")).partition("All issues")[2]


def test_every_state_and_field_is_in_words() -> None:
    assert set(STATES) == set(IssueState)
    assert {one.name: one.mark for one in STORY_FIELDS} == FIELDS


def test_issues_are_found_by_state_day_and_words(ada: Browsing, sessions: Sessions) -> None:
    with transaction(sessions) as session:
        one = make_issue(session, subject="100% of it", issued_on=date(2026, 11, 10))
        make_story(session, one, title="A compiler that explains itself")
        make_issue(
            session, subject="A quiet day", issued_on=date(2026, 11, 11), state=IssueState.SENT
        )
    for query, seen, unseen in (
        ("", "A quiet day", "No issue is like that"),
        ("?state=sent", "A quiet day", "100% of it"),
        ("?day=2026-11-10", "100% of it", "A quiet day"),
        ("?q=explain+compilers", "100% of it", "A quiet day"),
        ("?q=100%25", "100% of it", "A quiet day"),
        ("?q=nothinglikeit", "No issue is like that", "A quiet day"),
        ("?q=%22%28&state=x&day=x&before=x", "No issue is like that", "A quiet day"),
    ):
        said = _titles(ada, query)
        assert seen in said, query
        assert unseen not in said, query


def test_issues_are_paged_from_the_newest_day(ada: Browsing, sessions: Sessions) -> None:
    with transaction(sessions) as session:
        for number in range(65):
            issued_on = MONDAY - timedelta(days=20 + number // 2)
            make_issue(session, subject=f"Day {number}.", issued_on=issued_on)
    seen, path = 0, "/desk/issues?state=draft"
    while path:
        answer = ada.get(path)
        seen += answer.text.count('<p class="muted">Day ')
        older = answer.text.partition('class="after" href="')[2].partition('"')[0]
        path = older.replace("&amp;", "&")
    assert seen == 65


def test_days_ahead_show_what_is_there_and_which_days_are_empty(
    ada: Browsing, sessions: Sessions
) -> None:
    with transaction(sessions) as session:
        make_issue(session, issued_on=MONDAY, state=IssueState.SCHEDULED)
        make_issue(session, issued_on=MONDAY + timedelta(days=1), state=IssueState.CANCELLED)
    said = text_of(ada.get("/desk/issues")).partition("The next two weeks")[2]
    said = said.partition("All issues")[0]
    assert "Mon 23 Nov today scheduled" in said
    assert "Tue 24 Nov nothing yet" in said
    assert "Sun 6 Dec" in said
    assert "7 Dec" not in said


def test_editor_begins_an_empty_issue_and_one_in_the_frame_of_another(
    ada: Browsing, session: Session
) -> None:
    home = make_category(session)
    other = make_issue(
        session,
        category_id=home.id,
        sponsor={"text": "Paid", "label": "", "url": ""},
        canary_percent=5,
        in_doubt_policy=InDoubtPolicy.RESEND,
        subject="Of that day",
    )
    make_story(session, other, home)
    session.commit()
    assert f'value="{MONDAY + timedelta(days=1)}"' in ada.get("/desk/issues/new").text
    refused = ada.post("/desk/issues/new", {"issued_on": "soon"})
    assert refused.status_code == 422
    assert "Choose a day." in text_of(refused)
    for like in ("", str(other.id)):
        form = {"issued_on": "2026-11-25", "like": like}
        assert ada.post("/desk/issues/new", form).status_code == 303
    empty, framed = session.scalars(
        select(Issue).where(Issue.issued_on == date(2026, 11, 25)).order_by(Issue.id)
    )
    assert (empty.category_id, empty.sponsor, empty.canary_percent) == (None, None, 0)
    assert framed.category_id == home.id
    assert framed.sponsor == {"text": "Paid", "label": "", "url": ""}
    assert (framed.canary_percent, framed.in_doubt_policy) == (5, InDoubtPolicy.RESEND)
    assert framed.subject == ""
    verbs = session.scalars(select(AuditEntry.verb).where(AuditEntry.issue_id == framed.id)).all()
    assert verbs == ["begin"]


def test_viewer_sees_issues_and_no_way_to_begin(add: Add, sign_in: SignIn) -> None:
    answer = sign_in(add(Role.VIEWER)).get("/desk/issues")
    assert answer.status_code == 200
    assert "New issue" not in text_of(answer).partition("There is no issue yet")[0]
    assert "/desk/issues/new" not in answer.text
