"""A service whose database can be dumped and restored: a copy of it takes its place."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from redis import Redis
from sqlalchemy import make_url, select

from app.actors import CLI, SYSTEM
from app.container import Container, build
from app.db.session import transaction
from app.delivery.account import resume_account
from app.delivery.editions import render_pending
from app.delivery.pace import Pace
from app.delivery.send import Sender, send_batch
from app.delivery.send_epoch import SendEpoch, raise_epoch
from app.enums import IssueState
from app.issues.daily import due_issues, launch_if_due
from app.issues.scheduling import schedule
from app.models import Edition
from app.recovery.restored import left_to_decide
from app.settings import Settings
from tests.factories import make_category, make_issue, make_story, make_subscriber
from tests.fakes import KeepingTransport

_END_SESSIONS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
N_READERS = 20
_NUMBER = itertools.count()


def _ignore(_: object) -> None:
    """Enqueue nothing: a test does itself what a worker would."""


@dataclass
class Service:
    """A service at one moment of its database; `transport` is the world, and is never restored."""

    settings: Settings
    transport: KeepingTransport
    at: datetime
    stack: ExitStack
    server_url: str
    container: Container = field(init=False)
    sender: Sender = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start every process anew."""
        container = build(self.settings, clock=lambda: self.at, enqueue_now=_ignore)
        self.stack.callback(container.engine.dispose)
        valkey = Redis.from_url(self.settings.redis_url)
        self.stack.callback(valkey.close)
        self.container = container
        self.sender = Sender(
            sessions=container.sessions,
            transport=self.transport,
            pace=Pace(valkey, self.transport.quota),
            signer=container.signer,
            clock=container.clock,
            base_url=self.settings.base_url,
            worker="one",
            epoch=SendEpoch(container.places, container.sessions),
        )

    def dump(self) -> str:
        """Copy the database as it is; the copy's name."""
        self.container.engine.dispose()
        name = make_url(self.settings.database_url).database
        copy = f"dumped_{next(_NUMBER)}_{name}"
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute(_END_SESSIONS, [name])
            connection.execute(f"CREATE DATABASE {copy} TEMPLATE {name} STRATEGY file_copy")
        self.stack.callback(self._drop, copy)
        return copy

    def restore(self, copy: str) -> None:
        """Let the copy take the database's place, and start every process anew."""
        url = make_url(self.settings.database_url).set(database=copy)
        self.settings = self.settings.model_copy(
            update={"database_url": url.render_as_string(hide_password=False)}
        )
        self.at += timedelta(minutes=1)
        self.start()

    def tick(self) -> None:
        """Do what beat and workers do of a launch."""
        marks = self.sender.epoch.ask()
        with transaction(self.container.sessions) as session:
            due = (
                due_issues(session, self.at)
                if self.sender.epoch.allows(session, marks, self.at)
                else []
            )
        if due and raise_epoch(self.container.sessions, self.sender.epoch):
            for issue_id in due:
                with transaction(self.container.sessions) as session:
                    launch_if_due(session, issue_id, self.at)
        with transaction(self.container.sessions) as session:
            editions = session.scalars(select(Edition.id)).all()
        for edition_id in editions:
            render_pending(
                self.container.sessions,
                edition_id,
                self.container.templates,
                self.settings.base_url,
                self.at,
                self.container.enqueue_now,
            )

    def send(self) -> None:
        """Send until nothing is left to do."""
        while send_batch(self.sender):
            pass

    def _drop(self, copy: str) -> None:
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {copy} WITH (FORCE)")


@pytest.fixture
def make_service(
    settings: Settings, server_url: str, tmp_path: Path, now: datetime
) -> Iterator[Callable[[], Service]]:
    with ExitStack() as stack:
        kept = settings.model_copy(update={"state_folder": str(tmp_path / "state")})
        yield lambda: Service(kept, KeepingTransport(max_recipients=5), now, stack, server_url)


@pytest.fixture
def service(make_service: Callable[[], Service]) -> Service:
    return make_service()


@pytest.fixture
def issue_id(service: Service) -> int:
    """Schedule an issue for now, with twenty readers, and return its id."""
    with transaction(service.container.sessions) as session:
        ai, devops = make_category(session, "ai"), make_category(session, "devops")
        issue = make_issue(session, state=IssueState.APPROVED, issued_on=service.at.date())
        for category in (ai, devops):
            make_story(session, issue, category)
        for _ in range(N_READERS):
            make_subscriber(session, follows=ai.mask | devops.mask)
        schedule(session, CLI, issue.id, service.at, send_at=service.at)
        return issue.id


def n_in_doubt(service: Service) -> int:
    with transaction(service.container.sessions) as session:
        return sum(one.n_in_doubt for one in left_to_decide(session))


def resume_and_send(service: Service) -> None:
    with transaction(service.container.sessions) as session:
        resume_account(session, SYSTEM, service.container.clock())
    service.tick()
    service.send()
