"""`devoured progress`, once and followed to the end, and `devoured clicks`."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
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
from app.enums import (
    BatchState,
    CallState,
    Cause,
    IssueState,
    LinkKind,
)
from app.models import Batch, Call, Deferral, Edition, Issue, TrackedLink
from app.rendering.inputs import RenderedMail
from app.tokens import Signer
from app.transports.base import Outcome, Recipient, Refused
from tests.cli.conftest import Devoured
from tests.cli.samples import load
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


def test_progress_shows_the_state(cli: Devoured, tmp_path: Path) -> None:
    (issue,) = load(cli, tmp_path)

    assert cli("progress", issue).out == f"Issue {issue} is draft.\n"


def test_progress_follows_to_the_end_and_exits_1_unless_sent(cli: Devoured, tmp_path: Path) -> None:
    (issue,) = load(cli, tmp_path)
    cli("cancel", issue)
    ran = cli("progress", issue, "--follow")

    assert ran.code == 1
    assert "is cancelled" in ran.out


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


def test_clicks_are_shown_machines_apart(cli: Devoured, session: Session) -> None:
    issue = make_issue(session)
    story = make_story(session, issue, make_category(session), title="A compiler explains itself")
    rows = [
        (LinkKind.STORY, story.id, "https://example.org/1", 1234),
        (LinkKind.SPONSOR, 0, "https://example.org/2", 7),
        (LinkKind.WITHIN, story.id, "https://example.org/it", 5),
        (LinkKind.PIXEL, 0, "", 2000),
    ]
    for kind, story_id, url, n in rows:
        session.add(
            TrackedLink(
                issue_id=issue.id,
                kind=kind,
                story_id=story_id,
                url=url,
                n_human=n,
                n_machine=3,
                n_readers=n - 1,
            )
        )
    session.commit()
    ran = cli("clicks", str(issue.id))
    assert ran.code == 0
    opened, _, first, second, third = ran.out.splitlines()
    assert opened == "Opened 2,000 times by people, 3 by machines."
    assert first.split()[-3:] == ["1,234", "1,233", "3"]
    assert first.startswith("A compiler explains itself ")
    assert second.startswith("sponsor ")
    assert third.startswith("A compiler explains itself: https://example.org/it ")


def test_clicks_are_none_when_nothing_was_tracked(cli: Devoured, session: Session) -> None:
    issue = make_issue(session)
    session.commit()
    ran = cli("clicks", str(issue.id))
    assert (ran.code, ran.out, ran.err) == (0, "", "No link of it is tracked.\n")


def test_clicks_of_no_issue_are_refused(cli: Devoured) -> None:
    ran = cli("clicks", "9")
    assert (ran.code, ran.err) == (1, "devoured: There is no issue 9.\n")


def test_progress_says_how_fast_it_goes_and_how_long_it_takes(
    cli: Devoured, session: Session, sending_issue: Issue
) -> None:
    sending_issue.n_due = 1_000_000
    batch = Batch(
        issue_id=sending_issue.id,
        edition_id=session.scalars(select(Edition.id)).one(),
        subscriber_ids=[],
        n_readers=0,
        state=BatchState.DONE,
        n_taken=4,
        tries=0,
        lease_number=1,
    )
    session.add(batch)
    session.flush()
    at = system_clock()
    sending_issue.rendered_at = at - timedelta(minutes=2)
    session.add(
        Call(
            batch_id=batch.id,
            subscriber_ids=[1, 2, 3, 4],
            state=CallState.CLOSED,
            attempt=1,
            worker="one",
            opened_at=at,
            closed_at=at,
        )
    )
    session.commit()
    assert " a second, " in cli("progress", str(sending_issue.id)).out


def test_progress_says_what_is_put_off(
    cli: Devoured, sending_issue: Issue, session: Session, now: datetime
) -> None:
    made = [make_subscriber(session, address=f"a{n}@gmail.com") for n in range(6)]
    readers = made[4:]  # the others are in doubt
    session.add_all(
        Deferral(
            issue_id=sending_issue.id, subscriber_id=one.id, cause=Cause.OURS, reason="x", at=now
        )
        for one in readers
    )
    session.commit()
    told = "Gmail put off 2 mails for what it has against us (x), of which 2 still wait."
    assert told in cli("progress", str(sending_issue.id)).out
