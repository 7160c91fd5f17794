"""The form for other sites, on a page of another site."""

import pytest
from playwright.sync_api import Route, expect
from sqlalchemy import select

from app.container import Container
from app.db.session import transaction
from app.enums import ConsentSource, Depth, SubscriberState
from app.models import Consent, Issue, Subscriber
from tests.browser.conftest import OpenPage, both_ways

ELSEWHERE = "http://blog.example/"
ADDRESS = "ada@reader.example"


@both_ways
@pytest.mark.parametrize(("form", "follows", "depth"), [(0, 3, Depth.BRIEF), (1, 2, Depth.DEEP)])
@pytest.mark.usefixtures("issue")
def test_stranger_signs_up_by_a_form_on_another_site(
    open_page: OpenPage,
    container: Container,
    form: int,
    follows: int,
    depth: Depth,
    *,
    scripts: bool,
) -> None:
    ours = open_page("/embed", java_script_enabled=scripts)
    snippet = ours.locator("code").nth(form).inner_text()
    # A page of its own in the same browser: it may ask its own site, which nobody else is to do.
    page = ours.context.new_page()

    def blog(route: Route) -> None:
        body = f"<!doctype html><title>A blog</title><h1>A blog</h1>{snippet}"
        route.fulfill(body=body, content_type="text/html; charset=utf-8")

    page.route(f"{ELSEWHERE}**", blog)
    page.goto(ELSEWHERE)
    page.get_by_label("Your mail address").fill(ADDRESS)
    if form:
        page.get_by_label("AI", exact=True).uncheck()
        page.get_by_label("Deep").check()
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")
    assert page.url.startswith(container.settings.base_url)
    with transaction(container.sessions) as session:
        reader = session.scalars(select(Subscriber)).one()
        consent = session.scalars(select(Consent)).one()
    assert (reader.address, reader.state) == (ADDRESS, SubscriberState.PENDING)
    assert (reader.follows, reader.depth) == (follows, depth)
    assert consent.source is ConsentSource.EMBED
    assert consent.wording_version is not None


@pytest.mark.usefixtures("issue")
def test_form_on_another_site_leads_to_ours_when_something_is_wrong(open_page: OpenPage) -> None:
    ours = open_page("/embed")
    snippet = ours.locator("code").first.inner_text()
    page = ours.context.new_page()
    page.route(
        f"{ELSEWHERE}**", lambda route: route.fulfill(body=snippet, content_type="text/html")
    )
    page.goto(ELSEWHERE)
    page.get_by_label("Your mail address").fill("two..dots@reader.example")
    page.get_by_role("button", name="Sign up").click()
    address = page.get_by_label("Your mail address")
    expect(address).to_have_value("two..dots@reader.example")
    expect(address).to_have_accessible_description(
        "There are no two dots in a row in a mail address."
    )


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1200, "dark")])
def test_embed_page_fits_the_screen(
    open_page: OpenPage, issue: Issue, width: int, scheme: str
) -> None:
    page = open_page("/embed", width=width, color_scheme=scheme)
    expect(page.get_by_role("region")).to_have_count(2)
    too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(too_wide)
