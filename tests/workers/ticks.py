"""What `look_for_work` does for each of its items, when the first of two fails."""

from datetime import timedelta

from sqlalchemy import select, update

from app.actors import CLI
from app.db.session import transaction
from app.delivery.alone import list_setbacks
from app.delivery.reconcile import doubt_lost_calls
from app.editing.store import unsettled_issues
from app.enums import (
    BatchState,
    CallState,
    DeliveryState,
    InDoubtPolicy,
    IssueState,
)
from app.models import (
    AttemptOutcome,
    Batch,
    Call,
    Delivery,
    Issue,
    OutboxKind,
    Publication,
    Setback,
    Story,
    Webhook,
    WebhookAttempt,
)
from app.webhooks.endpoints import add_webhook
from app.webhooks.messages import send_sample
from tests.editing.writers import ADA, Writer
from tests.factories import make_subscriber
from tests.workers.scene import BROKEN, HOUR, Scene, two_letters


def finishes(scene: Scene) -> None:
    broken, other = scene.rendered()
    scene.session.execute(update(Batch).values(state=BatchState.DONE))
    scene.session.commit()
    scene.break_row("issues", "UPDATE", f"NEW.id = {broken.id} AND NEW.state = 'sent'")
    scene.tasks.look_for_work()
    scene.is_paused(broken, f"its end failed: RaiseException: {BROKEN}")
    scene.session.refresh(other)
    assert other.state is IssueState.SENT


def finds_lost_calls(scene: Scene) -> None:
    broken, other = scene.in_doubt(scene.now - HOUR)
    scene.break_row("deliveries", "INSERT", f"NEW.issue_id = {broken.id}")
    scene.tasks.look_for_work()
    scene.is_paused(broken, f"a lost call failed: RaiseException: {BROKEN}")
    (delivery,) = scene.session.scalars(select(Delivery)).all()
    assert delivery.issue_id == other.id


def settles_doubts(scene: Scene) -> None:
    broken, other = scene.in_doubt(scene.now - HOUR, in_doubt_policy=InDoubtPolicy.RESEND)
    with transaction(scene.tasks.context().container.sessions) as session:
        doubt_lost_calls(session, scene.now - HOUR + timedelta(minutes=10))
    scene.break_row("batches", "INSERT", f"NEW.issue_id = {broken.id}")
    scene.tasks.look_for_work()
    scene.is_paused(broken, f"settling its doubts failed: RaiseException: {BROKEN}")
    states = {d.issue_id: d.state for d in scene.session.scalars(select(Delivery))}
    assert states == {broken.id: DeliveryState.IN_DOUBT, other.id: DeliveryState.QUEUED}


def sends_letters_again(scene: Scene) -> None:
    broken, other = two_letters(scene)
    early = scene.now - HOUR
    for letter in (broken, other):
        letter.state, letter.attempt = DeliveryState.SENDING, 1
        scene.session.add(
            Call(
                letter_id=letter.id,
                subscriber_ids=[],
                state=CallState.IN_DOUBT,
                attempt=1,
                worker="lost",
                opened_at=early,
                closed_at=early,
            )
        )
    scene.session.commit()
    scene.break_row("letters", "UPDATE", f"NEW.id = {broken.id} AND NEW.state = 'queued'")
    scene.tasks.look_for_work()
    scene.session.refresh(broken)
    scene.session.refresh(other)
    assert (broken.state, broken.reason) == (DeliveryState.FAILED, f"RaiseException: {BROKEN}")
    assert other.state is DeliveryState.QUEUED


def brakes(scene: Scene) -> None:
    broken, other = scene.rendered()
    scene.tasks.send_batches()
    scene.session.execute(
        update(Delivery).values(state=DeliveryState.BOUNCED, reason="Permanent/General")
    )
    scene.session.get_one(Publication, 1).brake_after = 1
    scene.session.commit()
    is_braked = "NEW.paused_because LIKE 'bounce%'"
    scene.break_row("issues", "UPDATE", f"NEW.id = {broken.id} AND {is_braked}")
    scene.session.execute(update(Issue).values(state=IssueState.SENDING, sent_at=None))
    scene.session.commit()
    scene.tasks.look_for_work()
    scene.is_paused(broken, f"its brakes failed: RaiseException: {BROKEN}")
    scene.is_paused(other, "bounce rate")


