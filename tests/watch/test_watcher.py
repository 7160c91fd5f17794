"""The watcher: whoever is set hears of it by webhook and mail, and the ping stops meanwhile."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr
from sqlalchemy.orm import Session

from app.db.session import Pool, Sessions, make_engine, make_sessions
from app.metrics.collector import make_reading_engine, read_parts, service_parts
from app.models import Account
from app.settings import Settings
from app.watch.notices import list_open
from app.watch.watcher import Watcher
from app.watch.ways import make_ways
from localdev.processes import free_port
from tests.localdev.ses.receiving import Receiver, receiving
from tests.transports.worlds import Sink

SECRET: Final = "u-nobody-else-knows"
"""What stands in the address of the webhook, and lets whoever has it speak there."""


@dataclass
class Heard:
    """What was heard, by each way; `at` is the instant at which is looked next."""

    webhook: Receiver
    ping: Receiver
    mailbox: Sink
    settings: Settings
    at: datetime
    logged: list[str] = field(default_factory=list)

    def posted(self) -> list[list[tuple[str, str]]]:
        """Return what was posted, as names and what changed."""
        bodies = [json.loads(body) for _, body in self.webhook.posts]
        return [[(one["name"], one["change"]) for one in body["notices"]] for body in bodies]

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mailbox.messages]


@pytest.fixture
def heard(settings: Settings, now: datetime) -> Iterator[Heard]:
    """Yield who hears of notices, and the settings that name them."""
    sink, port = Sink(), free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port, server_hostname="localhost")
    controller.start()
    try:
        with receiving() as webhook, receiving() as ping:
            given = {
                "watch_webhook": SecretStr(f"{webhook.url}?token={SECRET}"),
                "watch_ping": SecretStr(ping.url),
                "watch_mail_to": ["anna@example.com", "ben@example.com"],
                "watch_mail_from": "watch@example.com",
                "watch_smtp_url": SecretStr(f"smtp://127.0.0.1:{port}"),
            }
            early = now - timedelta(hours=5)  # nothing is due yet
            yield Heard(webhook, ping, sink, settings.model_copy(update=given), early)
    finally:
        controller.stop()


@contextmanager
def watcher_of(heard: Heard, sessions: Sessions) -> Iterator[Watcher]:
    """Yield a watcher that looks at the tests' servers, as a process that was just started."""
    reading = make_reading_engine(heard.settings, Pool(n_kept=1, n_more=0, statement_seconds=60))
    parts = service_parts(heard.settings, reading, lambda: heard.at)
    ways = make_ways(heard.settings, lambda: heard.at)
    yield Watcher(sessions, lambda: read_parts(parts, 120), ways, lambda: heard.at)
    reading.dispose()


def _pause(session: Session, because: str | None) -> None:
    session.get_one(Account, 1).paused_because = because
    session.commit()


def test_pause_of_the_account_is_heard_of_by_each_way_once_and_is_not_pinged(
    session: Session, sessions: Sessions, heard: Heard
) -> None:
    _pause(session, "a person wants it")
    n_pinged = []
    for minutes in (0, 2, 2, 2):
        heard.at += timedelta(minutes=minutes)
        with watcher_of(heard, sessions) as watcher:  # each is a new process
            watcher.look()
        n_pinged.append(heard.ping.n_asked)
    _pause(session, None)
    heard.at += timedelta(minutes=2)
    with watcher_of(heard, sessions) as watcher:
        watcher.look()

    name = "DevouredAccountPaused"
    assert heard.posted() == [[(name, "began")], [(name, "ended")]]
    assert heard.subjects() == [
        "[Devoured] Nobody is written to: the account is paused.",
        "[Devoured] Over: Nobody is written to: the account is paused.",
    ]
    assert (n_pinged, heard.ping.n_asked) == ([1, 1, 1, 1], 2)
    assert heard.mailbox.envelopes[0] == (
        "watch@example.com",
        ["anna@example.com", "ben@example.com"],
    )
    text = heard.mailbox.messages[0].get_content()
    assert "docs/alerts.md#devouredaccountpaused" in text
    assert "http://127.0.0.1:8000/desk/watch" in text
    assert heard.mailbox.messages[0]["Auto-Submitted"] == "auto-generated"


def test_way_that_fails_keeps_no_other_from_being_told_and_is_tried_again(
    session: Session, sessions: Sessions, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    _pause(session, "a person wants it")
    heard.webhook.statuses = [503]
    with watcher_of(heard, sessions) as watcher:
        for _ in range(4):
            watcher.look()
            heard.at += timedelta(minutes=2)

    assert len(heard.posted()) == 2
    assert len(heard.subjects()) == 1
    logged = capsys.readouterr().out
    assert "it answered 503" in logged
    assert SECRET not in logged


def test_nobody_is_pinged_that_does_not_answer_and_that_is_no_alert(
    session: Session, sessions: Sessions, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    heard.ping.statuses = [500]
    with watcher_of(heard, sessions) as watcher:
        watcher.look()

    assert "ping_not_answered" in capsys.readouterr().out
    assert list_open(session, heard.at) == []


def test_database_that_does_not_answer_is_told_without_it(heard: Heard, sessions: Sessions) -> None:
    gone = make_engine("postgresql+psycopg://127.0.0.1:1/none")
    with watcher_of(heard, make_sessions(gone)) as watcher:
        for _ in range(4):
            watcher.look()
            heard.at += timedelta(minutes=4)
        n_pinged = heard.ping.n_asked
        watcher.sessions = sessions
        watcher.look()
    gone.dispose()

    name = "DevouredFiguresMissing"
    assert heard.posted() == [[(name, "began")], [(name, "ended")]]
    assert heard.subjects()[0] == "[Devoured] The database does not answer."
    assert (n_pinged, heard.ping.n_asked) == (0, 1)
