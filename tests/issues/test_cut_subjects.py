from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app.actors import CLI
from app.enums import Depth, SubscriberState
from app.errors import InvalidInput, NotFound
from app.issues.cuts import CutLines, lines_of_cuts
from app.models import Category, Issue
from app.publication.categories import add_category, change_category
from app.publication.publication import get_publication, set_publication
from app.rendering.templates import Templates, our_templates
from tests.factories import make_category, make_issue, make_story, make_subscriber

BASE_URL = "https://digest.dev"


@pytest.fixture(scope="module")
def templates() -> Templates:
    return our_templates()


@pytest.fixture
def ai(session: Session) -> Category:
    return make_category(session, "ai")


@pytest.fixture
def devops(session: Session) -> Category:
    return make_category(session, "devops")


@pytest.fixture
def issue(session: Session, ai: Category, devops: Category) -> Issue:
    issue = make_issue(session, subject="", preheader="")
    make_story(session, issue, devops, title="A compiler")
    make_story(session, issue, ai, title="A model")
    return issue


def test_lines_are_told_of_every_cut_that_somebody_reads(
    session: Session,
    issue: Issue,
    ai: Category,
    devops: Category,
    templates: Templates,
    now: datetime,
) -> None:
    both = ai.mask | devops.mask
    for _ in range(2):
        make_subscriber(session, follows=both | 1 << 40, depth=Depth.BRIEF)
    make_subscriber(session, follows=ai.mask)
    make_subscriber(session, follows=ai.mask, state=SubscriberState.LEFT)
    set_publication(session, CLI, {"subject_template": "{publication}: {headlines}"}, now)
    change_category(
        session,
        CLI,
        ai,
        {"subject_template": "AI on {weekday}: {first}", "preheader_template": "{minutes}"},
        now,
    )
    session.flush()
    assert lines_of_cuts(session, issue.id, templates, BASE_URL, now) == [
        CutLines(
            both,
            Depth.BRIEF,
            2,
            "Devoured: A model · A compiler",
            "One sentence says what it is about.",
        ),
        CutLines(ai.mask, Depth.DEEP, 1, "AI on Monday: A model", "1 minute"),
    ]
    issue.subject = "Ours"
    session.flush()
    told = lines_of_cuts(session, issue.id, templates, BASE_URL, now)
    assert {one.subject for one in told} == {"Ours"}


def test_lines_of_the_whole_are_told_when_nobody_reads_it_yet(
    session: Session, issue: Issue, templates: Templates, now: datetime
) -> None:
    told = lines_of_cuts(session, issue.id, templates, BASE_URL, now)
    assert [(one.depth, one.n_readers) for one in told] == [(depth, 0) for depth in Depth]
    assert {one.subject for one in told} == {"A model · A compiler"}


def test_issue_without_stories_has_no_lines(
    session: Session, templates: Templates, now: datetime
) -> None:
    assert lines_of_cuts(session, make_issue(session).id, templates, BASE_URL, now) == []
    with pytest.raises(NotFound):
        lines_of_cuts(session, 4711, templates, BASE_URL, now)


def test_template_with_an_unknown_placeholder_is_refused_on_save(
    session: Session, ai: Category, now: datetime
) -> None:
    wrong = {"subject_template": "{title}", "preheader_template": "{x}"}
    for row, change in (
        (get_publication(session), lambda: set_publication(session, CLI, wrong, now)),
        (ai, lambda: change_category(session, CLI, ai, wrong, now)),
    ):
        with pytest.raises(InvalidInput) as refused:
            change()
        pointers = [error.pointer for error in refused.value.errors]
        assert pointers == ["/subject_template", "/preheader_template"]
        assert row.subject_template == ""
    with pytest.raises(InvalidInput):
        add_category(session, CLI, "Data", now=now, preheader_template="{title}")
