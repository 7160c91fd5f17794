"""An issue that was launched, at the desk: how far it is, its stops, what failed, its doubts."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.delivery.reconcile import RESTORED
from app.enums import DeliveryState, IssueState
from app.models import AuditEntry, Delivery, Issue, User
from tests.desk.browsing import Browsing
from tests.desk.planned import field, said, whole
from tests.factories import make_subscriber
from tests.ledger import write_down


@pytest.fixture
def path(running: Issue) -> str:
    return f"/desk/issues/{running.id}"


@pytest.fixture
def doubtful(session: Session, running: Issue, now: datetime) -> list[int]:
    """Leave three readers in doubt, one of whom was erased meanwhile, and let two fail."""
    found = []
    for name, reason in (("one", "worker_lost"), ("two", RESTORED), ("gone", "timeout")):
        reader = make_subscriber(session, f"{name}@reader.example")
        write_down(session, running, DeliveryState.IN_DOUBT, now, reader, reason=reason)
        found.append(reader.id)
    reader.address = reader.address_key = None
    for _ in range(2):
        write_down(session, running, DeliveryState.BOUNCED, now, reason="mailbox full")
    session.commit()
    return found


def _issue(session: Session, issue: Issue) -> Issue:
    session.rollback()
    return session.get_one(Issue, issue.id, populate_existing=True)


def _states(session: Session, issue: Issue) -> list[DeliveryState]:
    session.rollback()
    rows = select(Delivery.state).where(Delivery.issue_id == issue.id)
    return sorted(session.scalars(rows.order_by(Delivery.subscriber_id)))


def test_plan_of_what_was_launched_leads_to_its_sending_and_back(
    sender: Browsing, planned: Issue, running: Issue, path: str
) -> None:
    assert sender.get(f"{path}/plan").headers["location"] == f"{path}/sending"
    back = sender.get(f"/desk/issues/{planned.id}/sending")
    assert back.headers["location"] == f"/desk/issues/{planned.id}/plan"


def test_stop_is_one_press_that_comes_with_the_page_and_going_on_asks_once(
    sender: Browsing, session: Session, running: Issue, path: str
) -> None:
    shell = sender.get(f"{path}/sending")
    assert "Pause sending" in shell.text
    done = sender.post(f"{path}/pause")
    assert done.headers["location"] == f"{path}/sending?done=paused"
    assert _issue(session, running).paused_because == "paused at the desk"
    assert sender.post(f"{path}/pause").status_code == 409
    page = whole(sender, f"{path}/sending")
    assert "It is paused: paused at the desk." in said(page)
    assert "2 readers still wait. It goes on at once." in said(page)
    assert "Pause sending" not in page.text
    form = {"version": field(page, "version")}
    done = sender.post(f"{path}/resume", form)
    assert done.headers["location"] == f"{path}/sending?done=resumed"
    assert _issue(session, running).state is IssueState.SENDING
    again = sender.post(f"{path}/resume", form)
    assert again.status_code == 412
    assert "Nothing was done: it has changed since you looked." in said(again)


def test_running_issue_is_called_off_after_one_question_with_its_numbers(
    sender: Browsing, session: Session, running: Issue, path: str
) -> None:
    assert "For good: 2 readers who still wait get nothing" in said(
        whole(sender, f"{path}/sending")
    )
    assert sender.post(f"{path}/cancel").status_code == 303
    assert _issue(session, running).state is IssueState.CANCELLED
    assert "2 get nothing, since it was called off" in said(whole(sender, f"{path}/sending"))
    assert sender.post(f"{path}/cancel").status_code == 409


def test_figures_come_by_themselves_until_it_is_over(
    sender: Browsing, session: Session, running: Issue, path: str
) -> None:
    page = whole(sender, f"{path}/sending?lang=de")
    ask = f"{path}/sending/figures?lang=de"
    assert f'data-hx-get="{ask}" data-hx-trigger="every 2s"' in page.text
    assert "wird versandt · 2 Leser" in said(sender.get(ask))
    _issue(session, running).state = IssueState.SENT
    session.commit()
    assert "data-hx-get" not in sender.get(ask).text


def test_what_failed_and_who_is_in_doubt_are_said_with_what_is_known(
    sender: Browsing, path: str, doubtful: list[int]
) -> None:
    read = said(whole(sender, f"{path}/sending"))
    for sentence in (
        "2 came back mailbox full",
        "3 readers in doubt",
        "one@reader.example just now · try 1 The worker that asked was lost",
        "two@reader.example just now · try 1 The database was restored",
        "a reader who was erased just now · try 1 We asked, and no answer came;",
    ):
        assert sentence in read, sentence


@pytest.mark.parametrize(
    ("decision", "state", "done"),
    [
        ("resend", DeliveryState.QUEUED, "resent"),
        ("sent", DeliveryState.ACCEPTED, "sent"),
        ("give_up", DeliveryState.FAILED, "left"),
    ],
)
def test_readers_who_were_shown_are_decided_about_and_no_others(
    sender: Browsing,
    session: Session,
    running: Issue,
    path: str,
    doubtful: list[int],
    now: datetime,
    decision: str,
    state: DeliveryState,
    done: str,
) -> None:
    page = whole(sender, f"{path}/sending")
    shown = {int(one) for one in re.findall(r'name="readers" value="(\d+)"', page.text)}
    assert shown == set(doubtful)
    write_down(session, running, DeliveryState.IN_DOUBT, now)  # came after the page
    session.commit()
    form = {"decision": decision, "readers": sorted(shown)}
    answer = sender.post(f"{path}/doubts", form)
    assert answer.headers["location"] == f"{path}/sending?done={done}"
    states = _states(session, running)
    assert states.count(DeliveryState.IN_DOUBT) == 1
    assert states.count(state) == 3
    assert sender.post(f"{path}/doubts", form).status_code == 303
    assert _states(session, running) == states
    entries = session.scalars(select(AuditEntry).where(AuditEntry.verb == "decide_doubts")).all()
    assert [one.after["n_named"] for one in entries] == [3, 3]


def test_nothing_is_decided_without_a_reader_or_a_decision(
    sender: Browsing, session: Session, running: Issue, path: str, doubtful: list[int]
) -> None:
    before = _states(session, running)
    for form in ({}, {"decision": "all"}, {"decision": "give_up"}, {"decision": "resend"}):
        assert sender.post(f"{path}/doubts", form).status_code in {303, 422}
    assert _states(session, running) == before


def test_who_may_only_look_sees_no_reader_and_no_button(
    add: Callable[..., User],
    sign_in: Callable[[User], Browsing],
    path: str,
    doubtful: list[int],
) -> None:
    page = whole(sign_in(add(Role.VIEWER, name="Vic")), f"{path}/sending")
    assert "3 readers in doubt" in said(page)
    assert "@reader.example" not in page.text
    assert "Who they are, and what becomes of them, is for those who may send." in said(page)
    assert "<form" not in page.text.partition("<main")[2].partition("</main>")[0]
