"""What the checks found: at its field with how to mend it, and as a list that leads there."""

import re

from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.models import Issue, Story, Waiver
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
    box(ada, "Point 2").fill("It is <b>bold</b>.")
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


def test_checks_that_do_not_answer_say_so_and_are_asked_again(serve: Serve, write: Write) -> None:
    serve()
    ada = write("Ada", path="#s3")
    opener = ada.get_by_role("button", name="Checks:")
    expect(opener).to_have_text(re.compile(r"Checks: \d"))
    ada.route("**/edit/checks", lambda route: route.fulfill(status=503, body="Busy"))
    field(ada, "why_it_matters").fill("It saves an hour.")
    expect(opener).to_have_text("Checks: no answer", timeout=20_000)
    opener.click()
    said = ada.get_by_role("dialog", name="Checks").get_by_role("status").first
    expect(said).to_contain_text("They are asked again every few seconds. What stands here is what")
    ada.unroute("**/edit/checks")
    expect(said).to_have_text("", timeout=20_000)
    expect(ada.locator("#field-why_it_matters")).not_to_contain_text("Blocks approval:")


def test_warning_that_is_meant_so_is_waived_in_the_list_with_the_reason(
    serve: Serve, write: Write, session: Session, draft: Issue
) -> None:
    session.get_one(Story, 1).deep_dive = ["It is <b>bold</b>.", "Two"]
    session.commit()
    serve()
    ada = write("Ada", Role.EDITOR, Role.SENDER)
    point = ada.locator("#field-deep_dive li").first
    expect(point).to_contain_text("Worth a look:")
    ada.get_by_role("button", name="Checks:").click()
    dialog = ada.get_by_role("dialog", name="Checks")
    row = dialog.get_by_role("listitem").filter(has_text="<b>")
    row.get_by_text("It is meant so").click()
    row.get_by_label("Why?").fill("It is a name")
    ada.keyboard.press("Enter")
    expect(row).to_have_count(0)
    expect(dialog.get_by_role("heading", name="Checks", exact=True)).to_be_focused()
    expect(point).not_to_contain_text("Worth a look:")
    assert session.scalars(select(Waiver.because)).all() == ["It is a name"]


@looks
@widths
def test_axe_finds_nothing_among_the_findings(
    serve: Serve, write: Write, look: str, width: int
) -> None:
    serve()
    ada = write(
        "Ada", Role.ADMIN, path="#s3", width=width, color_scheme=look, reduced_motion="reduce"
    )
    expect(ada.locator("#field-why_it_matters")).to_contain_text("Blocks approval:")
    findings = {"field": faults(ada, width)}
    ada.get_by_role("button", name="Checks:").click()
    for one in ada.get_by_text("It is meant so").all():
        one.click()
    findings["list"] = faults(ada, width)
    assert {name: found for name, found in findings.items() if found} == {}
