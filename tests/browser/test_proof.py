"""Signing up where a proof of work is asked: unnoticed with scripts, and possible without."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from app.container import Container
from app.db.session import transaction
from app.models import Subscriber
from app.readers.proof import PATIENCE
from app.settings import Settings
from tests.browser.conftest import Clock, OpenPage, looks
from tests.browser.test_access import findings_of


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"proof_rounds": 20})


def _n_readers(container: Container) -> int:
    with transaction(container.sessions) as session:
        return session.scalar(select(func.count()).select_from(Subscriber)) or 0


@pytest.mark.usefixtures("issue")
def test_form_is_sent_with_its_proof_when_scripts_run(
    open_page: OpenPage, container: Container
) -> None:
    page = open_page("/")
    page.get_by_label("Your mail address").fill("ada@reader.example")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")
    assert _n_readers(container) == 1


@pytest.mark.usefixtures("issue")
def test_form_lets_in_who_waits_when_no_script_runs(
    open_page: OpenPage, container: Container, clock: Clock
) -> None:
    page = open_page("/", java_script_enabled=False)
    page.get_by_label("Your mail address").fill("ada@reader.example")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    page.get_by_role("button", name="I have waited").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    assert _n_readers(container) == 0
    clock.ahead = PATIENCE
    page.get_by_role("button", name="I have waited").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")
    assert _n_readers(container) == 1


@looks
@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.usefixtures("issue")
def test_axe_finds_nothing_on_the_page_that_asks_for_patience(
    open_page: OpenPage, look: str, width: int
) -> None:
    page = open_page("/", java_script_enabled=False, width=width, color_scheme=look)
    page.get_by_label("Your mail address").fill("ada@reader.example")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    # axe is a script: it looks at the same page in a context that runs some.
    looked_at = open_page("/", width=width, color_scheme=look, reduced_motion="reduce")
    looked_at.set_content(page.content())
    assert findings_of(looked_at) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