def judges_canaries(scene: Scene) -> None:
    broken, other = scene.rendered(canary_percent=50)
    scene.session.execute(update(Batch).values(state=BatchState.HELD))
    for issue in (broken, other):
        batch = scene.session.scalars(select(Batch).where(Batch.issue_id == issue.id)).one()
        first = make_subscriber(scene.session)
        scene.session.add(
            Batch(
                issue_id=issue.id,
                edition_id=batch.edition_id,
                subscriber_ids=[first.id],
                n_readers=1,
                state=BatchState.DONE,
                n_taken=1,
                tries=0,
                lease_number=1,
            )
        )
        scene.session.add(
            Delivery(
                issue_id=issue.id,
                subscriber_id=first.id,
                edition_id=batch.edition_id,
                state=DeliveryState.DELIVERED,
                attempt=1,
                at=scene.now,
                event_at=scene.now,
            )
        )
    scene.session.commit()
    scene.break_row("batches", "UPDATE", f"NEW.issue_id = {broken.id} AND NEW.state = 'queued'")
    scene.tasks.look_for_work()
    scene.is_paused(broken, f"its canary failed: RaiseException: {BROKEN}")
    scene.session.expire_all()
    held = select(Batch.issue_id).where(Batch.state == BatchState.HELD)
    assert scene.session.scalars(held).all() == [broken.id]


def settles_documents(scene: Scene) -> None:
    """Check what somebody wrote in two drafts whose process was killed before it was settled."""
    broken, other = scene.issues(state=IssueState.DRAFT, send_at=None, send_not_after=None)
    for issue in (broken, other):
        writer = Writer(scene.session, issue.id, ADA, scene.now).joined()
        (key,) = writer.order()
        writer.type(key, "title", "Now: ", 0)
        writer.send()
    scene.break_row("stories", "UPDATE", f"NEW.issue_id = {broken.id}")
    scene.tasks.look_for_work()
    scene.session.expire_all()
    titles = {s.issue_id: s.title for s in scene.session.scalars(select(Story))}
    assert not titles[broken.id].startswith("Now: ")
    assert titles[other.id].startswith("Now: ")
    assert unsettled_issues(scene.session) == [broken.id]
    (setback,) = list_setbacks(scene.session)
    assert setback.what == f"look_for_work: document of issue {broken.id}"
    assert setback.reason == f"RaiseException: {BROKEN}"
    scene.break_row()
    scene.tasks.look_for_work()
    scene.session.expire_all()
    assert unsettled_issues(scene.session) == []
    assert list_setbacks(scene.session) == []


def tells_webhooks(scene: Scene) -> None:
    """Check that a webhook of which nothing can be recorded is left alone, and others go on."""
    tasks, now = scene.tasks, scene.now
    container = tasks.context().container
    for path in ("broken", "other"):
        url = f"https://127.0.0.1/{path}"  # where no webhook may lead
        add_webhook(scene.session, CLI, url, (), container.webhook_rules, now)
    broken, other = scene.session.scalars(select(Webhook).order_by(Webhook.id)).all()
    for webhook in (broken, other):
        send_sample(scene.session, CLI, webhook.id, OutboxKind.ISSUE_SENT, now)
    scene.session.commit()
    scene.break_row("webhook_attempts", "INSERT", f"NEW.webhook_id = {broken.id}")
    tasks.tell_webhooks()
    scene.session.expire_all()
    told = {one.webhook_id: one.outcome for one in scene.session.scalars(select(WebhookAttempt))}
    assert told == {other.id: AttemptOutcome.PRIVATE}
    assert broken.rests_until is not None
    (setback,) = scene.session.scalars(select(Setback)).all()
    assert setback.what == f"webhook {broken.id}"
    assert BROKEN in setback.reason
