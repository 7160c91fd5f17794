"""The connections of one `send`: while one waits for an answer, the others are written to.

A message takes two answers of the server. On one connection all of that time is lost; on several
it is spent on the next messages, each in a conversation of its own.
"""

import smtplib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field

from app.transports.base import Outcome, Recipient, Refused
from app.transports.fence import STALE
from app.transports.mime import MailBytes, build_message
from app.transports.smtp_server import connect_outcome
from app.transports.smtp_talk import LOST, post

Connect = Callable[[], smtplib.SMTP]


@dataclass(frozen=True)
class Job:
    """What the messages of one `send` have alike; `id_ending` completes their Message-IDs."""

    shared: MailBytes
    sender: str
    date: str
    id_ending: str
    is_stale: Callable[[], bool]


@dataclass
class Submission:
    """What one `send` hands over: to whom, by their places, and what came of it.

    `fault` is set once no connection could be made: then none is tried again, and those that are
    open go on alone.
    """

    job: Job
    recipients: Sequence[Recipient]
    waiting: deque[int]
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    fault: Refused | None = None


@dataclass
class Line:
    """A connection: opened when it is first needed, and again when it was lost."""

    smtp: smtplib.SMTP | None
    connect: Connect
    is_fresh: bool = False

    @property
    def is_open(self) -> bool:
        """Return whether there is a connection, as far as this side knows."""
        return self.smtp is not None and self.smtp.sock is not None


def submit(submission: Submission, lines: Iterable[Line]) -> dict[int, Outcome]:
    """Return the outcome of everybody who waited, by their places; raise nothing.

    Recipients left when no line could go on are refused with the fault that stopped the last.
    """
    turns = deque(_carry(submission, line) for line in lines)
    while turns:
        turn = turns.popleft()
        if _goes_on(turn):
            turns.append(turn)
    if submission.fault is not None:
        submission.outcomes |= dict.fromkeys(submission.waiting, submission.fault)
    return submission.outcomes


def _goes_on(turn: Generator[None]) -> bool:
    """Run the turn to its next answer; return whether there is more to do."""
    try:
        next(turn)
    except StopIteration:
        return False
    return True


def _carry(submission: Submission, line: Line) -> Generator[None]:
    """Hand over one message after the other, a turn ending wherever an answer is awaited."""
    while submission.waiting:
        place = submission.waiting.popleft()
        outcome = yield from _deliver(submission, line, submission.recipients[place])
        if outcome is None:
            submission.waiting.appendleft(place)  # a line that is open may take it
            return
        submission.outcomes[place] = outcome


def _deliver(
    submission: Submission, line: Line, one: Recipient
) -> Generator[None, None, Outcome | None]:
    """Send one message; try again if a used connection was lost before the message left.

    Return None when no connection can be had.
    """
    job = submission.job
    message_id = one.delivery_id + job.id_ending
    message = build_message(job.shared, one, date=job.date, message_id=message_id)
    outcome: Outcome = LOST
    while outcome == LOST:
        if job.is_stale():
            return STALE
        smtp = _opened(submission, line)
        if smtp is None:
            return None
        outcome = yield from post(
            smtp,
            sender=job.sender,
            address=one.address,
            message=message,
            message_id=message_id,
            is_stale=job.is_stale,
        )
        if line.is_fresh:
            break
    return outcome


def _opened(submission: Submission, line: Line) -> smtplib.SMTP | None:
    """Return the line's connection, made where there is none; None where it cannot be made."""
    line.is_fresh = False
    if line.is_open or submission.fault is not None:
        return line.smtp if line.is_open else None
    try:
        line.smtp, line.is_fresh = line.connect(), True
    except Exception as fault:  # noqa: BLE001  # whatever it is, it is an outcome
        submission.fault = connect_outcome(fault)
        return None
    return line.smtp
