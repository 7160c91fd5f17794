"""The editor as a page: without a script, in both schemes, at two widths."""

from playwright.sync_api import Browser, expect

from app.container import Container
from app.models import Issue
from tests.browser.conftest import looks
from tests.browser.editor.pages import Serve, Write, field, widths
from tests.browser.test_desk import faults


def test_without_a_script_each_story_has_its_plain_form(
    serve: Serve, write: Write, browser: Browser, container: Container, draft: Issue
) -> None:
    serve()
    ada = write("Ada")
    state = ada.context.storage_state()
    context = browser.new_context(
        base_url=container.settings.base_url, storage_state=state, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(f"/desk/issues/{draft.id}")
    page.get_by_role("link", name="Its form A queue").click()
    expect(page.get_by_label("Title")).to_have_value("A queue")
    page.goto(f"/desk/issues/{draft.id}")
    page.get_by_role("link", name="A compiler", exact=True).click()
    page.get_by_role("link", name="A compiler", exact=True).click()
    page.get_by_label("Takeaway").fill("Without a script.")
    page.get_by_role("button", name="Save", exact=True).click()
    context.close()
    expect(field(ada, "takeaway")).to_have_value("Without a script.")


@looks
@widths
def test_axe_finds_nothing_and_nothing_is_too_wide_in_the_editor(
    serve: Serve, write: Write, look: str, width: int
) -> None:
    serve()
    ada = write("Ada", width=width, color_scheme=look, reduced_motion="reduce")
    write("Bob")
    field(ada, "url").fill("nowhere" * 40)
    expect(ada.locator("#field-url .wrong")).to_be_visible()
    findings = {"story": faults(ada, width)}
    ada.get_by_role("button", name="Drop", exact=True).click()
    if width < 900:
        ada.get_by_role("button", name="← Stories").click()
    ada.get_by_text("Dropped stories: 1").click()
    findings["list"] = faults(ada, width)
    ada.locator(".editor").get_by_role("button", name="Keys").click()
    findings["keys"] = faults(ada, width)
    ada.keyboard.press("Escape")
    ada.get_by_role("link", name="A queue").click()
    ada.get_by_role("button", name="All marks").first.click()
    expect(ada.get_by_role("dialog", name="Marks in texts")).to_be_visible()
    findings["marks"] = faults(ada, width)
    assert {name: found for name, found in findings.items() if found} == {}


def test_story_of_a_link_is_chosen_and_back_leads_away_at_once(
    serve: Serve, write: Write, container: Container, draft: Issue
) -> None:
    serve()
    ada = write("Ada", path="#s3")
    expect(field(ada, "title")).to_have_value("A queue")
    ada.goto(f"/desk/issues/{draft.id}")
    ada.get_by_role("link", name="A database", exact=True).click()
    expect(field(ada, "title")).to_have_value("A database")
    ada.go_back()
    ada.get_by_role("link", name="Write").click()
    expect(field(ada, "title")).to_have_value("A compiler")
    ada.get_by_role("link", name="A database").click()
    expect(field(ada, "title")).to_have_value("A database")
    ada.go_back()
    expect(field(ada, "title")).to_have_value("A compiler")
    ada.go_back()
    expect(ada).to_have_url(f"{container.settings.base_url}/desk/issues/{draft.id}")


def test_what_cannot_be_stored_is_told_in_the_language_that_the_address_asks_for(
    serve: Serve, write: Write, draft: Issue
) -> None:
    serve()
    ada = write("Ada")
    ada.goto(f"/desk/issues/{draft.id}/edit?lang=de#s1")
    field(ada, "image").fill("none of ours")
    told = ada.locator("#field-image .wrong")
    expect(told).to_contain_text("die Adresse eines hochgeladenen Bildes sein")
