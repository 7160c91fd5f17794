"""The metrics: each with its name, what it says and its labels; docs/metrics.md is made of them.

All are gauges that are read when they are asked for, so whichever process did the work is told of.
An instant is told and not how long ago it was: `time() - x` stays right while it is kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final


@dataclass(frozen=True)
class Family:
    """One metric: its help text is its documentation; each set of labels has a series."""

    name: str
    help: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sample:
    """The value of one series; `labels` are the values of the family's, in their order."""

    family: Family
    value: float
    labels: tuple[str, ...] = ()


Samples = Iterable[Sample]

ALL: Final[list[Family]] = []
"""Every metric, in the order in which they are told."""


def _family(name: str, said: str, *labels: str) -> Family:
    found = Family(f"devoured_{name}", said, labels)
    ALL.append(found)
    return found


BUILD: Final = _family("build_info", "1, labelled by the version that answers.", "version")

WAITING: Final = _family(
    "work_waiting",
    "What is due and not done yet, by kind: issues to launch, editions to render, batches to send, "
    "calls on the wire, letters, asks (sign-ups and the like), events to apply, imports. "
    "It is counted up to 20,000.",
    "kind",
)
OLDEST: Final = _family(
    "work_oldest_timestamp_seconds",
    "Since when the oldest of that work is due; there is none where nothing waits.",
    "kind",
)
JOBS: Final = _family(
    "broker_jobs",
    "Celery messages in the broker: waiting for a worker, or taken by one and not done.",
    "state",
)
TASK_DONE: Final = _family(
    "task_done_timestamp_seconds",
    "When a worker last did a task that beat asks for; it stands still without beat, workers, "
    "broker or database.",
    "task",
)
TASK_EVERY: Final = _family(
    "task_every_seconds", "How often beat asks for that task, as it is set.", "task"
)

ISSUES: Final = _family("issues", "Issues on their way, by state.", "state")
ISSUES_LATE: Final = _family(
    "issues_too_late", "Approved issues whose time has gone by; each waits for a person."
)
LAST_LAUNCH: Final = _family(
    "last_launch_timestamp_seconds", "When an issue was last launched; none while none was."
)
NEXT_ISSUE: Final = _family(
    "next_issue_timestamp_seconds",
    "When the next issue is to go out by its time or the publication's schedule; it is in the past "
    "while one is late, and there is none where nothing is to go out within 14 days.",
)
NEXT_READY: Final = _family(
    "next_issue_ready", "1 where that issue is approved or has its time, 0 where it is not."
)
DAYS_MISSED: Final = _family(
    "issues_missed",
    "Times of the schedule within the last 24 hours that had no issue: skipped where there was "
    "none, stale where it was too late.",
    "outcome",
)
UNLAUNCHED: Final = _family(
    "issue_unlaunched_since_timestamp_seconds",
    "Since when the day's issue should have been launched, by DEVOURED_WATCH_LAUNCHED_BY, and is "
    "not; none while all is well, or where that is not set.",
)

ISSUE_READERS: Final = _family(
    "issue_readers",
    "Readers of each issue that goes out or ended within the last 24 hours, by what became of "
    "them: they add up to its audience. Delivered ones are among the accepted.",
    "issue",
    "state",
)
ISSUE_RATE: Final = _family(
    "issue_recipients_per_second",
    "How fast each issue goes out, over the last minute.",
    "issue",
)
ISSUE_PAUSED: Final = _family(
    "issue_paused",
    "1 for each issue that is paused, 0 for one that goes out.",
    "issue",
)
RETURNS: Final = _family(
    "issue_return_ratio",
    "Which part of those written to bounced or complained, of the same issues, as the brakes count "
    "them.",
    "issue",
    "kind",
)
PUT_OFF: Final = _family(
    "issue_deferred_ratio",
    "Which part of those written to a large mailbox provider it puts off just now for what it has "
    "against us, of the same issues; a share of readers that is taken from a sample. No series "
    "where fewer than a hundred were written to, or nothing was ever put off for that.",
    "issue",
    "provider",
)
LIMIT: Final = _family(
    "brake_limit_ratio",
    "Beyond which part of bounces or complaints an issue pauses itself.",
    "kind",
)

