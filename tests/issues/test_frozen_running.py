"""What is approved is what is sent: a change pauses an issue that was launched."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions
from app.delivery.claim import lease_batch
from app.delivery.pace import Pace
from app.delivery.send import Sender, send_batch
from app.enums import EditionState, IssueState
from app.issues import lifecycle
from app.issues.corrections import correct
from app.models import Category, Edition, Issue, Story
from app.rendering.templates import EMAILS, load_templates
from app.tokens import Signer
from tests.fakes import KeepingTransport
from tests.issues.changes import CHANGES, of_category, render_all, state_of, tick, why
from tests.issues.conftest import BASE_URL, TEMPLATES


def _correct(session: Session, issue: Issue, what: str, now: datetime) -> None:
    story_id = session.scalars(select(Story.id).order_by(Story.id)).first()
    correct(
        session,
        CLI,
        issue.id,
        story_id or 0,
        {"what": what},
        "A word",
        templates=TEMPLATES,
        base_url=BASE_URL,
        now=now,
    )


@pytest.fixture
def sender(sessions: Sessions, valkey_url: str, now: datetime) -> Iterator[Sender]:
    transport = KeepingTransport()
    with Redis.from_url(valkey_url) as valkey:
        yield Sender(
            sessions=sessions,
            transport=transport,
            pace=Pace(valkey, transport.quota),
            signer=Signer(["a key for tests"]),
            clock=lambda: now.replace(hour=7),
            base_url=BASE_URL,
            worker="one",
        )


@pytest.mark.parametrize("what", CHANGES)
def test_running_issue_is_paused_when_anything_changes_before_it_is_rendered(
    sessions: Sessions, session: Session, approved: Issue, now: datetime, what: str
) -> None:
    change, name = CHANGES[what]
    tick(session, now.replace(hour=7))
    assert state_of(session, approved) is IssueState.SENDING
    change(session)
    session.commit()
    render_all(sessions, session, now)
    assert state_of(session, approved) is IssueState.PAUSED
    assert name in why(approved)
    assert {one.state for one in session.scalars(select(Edition))} == {EditionState.FAILED}
    assert lease_batch(session, "one", now.replace(hour=7)) is None


def test_whoever_resumes_approves_what_was_named_and_nothing_after_that(
    sessions: Sessions, session: Session, approved: Issue, now: datetime
) -> None:
    tick(session, now.replace(hour=7))
    of_category(accent="#111111")(session)
    session.commit()
    render_all(sessions, session, now)
    of_category(name="Scam")(session)
    session.commit()
    lifecycle.resume(session, CLI, approved.id, now)
    session.commit()
    render_all(sessions, session, now)
    assert state_of(session, approved) is IssueState.PAUSED
    assert "category ai: name" in why(approved)
    assert "accent" not in why(approved)
    of_category(name="Ai")(session)
    lifecycle.resume(session, CLI, approved.id, now)
    session.commit()
    render_all(sessions, session, now)
    assert state_of(session, approved) is IssueState.SENDING
    assert approved.changed_parts is None
    assert approved.rendered_at is not None


def test_whatever_was_approved_may_come_back(
    sessions: Sessions, session: Session, approved: Issue, now: datetime
) -> None:
    ai = session.scalars(select(Category).where(Category.slug == "ai")).one()
    was = ai.accent
    tick(session, now.replace(hour=7))
    ai.accent = "#111111"
    session.commit()
    render_all(sessions, session, now)
    ai.accent = was
    lifecycle.resume(session, CLI, approved.id, now)
    session.commit()
    render_all(sessions, session, now)
    assert state_of(session, approved) is IssueState.SENDING
    assert approved.rendered_at is not None


def test_worker_with_other_templates_renders_nothing(
    sessions: Sessions, session: Session, approved: Issue, now: datetime, tmp_path: Path
) -> None:
    """As when a part of the workers is of another version."""
    tick(session, now.replace(hour=7))
    own = tmp_path / "layout.mjml.j2"
    own.write_text((EMAILS / "layout.mjml.j2").read_text("utf-8") + "\n", encoding="utf-8")
    render_all(sessions, session, now, load_templates(own=tmp_path))
    assert state_of(session, approved) is IssueState.PAUSED
    assert "template layout.mjml.j2" in why(approved)


def test_correction_goes_out_and_brings_nothing_else_with_it(
    sessions: Sessions, session: Session, approved: Issue, now: datetime
) -> None:
    tick(session, now.replace(hour=7))
    render_all(sessions, session, now)
    _correct(session, approved, "It is right now.", now)
    session.commit()
    render_all(sessions, session, now)
    assert state_of(session, approved) is IssueState.SENDING
    of_category(subject_template="Buy now: {first}")(session)
    _correct(session, approved, "It is better now.", now)
    session.commit()
    render_all(sessions, session, now)
    assert state_of(session, approved) is IssueState.PAUSED
    assert "category ai: subject template" in why(approved)
    assert "story" not in why(approved)


def test_issue_that_is_sent_is_corrected_on_the_web_whatever_changed_since(
    sessions: Sessions, session: Session, approved: Issue, now: datetime
) -> None:
    tick(session, now.replace(hour=7))
    render_all(sessions, session, now)
    approved.state, approved.sent_at = IssueState.SENT, now
    of_category(accent="#111111")(session)
    _correct(session, approved, "It is right now.", now)
    session.commit()
    render_all(sessions, session, now)
    assert state_of(session, approved) is IssueState.SENT
    assert {one.state for one in session.scalars(select(Edition))} == {EditionState.RENDERED}


@pytest.mark.parametrize("what", ["the name", "From", "Reply-To"])
def test_running_issue_is_paused_before_anybody_else_sends_it(
    sessions: Sessions,
    session: Session,
    approved: Issue,
    sender: Sender,
    now: datetime,
    what: str,
) -> None:
    change, name = CHANGES[what]
    tick(session, now.replace(hour=7))
    render_all(sessions, session, now)
    change(session)
    session.commit()
    assert send_batch(sender)
    session.expire_all()
    assert state_of(session, approved) is IssueState.PAUSED
    assert name in why(approved)
    lifecycle.resume(session, CLI, approved.id, now)
    session.commit()
    while send_batch(sender):
        pass
    session.expire_all()
    assert state_of(session, approved) is IssueState.SENDING
