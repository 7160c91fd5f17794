"""A story corrected at the desk, after its issue was launched."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Correction, Issue, Story
from tests.desk.browsing import Browsing
from tests.desk.planned import said


def _form(session: Session, running: Issue) -> tuple[str, dict[str, object]]:
    session.rollback()
    story = session.scalars(select(Story).where(Story.issue_id == running.id)).one()
    issue = session.get_one(Issue, running.id, populate_existing=True)
    names = "title label url summary what why_it_matters takeaway article"
    form: dict[str, object] = {name: getattr(story, name) for name in names.split()}
    form |= {
        "version": issue.version,
        "deep_dive": "\n".join(story.deep_dive),
        "decoder": "\n".join(f"{one['term']}: {one['definition']}" for one in story.decoder),
    }
    return f"/desk/issues/{running.id}/stories/{story.id}/correct", form


def test_story_is_corrected_with_a_note_and_a_second_press_does_nothing_more(
    sender: Browsing, session: Session, running: Issue
) -> None:
    path, form = _form(session, running)
    assert "Note for readers, on the page" in said(sender.get(path))
    assert path in sender.get(f"/desk/issues/{running.id}").text
    form |= {"summary": "What is right.", "note": "A number\r\nwas wrong."}
    done = sender.post(path, form)
    assert done.headers["location"] == f"/desk/issues/{running.id}/sending?done=corrected"
    correction = session.scalars(select(Correction)).one()
    assert correction.after == {"summary": "What is right."}
    assert correction.note == "A number\nwas wrong."
    again = sender.post(path, form)
    assert again.status_code == 412
    assert "Nothing was done: it has changed since you looked." in said(again)
    assert len(session.scalars(select(Correction.id)).all()) == 1


def test_what_cannot_be_corrected_is_said_and_nothing_typed_is_lost(
    sender: Browsing, session: Session, running: Issue
) -> None:
    path, form = _form(session, running)
    sender.get(path)
    assert sender.post(path, form).status_code == 422  # it says just that already
    refused = sender.post(path, form | {"title": "", "note": "Typed with care."})
    assert refused.status_code == 422
    assert "Typed with care.</textarea>" in refused.text
    assert session.scalars(select(Correction.id)).all() == []


def test_draft_is_edited_and_not_corrected(
    sender: Browsing, editor: Browsing, session: Session, planned: Issue
) -> None:
    story = session.scalars(select(Story.id).where(Story.issue_id == planned.id)).one()
    path = f"/desk/issues/{planned.id}/stories/{story}/correct"
    assert sender.get(path).headers["location"] == f"/desk/issues/{planned.id}/plan"
    assert editor.get(path).status_code == 403
