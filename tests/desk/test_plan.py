"""The plan of an issue at the desk: who, who not, what, how and when; approval by its hash."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.actors import CLI
from app.delivery.account import pause_account
from app.delivery.drift import LEAST_DRIFT
from app.delivery.launch import launch
from app.enums import Depth, IssueState
from app.issues.lifecycle import cancel, lock_issue
from app.issues.scheduling import schedule
from app.models import AuditEntry, Issue, Story, User
from app.publication.publication import get_publication
from tests.desk.browsing import Browsing
from tests.desk.planned import field, said, whole
from tests.factories import make_category, make_story, make_subscriber

Add = Callable[..., User]
SignIn = Callable[[User], Browsing]
LESS = "\N{MINUS SIGN}"


def _issue(session: Session, issue: Issue) -> Issue:
    session.rollback()
    return session.get_one(Issue, issue.id, populate_existing=True)


def _approve(sender: Browsing, path: str) -> None:
    page = whole(sender, f"{path}/plan")
    assert sender.post(f"{path}/approve", {"plan": field(page, "plan")}).status_code == 303


def test_plan_says_who_who_not_what_how_and_when(sender: Browsing, path: str) -> None:
    read = said(whole(sender, f"{path}/plan"))
    for sentence in (
        "Plan for Tuesday 24 November 2026",
        "draft · revision 1 · What happened on Monday",
        "2 readers · Tuesday 24 November, 07:00 Vienna, in 24 hours",
        "AI is down 99 %.",
        "how many more or fewer than on Fri 20 Nov",
        "Category Brief Deep All",
        f"AI 1 story 1 {LESS}1 1 {LESS}499 2 {LESS}500",
        f"All readers 1 {LESS}1 1 {LESS}499 2 {LESS}500",
        "1 nothing to read: none of its categories followed",
        "1 address not confirmed",
        "2 editions",
        "KB Deep, AI",
        "of 102 KB that Gmail shows",
        "The pace and the quota are not known",
        "When it ends cannot be said yet.",
        "By itself: Tuesday 24 November, 07:00 Vienna, in 24 hours",
        "1 Tuesday 24 November, 09:00 Vienna",
        "Approve for 2 readers",
    ):
        assert sentence in read, sentence


@pytest.mark.parametrize("shows_all", [False, True])
def test_plan_shows_a_depth_as_soon_as_somebody_reads_it(
    sender: Browsing,
    session: Session,
    path: str,
    shows_all: bool,  # noqa: FBT001  # a case
) -> None:
    get_publication(session).shows_all_points = shows_all
    make_subscriber(session, follows=1, depth=Depth.WHOLE)
    session.commit()
    read = said(whole(sender, f"{path}/plan"))
    for sentence in (
        "Category Brief Deep Whole All",
        f"AI 1 story 1 {LESS}1 1 {LESS}499 1 +1 3 {LESS}499",
        "3 editions",
        "KB Whole, AI",
        "KB Deep, AI",
    ):
        assert sentence in read, sentence


def test_plan_leads_to_the_sending_as_soon_as_it_is_launched(
    sender: Browsing, session: Session, planned: Issue, path: str, now: datetime
) -> None:
    ask = f"{path}/plan/launched"
    draft = sender.get(ask)
    assert (draft.status_code, draft.headers["hx-redirect"]) == (204, f"{path}/plan")
    assert ask not in sender.get(f"{path}/plan").text
    _approve(sender, path)
    assert 'data-hx-trigger="every 20s"' in sender.get(f"{path}/plan").text
    schedule(session, CLI, planned.id, now, send_at=now)
    session.commit()
    page = sender.get(f"{path}/plan?lang=de")
    assert f'data-hx-get="{ask}?lang=de" data-hx-trigger="every 1s"' in page.text
    waits = sender.get(ask)
    assert (waits.status_code, "hx-redirect" in waits.headers) == (200, False)
    assert "It begins in a moment." in said(waits)
    _issue(session, planned).send_at = now - timedelta(minutes=1)
    session.commit()
    assert "It has not begun yet" in said(sender.get(ask))
    launch(session, lock_issue(session, planned.id), now)
    session.commit()
    gone = sender.get(f"{ask}?lang=de")
    assert (gone.status_code, gone.headers["hx-redirect"]) == (204, f"{path}/sending?lang=de")


def test_page_comes_before_anything_is_counted(sender: Browsing, path: str) -> None:
    shell = sender.get(f"{path}/plan?at=2026-11-24T08:30&lang=de")
    assert "Approve for" not in shell.text
    ask = f"{path}/plan/counted?at=2026-11-24T08%3A30&amp;lang=de"
    assert f'data-hx-get="{ask}"' in shell.text
    part = sender.get(ask.replace("&amp;", "&"), headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith('<div class="plan">')


def test_approval_takes_the_plan_and_a_second_press_changes_nothing(
    sender: Browsing, session: Session, planned: Issue, path: str
) -> None:
    form = {"plan": field(whole(sender, f"{path}/plan"), "plan")}
    done = sender.post(f"{path}/approve", form)
    assert done.headers["location"] == f"{path}/plan?done=approved"
    issue = _issue(session, planned)
    assert (issue.state, issue.n_planned, issue.send_at) == (IssueState.APPROVED, 2, None)
    again = sender.post(f"{path}/approve", form)
    assert again.status_code == 409
    assert "Nothing was done: it has changed since you looked." in said(again)
    assert "Sue approved an issue just now" in said(again)
    entries = session.scalars(select(AuditEntry.who).where(AuditEntry.verb == "approve")).all()
    assert entries == ["Sue"]
    read = said(whole(sender, f"{path}/plan"))
    assert "Approved by Sue on Mon 23 Nov 2026, 07:00, for 2 readers." in read
    assert "Nothing that its mails are made of has changed since it was approved." in read


def _other_text(session: Session, issue: Issue) -> None:
    session.scalars(select(Story).where(Story.issue_id == issue.id)).one().title = "Another"
    issue.revision += 1


def _other_audience(session: Session, issue: Issue) -> None:
    make_story(session, issue, make_category(session, "devops"))
    issue.revision += 1


def _at_once(_session: Session, issue: Issue) -> None:
    issue.at_local_hours = False


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_other_text, "What changed: its stories."),
        (_other_audience, "and who it goes to."),
        (_at_once, "What changed: how it goes out."),
    ],
)
def test_plan_that_is_another_one_by_now_is_not_approved_and_says_what_changed(
    sender: Browsing,
    session: Session,
    planned: Issue,
    path: str,
    change: Callable[[Session, Issue], None],
    words: str,
) -> None:
    old = field(whole(sender, f"{path}/plan"), "plan")
    change(session, _issue(session, planned))
    session.commit()
    refused = sender.post(f"{path}/approve", {"plan": old})
    assert refused.status_code == 409
    assert "Nothing was approved: the plan is another one by now." in said(refused)
    assert words in said(refused)
    assert _issue(session, planned).state is IssueState.DRAFT
    _approve(sender, path)
    assert _issue(session, planned).state is IssueState.APPROVED


def test_nothing_is_approved_without_a_plan(
    sender: Browsing, session: Session, planned: Issue, path: str
) -> None:
    sender.form_token()
    for form in ({}, {"plan": ""}, {"plan": "5b1e"}):
        assert sender.post(f"{path}/approve", form).status_code == 409
    assert _issue(session, planned).state is IssueState.DRAFT


def test_what_blocks_approval_is_said_and_there_is_no_button(
    sender: Browsing, session: Session, planned: Issue, path: str
) -> None:
    old = field(whole(sender, f"{path}/plan"), "plan")
    make_story(session, _issue(session, planned), title="A half one", what="")
    session.commit()
    page = whole(sender, f"{path}/plan")
    assert "block approval" in said(page)
    assert "“A half one”" in said(page)
    assert "Approve for" not in page.text
    refused = sender.post(f"{path}/approve", {"plan": old})
    assert refused.status_code == 422
    assert "Nothing was done: something blocks its approval." in said(refused)
    assert "Approve and send" not in sender.get(f"{path}/send-now/counted").text


def test_who_may_not_send_sees_the_plan_and_who_can_approve(
    add: Add, sign_in: SignIn, sender: Browsing, path: str
) -> None:
    page = whole(sign_in(add(Role.EDITOR)), f"{path}/plan")
    assert "Sue can approve it." in said(page)
    assert "<button" not in page.text.partition('<div class="plan">')[2].partition("</main>")[0]


def test_account_that_is_paused_and_drift_are_said(
    sender: Browsing, session: Session, planned: Issue, path: str, now: datetime
) -> None:
    pause_account(session, CLI, "the domain is being moved", now)
    session.commit()
    assert "All sending is paused: the domain is being moved." in said(
        whole(sender, f"{path}/plan")
    )
    _approve(sender, path)
    for _ in range(LEAST_DRIFT + 1):
        make_subscriber(session, follows=1)
    session.commit()
    read = said(whole(sender, f"{path}/plan"))
    assert "It was approved for 2 readers and would go to 103" in read


def test_there_is_no_plan_of_what_is_over(
    sender: Browsing, session: Session, planned: Issue, path: str, now: datetime
) -> None:
    cancel(session, CLI, planned.id, now)
    session.commit()
    assert sender.get(f"{path}/plan").headers["location"] == path
    part = sender.get(f"{path}/plan/counted", headers={"HX-Request": "true"})
    assert "It was launched meanwhile, or cancelled." in said(part)
    assert sender.get("/desk/issues/999/plan").status_code == 404


def test_plan_is_german_for_who_reads_german(sender: Browsing, path: str) -> None:
    read = said(whole(sender, f"{path}/plan?lang=de"))
    assert "Dienstag, 24. November" in read
    assert "Für 2 Leser freigeben" in read
    assert "Reader" not in read
