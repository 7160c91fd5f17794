from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.actors import CLI, Actor
from app.enums import IssueState
from app.errors import Conflict, InvalidInput, NotFound, WrongState
from app.issues.lifecycle import (
    TRANSITIONS,
    Transition,
    approve,
    cancel,
    pause,
    possible_steps,
    reopen,
    resume,
)
from app.issues.options import change_options
from app.issues.scheduling import schedule
from app.models import Category, Issue, Publication
from tests.factories import make_issue, make_story

Take = Callable[[Session, Actor, int, datetime], Issue]

TAKE: dict[Transition, Take] = {
    Transition.APPROVE: approve,
    Transition.REOPEN: reopen,
    Transition.SCHEDULE: schedule,
    Transition.PAUSE: pause,
    Transition.RESUME: resume,
    Transition.CANCEL: cancel,
}
LEADS_TO = {
    Transition.APPROVE: IssueState.APPROVED,
    Transition.REOPEN: IssueState.DRAFT,
    Transition.SCHEDULE: IssueState.SCHEDULED,
    Transition.PAUSE: IssueState.PAUSED,
    Transition.RESUME: IssueState.SENDING,
    Transition.CANCEL: IssueState.CANCELLED,
}


@pytest.mark.parametrize("step", list(Transition))
@pytest.mark.parametrize("state", list(IssueState))
def test_step_leads_on_or_says_what_is_possible(
    session: Session, issue: Issue, state: IssueState, step: Transition, now: datetime
) -> None:
    issue.state = state
    issue.launched_at = now if state in {IssueState.SENDING, IssueState.PAUSED} else None
    session.flush()
    if step in TRANSITIONS[state]:
        assert TAKE[step](session, CLI, issue.id, now).state is LEADS_TO[step]
        return
    with pytest.raises(WrongState) as refused:
        TAKE[step](session, CLI, issue.id, now)
    assert issue.state is state
    for possible in possible_steps(state):
        assert possible in refused.value.detail


def test_steps_cover_every_state() -> None:
    assert set(TRANSITIONS) == set(IssueState)


def test_step_is_not_found_when_there_is_no_such_issue(session: Session, now: datetime) -> None:
    with pytest.raises(NotFound):
        approve(session, CLI, 4711, now)


def test_approve_refuses_a_second_issue_of_the_day_until_the_first_is_sent(
    session: Session, issue: Issue, ai: Category, now: datetime
) -> None:
    approve(session, CLI, issue.id, now)
    second = make_issue(session)
    make_story(session, second, ai)
    session.commit()
    with pytest.raises(Conflict):
        approve(session, CLI, second.id, now)
    session.rollback()
    issue.state = IssueState.SENT
    session.flush()
    assert approve(session, CLI, second.id, now).state is IssueState.APPROVED


def test_approve_takes_a_combined_and_a_category_issue_of_one_day(
    session: Session, issue: Issue, ai: Category, now: datetime
) -> None:
    own = make_issue(session, category_id=ai.id)
    make_story(session, own, ai)
    approve(session, CLI, issue.id, now)
    assert approve(session, CLI, own.id, now).state is IssueState.APPROVED


def test_schedule_takes_the_publications_time_when_none_is_given(
    session: Session, issue: Issue, publication: Publication, now: datetime
) -> None:
    approve(session, CLI, issue.id, now)
    schedule(session, CLI, issue.id, now)
    assert issue.send_at == now.replace(hour=7)
    assert issue.send_not_after == now.replace(hour=11)


def test_schedule_means_now_when_its_time_is_past(
    session: Session, issue: Issue, publication: Publication, now: datetime
) -> None:
    approve(session, CLI, issue.id, now)
    schedule(session, CLI, issue.id, now, send_at=now - timedelta(days=2))
    assert issue.send_at == now


def test_schedule_refuses_an_issue_that_would_be_stale(
    session: Session, issue: Issue, publication: Publication, now: datetime
) -> None:
    late = now + timedelta(days=1)
    approve(session, CLI, issue.id, late)
    with pytest.raises(InvalidInput, match="later time"):
        schedule(session, CLI, issue.id, late)


def test_schedule_refuses_an_end_before_its_start(
    session: Session, issue: Issue, publication: Publication, now: datetime
) -> None:
    approve(session, CLI, issue.id, now)
    with pytest.raises(InvalidInput):
        schedule(
            session, CLI, issue.id, now, send_at=now, send_not_after=now - timedelta(seconds=1)
        )


@pytest.mark.parametrize("percent", [-1, 51])
def test_canary_out_of_its_limits_is_refused_by_every_command(
    session: Session, now: datetime, percent: int
) -> None:
    issue = make_issue(session, state=IssueState.APPROVED)
    session.flush()
    options = {"canary_percent": percent}
    with pytest.raises(InvalidInput, match="between 0 and 50"):
        change_options(session, CLI, issue.id, options, now)
    with pytest.raises(InvalidInput, match="between 0 and 50"):
        schedule(session, CLI, issue.id, now, options=options)
    assert (issue.state, issue.canary_percent) == (IssueState.APPROVED, 0)


def test_reopen_takes_an_issue_off_the_schedule(
    session: Session, issue: Issue, publication: Publication, now: datetime
) -> None:
    approve(session, CLI, issue.id, now)
    schedule(session, CLI, issue.id, now)
    reopen(session, CLI, issue.id, now)
    assert (issue.state, issue.send_at, issue.approved_at) == (IssueState.DRAFT, None, None)


@pytest.mark.parametrize(
    ("send_at", "state"), [(None, IssueState.APPROVED), (1, IssueState.SCHEDULED)]
)
def test_issue_that_was_paused_before_its_launch_goes_on_where_it_was(
    session: Session, issue: Issue, now: datetime, send_at: int | None, state: IssueState
) -> None:
    issue.state, issue.paused_because = IssueState.PAUSED, "its launch failed"
    issue.send_at = None if send_at is None else now
    session.flush()
    resume(session, CLI, issue.id, now)
    assert [issue.state, issue.paused_because] == [state, None]
    assert not issue.brakes_lifted, "nobody was written to yet"
