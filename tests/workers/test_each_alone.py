"""Each item of every task stands alone: one that fails is set aside, with the reason, and the
others of its kind are done. What fails is a real row that PostgreSQL refuses."""

from collections.abc import Callable
from types import ModuleType
from typing import Final

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import parse_address
from app.clock import system_clock
from app.db.migrate import head
from app.db.session import transaction
from app.delivery.alone import list_setbacks
from app.doctor.findings import Level
from app.doctor.kept import last_examination
from app.enums import (
    BatchState,
    DeliveryState,
    Depth,
    EditionState,
    EventState,
    ImportState,
    IssueState,
    LinkOutcome,
)
from app.events.inbox import RawEvent, store
from app.issues.lifecycle import resume
from app.models import (
    Ask,
    Batch,
    Delivery,
    Edition,
    Event,
    Import,
    Issue,
    Letter,
    LinkCheck,
    Publication,
    Setback,
    Story,
    Subscriber,
)
from app.public_ids import delivery_tag
from app.readers.asks import ask_link
from app.readers.imports.upload import FormatHints, add_piece, begin_import, end_upload
from app.settings import Settings
from tests.events.told import said
from tests.factories import make_category, make_subscriber
from tests.localdev.ses.running import LocalSes
from tests.workers import ticks
from tests.workers.conftest import Break
from tests.workers.scene import BROKEN, Scene, two_letters


def launches(scene: Scene) -> None:
    broken, other = scene.issues()
    scene.break_row("editions", "INSERT", f"NEW.issue_id = {broken.id}")
    for _ in range(2):
        scene.tasks.launch_due()
    scene.is_paused(broken, f"its launch failed: RaiseException: {BROKEN}")
    scene.session.refresh(other)
    assert (broken.launched_at, other.state) == (None, IssueState.SENDING)
    scene.break_row()
    with transaction(scene.tasks.context().container.sessions) as session:
        assert resume(session, CLI, broken.id, scene.now).state is IssueState.SCHEDULED
    scene.tasks.launch_due()
    scene.session.refresh(broken)
    assert (broken.state, broken.paused_because) == (IssueState.SENDING, None)


def launches_in_zones(scene: Scene) -> None:
    """Check a time zone that bypassed our checks, or that only an older PostgreSQL knew."""
    broken, other = scene.issues(at_local_hours=True)
    scene.session.execute(
        text("UPDATE subscribers SET time_zone = 'Mars/Olympus', hour = 7 WHERE follows = 1")
    )
    scene.session.commit()
    scene.tasks.launch_due()
    scene.is_paused(broken, 'time zone "Mars/Olympus" not recognized')
    scene.session.refresh(other)
    assert other.state is IssueState.SENDING


def schedules(scene: Scene) -> None:
    broken, other = scene.issues(state=IssueState.APPROVED, send_at=None, send_not_after=None)
    scene.session.get_one(Publication, 1).weekdays = [1, 2, 3, 4, 5, 6, 7]
    scene.session.commit()
    scene.break_row("issues", "UPDATE", f"NEW.id = {broken.id} AND NEW.state = 'scheduled'")
    scene.tasks.launch_due()
    scene.is_paused(broken, f"its schedule failed: RaiseException: {BROKEN}")
    scene.session.refresh(other)
    assert other.send_at is not None
    scene.break_row()
    with transaction(scene.tasks.context().container.sessions) as session:
        assert resume(session, CLI, broken.id, scene.now).state is IssueState.APPROVED


def says_empty_days(scene: Scene) -> None:
    _, other = scene.issues()
    scene.session.get_one(Publication, 1).time_zone = "Mars/Olympus"
    scene.session.commit()
    scene.tasks.launch_due()
    scene.session.refresh(other)
    assert other.state is IssueState.SENDING, "who has a time already is launched all the same"
    setbacks = scene.session.scalars(select(Setback.what).order_by(Setback.what)).all()
    assert setbacks == ["launch_due: empty days", "launch_due: schedule"]


