from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from shutil import copytree

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions
from app.delivery.editions import render_pending
from app.delivery.finish import enqueue_work
from app.delivery.send import Sender, send_batch
from app.enums import Depth, EditionState, IssueState
from app.issues.lifecycle import resume
from app.models import Category, Edition, Issue, Story
from app.rendering.templates import EMAILS, load_templates, our_templates
from tests.delivery.conftest import BASE_URL
from tests.factories import make_subscriber
from tests.fakes import KeepingTransport

Launch = Callable[[Issue], Issue]


@pytest.fixture
def two_editions(
    session: Session, issue: Issue, categories: dict[str, Category], launched: Launch
) -> list[int]:
    make_subscriber(session, follows=categories["ai"].mask, depth=Depth.BRIEF)
    make_subscriber(session, follows=categories["ai"].mask, depth=Depth.DEEP)
    launched(issue)
    return list(session.scalars(select(Edition.id).order_by(Edition.id)))


def test_batches_stay_closed_until_every_edition_is_rendered(
    session: Session,
    sessions: Sessions,
    two_editions: list[int],
    make_sender: Callable[..., Sender],
    issue: Issue,
    now: datetime,
) -> None:
    transport = KeepingTransport()
    sender = make_sender(transport)
    render_pending(sessions, two_editions[0], our_templates(), BASE_URL, now)
    assert send_batch(sender) is False
    render_pending(sessions, two_editions[1], our_templates(), BASE_URL, now)
    session.refresh(issue)
    assert issue.rendered_at == now
    assert send_batch(sender) is True


def test_reader_of_the_whole_gets_every_point_and_others_the_first(
    session: Session,
    sessions: Sessions,
    issue: Issue,
    categories: dict[str, Category],
    launched: Launch,
    now: datetime,
) -> None:
    story = session.scalars(select(Story).where(Story.category_id == categories["ai"].id)).first()
    assert story is not None
    story.deep_dive = [f"bullet-{n}" for n in range(9)]
    for depth in (Depth.DEEP, Depth.WHOLE, Depth.WHOLE):
        make_subscriber(session, follows=categories["ai"].mask, depth=depth)
    launched(issue)
    editions = session.scalars(select(Edition).order_by(Edition.depth)).all()
    assert [(one.depth, one.n_readers) for one in editions] == [(Depth.DEEP, 1), (Depth.WHOLE, 2)]
    for one in editions:
        render_pending(sessions, one.id, our_templates(), BASE_URL, now)
        session.refresh(one)
    assert [(one.text or "").count("bullet-") for one in editions] == [3, 9]


def test_render_pending_gives_the_same_bytes_when_run_twice(
    session: Session, sessions: Sessions, two_editions: list[int], now: datetime
) -> None:
    render_pending(sessions, two_editions[0], our_templates(), BASE_URL, now)
    edition = session.get_one(Edition, two_editions[0])
    first = edition.content_hash
    edition.state = EditionState.PENDING
    session.commit()
    render_pending(sessions, two_editions[0], our_templates(), BASE_URL, now)
    session.refresh(edition)
    assert edition.content_hash == first


def test_render_pending_pauses_the_issue_when_a_template_is_wrong(
    session: Session,
    sessions: Sessions,
    two_editions: list[int],
    issue: Issue,
    tmp_path: Path,
    now: datetime,
) -> None:
    copytree(EMAILS, tmp_path / "emails")
    wrong = tmp_path / "emails" / "sections" / "default.mjml.j2"
    wrong.write_text(wrong.read_text() + "{{ section.titel }}")
    line = len(wrong.read_text().splitlines())
    render_pending(sessions, two_editions[0], load_templates(tmp_path / "emails"), BASE_URL, now)
    session.refresh(issue)
    edition = session.get_one(Edition, two_editions[0])
    assert edition.state is EditionState.FAILED
    assert issue.state is IssueState.PAUSED
    assert issue.paused_because == edition.error
    assert f"sections/default.mjml.j2:{line}: section.titel" in str(edition.error)


def test_resume_renders_anew_when_the_template_was_mended(
    session: Session,
    sessions: Sessions,
    two_editions: list[int],
    issue: Issue,
    tmp_path: Path,
    now: datetime,
) -> None:
    copytree(EMAILS, tmp_path / "emails")
    wrong = tmp_path / "emails" / "sections" / "default.mjml.j2"
    wrong.write_text("{{ nothing }}")
    render_pending(sessions, two_editions[0], load_templates(tmp_path / "emails"), BASE_URL, now)
    resume(session, CLI, issue.id, now)
    session.commit()
    enqueue_work(session)
    assert ("render_edition", (two_editions[0],)) in session.info["jobs"]
    for edition_id in two_editions:
        render_pending(sessions, edition_id, our_templates(), BASE_URL, now)
    session.refresh(issue)
    assert (issue.state, issue.rendered_at) == (IssueState.SENDING, now)
