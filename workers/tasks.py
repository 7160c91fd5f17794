"""The tasks: each opens a transaction or two and calls a step of `app`.

Every one is safe to run at any time, twice, or not at all: a tick of beat finds what is left.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from app.access.idempotency import forget_old
from app.bells import TASK_PREFIX
from app.db.session import is_alone, ring, transaction
from app.delivery.account import quota_pauses, resume_after_quota
from app.delivery.alone import PartAlone, Parts, each_part, parts_alone
from app.delivery.answers import write_waiting
from app.delivery.brakes import apply_brakes
from app.delivery.canary import judge_canaries
from app.delivery.editions import render_pending
from app.delivery.epoch import known_epoch
from app.delivery.finish import finish_issues, ring_for_work
from app.delivery.letter_doubts import resend_doubtful
from app.delivery.letters import ring_for_letters
from app.delivery.mailboxes import forget_rested
from app.delivery.partitions import drop_old_partitions
from app.delivery.post import send_letter as post_letter
from app.delivery.reconcile import doubt_lost_calls, settle_doubts
from app.delivery.send import send_batch
from app.delivery.send_epoch import raise_epoch
from app.delivery.served import forget_served
from app.events.apply import apply_new
from app.events.inbox import forget_old_events
from app.events.probe import probe_if_needed
from app.events.silence import Silence
from app.issues.approval import reopen_changed
from app.issues.daily import due_issues, launch_alone, note_empty_days, schedule_the_day
from app.issues.dropping import forget_dropped
from app.issues.links.look import Reach
from app.issues.links.step import check_links as look_at_links
from app.issues.links.step import forget_old_sights
from app.link_tokens import LinkSigner
from app.outside.journal import forget_journal
from app.readers.answers import answer_asks as answer_all
from app.readers.asks import ring_for_asks
from app.readers.clicks import forget_old_clicks
from app.readers.imports.advance import advance, ring_for_imports
from app.readers.imports.quick import QuickAddresses
from app.readers.imports.reading import Reader
from app.readers.imports.upload import forget_files
from workers.app import celery
from workers.context import context, must_stop

EVENTS_AT_ONCE: Final = 1000

TASK_LASTS: Final = timedelta(minutes=5)
"""How long a task goes on taking work: far less than the broker waits before it asks another."""

SENDS_FOR: Final = timedelta(seconds=3)
"""How long a task sends before it lets others in: letters, events and brakes do not wait for an
issue of two hours. Bells for sending ring after all others (`app.bells`)."""


@celery.task(name=TASK_PREFIX + "launch_due")
def launch_due() -> None:
    """Give the day's approved Issues their time, launch what is due, say which days are empty.

    Nothing is launched that is not what was approved.
    """
    box, epoch = context().container, context().sender.epoch
    now = box.clock()
    changed: Parts = {"changes": lambda session: reopen_changed(session, box.looks, now)}
    parts_alone(box.sessions, "launch_due", changed, now, box.ring_now)
    marks = epoch.ask()
    with transaction(box.sessions) as session:
        if not epoch.allows(session, marks, now):
            return
    due: list[int] = []
    parts: Parts = {
        "schedule": lambda session: schedule_the_day(session, now),
        "empty days": lambda session: note_empty_days(session, now),
        "due": lambda session: due.extend(due_issues(session, now)),
    }
    parts_alone(box.sessions, "launch_due", parts, now, box.ring_now)
    if due and not raise_epoch(box.sessions, epoch):
        return
    for issue_id in due:
        with transaction(box.sessions, box.ring_now) as session:
            launch_alone(session, issue_id, box.looks, box.clock())


@celery.task(name=TASK_PREFIX + "render_edition")
def render_edition(edition_id: int) -> None:
    """Render one Edition; the last of an Issue opens its Batches."""
    box = context().container
    render_pending(
        box.sessions,
        edition_id,
        box.templates,
        box.settings.base_url,
        box.clock(),
        box.ring_now,
        sign=LinkSigner(box.signer.keys).sign,
    )


@celery.task(name=TASK_PREFIX + "send_batches")
def send_batches() -> None:
    """Send for a moment, then ring for whoever goes on, so that all else gets its turn."""
    box = context().container
    until = box.clock() + SENDS_FOR

    def is_over() -> bool:
        return must_stop() or box.clock() >= until

    sender = replace(context().sender, is_stopping=is_over)
    while not is_over():
        if not send_batch(sender):
            with transaction(box.sessions) as session:
                finish_issues(session, box.clock())
            return
    with transaction(box.sessions, box.ring_now) as session:
        ring(session, "send_batches")


@celery.task(name=TASK_PREFIX + "send_letter")
def send_letter(*letter_ids: int) -> None:
    """Send some Letters, one after the other; what is left at a stop waits for a tick."""
    for letter_id in letter_ids:
        if must_stop():
            return
        post_letter(context().sender, context().container.templates, letter_id)


@celery.task(name=TASK_PREFIX + "advance_import")
def advance_import(import_id: int) -> None:
    """Read or add the next of an Import for a moment, then ring for whoever goes on."""
    box = context().container
    reader = Reader(box.pepper, QuickAddresses(allow_reserved=box.allow_reserved))
    until = box.clock() + SENDS_FOR
    while not must_stop():
        if not advance(box.sessions, import_id, reader, box.clock, box.ring_now):
            return
        if box.clock() >= until:
            break
    with transaction(box.sessions, box.ring_now) as session:
        ring(session, "advance_import", import_id)


@celery.task(name=TASK_PREFIX + "answer_asks")
def answer_asks() -> None:
    """Answer what was asked for addresses for a moment, then ring for whoever goes on."""
    box = context().container
    until = box.clock() + SENDS_FOR

    def is_over() -> bool:
        return must_stop() or box.clock() >= until

    answer_all(box.sessions, box.pepper, box.clock, box.ring_now, is_over=is_over)
    if is_over():
        with transaction(box.sessions, box.ring_now) as session:
            ring_for_asks(session)


@celery.task(name=TASK_PREFIX + "look_for_work")
def look_for_work() -> None:
    """Ring for whatever waits and close what is finished, in case a bell was lost.

    First come the Answers that wait: what they say is no doubt.
    """
    box = context().container
    if not write_waiting(context().sender):
        return
    now = box.clock()
    with PartAlone(box.sessions, "look_for_work", "quota", now):
        _resume_after_quota()
    parts_alone(box.sessions, "look_for_work", look_parts(now), now, box.ring_now)
    with PartAlone(box.sessions, "look_for_work", "doubts", now):
        if not _look_at_doubts(now):
            return  # the tick before is still at it, and whoever sends needs this process
    ends: Parts = {"ends": lambda session: finish_issues(session, now)}
    parts_alone(box.sessions, "look_for_work", ends, now, box.ring_now)


def look_parts(now: datetime) -> Parts:
    """Return what a tick looks after beside doubts, in order."""
    timing = context().sender.timing
    return {
        "letters in doubt": lambda session: resend_doubtful(session, now, timing),
        "letters": lambda session: ring_for_letters(session, now),
        "asks": ring_for_asks,
        "batches": ring_for_work,
        "imports": ring_for_imports,
        "brakes": apply_brakes,
        "canaries": lambda session: judge_canaries(session, now),
    }


def _look_at_doubts(now: datetime) -> bool:
    """Find lost Calls and settle their doubts; return False if another worker does so just now."""
    box, timing = context().container, context().sender.timing
    with transaction(box.sessions, box.ring_now) as session:
        if not is_alone(session, "settle_doubts"):
            return False
        doubt_lost_calls(session, now, timing)
        if box.settings.sends_probes:
            probe = partial(_probe, session, now)
            each_part(session, "look_for_work", ["probe"], probe, now)
    settle_doubts(
        box.sessions,
        Silence(now, timing).is_whole,
        now,
        timing,
        ring_now=box.ring_now,
        is_stopping=must_stop,
    )
    return True


def _probe(session: Session, now: datetime, _part: str) -> None:
    probe_if_needed(session, now, context().sender.timing)


@celery.task(name=TASK_PREFIX + "apply_events")
def apply_events() -> None:
    """Apply the Events that have come, until there are none or this has taken long enough."""
    box = context().container
    until = box.clock() + TASK_LASTS
    while box.clock() < until and not must_stop():
        with transaction(box.sessions, box.ring_now) as session:
            if apply_new(session, EVENTS_AT_ONCE, box.pepper, box.clock()) < EVENTS_AT_ONCE:
                return
    with transaction(box.sessions, box.ring_now) as session:
        ring(session, "apply_events")


def _resume_after_quota() -> None:
    """Let the account go on when its day has room again, as the provider says, not as we guess."""
    box = context().container
    with transaction(box.sessions) as session:
        is_spent = quota_pauses(session, box.clock())
    if not is_spent or not context().sender.pace.has_room():
        return
    with transaction(box.sessions, box.ring_now) as session:
        resume_after_quota(session)


@celery.task(name=TASK_PREFIX + "check_links")
def check_links(issue_id: int | None = None) -> None:
    """Look at the links of one Issue, or at those of all that nobody looked at lately."""
    box = context().container
    if box.settings.check_links:
        look_at_links(box.sessions, Reach(), box.settings.base_url, box.clock, issue_id)


@celery.task(name=TASK_PREFIX + "tidy")
def tidy() -> None:
    """Forget what is old: answers and files after a day, events, clicks and ledger in time."""
    box = context().container
    now = box.clock()
    parts_alone(box.sessions, "tidy", tidy_parts(now), now, box.ring_now)
    with PartAlone(box.sessions, "tidy", "journal", now):
        with transaction(box.sessions) as session:
            installation = known_epoch(session).installation
        forget_journal(box.places, installation, now)
    old = now - timedelta(days=box.settings.ledger_days)
    drop_old_partitions(
        box.sessions,
        old,
        is_stopping=must_stop,
        apart=lambda part: PartAlone(box.sessions, "tidy", part, now),
    )


def tidy_parts(now: datetime) -> Parts:
    """Return what is forgotten beside the ledger, in order."""
    clicks_before = now - timedelta(days=context().container.settings.click_days)
    return {
        "answers": lambda session: forget_old(session, now),
        "sign-ups": lambda session: forget_rested(session, now),
        "events": lambda session: forget_old_events(session, now),
        "links": lambda session: forget_old_sights(session, now),
        "imports": lambda session: forget_files(session, now),
        "mailboxes": forget_served,
        "dropped stories": forget_dropped,
        "clicks": lambda session: forget_old_clicks(session, clicks_before),
    }
