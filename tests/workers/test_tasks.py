"""The tasks of a worker, called in this process: each one does its step, twice if need be."""

import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from redis import Redis
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actors import CLI
from app.enums import EditionState, IssueState, LinkOutcome
from app.issues.lifecycle import approve
from app.issues.scheduling import schedule
from app.jobs import ROUTES, ticks, ticks_done
from app.models import (
    Account,
    AttemptOutcome,
    Category,
    Edition,
    Installation,
    Issue,
    LinkCheck,
    OutboxKind,
    WebhookAttempt,
)
from app.settings import Settings
from app.webhooks.endpoints import add_webhook
from app.webhooks.messages import send_sample
from tests.factories import make_category, make_issue, make_story, make_subscriber
from tests.localdev.ses.running import LocalSes, simple

ROOT = Path(__file__).resolve().parents[2]


def _due_issue(session: Session, now: datetime) -> Issue:
    ai = make_category(session, "ai")
    issue = make_issue(session, issued_on=now.date())
    make_story(session, issue, ai)
    make_subscriber(session, follows=ai.mask)
    approve(session, CLI, issue.id, now)
    schedule(session, CLI, issue.id, now, send_at=now)
    session.commit()
    return issue


def _now() -> datetime:
    from app.clock import system_clock  # noqa: PLC0415  # the tasks' own clock, used here alone

    return system_clock()


def test_tick_launches_what_is_due_and_renders_it_once(session: Session, tasks: ModuleType) -> None:
    issue = _due_issue(session, _now())
    for _ in range(2):
        tasks.launch_due()
    session.refresh(issue)
    assert issue.state is IssueState.SENDING
    (edition,) = session.scalars(select(Edition)).all()
    for _ in range(2):
        tasks.render_edition(edition.id)
    session.refresh(edition)
    session.refresh(issue)
    assert edition.state is EditionState.RENDERED
    assert issue.rendered_at is not None


def test_every_task_does_no_harm_when_there_is_nothing_to_do(tasks: ModuleType) -> None:
    for _ in range(2):
        tasks.launch_due()
        tasks.look_for_work()
        tasks.apply_events()
        tasks.answer_asks()
        tasks.send_batches()
        tasks.tidy()
        tasks.render_edition(4711)
        tasks.send_letter(4711)


def test_webhooks_are_told_nothing_by_a_database_older_than_what_it_sent(
    session: Session, tasks: ModuleType
) -> None:
    container = tasks.context().container
    url, rules = "https://127.0.0.1/hook", container.webhook_rules  # where none may lead
    webhook, _ = add_webhook(session, CLI, url, (), rules, _now())
    session.commit()

    def outcomes() -> list[AttemptOutcome]:
        send_sample(session, CLI, webhook.id, OutboxKind.ISSUE_SENT, _now())
        session.commit()
        tasks.tell_webhooks()
        session.expire_all()
        return list(session.scalars(select(WebhookAttempt.outcome)))

    assert outcomes() == [AttemptOutcome.PRIVATE]
    whose = session.scalars(select(Installation.installation_id)).one()
    container.places[0].raise_epoch(whose, 10**9, durably=True)
    assert outcomes() == [AttemptOutcome.PRIVATE], "none was added"


def test_account_stays_paused_for_its_quota_while_the_provider_is_silent(
    session: Session, tasks: ModuleType
) -> None:
    until = _now() + timedelta(hours=3)
    session.execute(update(Account).values(quota_until=until))
    session.commit()
    tasks.look_for_work()
    session.expire_all()
    assert session.get_one(Account, 1).quota_until == until


@pytest.mark.parametrize(("n_sent", "has_room"), [(0, True), (1, True), (2, False)])
def test_account_goes_on_as_soon_as_the_provider_has_room(
    session: Session,
    provider: LocalSes,  # before the tasks, which look for it when they begin
    tasks: ModuleType,
    n_sent: int,
    has_room: bool,  # noqa: FBT001  # what the parameter is about
) -> None:
    for _ in range(n_sent):
        provider.client.send_email(**simple())
    until = _now() + timedelta(hours=3)
    session.execute(update(Account).values(quota_until=until, paused_because="by hand"))
    session.commit()
    tasks.look_for_work()
    session.expire_all()
    account = session.get_one(Account, 1)
    assert account.quota_until == (None if has_room else until)
    assert account.paused_because == "by hand", "what a person said stays"


@pytest.mark.parametrize("is_on", [True, False])
def test_links_are_looked_at_where_that_is_switched_on(
    tasks: ModuleType,
    settings: Settings,
    session: Session,
    is_on: bool,  # noqa: FBT001 - a case
) -> None:
    from workers import context  # noqa: PLC0415  # as the fixture

    context.open_context(settings.model_copy(update={"check_links": is_on}), worker="test")
    issue = make_issue(session, issued_on=_now().date())
    make_story(session, issue, make_category(session), url="http://127.0.0.1:8080/here")
    session.commit()
    for _ in range(2):
        tasks.check_links()
        tasks.check_links(issue.id)
    outcomes = session.scalars(select(LinkCheck.outcome)).all()
    assert outcomes == ([LinkOutcome.PRIVATE] if is_on else [])


def test_every_job_and_every_tick_names_a_task(tasks: ModuleType) -> None:
    known = {name.removeprefix("devoured.") for name in tasks.celery.tasks}
    ticks = {
        entry["task"].removeprefix("devoured.")
        for entry in tasks.celery.conf.beat_schedule.values()
    }
    enqueued = {
        name
        for path in (ROOT / "app").rglob("*.py")
        for name in re.findall(r'\benqueue_after_commit\(\s*\w+, "(\w+)"', path.read_text())
    }
    assert enqueued
    assert enqueued | ticks <= known
    assert ROUTES.keys() <= tasks.celery.tasks.keys()


def test_worker_does_not_start_when_its_settings_are_wrong(settings: Settings) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "worker"],
        env={"PATH": "/usr/bin:/bin", "DEVOURED_BASE_URL": "nonsense"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "DEVOURED_BASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_tick_launches_nothing_that_is_not_what_was_approved(
    session: Session, tasks: ModuleType
) -> None:
    issue = _due_issue(session, _now() + timedelta(hours=1))
    tasks.launch_due()
    category = session.scalars(select(Category)).one()
    category.subject_template = "Buy now: {first}"
    issue.send_at = _now()
    session.commit()
    for _ in range(2):
        tasks.launch_due()
    session.refresh(issue)
    assert (issue.state, issue.launched_at) == (IssueState.DRAFT, None)
    assert issue.reopened_because == "changed since it was approved: category ai: subject template"


def test_what_beat_asks_for_is_noted_when_it_was_done(
    tasks: ModuleType, settings: Settings
) -> None:
    began = _now()
    with Redis.from_url(settings.redis_url) as valkey:
        assert ticks_done(valkey) == {}
        tasks.launch_due()
        tasks.send_letter(0)
        done = ticks_done(valkey)

    assert list(done) == ["launch_due"]
    assert began <= done["launch_due"] <= _now()


def test_beat_asks_for_each_tick_as_often_as_is_said(tasks: ModuleType, settings: Settings) -> None:
    asked = tasks.celery.conf.beat_schedule

    assert {name: one["schedule"] for name, one in asked.items()} == ticks(settings.tick_seconds)
    assert all(callable(getattr(tasks, name)) for name in asked)
