"""`devoured progress --follow`: an issue that goes out is followed to its end."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from redis import Redis
from rich.progress import Progress
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import system_clock
from app.db.session import Sessions, transaction
from app.delivery.editions import store_rendering
from app.delivery.finish import finish_issues
from app.delivery.launch import launch
from app.delivery.pace import Pace
from app.delivery.send import Sender, send_batch
from app.enums import IssueState
from app.models import Edition, Issue
from app.rendering.inputs import RenderedMail
from app.tokens import Signer
from app.transports.base import Outcome, Recipient, Refused
from tests.cli.conftest import Devoured
from tests.factories import make_category, make_issue, make_story, make_subscriber
from tests.fakes import KeepingTransport, accept

N_READERS = 120


@pytest.fixture
def issue(session: Session) -> Issue:
    """Make an issue that was launched and rendered a moment ago."""
    now = system_clock() - timedelta(seconds=1)
    ai = make_category(session, "ai")
    issue = make_issue(session, state=IssueState.SCHEDULED, send_at=now)
    make_story(session, issue, ai)
    for _ in range(N_READERS):
        make_subscriber(session, follows=ai.mask)
    launch(session, issue, now)
    for edition in session.scalars(select(Edition)):
        store_rendering(session, edition.id, RenderedMail("Subject", "<p>Hello</p>", "Hello"), now)
    session.commit()
    return issue


@pytest.fixture
def transport() -> KeepingTransport:
    """Takes everybody but one, who has no mailbox."""

    def answer(recipient: Recipient) -> Outcome:
        is_first = recipient.address == "reader1@example.com"
        return Refused("never", "MESSAGE_REJECTED") if is_first else accept(recipient)

    return KeepingTransport(answer)


@pytest.fixture
def send_some(
    sessions: Sessions, valkey_url: str, transport: KeepingTransport
) -> Iterator[Callable[[], None]]:
    """Yield a function that makes one call of a worker; after the last the issue is finished."""
    with Redis.from_url(valkey_url) as valkey:
        sender = Sender(
            sessions=sessions,
            transport=transport,
            pace=Pace(valkey, transport.quota),
            signer=Signer(["a key for tests"]),
            clock=system_clock,
            base_url="https://digest.example.com",
            worker="one",
        )

        def send() -> None:
            n_before = len(transport.calls)
            once = replace(sender, is_stopping=lambda: len(transport.calls) > n_before)
            if not send_batch(once):
                with transaction(sessions) as own:
                    finish_issues(own, system_clock())

        yield send


def test_progress_follows_an_issue_to_its_end_and_exits_0(
    cli: Devoured,
    issue: Issue,
    send_some: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[tuple[int | None, int]] = []
    update = Progress.update

    def seen(bar: Progress, task: Any, **changes: Any) -> None:
        shown.append((changes["total"], changes["completed"]))
        update(bar, task, **changes)

    monkeypatch.setattr(Progress, "update", seen)
    # Between two looks a worker makes a call.
    clock = SimpleNamespace(sleep=lambda _seconds: send_some())
    monkeypatch.setattr("app.cli.progress.time", clock)
    ran = cli("progress", str(issue.id), "--follow")

    assert ran.code == 0, ran.err
    assert list(dict.fromkeys(shown)) == [(120, 0), (120, 50), (120, 100), (120, 120)]
    assert f"Issue {issue.id} is sent." in ran.out
    assert "120 readers: accepted 119, failed 1." in ran.out
    assert "120/120 readers" in " ".join(ran.err.split())


def test_progress_stops_following_and_exits_1_when_the_issue_is_paused_amid_it(
    cli: Devoured,
    session: Session,
    issue: Issue,
    send_some: Callable[[], None],
    transport: KeepingTransport,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def send_and_pause(_seconds: float) -> None:
        send_some()
        if len(transport.calls) == 2:
            issue.state, issue.paused_because = IssueState.PAUSED, "somebody looked at it"
            session.commit()

    monkeypatch.setattr("app.cli.progress.time", SimpleNamespace(sleep=send_and_pause))
    ran = cli("progress", str(issue.id), "--follow")

    assert ran.code == 1
    assert f"Issue {issue.id} is paused. somebody looked at it" in ran.out
    assert "queued 20" in ran.out