def renders(scene: Scene) -> None:
    broken, other = scene.launched()
    editions = {e.issue_id: e for e in scene.session.scalars(select(Edition))}
    scene.break_row("editions", "UPDATE", f"NEW.issue_id = {broken.id} AND NEW.state = 'rendered'")
    for edition in editions.values():
        scene.tasks.render_edition(edition.id)
    scene.is_paused(broken, BROKEN)
    scene.session.refresh(editions[broken.id])
    scene.session.refresh(other)
    assert editions[broken.id].state is EditionState.FAILED
    assert other.rendered_at is not None


def sends(scene: Scene) -> None:
    broken, other = scene.rendered()
    batch_id = scene.session.scalar(select(Batch.id).where(Batch.issue_id == broken.id))
    scene.break_row("calls", "INSERT", f"NEW.batch_id = {batch_id}")
    scene.tasks.send_batches()
    scene.is_paused(broken, f"batch {batch_id} failed: RaiseException: {BROKEN}")
    (delivery,) = scene.session.scalars(select(Delivery)).all()
    assert (delivery.issue_id, delivery.state) == (other.id, DeliveryState.ACCEPTED)
    batch = scene.session.get_one(Batch, batch_id, populate_existing=True)
    assert (batch.state, batch.n_taken) == (BatchState.QUEUED, 0)


def sends_letters(scene: Scene) -> None:
    broken, other = two_letters(scene)
    scene.break_row("letters", "UPDATE", f"NEW.id = {broken.id} AND NEW.state = 'sending'")
    for letter in (broken, other):
        scene.tasks.send_letter(letter.id)
    scene.session.refresh(broken)
    scene.session.refresh(other)
    assert (broken.state, broken.reason) == (DeliveryState.FAILED, f"RaiseException: {BROKEN}")
    assert other.state is DeliveryState.ACCEPTED


def answers_asks(scene: Scene) -> None:
    """Check that an ask has its own rule: ten tries within a day, each address by itself."""
    for name in ("broken", "other"):
        address = make_subscriber(scene.session, f"{name}@readers.example.org").address or ""
        ask_link(scene.session, parse_address(address), scene.now, is_limited=False)
    scene.session.commit()
    scene.break_row("letters", "INSERT", "NEW.subscriber_id = 1")
    scene.tasks.answer_asks()
    (left,) = scene.session.scalars(select(Ask)).all()
    assert (left.address, left.n_tries) == ("broken@readers.example.org", 1)
    assert left.retry_at is not None
    assert len(scene.session.scalars(select(Letter)).all()) == 1


def advances_imports(scene: Scene) -> None:
    follows = make_category(scene.session).mask
    made = []
    for _ in range(2):
        row = begin_import(
            scene.session, "a.csv", follows=follows, depth=Depth.BRIEF, now=scene.now
        )
        add_piece(scene.session, row.id, b"address\nada@readers.example.org\n")
        end_upload(scene.session, CLI, row.id, "utf-8", FormatHints())
        made.append(row)
    scene.session.commit()
    broken, other = made
    scene.break_row("import_rows", "INSERT", f"NEW.import_id = {broken.id}")
    for row in made:
        scene.tasks.advance_import(row.id)
    scene.session.expire_all()
    assert (broken.state, broken.error) == (ImportState.FAILED, f"RaiseException: {BROKEN}")
    assert other.state is ImportState.READY
    assert scene.session.get_one(Import, other.id).error is None


