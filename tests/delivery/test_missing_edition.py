"""A batch whose edition is missing: nobody gets an empty mail, and nobody is lost."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.delivery.editions import store_rendering
from app.delivery.send import Sender, send_batch
from app.enums import BatchState, EditionState, IssueState
from app.issues.lifecycle import resume
from app.models import Batch, Category, Delivery, Edition, Issue
from app.rendering.inputs import RenderedMail
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]


@pytest.fixture
def due(
    categories: dict[str, Category], add_readers: Callable[..., None], ready: Callable[[], Issue]
) -> Issue:
    """Make an issue of three readers whose batch may be leased."""
    add_readers(3, categories["ai"].mask)
    return ready()


@pytest.mark.parametrize("what", ["html", "text", "subject"])
def test_issue_is_paused_and_nobody_written_to_when_an_edition_is_missing(
    session: Session,
    due: Issue,
    make_sender: MakeSender,
    transport: KeepingTransport,
    what: str,
) -> None:
    edition = session.scalars(select(Edition)).one()
    setattr(edition, what, None)
    session.commit()
    while send_batch(make_sender(transport)):
        pass
    session.refresh(due)
    assert transport.calls == []
    assert due.state is IssueState.PAUSED
    assert f"edition {edition.id} is missing" in str(due.paused_because)
    assert session.scalars(select(Batch.state)).all() == [BatchState.QUEUED]
    assert session.scalars(select(Delivery)).all() == []
    resume(session, CLI, due.id, make_sender(transport).clock())
    session.commit()
    session.refresh(edition)
    assert edition.state is EditionState.PENDING
    mail = RenderedMail("Subject", "<p>{{leave_url}}</p>", "{{leave_url}}")
    store_rendering(session, edition.id, mail, due.created_at)
    session.commit()
    while send_batch(make_sender(transport)):
        pass
    assert len(set(transport.addresses)) == len(transport.addresses) == 3


@pytest.mark.parametrize("state", [EditionState.PENDING, EditionState.FAILED])
def test_batch_waits_while_its_edition_is_not_rendered(
    session: Session,
    due: Issue,
    make_sender: MakeSender,
    transport: KeepingTransport,
    state: EditionState,
) -> None:
    edition = session.scalars(select(Edition)).one()
    edition.state = state
    session.commit()
    assert not send_batch(make_sender(transport))
    assert transport.calls == []
    assert session.scalars(select(Batch.state)).all() == [BatchState.QUEUED]
    edition.state = EditionState.RENDERED
    session.commit()
    while send_batch(make_sender(transport)):
        pass
    assert len(transport.addresses) == 3


def test_nothing_is_sent_when_the_edition_was_deleted_with_its_batches(
    session: Session, due: Issue, make_sender: MakeSender, transport: KeepingTransport
) -> None:
    session.execute(delete(Edition))
    session.commit()
    assert not send_batch(make_sender(transport))
    assert transport.calls == []