DOUBTS: Final = _family(
    "doubt_readers",
    "Readers of issues of the last 30 days of whom nobody knows whether they got it.",
)
OLDEST_DOUBT: Final = _family(
    "doubt_oldest_timestamp_seconds",
    "Since when the oldest of these waits for an event or a person; none where there is none.",
)

LAST_EVENT: Final = _family(
    "event_last_timestamp_seconds", "When an event of a mail of ours last came; none before one."
)
EVENT_LAG: Final = _family(
    "event_lag_seconds",
    "How long events took to come from SES: the median of the newest thousand of the last hour, as "
    "far as they are read; none where none is.",
)
SILENT: Final = _family(
    "events_silent_since_timestamp_seconds",
    "Since when no event has come although SES accepts mails; none while they come.",
)
UNREADABLE: Final = _family(
    "events_unreadable", "Events of the last 30 days that could not be read."
)

SPAM_RATE: Final = _family(
    "spam_ratio",
    "Which part of a domain's mails a mailbox provider's readers called spam, on the last day of "
    "the last seven that it told of; none where it told of none.",
    "provider",
    "domain",
)
REQUIREMENTS_UNMET: Final = _family(
    "requirements_unmet",
    "How much a mailbox provider asks of who writes to many and finds not done by a domain.",
    "provider",
    "domain",
)

PAUSED: Final = _family(
    "account_paused",
    "1 while nobody at all is written to: for the spent day (quota) or for a reason of a person or "
    "of SES (held). No series while mail may leave.",
    "why",
)
HELD: Final = _family(
    "database_behind",
    "1 while sending is held because the database is older than what it has sent.",
)
PACE: Final = _family(
    "pace_recipients_per_second",
    "The recipients per second that all workers keep to together; none while nobody has asked SES "
    "within ten minutes, or where nothing limits it.",
)
QUOTA_LEFT: Final = _family(
    "quota_left_recipients", "How many more the account may write to within 24 hours."
)
QUOTA: Final = _family(
    "quota_recipients", "How many the account may write to within 24 hours at all."
)
QUOTA_KNOWN: Final = _family(
    "quota_known", "0 while SES does not tell its quota, such as for a missing permission; else 1."
)

SETBACKS: Final = _family(
    "setbacks",
    "Parts of the service's own work that fail just now; not webhooks that were disabled, which "
    "are told by themselves.",
)
OLDEST_SETBACK: Final = _family(
    "setback_oldest_timestamp_seconds",
    "Since when the first of them fails; none where there is none.",
)

WEBHOOK_WAITING: Final = _family(
    "webhook_messages_waiting",
    "What is still to be told to each webhook that is told anything; it is counted up to 20,000.",
    "webhook",
)
WEBHOOK_OLDEST: Final = _family(
    "webhook_oldest_timestamp_seconds",
    "Since when the oldest of these messages waits; none where none does.",
    "webhook",
)
WEBHOOK_DISABLED: Final = _family(
    "webhook_disabled_timestamp_seconds",
    "When each webhook was disabled that no person disabled: it failed for days (failing), is gone "
    "(gone), or came with a restored database (restored).",
    "webhook",
    "why",
)

DISK_FREE: Final = _family(
    "disk_free_bytes",
    "What is free on the disk of each folder that the process writes to that answers: machine is "
    "its root, the others are called like their settings.",
    "folder",
)
DISK_BYTES: Final = _family("disk_bytes", "How large that disk is.", "folder")
DATABASE_BYTES: Final = _family("database_bytes", "How large the database is.")

COLLECTED: Final = _family(
    "collected",
    "1 where a part of these figures could be read, 0 where it could not: the others of the part "
    "are missing then.",
    "part",
)
TOOK: Final = _family("collect_seconds", "How long reading a part took.", "part")


def instant(family: Family, at: datetime | None, *labels: str) -> Samples:
    """Yield the sample of an instant, or nothing where there is none."""
    if at is not None:
        yield Sample(family, at.timestamp(), labels)
