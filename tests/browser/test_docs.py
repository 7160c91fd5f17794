"""The API's documentation in a browser: nothing from outside, no breach of its policy, usable.

`open_page` fails where a page breaks its Content-Security-Policy or asks anybody but us.
"""

from playwright.sync_api import expect

from app.access.keys import make_key
from app.actors import CLI
from app.container import Container
from app.db.session import transaction
from app.enums import Scope
from app.errors import Unavailable
from app.models import Issue
from tests.browser.conftest import OpenPage


def test_docs_lead_a_problem_to_its_row(open_page: OpenPage) -> None:
    code = Unavailable.code
    page = open_page(f"/docs#{code}")

    page.locator(".opblock-tag-section").first.wait_for(timeout=60_000)
    expect(page.locator(f"#{code}")).to_be_in_viewport()
    assert page.evaluate("location.hash") == f"#{code}"


def test_docs_try_an_operation_with_a_key(
    open_page: OpenPage, container: Container, issue: Issue
) -> None:
    with transaction(container.sessions) as session:
        _, secret = make_key(session, CLI, "desk", [Scope.READ], container.clock())
    page = open_page("/docs")
    page.set_default_timeout(60_000)  # it draws a long document, on machines that do much else

    page.locator("button.authorize.unlocked").click()
    dialog = page.locator(".dialog-ux")
    dialog.locator("input").fill(secret)
    dialog.locator("button.authorize").click()
    dialog.locator("button.btn-done").click()
    page.locator("#operations-tag-issues").click()
    operation = page.locator("#operations-issues-list_issues")
    operation.locator(".opblock-summary-control").click()
    operation.locator("button.try-out__btn").click()
    operation.locator("button.execute").click()

    answer = operation.locator(".live-responses-table")
    expect(answer.locator("tr.response td.response-col_status")).to_contain_text("200")
    expect(answer.locator("tr.response .microlight").first).to_contain_text(f'"id": {issue.id}')
