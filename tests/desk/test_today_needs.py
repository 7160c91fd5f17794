"""Today: what needs a person."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.delivery.account import pause_account, pause_for_quota
from app.enums import CallState, DeliveryState, IssueState
from app.issues.lifecycle import approve, reopen
from app.issues.scheduling import mark_stale, schedule
from app.models import (
    AcceptedBy,
    Account,
    Batch,
    Call,
    Category,
    Issue,
    Setback,
    UnplacedLine,
)
from tests.desk.browsing import Browsing, said_by, whole
from tests.desk.conftest import TODAY, Clock
from tests.factories import make_issue
from tests.ledger import write_down


def test_needs_name_what_a_person_has_to_do(
    editor: Browsing, session: Session, draft: Issue, now: datetime
) -> None:
    later = make_issue(session, issued_on=TODAY + timedelta(days=1))
    for issue, n in ((draft, 3), (later, 2)):
        for line in range(n):
            of = {"issue_id": issue.id, "line": line, "text": "x", "reason": "why", "after": ""}
            session.add(UnplacedLine(**of))
    other = make_issue(session, issued_on=TODAY - timedelta(days=2), state=IssueState.APPROVED)
    mark_stale(session, other, now)
    session.commit()
    said = whole(editor)
    assert said.count("3 lines unplaced") == 1  # among what blocks the next one, and not twice
    assert "2 lines unplaced, Tue 24 Nov" in said
    assert "Too late to go out by itself: Sat 21 Nov" in said


def test_draft_again_says_what_changed(
    editor: Browsing, session: Session, draft: Issue, now: datetime
) -> None:
    approve(session, CLI, draft.id, now)
    reopen(session, CLI, draft.id, now, "The template was changed.")
    session.commit()
    assert "A draft again: Mon 23 Nov The template was changed." in whole(editor)


def test_part_that_fails_each_time_is_named_with_its_reason(
    editor: Browsing, session: Session, ai: Category, clock: Clock
) -> None:
    what = {"what": "tidy: forget_old_events", "reason": "No space left on device"}
    session.add(Setback(**what, n_times=3, first_at=clock(), last_at=clock()))
    session.commit()
    clock.ahead = timedelta(minutes=40)
    said = whole(editor)
    assert "“tidy: forget_old_events” fails for the first time 40 mins ago:" in said
    assert "No space left on device" in said


def test_paused_account_says_why_and_who_may_lift_it(
    editor: Browsing, sender: Browsing, session: Session, now: datetime
) -> None:
    pause_account(session, CLI, "the domain is being moved", now)
    session.commit()
    said = whole(editor)
    assert "All sending is paused. Why: the domain is being moved." in said
    assert "Sue can let it go on." in said
    assert "Let sending go on" in whole(sender)
    assert sender.post("/desk/today/account/resume").status_code == 303
    session.rollback()
    assert session.get_one(Account, 1, populate_existing=True).paused_because is None


def test_used_up_quota_says_that_it_ends_by_itself(
    editor: Browsing, session: Session, now: datetime
) -> None:
    pause_for_quota(session, now)
    session.commit()
    assert "quota is used up" in whole(editor)


def test_silence_of_the_events_is_said_once_a_mail_should_have_had_one(
    editor: Browsing, session: Session, running: Issue, now: datetime, clock: Clock
) -> None:
    at = now + timedelta(minutes=1)
    write_down(session, running, DeliveryState.ACCEPTED, at, accepted_by=AcceptedBy.ANSWER)
    call = Call(
        batch_id=session.scalars(select(Batch.id)).first(),
        subscriber_ids=[1],
        state=CallState.CLOSED,
        attempt=1,
        worker="w",
        opened_at=at,
        closed_at=at,
    )
    session.add(call)
    session.commit()
    clock.ahead = timedelta(minutes=10)
    assert "No event came" not in whole(editor)
    clock.ahead = timedelta(minutes=30)
    assert "No event came since 07:01 Vienna, 29 mins ago" in whole(editor)


def test_issue_that_did_not_go_out_is_nowhere_called_sent(
    editor: Browsing, session: Session, draft: Issue, now: datetime
) -> None:
    approve(session, CLI, draft.id, now)
    schedule(session, CLI, draft.id, now, send_at=now)
    mark_stale(session, draft, now)
    session.commit()
    assert "Too late to go out by itself" in whole(editor)
    for path in (f"/desk/issues/{draft.id}", "/desk/issues?state=approved"):
        answer = editor.get(path)
        assert 'class="state approved"' in answer.text
        assert 'class="state sent"' not in answer.text
    assert "No issue has gone out yet." in said_by(editor.get("/desk/results"))
