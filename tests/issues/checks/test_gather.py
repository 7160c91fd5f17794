"""What is read of an Issue for its checks, from the database to the findings."""

import re
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.compose import browser_url, edition_facts
from app.enums import Depth, LinkOutcome, SubscriberState
from app.issues.checks.check import check
from app.issues.checks.gather import CheckSettings, gather
from app.issues.checks.rendered import size_budget
from app.issues.cuts import Cut, measure
from app.issues.links.look import LinkResult
from app.issues.links.step import remember
from app.issues.preview import preview
from app.models import Category, Issue, Publication, Story
from app.publication.issue_masks import issue_mask
from app.rendering.edition import render_edition
from app.rendering.templates import our_templates
from app.sentences import Sentence
from tests.factories import make_category, make_issue, make_story, make_subscriber

LOOKS = CheckSettings(our_templates(), "https://digest.dev", checks_links=True)
HOSTING = {"label": "Hosting", "text": "Servers.", "url": "https://hosting.dev/"}
TOOLS = {"label": "", "text": "TODO: ask them", "url": "https://tools.dev/"}


def _answers(status: int) -> tuple[Sentence, int]:
    return Sentence("answers %(status)s", status=status), status


@pytest.fixture
def issue(session: Session) -> Issue:
    issue = make_issue(session)
    make_story(session, issue, make_category(session, "ai"))
    return issue


def _publication(session: Session) -> Publication:
    return session.scalars(select(Publication)).one()


def _pointers(session: Session, issue: Issue, now: datetime) -> set[tuple[str, str]]:
    found = check(session, issue.id, LOOKS, now).findings
    return {(finding.code, finding.place.pointer) for finding in found}


def test_sponsor_is_the_issues_own_else_the_publications(
    session: Session, issue: Issue, now: datetime
) -> None:
    remember(session, [LinkResult(HOSTING["url"], LinkOutcome.GONE, *_answers(404))], now)
    _publication(session).sponsor = TOOLS
    session.flush()
    assert ("placeholder_text", "/publication/sponsor/text") in _pointers(session, issue, now)
    assert TOOLS["url"] in gather(session, issue, LOOKS, now).waiting_links
    issue.sponsor = HOSTING
    session.flush()
    found = _pointers(session, issue, now)
    assert ("link_gone", "/sponsor/url") in found
    assert "placeholder_text" not in {code for code, _ in found}
    issue.sponsor = {**HOSTING, "text": ""}
    session.flush()
    assert gather(session, issue, LOOKS, now).sponsor is None


def test_lines_that_templates_make_are_checked_for_the_whole_and_for_one_category(
    session: Session, issue: Issue, now: datetime
) -> None:
    issue.subject = issue.preheader = ""
    _publication(session).subject_template = "ACT NOW!! {first}"
    ai = session.scalars(select(Category)).one()
    make_story(session, issue, make_category(session, "devops"))
    ai.preheader_template = "Short"
    session.flush()
    found = _pointers(session, issue, now)
    assert ("spam_phrase", "/subject") in found
    assert ("short_preheader", "/categories/ai/preheader_template") in found
    issue.subject, issue.preheader = "Written by hand", "And so is this line of it"
    session.flush()
    assert not {code for code, _ in _pointers(session, issue, now)} & {
        "spam_phrase",
        "short_preheader",
    }


@pytest.mark.parametrize("depth", list(Depth))
def test_check_preview_cuts_and_sending_measure_a_mail_alike(
    session: Session, issue: Issue, now: datetime, depth: Depth
) -> None:
    base_url, mask = LOOKS.base_url, issue_mask(session, issue.id)
    make_subscriber(session, follows=mask, depth=Depth.WHOLE)
    looked = next(
        look for look in gather(session, issue, LOOKS, now).editions if look.depth is depth
    )
    shown = preview(session, issue, LOOKS.templates, follows=mask, depth=depth, base_url=base_url)
    (measured,) = measure(session, issue, [Cut(mask, depth, 0)], LOOKS.templates, base_url)
    sent = render_edition(
        edition_facts(
            session,
            issue,
            follows=mask,
            depth=depth,
            base_url=base_url,
            browser_url=browser_url(base_url, uuid4()),
        ),
        LOOKS.templates,
    )
    assert looked.n_bytes == shown.n_bytes == measured.n_bytes == sent.n_bytes
    assert re.search(rf'<a href="{base_url}"[^>]*>View in the browser', shown.html)
    assert f"View in the browser:\n{base_url}\n" in shown.text


@pytest.mark.parametrize(
    ("reader", "shows_all_points", "is_looked_at"),
    [
        ({"depth": Depth.WHOLE}, False, True),
        ({"depth": Depth.WHOLE}, True, False),
        ({"depth": Depth.WHOLE, "state": SubscriberState.LEFT}, False, False),
        ({"depth": Depth.WHOLE, "follows": 0}, False, False),
        ({"depth": Depth.DEEP}, False, False),
    ],
)
def test_mail_that_is_too_long_at_the_whole_is_told_of_only_where_somebody_reads_it_so(
    session: Session,
    issue: Issue,
    now: datetime,
    reader: dict[str, Any],
    shows_all_points: bool,  # noqa: FBT001  # a case
    is_looked_at: bool,  # noqa: FBT001  # a case
) -> None:
    make_subscriber(session, **{"follows": issue_mask(session, issue.id)} | reader)
    _publication(session).shows_all_points = shows_all_points
    story = session.scalars(select(Story)).one()
    story.deep_dive = ["A point that is told at some length. " * 50] * 60
    session.flush()
    facts = gather(session, issue, LOOKS, now)
    assert (Depth.WHOLE in {one.depth for one in facts.editions}) is is_looked_at
    shortened = {one.place.field for one in size_budget(facts)}
    assert ("whole" in shortened) is is_looked_at
    assert ("deep" in shortened) is shows_all_points


def test_braces_in_a_title_are_no_field_that_was_left_over(
    session: Session, issue: Issue, now: datetime
) -> None:
    issue.subject = issue.preheader = ""
    for title in ("A second story", "What {{ first_name }} means in a template", "A fourth"):
        make_story(session, issue, session.scalars(select(Category)).one(), title=title)
    found = _pointers(session, issue, now)
    assert "field_left_over" not in {code for code, _ in found}
    assert "template_syntax" in {code for code, _ in found}
