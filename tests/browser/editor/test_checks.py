"""What the checks found: at its field with how to mend it, and as a list that leads there."""

from playwright.sync_api import expect
from sqlalchemy.orm import Session

from app.models import Issue
from tests.browser.conftest import looks
from tests.browser.editor.pages import Serve, Write, box, field, saved, widths
from tests.browser.test_desk import faults
from tests.factories import make_category, make_subscriber


def test_finding_stands_at_its_field_and_goes_once_it_is_mended(serve: Serve, write: Write) -> None:
    serve()
    ada = write("Ada", path="#s3")
    why = ada.locator("#field-why_it_matters")
    expect(why).to_contain_text("Blocks approval:")
    expect(field(ada, "why_it_matters")).to_have_attribute(
        "aria-describedby", "f-why_it_matters-notes"
    )
    field(ada, "why_it_matters").fill("It saves an hour.")
    expect(why).not_to_contain_text("Blocks approval:")
    box(ada, "Point 2").fill("It is **bold**.")
    point = ada.locator("#field-deep_dive li").nth(1)
    expect(point).to_contain_text("Worth a look:")
    box(ada, "Point 2").fill("It is plain.")
    expect(point).not_to_contain_text("Worth a look:")
    saved(ada)


def test_list_of_findings_leads_to_the_field_by_keyboard(
    serve: Serve, write: Write, session: Session, draft: Issue
) -> None:
    empty = make_category(session, "data", name="Data")
    make_subscriber(session, follows=empty.mask | 3)
    session.commit()
    serve()
    ada = write("Ada")
    expect(ada.get_by_role("button", name="Checks:")).to_be_visible()
    ada.get_by_role("link", name="A compiler").focus()
    dialog = ada.get_by_role("dialog", name="Checks")
    way = dialog.get_by_role("button", name="To the field A queue").first
    with ada.expect_response("**/checks*"):  # it asks again, and nothing moves under the hand
        ada.keyboard.press("c")
        way.focus()
    expect(dialog.get_by_role("heading", name="Blocks approval: ")).to_be_visible()
    expect(dialog.get_by_text("Data has readers and no story in this issue.")).to_be_hidden()
    expect(way).to_be_focused()
    way.press("Enter")
    expect(dialog).to_be_hidden()
    expect(field(ada, "title")).to_have_value("A queue")
    expect(field(ada, "why_it_matters")).to_be_focused()


@looks
@widths
def test_axe_finds_nothing_among_the_findings(
    serve: Serve, write: Write, look: str, width: int
) -> None:
    serve()
    ada = write("Ada", path="#s3", width=width, color_scheme=look, reduced_motion="reduce")
    expect(ada.locator("#field-why_it_matters")).to_contain_text("Blocks approval:")
    findings = {"field": faults(ada, width)}
    ada.get_by_role("button", name="Checks:").click()
    findings["list"] = faults(ada, width)
    assert {name: found for name, found in findings.items() if found} == {}
