"""Signing up where a proof of work is asked: unnoticed with scripts, and possible without."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from app.container import Container
from app.db.session import transaction
from app.models import Issue, Subscriber
from app.settings import Settings
from tests.browser.conftest import OpenPage


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
def test_form_offers_to_wait_when_no_script_runs(open_page: OpenPage, container: Container) -> None:
    page = open_page("/", java_script_enabled=False)
    page.get_by_label("Your mail address").fill("ada@reader.example")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    page.get_by_role("button", name="I have waited").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    assert _n_readers(container) == 0


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1200, "dark")])
def test_embed_page_fits_the_screen(
    open_page: OpenPage, issue: Issue, width: int, scheme: str
) -> None:
    page = open_page("/embed", width=width, color_scheme=scheme)
    expect(page.get_by_role("region")).to_have_count(2)
    too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(too_wide)