def applies_events(scene: Scene) -> None:
    broken, other = scene.rendered()
    scene.tasks.send_batches()
    tags = {d.issue_id: d for d in scene.session.scalars(select(Delivery))}
    events = []
    for number, row in enumerate(tags.values()):
        reader = scene.session.get_one(Subscriber, row.subscriber_id)
        issue = scene.session.get_one(Issue, row.issue_id)
        tag = delivery_tag(issue.public_id, reader.public_id)
        told = said("Delivery", scene.now, delivery_id=tag, address=reader.address or "")
        events.append(RawEvent(str(number), told))
    store(scene.session, events, scene.now)
    scene.session.commit()
    scene.break_row("deliveries", "UPDATE", f"NEW.issue_id = {broken.id}")
    scene.tasks.apply_events()
    scene.session.expire_all()
    states = {row.state: row.error for row in scene.session.scalars(select(Event))}
    assert states == {
        EventState.UNREADABLE: f"RaiseException: {BROKEN}",
        EventState.APPLIED: None,
    }
    assert tags[other.id].state is DeliveryState.DELIVERED
    assert tags[broken.id].state is DeliveryState.ACCEPTED


def checks_links(scene: Scene) -> None:
    scene.issues()
    urls = [f"http://127.0.0.1:8080/{n}" for n in range(2)]
    for story, url in zip(scene.session.scalars(select(Story)), urls, strict=True):
        story.url = url
    scene.session.commit()
    scene.break_row("link_checks", "INSERT", f"NEW.url = '{urls[0]}' AND NEW.outcome = 'private'")
    scene.tasks.check_links()
    sights = {row.url: row for row in scene.session.scalars(select(LinkCheck))}
    assert sights[urls[0]].outcome is LinkOutcome.NOT_CHECKED
    assert BROKEN in sights[urls[0]].told
    assert sights[urls[1]].outcome is LinkOutcome.PRIVATE


def examines(scene: Scene) -> None:
    """Each part of an examination stands alone: here nothing says what the database is at."""
    scene.session.execute(text("DELETE FROM alembic_version"))
    scene.session.get_one(Publication, 1).from_address = ""  # so that no DNS is asked
    scene.session.commit()
    try:
        scene.tasks.examine(7)
    finally:
        scene.session.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head()})
        scene.session.commit()
    found = last_examination(scene.tasks.context().valkey)
    assert found is not None
    assert found.asked == 7
    levels = {one.code: one.level for one in found.findings}
    assert levels["migrations"] is Level.WRONG
    assert levels["broker"] is levels["database"] is Level.OK


def asks_google(scene: Scene) -> None:
    """One part only: without a key there is nobody to ask, and nothing fails."""
    scene.tasks.ask_google()
    assert list_setbacks(scene.session) == []


CASES: Final[dict[str, list[Callable[[Scene], None]]]] = {
    "launch_due": [launches, launches_in_zones, schedules, says_empty_days],
    "render_edition": [renders],
    "send_batches": [sends],
    "send_letter": [sends_letters],
    "answer_asks": [answers_asks],
    "advance_import": [advances_imports],
    "apply_events": [applies_events],
    "check_links": [checks_links],
    "examine": [examines],
    "ask_postmaster": [asks_google],
    "tell_webhooks": [ticks.tells_webhooks],
    "look_for_work": [
        *(ticks.finishes, ticks.finds_lost_calls, ticks.settles_doubts),
        *(ticks.sends_letters_again, ticks.brakes, ticks.judges_canaries),
        ticks.settles_documents,
    ],
}
"""Every task but `tidy`, whose parts are in test_parts_alone.py, with what it does for each."""


@pytest.mark.parametrize("case", [case for cases in CASES.values() for case in cases])
def test_item_that_fails_is_set_aside_with_its_reason_and_the_rest_goes_on(
    session: Session,
    settings: Settings,
    provider: LocalSes,
    tasks: ModuleType,
    break_row: Break,
    case: Callable[[Scene], None],
) -> None:
    from workers import context  # noqa: PLC0415  # as the fixture

    assert provider.url
    context.open_context(settings.model_copy(update={"check_links": True}), worker="test")
    case(Scene(session, tasks, break_row, system_clock()))


def test_every_task_has_a_case(tasks: ModuleType) -> None:
    names = {name.removeprefix("devoured.") for name in tasks.celery.tasks}
    ours = {name for name in names if not name.startswith("celery.")}
    assert ours == {*CASES, "tidy"}
