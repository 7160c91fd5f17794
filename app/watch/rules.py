"""The rules of what is wrong: those of docs/monitoring/alerts.yml, for who runs no Prometheus.

A test holds both against the same figures. What only the times of requests tell is left to
Prometheus.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from app.metrics.families import (
    COLLECTED,
    DAYS_MISSED,
    HELD,
    ISSUE_PAUSED,
    ISSUE_RATE,
    ISSUE_READERS,
    ISSUES_LATE,
    NEXT_ISSUE,
    NEXT_READY,
    OLDEST,
    OLDEST_SETBACK,
    PAUSED,
    QUOTA_KNOWN,
    QUOTA_LEFT,
    TASK_DONE,
    TASK_EVERY,
    UNLAUNCHED,
    WAITING,
)
from app.sentences import Sentence, counted
from app.watch.alerts import Found, Rule
from app.watch.figures import Figures
from app.watch.mails import (
    doubts_wait,
    events_late,
    events_silent,
    events_unreadable,
    many_returns,
    put_off,
    requirement_unmet,
    spam_reported,
    spam_too_high,
)
from app.watch.rules_beside import BESIDE

_CRITICAL: Final = True
_WARNING: Final = False
"""Whether readers get nothing, or soon will; a warning can wait for the day."""

_AT_ONCE: Final = timedelta(0)
_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_QUARTER: Final = timedelta(minutes=15)

_LAUNCHES: Final = "launch_due"
_SELDOM: Final = "check_links"
"""The one task of beat that may take long, and that nothing waits for."""

_WAIT: Final = {
    "editions": Sentence("Editions have waited for a quarter of an hour to be rendered."),
    "calls": Sentence("A call was begun a quarter of an hour ago, and has not ended."),
    "letters": Sentence("Letters have waited for a quarter of an hour, such as confirmations."),
    "asks": Sentence("Sign-ups have waited for a quarter of an hour to be looked at."),
    "events": Sentence("Events have waited for a quarter of an hour to be applied."),
}


def _figures_missing(figures: Figures) -> Iterator[Found]:
    for (part,), is_read in figures.of(COLLECTED).items():
        if not is_read:
            yield Found(part, Sentence("The figures of “%(part)s” cannot be read.", part=part))


def _tick_missed(figures: Figures) -> Iterator[Found]:
    for (task,), every in figures.of(TASK_EVERY).items():
        since = figures.since(TASK_DONE, task, over=timedelta(seconds=600 + 3 * every))
        if task != _SELDOM and since is not None:
            said = Sentence("What beat asks for is not done: “%(task)s”.", task=task)
            yield Found(task, said, since)


def _never_ticked(figures: Figures) -> Iterator[Found]:
    if (_LAUNCHES,) in figures.of(TASK_EVERY) and (_LAUNCHES,) not in figures.of(TASK_DONE):
        yield Found(_LAUNCHES, Sentence("No worker has ever looked for issues that are due."))


def _issue_late(figures: Figures) -> Iterator[Found]:
    since = figures.since(OLDEST, "issues", over=timedelta(minutes=5))
    if since is not None:
        yield Found("issues", Sentence("An issue was due, and is not launched."), since)


def _next_not_ready(figures: Figures) -> Iterator[Found]:
    at = figures.one(NEXT_ISSUE)
    if at is None or figures.one(NEXT_READY) != 0:
        return
    since = datetime.fromtimestamp(at, UTC) - _HOUR
    if since < figures.now:
        said = Sentence("The next issue is due within an hour, and nobody has approved it.")
        if since + _HOUR <= figures.now:
            said = Sentence("The time of the next issue has come, and nobody has approved it.")
        yield Found("", said, since)


def _day_missed(figures: Figures) -> Iterator[Found]:
    said = {
        "skipped": Sentence("The time of an issue has passed without one."),
        "stale": Sentence("An issue was too late to be launched; readers got nothing."),
    }
    for (outcome,), n in figures.of(DAYS_MISSED).items():
        if n:
            yield Found(outcome, said[outcome])


def _not_launched(figures: Figures) -> Iterator[Found]:
    since = figures.since(UNLAUNCHED, over=_AT_ONCE)
    if since is not None:
        yield Found("", Sentence("No issue was launched by the time that was set."), since)


def _too_late(figures: Figures) -> Iterator[Found]:
    n = int(figures.one(ISSUES_LATE) or 0)
    if n:
        said = counted(
            "%(n)s approved issue is too late to start by itself.",
            "%(n)s approved issues are too late to start by themselves.",
            n,
        )
        yield Found("", said)


def _issue_paused(figures: Figures) -> Iterator[Found]:
    for (issue,), is_paused in figures.of(ISSUE_PAUSED).items():
        if is_paused:
            yield Found(issue, Sentence("Issue %(issue)s is paused.", issue=issue))


def _stands_still(figures: Figures) -> Iterator[Found]:
    rates = figures.of(ISSUE_RATE)
    is_idle = bool(rates) and not sum(rates.values())
    n = int(figures.one(WAITING, "batches") or 0)
    if n and is_idle and not figures.of(PAUSED):
        said = Sentence("An issue goes out, and nobody is written to: %(n)s batches wait.", n=n)
        yield Found("batches", said)


def _work_waits(figures: Figures) -> Iterator[Found]:
    if figures.of(PAUSED):
        return
    for kind, said in _WAIT.items():
        since = figures.since(OLDEST, kind, over=_QUARTER)
        if since is not None:
            yield Found(kind, said, since)


def _import_stuck(figures: Figures) -> Iterator[Found]:
    since = figures.since(OLDEST, "imports", over=_HOUR)
    if since is not None:
        yield Found("imports", Sentence("An import is not done after an hour."), since)


def _account_paused(figures: Figures) -> Iterator[Found]:
    if figures.one(PAUSED, "held"):
        yield Found("held", Sentence("Nobody is written to: the account is paused."))


def _quota_spent(figures: Figures) -> Iterator[Found]:
    if figures.one(PAUSED, "quota"):
        yield Found("quota", Sentence("Nobody is written to: the account's day is spent."))


def _database_behind(figures: Figures) -> Iterator[Found]:
    if figures.one(HELD):
        said = Sentence("The database is older than what it has sent; nothing is sent.")
        yield Found("", said)


def _quota_too_small(figures: Figures) -> Iterator[Found]:
    left = figures.one(QUOTA_LEFT)
    n = sum(n for (_, state), n in figures.of(ISSUE_READERS).items() if state == "queued")
    if left is not None and n > left:
        said = Sentence("%(n)s readers wait, and the account's day has room for fewer.", n=int(n))
        yield Found("", said)


def _quota_unknown(figures: Figures) -> Iterator[Found]:
    if figures.one(QUOTA_KNOWN) == 0:
        yield Found("", Sentence("SES does not tell its quota, so mail leaves slowly."))


def _setback(figures: Figures) -> Iterator[Found]:
    since = figures.since(OLDEST_SETBACK, over=_HOUR)
    if since is not None:
        yield Found("", Sentence("A part of the service's own work fails for an hour."), since)


UNREAD: Final = Rule(
    "DevouredFiguresMissing", _CRITICAL, timedelta(minutes=5), (), _figures_missing
)
"""What is given where the database does not answer at all, too."""

RULES: Final = (
    UNREAD,
    Rule("DevouredTickMissed", _CRITICAL, _MINUTE, ("broker",), _tick_missed),
    Rule("DevouredNeverTicked", _CRITICAL, _QUARTER, ("broker",), _never_ticked),
    Rule("DevouredIssueLate", _CRITICAL, _MINUTE, ("work",), _issue_late),
    Rule("DevouredNextIssueNotReady", _WARNING, _MINUTE, ("schedule",), _next_not_ready),
    Rule("DevouredNotLaunched", _CRITICAL, _MINUTE, ("schedule",), _not_launched),
    Rule("DevouredDayMissed", _CRITICAL, _AT_ONCE, ("schedule",), _day_missed),
    Rule("DevouredIssueTooLate", _WARNING, timedelta(minutes=5), ("schedule",), _too_late),
    Rule("DevouredIssuePaused", _CRITICAL, _MINUTE, ("going_out",), _issue_paused),
    Rule(
        "DevouredIssueStandsStill",
        _CRITICAL,
        timedelta(minutes=10),
        ("account", "going_out", "work"),
        _stands_still,
    ),
    Rule("DevouredWorkWaits", _WARNING, timedelta(minutes=2), ("account", "work"), _work_waits),
    Rule("DevouredImportStuck", _WARNING, _MINUTE, ("work",), _import_stuck),
    Rule("DevouredAccountPaused", _CRITICAL, _MINUTE, ("account",), _account_paused),
    Rule("DevouredQuotaSpent", _WARNING, _QUARTER, ("account",), _quota_spent),
    Rule("DevouredDatabaseBehind", _CRITICAL, _AT_ONCE, ("account",), _database_behind),
    Rule(
        "DevouredQuotaTooSmall",
        _WARNING,
        timedelta(minutes=5),
        ("broker", "going_out"),
        _quota_too_small,
    ),
    Rule("DevouredQuotaUnknown", _WARNING, _QUARTER, ("broker",), _quota_unknown),
    Rule("DevouredEventsSilent", _CRITICAL, timedelta(minutes=5), ("silence",), events_silent),
    Rule("DevouredEventsLate", _WARNING, timedelta(minutes=10), ("events",), events_late),
    Rule(
        "DevouredEventsUnreadable", _WARNING, timedelta(minutes=5), ("events",), events_unreadable
    ),
    Rule("DevouredDoubtsWait", _WARNING, timedelta(minutes=5), ("doubts",), doubts_wait),
    Rule("DevouredManyReturns", _WARNING, _AT_ONCE, ("going_out",), many_returns),
    Rule("DevouredPutOff", _WARNING, _QUARTER, ("put_off",), put_off),
    Rule("DevouredSpamReported", _WARNING, _AT_ONCE, ("reputation",), spam_reported),
    Rule("DevouredSpamTooHigh", _CRITICAL, _AT_ONCE, ("reputation",), spam_too_high),
    Rule("DevouredRequirementUnmet", _WARNING, _AT_ONCE, ("reputation",), requirement_unmet),
    Rule("DevouredSetback", _WARNING, timedelta(minutes=5), ("setbacks",), _setback),
    *BESIDE,
)
"""Every rule, in the order of docs/alerts.md."""
