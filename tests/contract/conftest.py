"""The application with something of everything in it, for tests that ask it anything."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.access.sessions import Browser, open_session
from app.access.users import add_user
from app.actors import CLI
from app.addresses import parse_address
from app.api.progress import Watch
from app.container import Container
from app.content.parse import Form
from app.db.session import Sessions, transaction
from app.desk.forms import form_token
from app.enums import DayOutcome, Depth, ImportState, IssueState, Scope, SubscriberState
from app.issues.daily import launch_if_due
from app.issues.pastes import keep_paste
from app.main import create_app
from app.models import Category, ImportBadRow, ScheduleDay
from app.readers.imports.upload import FormatHints, add_piece, begin_import, end_upload
from app.settings import Settings
from tests.api.clients import bearer, secret_of
from tests.at_hand import build_at_hand
from tests.events.told import TOPIC
from tests.factories import make_category, make_issue, make_story, make_subscriber
from tests.fakes import fake_chromium


@pytest.fixture
def container(settings: Settings, now: datetime, tmp_path: Path) -> Iterator[Container]:
    hearing = settings.model_copy(
        update={"sns_topics": [TOPIC], "chromium": str(fake_chromium(tmp_path))}
    )
    container = build_at_hand(hearing, clock=lambda: now)
    yield container
    container.engine.dispose()


@pytest.fixture
def inhabited(container: Container, sessions: Sessions, now: datetime) -> FastAPI:
    """Build the application with readers and issues in every state, among them a launched one."""
    with transaction(sessions) as session:
        categories = [make_category(session, slug) for slug in ("ai", "devops", "security")]
        for standing in SubscriberState:
            make_subscriber(session, state=standing, follows=0b011, depth=Depth.BRIEF)
        _add_imports(session, now)
        launched = make_issue(
            session, issued_on=date(2026, 11, 20), state=IssueState.SCHEDULED, send_at=now
        )
        make_story(session, launched, categories[0])
        for number, state in enumerate(IssueState):
            _add_issue(session, state, categories, date(2026, 11, 23) + timedelta(days=number))
        keep_paste(session, CLI, "What nobody can read", now)
        keep_paste(session, CLI, "## One\n\n**Category:** AI\n", now, form=Form.MARKDOWN)
        session.add(ScheduleDay(day=date(2026, 11, 19), outcome=DayOutcome.SKIPPED, noted_at=now))
        launch_if_due(session, launched.id, now)
    return create_app(container, Watch(every_seconds=0, n_ticks=2))


@pytest.fixture
def headers(container: Container, now: datetime) -> dict[str, str]:
    """Return the headers of a key that may do everything, and of an admin's browser."""
    secret = secret_of(container, [Scope.ADMIN], now)
    with transaction(container.sessions) as session:
        users = [
            add_user(session, CLI, name, parse_address(f"{name}@desk.example"), [role], now)
            for name, role in (("Ada", Role.ADMIN), ("Bob", Role.VIEWER))
        ]
        _, cookie = open_session(session, users[0], Browser(None, "unknown"), now, way="link")
    return bearer(secret) | {
        "Cookie": f"devoured_session={cookie}",
        "Sec-Fetch-Site": "same-origin",
        "X-Form-Token": form_token(cookie),
    }


@pytest.fixture
def client(inhabited: FastAPI) -> Iterator[TestClient]:
    with TestClient(inhabited) as client:
        yield client


def _add_issue(session: Session, state: IssueState, categories: list[Category], day: date) -> None:
    issue = make_issue(session, state=state, issued_on=day)
    for category in categories[:2]:
        make_story(session, issue, category)
    if state is IssueState.DRAFT:
        make_story(session, issue, None, summary="", what="", why_it_matters="")


def _add_imports(session: Session, now: datetime) -> None:
    """Add an import that waits for its start, with a bad row, and one that is still being read."""
    for state in (ImportState.READY, ImportState.READING):
        row = begin_import(session, "a.csv", follows=1, depth=Depth.BRIEF, now=now)
        add_piece(session, row.id, b"email\nann@example.com\nbad\n")
        end_upload(session, CLI, row.id, "utf-8", FormatHints())
        row.state = state
        session.add(ImportBadRow(import_id=row.id, line=3, reason="address: none", cells=["bad"]))
