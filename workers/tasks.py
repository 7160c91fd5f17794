"""The tasks: each opens a transaction or two and calls a step of `app`.

Every one is safe to run at any time, twice, or not at all: a tick of beat finds what is left.
"""

from typing import Final

from app.access.idempotency import forget_old
from app.bells import TASK_PREFIX
from app.db.session import ring, transaction
from app.delivery.editions import render_pending
from app.delivery.finish import finish_issues, ring_for_work
from app.delivery.letters import resend_doubtful, ring_for_letters
from app.delivery.post import send_letter as post_letter
from app.delivery.send import send_batch
from app.issues.daily import due_issues, launch_if_due, note_empty_days, schedule_the_day
from workers.app import celery
from workers.context import context

MAX_BATCHES: Final = 20
"""Batches per task: a task stays short, so that a stopping worker has little to wait for."""


@celery.task(name=TASK_PREFIX + "launch_due")
def launch_due() -> None:
    """Give the day's approved Issues their time, launch what is due, say which days are empty."""
    box = context().container
    now = box.clock()
    with transaction(box.sessions, box.ring_now) as session:
        schedule_the_day(session, now)
        note_empty_days(session, now)
        due = due_issues(session, now)
    for issue_id in due:
        with transaction(box.sessions, box.ring_now) as session:
            launch_if_due(session, issue_id, box.clock())


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
    )


@celery.task(name=TASK_PREFIX + "send_batches")
def send_batches() -> None:
    """Send Batches until there are none, or ring for whoever goes on after this task."""
    box = context().container
    for _ in range(MAX_BATCHES):
        if not send_batch(context().sender):
            with transaction(box.sessions) as session:
                finish_issues(session, box.clock())
            return
    with transaction(box.sessions, box.ring_now) as session:
        ring(session, "send_batches")


@celery.task(name=TASK_PREFIX + "send_letter")
def send_letter(letter_id: int) -> None:
    """Send one Letter."""
    post_letter(context().sender, context().container.templates, letter_id)


@celery.task(name=TASK_PREFIX + "look_for_work")
def look_for_work() -> None:
    """Ring for whatever waits and close what is finished, in case a bell was lost."""
    box = context().container
    now = box.clock()
    with transaction(box.sessions, box.ring_now) as session:
        resend_doubtful(session, now)
        ring_for_letters(session, now)
        ring_for_work(session)
        finish_issues(session, now)


@celery.task(name=TASK_PREFIX + "tidy")
def tidy() -> None:
    """Forget what is kept for a day only."""
    box = context().container
    with transaction(box.sessions) as session:
        forget_old(session, box.clock())
