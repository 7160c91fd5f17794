"""The tasks: each opens a transaction or two and calls a step of `app`.

Every one is safe to run at any time, twice, or not at all: a tick of beat finds what is left.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from app.db.session import enqueue_after_commit, transaction
from app.delivery.alone import PartAlone, Parts, parts_alone
from app.delivery.answers import write_waiting
from app.delivery.editions import render_pending
from app.delivery.epoch import known_epoch
from app.delivery.finish import finish_issues
from app.delivery.partitions import drop_old_partitions
from app.delivery.post import send_letter as post_letter
from app.delivery.postmaster import ask_postmaster
from app.delivery.send import send_batch
from app.delivery.send_epoch import raise_epoch
from app.doctor.examine import examine_all
from app.doctor.kept import keep, last_examination
from app.events.apply import apply_new
from app.images.forget import forget_images
from app.issues.approval import reopen_changed
from app.issues.daily import due_issues, launch_alone, note_empty_days, schedule_the_day
from app.issues.links import step as link_step
from app.issues.links.look import LinkNetwork
from app.jobs import TASK_PREFIX
from app.link_tokens import LinkSigner
from app.outside.journal import forget_journal
from app.readers.answers import answer_asks as answer_all
from app.readers.asks import enqueue_asks
from app.readers.imports.advance import advance
from app.readers.imports.quick import QuickAddresses
from app.readers.imports.reading import Reader
from app.readers.sunset import follow_rule, rule_of
from app.webhooks.deliver import tell
from app.webhooks.fan_out import hand_on_all
from app.webhooks.request import WebhookNetwork
from workers.app import celery
from workers.context import A_MOMENT, context, may_tell, moment, must_stop
from workers.looks import look_at_doubts, resume_after_spent_quota
from workers.parts import document_parts, look_parts, tidy_in_portions, tidy_parts
from workers.retention import proofs

EVENTS_AT_ONCE: Final = 1000

TASK_LASTS: Final = timedelta(minutes=5)
"""How long a task goes on taking work: far less than the broker waits before it asks another."""


@celery.task(name=TASK_PREFIX + "launch_due")
def launch_due() -> None:
    """Give the day's approved Issues their time, launch what is due, say which days are empty.

    Nothing is launched that is not what was approved.
    """
    container, epoch = context().container, context().sender.epoch
    now = container.clock()
    changed: Parts = {
        "changes": lambda session: reopen_changed(session, container.check_settings, now)
    }
    parts_alone(container.sessions, "launch_due", changed, now, container.enqueue_now)
    if not may_tell(now):
        return
    due: list[int] = []
    parts: Parts = {
        "schedule": lambda session: schedule_the_day(session, now),
        "empty days": lambda session: note_empty_days(session, now),
        "due": lambda session: due.extend(due_issues(session, now)),
    }
    parts_alone(container.sessions, "launch_due", parts, now, container.enqueue_now)
    if due and not raise_epoch(container.sessions, epoch):
        return
    for issue_id in due:
        with transaction(container.sessions, container.enqueue_now) as session:
            launch_alone(session, issue_id, container.check_settings, container.clock())


@celery.task(name=TASK_PREFIX + "render_edition")
def render_edition(edition_id: int) -> None:
    """Render one Edition; the last of an Issue opens its Batches."""
    container = context().container
    render_pending(
        container.sessions,
        edition_id,
        container.templates,
        container.settings.base_url,
        container.clock(),
        container.enqueue_now,
        sign=LinkSigner(container.signer.keys).sign,
    )


@celery.task(name=TASK_PREFIX + "send_batches")
def send_batches() -> None:
    """Send for a moment, then enqueue a job for whoever goes on, so that all else gets its turn."""
    container, is_over = context().container, moment()
    sender = replace(context().sender, is_stopping=is_over)
    while not is_over():
        if not send_batch(sender):
            with transaction(container.sessions) as session:
                finish_issues(session, container.clock())
            return
    with transaction(container.sessions, container.enqueue_now) as session:
        enqueue_after_commit(session, "send_batches")


@celery.task(name=TASK_PREFIX + "send_letter")
def send_letter(*letter_ids: int) -> None:
    """Send some Letters, one after the other; what is left at a stop waits for a tick."""
    for letter_id in letter_ids:
        if must_stop():
            return
        post_letter(context().sender, context().container.templates, letter_id)


@celery.task(name=TASK_PREFIX + "advance_import")
def advance_import(import_id: int) -> None:
    """Read or add the next of an Import for a moment, then enqueue a job for whoever goes on."""
    container = context().container
    reader = Reader(container.pepper, QuickAddresses(allow_reserved=container.allow_reserved))
    until = container.clock() + A_MOMENT
    while not must_stop():
        if not advance(
            container.sessions, import_id, reader, container.clock, container.enqueue_now
        ):
            return
        if container.clock() >= until:
            break
    with transaction(container.sessions, container.enqueue_now) as session:
        enqueue_after_commit(session, "advance_import", import_id)


@celery.task(name=TASK_PREFIX + "answer_asks")
def answer_asks() -> None:
    """Answer what was asked for addresses for a moment, then enqueue a job for whoever goes on."""
    container, is_over = context().container, moment()
    answer_all(
        container.sessions,
        container.pepper,
        container.clock,
        container.enqueue_now,
        is_over=is_over,
    )
    if is_over():
        with transaction(container.sessions, container.enqueue_now) as session:
            enqueue_asks(session)


@celery.task(name=TASK_PREFIX + "look_for_work")
def look_for_work() -> None:
    """Enqueue jobs for whatever waits and close what is finished, in case one was lost.

    First come the Answers that wait: what they say is no doubt.
    """
    container = context().container
    if not write_waiting(context().sender):
        return
    now = container.clock()
    with PartAlone(container.sessions, "look_for_work", "quota", now):
        resume_after_spent_quota()
    parts_alone(container.sessions, "look_for_work", look_parts(now), now, container.enqueue_now)
    written = document_parts(now)
    parts_alone(container.sessions, "look_for_work", written, now, container.enqueue_now)
    with PartAlone(container.sessions, "look_for_work", "doubts", now):
        if not look_at_doubts(now):
            return  # the tick before is still at it, and whoever sends needs this process
    ends: Parts = {"ends": lambda session: finish_issues(session, now)}
    parts_alone(container.sessions, "look_for_work", ends, now, container.enqueue_now)


@celery.task(name=TASK_PREFIX + "apply_events")
def apply_events() -> None:
    """Apply the Events that have come, until there are none or this has taken long enough."""
    container = context().container
    until = container.clock() + TASK_LASTS
    while container.clock() < until and not must_stop():
        with transaction(container.sessions, container.enqueue_now) as session:
            pepper, signer, now = container.pepper, container.signer, container.clock()
            if apply_new(session, EVENTS_AT_ONCE, pepper, signer, now) < EVENTS_AT_ONCE:
                return
    with transaction(container.sessions, container.enqueue_now) as session:
        enqueue_after_commit(session, "apply_events")


@celery.task(name=TASK_PREFIX + "check_links")
def check_links(issue_id: int | None = None) -> None:
    """Check the links of one Issue, or those of all that were not checked lately."""
    container = context().container
    if container.settings.check_links:
        link_step.check_links(
            container.sessions,
            LinkNetwork(),
            container.settings.base_url,
            container.clock,
            issue_id,
        )


@celery.task(name=TASK_PREFIX + "ask_postmaster")
def ask_google() -> None:
    """Ask Google what it says of our mail, once a day, where a key for Postmaster Tools is set."""
    container = context().container
    with PartAlone(container.sessions, "ask_postmaster", "Gmail", container.clock()):
        ask_postmaster(container.sessions, container.settings, container.clock)


@celery.task(name=TASK_PREFIX + "tell_webhooks")
def tell_webhooks() -> None:
    """Tell webhooks what is new in the outbox for a moment, then enqueue a job for who goes on.

    A database that is older than what it has sent tells nothing either.
    """
    container, is_over = context().container, moment()
    now = container.clock()
    if not may_tell(now):
        return
    with PartAlone(container.sessions, "tell_webhooks", "hand on", now):
        hand_on_all(container.sessions, container.clock, is_over)
    network = WebhookNetwork(container.settings.webhook_networks)
    tell(container.sessions, container.signer.keys, network, container.clock, is_over)
    if is_over():
        with transaction(container.sessions, container.enqueue_now) as session:
            enqueue_after_commit(session, "tell_webhooks")


@celery.task(name=TASK_PREFIX + "tidy")
def tidy() -> None:
    """Forget what is old, as docs/retention.md says, and look whether all of it is gone."""
    container = context().container
    now = container.clock()
    parts_alone(container.sessions, "tidy", tidy_parts(now), now, container.enqueue_now)
    tidy_in_portions(now)
    if may_tell(now):
        asked: Parts = {
            "sunset": lambda session: follow_rule(session, rule_of(container.settings), now)
        }
        parts_alone(container.sessions, "tidy", asked, now, container.enqueue_now)
    with PartAlone(container.sessions, "tidy", "images", now):
        forget_images(container.sessions, container.images, now)
    with PartAlone(container.sessions, "tidy", "journal", now):
        with transaction(container.sessions) as session:
            installation = known_epoch(session).installation
        forget_journal(container.places, installation, now)
    old = now - timedelta(days=container.settings.ledger_days)
    drop_old_partitions(
        container.sessions,
        old,
        is_stopping=must_stop,
        apart=lambda part: PartAlone(container.sessions, "tidy", part, now),
    )
    parts_alone(container.sessions, "retention", proofs(container.settings, now), now)


@celery.task(name=TASK_PREFIX + "examine")
def examine(asked: int) -> None:
    """Look at all that the service stands on, and keep for the desk what was found.

    It takes a minute at most, and nothing of it is worth doing twice for one press of a button.
    """
    container, valkey = context().container, context().valkey
    last = last_examination(valkey)
    if last is not None and last.asked >= asked:
        return
    keep(valkey, examine_all(container), container.clock(), asked)
