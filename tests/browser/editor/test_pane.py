"""The editor's pane: the mail itself beside what is typed, of a cut that it names."""

from playwright.sync_api import FrameLocator, Page, expect
from sqlalchemy.orm import Session

from app.models import Issue
from tests.browser.conftest import looks
from tests.browser.editor.pages import Serve, Write, field, saved, type_at, widths
from tests.browser.test_desk import faults
from tests.factories import make_story, make_subscriber


def mail(page: Page) -> FrameLocator:
    return page.frame_locator(".pane iframe")


def open_pane(page: Page) -> None:
    if not page.locator(".pane").is_visible():
        page.get_by_role("button", name="Preview", exact=True).click()


def test_pane_names_its_cut_and_follows_what_is_typed(
    serve: Serve, write: Write, session: Session
) -> None:
    make_subscriber(session, follows=3, depth="brief")
    make_subscriber(session, follows=1, depth="brief")
    session.commit()
    serve()
    ada = write("Ada")
    caption = ada.locator("#cut")
    expect(caption).to_have_text("AI + DevOps · brief · 1 reader")
    expect(mail(ada).get_by_text("A queue").first).to_be_visible()
    type_at(ada, "title", 0, "Look: ")
    expect(mail(ada).get_by_text("Look: A compiler").first).to_be_visible()
    ada.get_by_role("button", name="DevOps", exact=True).click()
    expect(caption).to_have_text("AI · brief · 1 reader")
    expect(mail(ada).get_by_text("A queue")).to_have_count(0)
    expect(mail(ada).get_by_text("Deep dive")).to_have_count(0)
    ada.keyboard.press("3")
    expect(caption).to_have_text("AI · deep · 0 readers")
    expect(mail(ada).get_by_text("Deep dive").first).to_be_visible()
    ada.get_by_label("Choose what readers get").select_option(index=1)
    expect(caption).to_have_text("AI · brief · 1 reader")
    ada.reload()
    saved(ada)
    expect(caption).to_have_text("AI · brief · 1 reader")
    ada.get_by_role("button", name="AI", exact=True).click()
    expect(caption).to_have_text("Choose a category that has stories.")


def test_pane_keeps_its_place_while_somebody_types(
    serve: Serve, write: Write, session: Session, draft: Issue
) -> None:
    for n in range(12):
        make_story(session, draft, title=f"Filler {n}", category_id=1)
    session.commit()
    serve()
    ada = write("Ada")
    expect(mail(ada).get_by_text("Filler 11").first).to_be_attached()
    type_at(ada, "what", 0, "First. ")
    frame = ada.locator(".pane iframe")
    frame.evaluate("frame => frame.contentWindow.scrollTo(0, 700)")
    ada.keyboard.type("Second. ")
    expect(mail(ada).get_by_text("First. Second.")).to_be_attached()
    assert frame.evaluate("frame => frame.contentWindow.scrollY") == 700
    expect(field(ada, "what")).to_be_focused()
    ada.get_by_role("link", name="Filler 9").click()
    assert frame.evaluate("frame => frame.contentWindow.scrollY") > 700
    mail(ada).get_by_text("Something was made, and it works.").nth(5).click()
    expect(field(ada, "title")).not_to_have_value("Filler 9")


def test_pane_shows_phone_desktop_light_dark_and_text(serve: Serve, write: Write) -> None:
    serve()
    ada = write("Ada")
    frame = ada.locator(".pane iframe")
    page_colour = "frame => getComputedStyle(frame.contentDocument.body).backgroundColor"
    expect(mail(ada).get_by_text("A queue").first).to_be_visible()
    light = frame.evaluate(page_colour)
    assert frame.evaluate("frame => frame.contentWindow.innerWidth") == 375
    ada.get_by_role("button", name="Dark").click()
    expect(mail(ada).locator("body")).not_to_have_css("background-color", light)
    ada.get_by_role("button", name="Desktop").click()
    assert frame.evaluate("frame => frame.contentWindow.innerWidth") == 680
    ada.get_by_role("button", name="Text", exact=True).click()
    expect(ada.get_by_role("region", name="Mail")).to_contain_text("What: Something was made")
    expect(ada.locator(".pane .size")).to_contain_text("KB of 102 · nothing given up")
    ada.get_by_role("button", name="Preview", exact=True).click()
    expect(ada.locator(".pane")).not_to_be_visible()
    ada.reload()
    saved(ada)
    expect(ada.locator(".pane")).not_to_be_visible()


def test_link_of_the_mail_opens_beside_and_leaves_the_editor(serve: Serve, write: Write) -> None:
    serve()
    ada = write("Ada")
    with ada.context.expect_page() as opened:
        mail(ada).get_by_role("link", name="A compiler").last.click()
    assert opened.value.evaluate("window.opener") is None
    expect(field(ada, "title")).to_have_value("A compiler")


def test_cut_without_a_network_keeps_the_mail_and_says_so(serve: Serve, write: Write) -> None:
    server = serve()
    ada = write("Ada")
    expect(mail(ada).get_by_text("A queue").first).to_be_visible()
    server.close()
    ada.get_by_role("button", name="deep").click()
    expect(ada.locator(".pane .wrong")).to_contain_text("The preview does not come.")
    expect(mail(ada).get_by_text("A queue").first).to_be_visible()
    expect(ada.locator("#cut")).to_contain_text("brief")
    serve()
    expect(ada.locator("#cut")).to_contain_text("deep")
    expect(ada.locator(".pane .wrong")).to_have_text("")


@looks
@widths
def test_axe_finds_nothing_in_the_pane(serve: Serve, write: Write, look: str, width: int) -> None:
    serve()
    ada = write("Ada", width=width, color_scheme=look, reduced_motion="reduce")
    open_pane(ada)
    expect(mail(ada).get_by_text("A queue").first).to_be_visible()
    findings = {"mail": faults(ada, width)}
    ada.get_by_role("button", name="Text", exact=True).click()
    findings["text"] = faults(ada, width)
    assert {name: found for name, found in findings.items() if found} == {}


def test_pane_shows_the_source_of_a_mail(serve: Serve, write: Write) -> None:
    serve()
    ada = write("Ada")
    open_pane(ada)
    expect(mail(ada).get_by_text("A queue").first).to_be_visible()
    ada.get_by_role("button", name="Source", exact=True).click()
    source = ada.get_by_role("region", name="Mail")
    expect(source).to_contain_text("</html>")
    ada.reload()
    expect(source).to_contain_text("</html>")
    ada.get_by_role("button", name="Dark").click()
    expect(mail(ada).get_by_text("A queue").first).to_be_visible()
