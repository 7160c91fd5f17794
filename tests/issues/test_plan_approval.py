"""Approval by a plan: what it refuses, and an audience at launch that is not the planned one."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import CLI, Actor, ActorKind
from app.delivery.drift import LEAST_DRIFT, has_drifted
from app.delivery.pace import Allowance
from app.enums import IssueState
from app.errors import Conflict, InvalidInput, PlanChanged
from app.issues.approval import approve_checked
from app.issues.approval_rules import ApprovalRules
from app.issues.checks.gather import CheckSettings
from app.issues.daily import launch_alone
from app.issues.lifecycle import reopen, resume
from app.issues.plan import Plan, make_plan
from app.issues.scheduling import schedule
from app.issues.stories import change_issue, change_story
from app.models import (
    AuditEntry,
    Batch,
    Category,
    Issue,
    OutboxEntry,
    OutboxKind,
    Publication,
    Story,
)
from tests.factories import make_category, make_issue, make_story, make_subscriber
from tests.issues.conftest import BASE_URL, LOOKS, TEMPLATES

SEVEN = timedelta(hours=1)
UNKNOWN = Allowance()
ADA = Actor(ActorKind.PERSON, "Ada", 1)
STRICT = CheckSettings(
    TEMPLATES, BASE_URL, checks_links=False, approval=ApprovalRules(needs_plan=True, four_eyes=True)
)
MakePlan = Callable[..., Plan]


@pytest.fixture
def plan(session: Session, issue: Issue, publication: Publication, now: datetime) -> MakePlan:
    publication.from_address = "Devoured <digest@digest.dev>"

    def make(
        allowance: Allowance = UNKNOWN, send_at: datetime | None = None, of: Issue = issue
    ) -> Plan:
        session.flush()
        return make_plan(session, of.id, LOOKS, allowance, now, send_at)

    return make


def test_hash_stays_while_readers_come_and_go(
    session: Session, issue: Issue, ai: Category, plan: MakePlan, now: datetime
) -> None:
    first = plan().hash
    make_subscriber(session, follows=1)
    approve_checked(session, ADA, issue.id, STRICT, now, plan=first)
    assert (issue.state, issue.n_planned) == (IssueState.APPROVED, 1)
    reopen(session, ADA, issue.id, now)
    assert issue.n_planned is None
    assert plan().hash == first


def _other_text(session: Session, issue: Issue, now: datetime) -> None:
    story = session.scalars(select(Story).where(Story.issue_id == issue.id)).one()
    change_story(session, CLI, issue.id, story.id, {"title": "Another"}, now)


def _other_text_and_back(session: Session, issue: Issue, now: datetime) -> None:
    subject = issue.subject
    for one in ("Another", subject):
        change_issue(session, CLI, issue.id, {"subject": one}, now)


def _other_categories(session: Session, issue: Issue, now: datetime) -> None:
    make_story(session, issue, make_category(session, "design"))
    issue.revision += 1


def _all_at_once(_session: Session, issue: Issue, _now: datetime) -> None:
    issue.at_local_hours = False


def _other_sponsor(_session: Session, issue: Issue, _now: datetime) -> None:
    issue.sponsor = {"label": "", "text": "A", "url": ""}


def _other_name(session: Session, _issue: Issue, _now: datetime) -> None:
    session.get_one(Publication, 1).name = "Other"


def _other_accent(session: Session, _issue: Issue, _now: datetime) -> None:
    session.get_one(Category, 1).accent = "#123456"


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (_other_text, ("stories",)),
        (_other_text_and_back, ("revision",)),
        (_other_categories, ("stories", "categories", "publication", "audience")),
        (_all_at_once, ("options",)),
        (_other_sponsor, ("issue",)),
        (_other_name, ("publication",)),
        (_other_accent, ("categories",)),
    ],
)
def test_approval_of_another_plan_is_refused_and_says_what_changed(
    session: Session,
    issue: Issue,
    plan: MakePlan,
    change: Callable[[Session, Issue, datetime], None],
    changed: tuple[str, ...],
    now: datetime,
) -> None:
    first = plan().hash
    change(session, issue, now)
    session.flush()
    with pytest.raises(PlanChanged) as refused:
        approve_checked(session, ADA, issue.id, STRICT, now, plan=first)
    assert refused.value.changed == changed
    assert issue.state is IssueState.DRAFT
    approve_checked(session, ADA, issue.id, STRICT, now, plan=plan().hash)


def test_plan_of_another_issue_approves_nothing(
    session: Session, ai: Category, plan: MakePlan, issue: Issue, now: datetime
) -> None:
    twin = make_issue(session)
    with pytest.raises(PlanChanged):
        approve_checked(session, ADA, issue.id, LOOKS, now, plan=plan(of=twin).hash)


def test_approval_needs_a_plan_where_the_deployment_says_so(
    session: Session, issue: Issue, plan: MakePlan, now: datetime
) -> None:
    with pytest.raises(InvalidInput) as refused:
        approve_checked(session, ADA, issue.id, STRICT, now)
    assert [error.pointer for error in refused.value.errors] == ["/plan"]


def test_with_four_eyes_another_person_approves(
    session: Session, issue: Issue, plan: MakePlan, now: datetime
) -> None:
    change_issue(session, ADA, issue.id, {"subject": "Mine"}, now)
    approved = plan().hash
    renamed = Actor(ADA.kind, "Ada Lovelace", ADA.id)
    for same in (ADA, renamed):
        with pytest.raises(Conflict, match="another person approves"):
            approve_checked(session, same, issue.id, STRICT, now, plan=approved)
    approve_checked(session, CLI, issue.id, STRICT, now, plan=approved)
    reopen(session, CLI, issue.id, now)
    approve_checked(session, ADA, issue.id, LOOKS, now)


def test_drift_of_the_audience_pauses_at_launch_and_whoever_resumes_takes_it(
    session: Session, issue: Issue, plan: MakePlan, now: datetime
) -> None:
    looks = CheckSettings(
        TEMPLATES, BASE_URL, checks_links=False, approval=ApprovalRules(drift_percent=30)
    )
    make_subscriber(session, follows=1)
    plan()
    approve_checked(session, CLI, issue.id, looks, now)
    schedule(session, CLI, issue.id, now, send_at=now)
    for _ in range(LEAST_DRIFT + 1):
        make_subscriber(session, follows=1)
    session.commit()
    assert not launch_alone(session, issue.id, looks, now)
    session.commit()
    assert (issue.state, issue.launched_at, issue.n_due) == (IssueState.PAUSED, None, None)
    assert issue.paused_because is not None
    assert "from 1 to 102" in issue.paused_because
    assert session.scalar(select(func.count()).select_from(Batch)) == 0
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.who_kind, entry.verb) == (ActorKind.SYSTEM, "pause")
    assert OutboxKind.ISSUE_PAUSED in session.scalars(select(OutboxEntry.kind)).all()
    resume(session, CLI, issue.id, now)
    assert launch_alone(session, issue.id, looks, now)
    assert issue.n_due == LEAST_DRIFT + 2


@pytest.mark.parametrize(
    ("n_planned", "n_due", "percent", "drifted"),
    [
        (1000, 1300, 30, False),
        (1000, 1301, 30, True),
        (1000, 699, 30, True),
        (1000, 0, 0, False),
        (None, 5000, 30, False),
        (0, LEAST_DRIFT, 30, False),
        (0, LEAST_DRIFT + 1, 30, True),
    ],
)
def test_drift_is_a_share_and_never_a_few_readers(
    n_planned: int | None, n_due: int, percent: int, *, drifted: bool
) -> None:
    assert has_drifted(n_planned, n_due, percent) is drifted


@settings(max_examples=200)
@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(1, 200))
def test_smaller_bounds_stop_more(n_planned: int, n_due: int, percent: int) -> None:
    assert not has_drifted(n_planned, n_planned, percent)
    if has_drifted(n_planned, n_due, percent + 1):
        assert has_drifted(n_planned, n_due, percent)
