"""An editor chooses a file for a story: it is shown, its name is in the story, and undo has it."""

from playwright.sync_api import FilePayload, FrameLocator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.models import Image, Issue, Story
from tests.browser.editor.pages import Serve, Write, field, saved, settled
from tests.factories import make_subscriber
from tests.images.files import image_file


def _choose(page: Page) -> None:
    data = image_file(size=(64, 48))
    chosen: FilePayload = {"name": "chart.png", "mimeType": "image/png", "buffer": data}
    page.locator("#field-image input[type=file]").set_input_files(chosen)
    field(page, "image_alt").fill("A blue square.")
    saved(page)


def _expect_drawn(mail: Page | FrameLocator) -> None:
    shown = mail.get_by_role("img", name="A blue square.")
    expect(shown).to_have_js_property("naturalWidth", 64)


def test_chosen_file_becomes_the_image_of_the_story(
    serve: Serve, write: Write, session: Session, draft: Issue
) -> None:
    serve()
    ada = write("Ada")
    data = image_file(size=(64, 48))
    chosen: FilePayload = {"name": "chart.png", "mimeType": "image/png", "buffer": data}
    ada.locator("#field-image input[type=file]").set_input_files(chosen)
    shown = ada.locator("#field-image img")
    expect(shown).to_be_visible()
    expect(shown).to_have_js_property("naturalWidth", 64)
    field(ada, "image_alt").fill("A blue square.")
    saved(ada)
    session.rollback()
    name = session.scalars(select(Image.name)).one()
    story = session.scalars(
        select(Story).where(Story.issue_id == draft.id, Story.image != "")
    ).one()
    assert (story.image, story.image_alt) == (name, "A blue square.")
    ada.get_by_role("button", name="Remove the image").click()
    expect(shown).to_be_hidden()
    expect(field(ada, "image")).to_have_value("")


def test_file_that_is_no_image_says_so_and_changes_nothing(
    serve: Serve, write: Write, draft: Issue
) -> None:
    serve()
    ada = write("Ada")
    chosen: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": b"no image"}
    ada.locator("#field-image input[type=file]").set_input_files(chosen)
    said = ada.locator("#field-image [role=status]")
    expect(said).to_contain_text("no JPEG, PNG, GIF or WebP image")
    expect(field(ada, "image")).to_have_value("")


def test_image_is_drawn_in_every_mail_that_the_desk_shows(
    serve: Serve, write: Write, session: Session, draft: Issue
) -> None:
    reader = make_subscriber(session, follows=3, depth="brief")
    session.commit()
    serve()
    ada = write("Ada", Role.EDITOR, Role.SENDER)
    _choose(ada)
    _expect_drawn(ada.frame_locator(".pane iframe"))
    settled(session)
    ada.goto(f"/desk/readers/{reader.id}/issues/{draft.id}/mail")
    _expect_drawn(ada)


def test_file_is_put_into_the_article_at_the_line_of_the_caret(
    serve: Serve, write: Write, session: Session, draft: Issue
) -> None:
    serve()
    ada = write("Ada")
    article = field(ada, "article")
    article.fill("Before.\n\nAfter.")
    article.evaluate("box => box.setSelectionRange(7, 7)")
    data = image_file(size=(64, 48))
    chosen: FilePayload = {"name": "chart.png", "mimeType": "image/png", "buffer": data}
    ada.locator("#field-article input[type=file]").set_input_files(chosen)
    expect(ada.locator("#field-article [role=status]")).to_contain_text("Stored.")
    expect(article).to_be_focused()
    ada.keyboard.type("A blue square.")
    saved(ada)
    session.rollback()
    name = session.scalars(select(Image.name)).one()
    expected = f"Before.\n\n![A blue square.]({name})\n\nAfter."
    expect(article).to_have_value(expected)
    assert session.scalars(select(Story.article).where(Story.article == expected)).all() != []
