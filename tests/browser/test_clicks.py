"""A tracked link, from the mail to where it leads, and a reader who wants none of it kept."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from app.container import Container
from app.db.session import transaction
from app.enums import LinkKind, Tracking
from app.link_tokens import LinkSigner, LinkTo
from app.models import Issue, Publication, ReaderClick, Subscriber, TrackedLink
from tests.browser.conftest import OpenPage, Stored, both_ways

PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
"""A browser that names itself headless is no person's."""


@pytest.fixture
def link(container: Container, issue: Issue, reader: Subscriber) -> str:
    """Return the link to the issue in this reader's mail; the publication keeps who clicked."""
    to = LinkTo(issue.id, LinkKind.ISSUE)
    with transaction(container.sessions) as session:
        session.get_one(Publication, 1).tracking = Tracking.PER_READER
        url = f"{container.settings.base_url}/read/{issue.id}"
        session.add(TrackedLink(issue_id=to.issue_id, kind=to.kind, story_id=0, url=url))
    signer = LinkSigner(container.signer.keys)
    theirs = signer.sign_reader(issue.public_id, reader.id, reader.public_id)
    return f"/c/{signer.sign(to, issue.public_id)}/{theirs}"


def _kept(container: Container) -> tuple[int, int]:
    """Return how many human visits the link has, and how many readers are kept with theirs."""
    with transaction(container.sessions) as session:
        n_human = session.scalars(select(TrackedLink.n_human)).one()
        return n_human, session.scalar(select(func.count()).select_from(ReaderClick)) or 0


@both_ways
def test_reader_follows_a_link_and_then_has_none_of_theirs_kept(
    open_page: OpenPage,
    container: Container,
    link: str,
    own: str,
    stored: Stored,
    *,
    scripts: bool,
) -> None:
    page = open_page(link, java_script_enabled=scripts, user_agent=PERSON)
    expect(page.get_by_role("heading", level=1)).to_have_text("Monday 23 November 2026")
    assert "/c/" not in page.url
    assert page.context.cookies() == []
    assert _kept(container) == (1, 1)

    page.goto(own)
    page.get_by_label("Keep none of my clicks").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Keep none of my clicks")).to_be_checked()
    assert stored().refuses_tracking
    assert _kept(container) == (1, 0)
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Monday 23 November 2026")
    assert _kept(container) == (2, 0)

    page.goto(own)
    page.get_by_label("Keep none of my clicks").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Keep none of my clicks")).not_to_be_checked()
    assert not stored().refuses_tracking
