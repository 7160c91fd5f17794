"""What cannot be stored is said for as long as it is so, and is stored once it can be."""

import pytest
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from app.actors import CLI
from app.clock import system_clock
from app.editing.store import MAX_DOCUMENT
from app.issues.stories import change_story
from app.models import Document, Issue
from tests.browser.editor.pages import Serve, Write, field, saved, settled, stored, type_at


@pytest.mark.parametrize("who", ["she", "somebody else"])
def test_document_that_is_full_says_so_until_there_is_room_and_then_all_is_stored(
    serve: Serve, write: Write, session: Session, draft: Issue, who: str
) -> None:
    serve()
    ada = write("Ada")
    saved(ada)
    settled(session)
    session.get_one(Document, draft.id).n_bytes = MAX_DOCUMENT - 2000
    session.commit()
    field(ada, "what").fill("Long. " * 500)
    expect(ada.locator("#save-state")).to_contain_text("Not saved: ")

    # Somebody else's change tells how it stands; that is no reason to say that it is being saved.
    change_story(session, CLI, draft.id, 2, {"title": "By the API"}, system_clock())
    session.commit()
    expect(ada.get_by_role("navigation", name="Stories")).to_contain_text("By the API")
    ada.wait_for_timeout(1500)
    expect(ada.locator("#save-state")).to_contain_text("Not saved: ")

    session.get_one(Document, draft.id, populate_existing=True).n_bytes = 1000
    session.commit()
    if who == "she":
        type_at(ada, "what", 0, "Now. ")
    else:
        change_story(session, CLI, draft.id, 2, {"title": "Once more"}, system_clock())
        session.commit()
    saved(ada)
    session.expire_all()
    assert stored(session).what.startswith("Now. Long. " if who == "she" else "Long. ")
