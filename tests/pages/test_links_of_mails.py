"""Where the links of a mail lead: each of ours to a page that says something."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.actors import CLI
from app.container import Container
from app.db.session import Sessions, transaction
from app.delivery.compose import browser_url, edition_facts
from app.delivery.leaving import leave_url
from app.delivery.mails import list_headers
from app.enums import Depth, EditionState
from app.models import Edition, Issue, Story, Subscriber
from app.publication.publication import get_publication, set_publication
from app.rendering.edition import render_edition
from app.rendering.inputs import RenderedMail
from app.rendering.merge import fields_for, fill, preview_fields
from app.tokens import Purpose
from tests.factories import make_subscriber
from tests.pages.markup import tree_of, words_of
from tests.rendering.reading import links, parsed

_ADDRESS: Final = re.compile(r"https?://[^\s<>]+")
_ENDING: Final = {"asks_if_good": True, "offers_reply": True, "offers_sharing": True}


@pytest.fixture
def reader(sessions: Sessions, published: Issue) -> Subscriber:
    with transaction(sessions) as session:
        return make_subscriber(session, follows=3, depth=Depth.DEEP)


@pytest.fixture(params=[True, False], ids=["open", "closed"])
def mail(
    request: pytest.FixtureRequest,
    container: Container,
    sessions: Sessions,
    published: Issue,
    now: datetime,
) -> RenderedMail:
    """Render a mail that has all that a mail can end with, its archive open or closed."""
    base_url = container.settings.base_url
    with transaction(sessions) as session:
        changes = _ENDING | {"archive_is_open": request.param, "from_address": "ed@news.example"}
        set_publication(session, CLI, changes, now)
        issue = session.get_one(Issue, published.id)
        first, *_ = session.scalars(select(Story).order_by(Story.id))
        first.url, first.article = "", "At length."
        issue.lead_story_id = first.id
        cut: dict[str, Any] = {"follows": 3, "depth": Depth.DEEP}
        edition = Edition(
            issue_id=issue.id, **cut, revision=1, state=EditionState.RENDERED, n_readers=1
        )
        session.add(edition)
        session.flush()
        shown = browser_url(base_url, edition.public_id)
        facts = edition_facts(session, issue, **cut, base_url=base_url, browser_url=shown)
        made = render_edition(facts, container.templates)
        edition.html, edition.text = made.html, made.text
    return made


def _ours(mail: RenderedMail, fields: Mapping[str, str], base_url: str) -> list[str]:
    """Return where the links of both parts lead that are ours, without what is not."""
    html, text = fill(mail.html, fields), fill(mail.text, fields)
    places = {one.get("id") for one in parsed(html).iter()}
    found = links(html)
    assert all(one[1:] in places for one in found if one.startswith("#"))
    assert [one for one in found if one.startswith("mailto:")]
    all_of_them = dict.fromkeys([*found, *_ADDRESS.findall(text)])
    return [one.removeprefix(base_url) for one in all_of_them if one.startswith(base_url)]


def test_every_link_of_a_mail_leads_its_reader_to_a_page(
    client: TestClient,
    container: Container,
    sessions: Sessions,
    mail: RenderedMail,
    reader: Subscriber,
    now: datetime,
) -> None:
    base_url, sign = container.settings.base_url, container.signer.sign
    own = f"{base_url}/preferences/{sign(Purpose.PREFERENCES, reader.public_id, now=now)}"
    leave = leave_url(base_url, sign(Purpose.LEAVE, reader.public_id, now=now))
    paths = _ours(mail, fields_for("ada@reader.example", leave, own), base_url)
    with transaction(sessions) as session:
        headers = list_headers(get_publication(session), base_url)
    paths += [headers[one].strip("<>") for one in ("List-Help", "List-Archive") if one in headers]
    said = {path: client.get(path) for path in paths}
    assert {path: one.status_code for path, one in said.items()} == dict.fromkeys(said, 200)
    titles = [
        words_of(tree_of(one.text), "h1") for path, one in said.items() if "/editions/" not in path
    ]
    assert ["Was this good?"] in titles
    assert all(len(one) == 1 and one[0] for one in titles)
    for path in paths:
        if path.endswith(("/yes", "/no")):
            assert client.post(path).status_code == 200


def test_every_link_of_a_preview_leads_to_a_page_that_does_nothing(
    client: TestClient, container: Container, mail: RenderedMail
) -> None:
    base_url = container.settings.base_url
    paths = _ours(mail, preview_fields("ada@reader.example", base_url), base_url)
    said = {path: client.get(path).status_code for path in paths}
    assert said == dict.fromkeys(paths, 200)
    assert len([one for one in paths if one.startswith("/preview/preferences/issues/")]) == 2
