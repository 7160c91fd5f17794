"""One issue at the desk: what it lacks, waivers, lines without a place, a story's plain form."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.enums import IssueState
from app.models import AuditEntry, DroppedStory, Issue, Story, UnplacedLine, User, Waiver
from tests.desk.browsing import Browsing, text_of
from tests.factories import make_category, make_issue, make_story

Add = Callable[..., User]
SignIn = Callable[[User], Browsing]


@pytest.fixture
def ada(add: Add, sign_in: SignIn) -> Browsing:
    return sign_in(add(Role.EDITOR))


@pytest.fixture
def issue(session: Session) -> Issue:
    """Make a draft with a whole story, one that lacks something, and three unplaced lines."""
    home = make_category(session, "ai", name="AI")
    issue = make_issue(session)
    make_story(session, issue, home, title="A whole story", takeaway="")
    make_story(session, issue, home, title="A story that lacks", why_it_matters="")
    for number, (text, after, field) in enumerate(
        (("It is free.", "A whole story", "summary"), ("A lone heading", "", ""), ("Bye", "", ""))
    ):
        session.add(
            UnplacedLine(
                issue_id=issue.id, line=number + 5, text=text, reason="r", after=after, field=field
            )
        )
    session.commit()
    return issue


def _form(session: Session, title: str) -> tuple[str, dict[str, Any]]:
    """Return where a story is saved, and what its form sends unchanged."""
    session.rollback()
    story = session.scalars(select(Story).where(Story.title == title)).one()
    form = {
        "version": story.version,
        "category": "ai",
        "deep_dive": "\n".join(story.deep_dive),
        "decoder": "\n".join(f"{one['term']}: {one['definition']}" for one in story.decoder),
    }
    names = "title label url summary what why_it_matters takeaway article"
    form |= {name: getattr(story, name) for name in names.split()}
    return f"/desk/issues/{story.issue_id}/stories/{story.id}", form


def test_page_says_what_an_issue_is_and_lacks(ada: Browsing, issue: Issue) -> None:
    said = text_of(ada.get(f"/desk/issues/{issue.id}"))
    assert "draft · revision 1 · 2 stories" in said
    assert "3 lines without a place" in said
    assert "A story that lacks One sentence says what it is about. lacks Why it matters" in said
    assert "block approval" not in said
    for path in ("findings", "?whole=1"):
        said = text_of(ada.get(f"/desk/issues/{issue.id}/{path}".replace("/?", "?")))
        assert "2 things block approval 3 lines found no place." in said


def test_page_shows_the_words_of_summaries_and_not_their_marks(
    ada: Browsing, issue: Issue, session: Session
) -> None:
    make_story(session, issue, summary="A *new* [way](https://way.dev/).")
    make_story(session, issue, summary="An *old* way.", reads_markdown=False)
    session.commit()
    said = text_of(ada.get(f"/desk/issues/{issue.id}"))
    assert "A new way." in said
    assert "An *old* way." in said


def test_line_is_made_a_heading_added_above_or_dropped(
    ada: Browsing, issue: Issue, session: Session
) -> None:
    page = ada.get(f"/desk/issues/{issue.id}")
    assert page.text.count("Add to the story above") == 1
    lines = session.scalars(select(UnplacedLine.id).order_by(UnplacedLine.id)).all()
    for line, mend in zip(lines, ("above", "heading", "drop"), strict=True):
        session.rollback()
        version = session.scalars(select(Issue.version)).one()
        path = f"/desk/issues/{issue.id}/unplaced/{line}"
        assert ada.post(path, {"mend": mend, "version": version}).status_code == 303
        assert ada.post(path, {"mend": mend, "version": version}).status_code in {404, 412}
    session.rollback()
    stories = session.scalars(select(Story).order_by(Story.position)).all()
    assert stories[0].summary == "One sentence says what it is about. It is free."
    assert stories[2].title == "A lone heading"
    assert session.scalars(select(UnplacedLine.id)).all() == []


def test_line_that_stood_nowhere_cannot_be_added_above(
    ada: Browsing, issue: Issue, session: Session
) -> None:
    ada.get(f"/desk/issues/{issue.id}")
    line = session.scalars(select(UnplacedLine.id).where(UnplacedLine.text == "Bye")).one()
    version = session.scalars(select(Issue.version)).one()
    path = f"/desk/issues/{issue.id}/unplaced/{line}"
    answer = ada.post(path, {"mend": "above", "version": version})
    assert answer.status_code == 422
    assert "Say which story and field take the line." in text_of(answer)


def test_all_lines_are_dropped_at_once(ada: Browsing, issue: Issue, session: Session) -> None:
    ada.get(f"/desk/issues/{issue.id}")
    version = session.scalars(select(Issue.version)).one()
    path = f"/desk/issues/{issue.id}/unplaced/drop"
    assert ada.post(path, {"version": version - 1}).status_code == 412
    assert ada.post(path, {"version": version}).status_code == 303
    assert session.scalars(select(UnplacedLine.id)).all() == []


def test_sender_waives_a_warning_with_a_reason_and_takes_it_back(
    add: Add, sign_in: SignIn, issue: Issue, session: Session
) -> None:
    bob = sign_in(add(Role.SENDER, name="Bob"))
    bob.form_token()
    page = bob.get(f"/desk/issues/{issue.id}/findings")
    finding = page.text.partition('name="finding" value="')[2][:16]
    path = f"/desk/issues/{issue.id}/waive"
    assert bob.post(path, {"finding": finding, "because": " "}).status_code == 422
    refused = bob.post(path, {"finding": finding, "because": "x" * 201})
    assert refused.status_code == 422
    assert "201 characters" in text_of(refused)
    form = {"finding": finding, "because": " it is\nmeant so "}
    assert bob.post(path, form).status_code == 303
    waiver = session.scalars(select(Waiver)).one()
    assert (waiver.because, waiver.waived_by) == ("it is meant so", "Bob")
    assert "1 waived" in text_of(bob.get(f"/desk/issues/{issue.id}/findings"))
    assert bob.post(f"{path}/back", {"finding": finding}).status_code == 303
    session.rollback()
    assert session.scalars(select(Waiver)).all() == []
    assert bob.post(path, {"finding": "0" * 16, "because": "x"}).status_code == 404


def test_story_is_saved_field_by_field_and_the_audit_names_just_those(
    ada: Browsing, issue: Issue, session: Session
) -> None:
    path, form = _form(session, "A story that lacks")
    ada.get(path)
    form |= {"why_it_matters": "It saves\r\nan hour.", "deep_dive": "• One\r\n\r\nTwo"}
    answer = ada.post(path, form)
    assert answer.status_code == 303, text_of(answer)
    story = session.scalars(select(Story).where(Story.title == form["title"])).one()
    assert story.why_it_matters == "It saves an hour."
    assert story.deep_dive == ["One", "Two"]
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.verb, entry.who) == ("change_story", "Ada")
    assert set(entry.after) == {"why_it_matters", "deep_dive"}
    n = len(session.scalars(select(AuditEntry.id)).all())
    path, form = _form(session, "A story that lacks")
    assert ada.post(path, form).status_code == 303
    assert len(session.scalars(select(AuditEntry.id)).all()) == n


def test_stale_save_is_refused_and_shows_both(
    ada: Browsing, issue: Issue, session: Session
) -> None:
    path, form = _form(session, "A whole story")
    ada.get(path)
    assert ada.post(path, form | {"summary": "What the other says."}).status_code == 303
    answer = ada.post(path, form | {"summary": "What I say.", "takeaway": "Mine, too."})
    assert answer.status_code == 412
    said = text_of(answer)
    assert "What I say.</textarea>" in answer.text
    assert "Mine, too.</textarea>" in answer.text
    assert "The story says by now: What the other says." in said
    assert said.count("The story says by now:") == 2
    assert f'name="version" value="{form["version"] + 1}"' in answer.text
    again = form | {"summary": "What I say.", "version": form["version"] + 1}
    assert ada.post(path, again).status_code == 303
    session.rollback()
    story = session.scalars(select(Story).where(Story.title == "A whole story")).one()
    assert story.summary == "What I say."


@pytest.mark.parametrize(
    ("field", "typed", "seen"),
    [
        ("title", " ", "is needed"),
        ("url", "ftp://x", "must be an http or https address"),
        ("summary", "x" * 1001, "1,001 characters long"),
        ("deep_dive", "One\n" + "x" * 2001, "2: is 2,001 characters long"),
        ("category", "nowhere", "is no category"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    ada: Browsing, issue: Issue, session: Session, field: str, typed: str, seen: str
) -> None:
    path, form = _form(session, "A whole story")
    ada.get(path)
    answer = ada.post(path, form | {"takeaway": "Typed with care.", field: typed})
    assert answer.status_code == 422
    assert seen in text_of(answer)
    assert "Typed with care.</textarea>" in answer.text
    assert f'id="f-{field}-wrong"' in answer.text
    assert "Typed with care." not in session.scalars(select(Story.takeaway)).all()


def test_story_is_added_dropped_and_brought_back(
    ada: Browsing, issue: Issue, session: Session
) -> None:
    base = f"/desk/issues/{issue.id}/stories"
    ada.get(f"{base}/new")
    form = {"title": "A new one", "category": "ai", "decoder": "Latency: a wait"}
    assert ada.post(f"{base}/new", {"title": ""}).status_code == 422
    assert ada.post(f"{base}/new", form).status_code == 303
    story = session.scalars(select(Story).where(Story.title == "A new one")).one()
    assert story.decoder == [{"term": "Latency", "definition": "a wait"}]
    story_id, version = story.id, story.version
    assert ada.post(f"{base}/{story_id}/drop", {"version": 99}).status_code == 412
    assert ada.post(f"{base}/{story_id}/drop", {"version": version}).status_code == 303
    session.rollback()
    assert session.scalars(select(DroppedStory.story_id)).all() == [story_id]
    assert "Bring it back" in text_of(ada.get(f"/desk/issues/{issue.id}"))
    assert ada.post(f"{base}/{story_id}/restore").status_code == 303
    assert session.scalars(select(DroppedStory.story_id)).all() == []


def test_save_leads_to_the_next_story_when_asked(
    ada: Browsing, issue: Issue, session: Session
) -> None:
    path, form = _form(session, "A whole story")
    second, _ = _form(session, "A story that lacks")
    ada.get(path)
    answer = ada.post(path, form | {"takeaway": "Go.", "next": "1"})
    assert answer.headers["location"] == second


def test_what_is_no_draft_is_shown_and_not_changed(
    ada: Browsing, issue: Issue, session: Session
) -> None:
    path, form = _form(session, "A whole story")
    ada.get(path)
    session.get_one(Issue, issue.id).state = IssueState.SENT
    session.commit()
    page = ada.get(f"/desk/issues/{issue.id}").text
    assert "/stories/new" not in page
    assert "Make it a heading" not in page
    answer = ada.post(path, form | {"summary": "Too late."})
    assert answer.status_code == 409
    assert "Too late.</textarea>" in answer.text
    assert ada.post(f"/desk/issues/{issue.id}/unplaced/drop", {"version": 1}).status_code in {
        409,
        412,
    }


def test_editor_gives_a_draft_another_subject_preheader_and_day(
    ada: Browsing, issue: Issue, session: Session
) -> None:
    path = f"/desk/issues/{issue.id}/subject"
    ada.get(f"/desk/issues/{issue.id}")
    form = {"version": issue.version, "subject": " A  quiet day ", "preheader": "And more"}
    form |= {"issued_on": "2026-12-24", "opening": "Good\n morning. ", "sign_off": "Ada"}
    assert ada.post(path, form).status_code == 303
    said = text_of(ada.get(f"/desk/issues/{issue.id}"))
    assert "Thursday 24 December 2026" in said
    assert "A quiet day And more" in said
    session.rollback()
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.verb, entry.after["subject"]) == ("change_issue", "A quiet day")
    assert (entry.after["opening"], entry.after["sign_off"]) == ("Good morning.", "Ada")
    again = ada.post(path, form | {"version": session.get_one(Issue, issue.id).version})
    assert again.status_code == 303
    session.rollback()
    assert session.get_one(Issue, issue.id).revision == entry.after["revision"]


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"subject": "x" * 201}, 422, "201 characters"),
        ({"preheader": "x" * 251}, 422, "251 characters"),
        ({"opening": "x" * 1_001}, 422, "Opening is 1,001 characters long; at most 1,000."),
        ({"sign_off": "x" * 401}, 422, "Sign off is 401 characters long; at most 400."),
        ({"issued_on": "soon"}, 422, "Choose a day."),
        ({"issued_on": "0001-01-01"}, 422, "An issue's day must be"),
        ({"subject": "Mine", "version": 99}, 412, "It has changed since you looked."),
    ],
)
def test_what_cannot_be_a_subject_or_day_is_said_and_stays_typed(
    ada: Browsing, issue: Issue, given: dict[str, Any], status: int, said: str
) -> None:
    ada.get(f"/desk/issues/{issue.id}")
    form = {"version": issue.version, "subject": "Typed", "issued_on": "2026-12-24"} | given
    answer = ada.post(f"/desk/issues/{issue.id}/subject", form)
    assert answer.status_code == status
    assert said in text_of(answer)
    assert f'value="{form["subject"]}"' in answer.text
    assert '<details class="about" open>' in answer.text
