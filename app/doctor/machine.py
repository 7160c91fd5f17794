"""This machine: its clock beside PostgreSQL's, and room on its disks."""

import shutil
from collections.abc import Iterator
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from app.delivery.clocks import APART, seconds_off
from app.doctor.findings import Finding, ok, unknown, warning, wrong
from app.doctor.subject import Subject
from app.sentences import Sentence
from app.settings import Settings

_NOTED: Final = 5.0
"""Seconds that a clock may be off before it is told: one that is kept by NTP is never."""

LEAST_FREE: Final = 0.02
LITTLE_FREE: Final = 0.10
"""Which part of a disk may be free before something stops, and before it is told."""

MACHINE: Final = "machine"


def folders_of(settings: Settings) -> dict[str, str]:
    """Return the folders whose disks the service needs, by the names of their settings.

    The root of the machine is one: logs, temporary files and mostly the rest are there.
    """
    named = {
        MACHINE: "/",
        "state_folder": settings.state_folder,
        "images": settings.images if settings.images.startswith("/") else "",
    }
    return {name: path for name, path in named.items() if path}


def examine_machine(subject: Subject) -> Iterator[Finding]:
    """Look at the clock and the disks."""
    yield _clock(subject)
    for what, path in subject.folders.items():
        yield _disk(what, path)


def _clock(subject: Subject) -> Finding:
    try:
        off = seconds_off(subject.sessions, subject.clock)
    except SQLAlchemyError:
        return unknown("clock", Sentence("PostgreSQL does not tell the time."))
    return judge_clock("clock", off, Sentence("PostgreSQL's"))


def judge_clock(code: str, off: float, whose: Sentence) -> Finding:
    """Judge how many seconds our clock is ahead of another."""
    if abs(off) <= _NOTED:
        return ok(code, Sentence("This machine's clock agrees with %(whose)s.", whose=whose))
    n_seconds = round(abs(off))
    sentence = (
        Sentence(
            "This machine's clock is %(n_seconds)s s ahead of %(whose)s.",
            n_seconds=n_seconds,
            whose=whose,
        )
        if off > 0
        else Sentence(
            "This machine's clock is %(n_seconds)s s behind %(whose)s.",
            n_seconds=n_seconds,
            whose=whose,
        )
    )
    mend = Sentence("Let NTP keep both clocks, as chrony or systemd-timesyncd do.")
    level = wrong if abs(off) > APART.total_seconds() else warning
    return level(code, sentence, mend)


def _disk(what: str, path: str) -> Finding:
    try:
        found = shutil.disk_usage(path)
    except OSError as error:
        return wrong(
            "disk",
            Sentence(
                "The folder of %(what)s cannot be read: %(error)s.",
                what=what,
                error=type(error).__name__,
            ),
            Sentence("Make it, and let the service's user write there."),
        )
    share = found.free / found.total if found.total else 0.0
    sentence = Sentence(
        "%(n_percent)s %% of the disk of %(what)s is free.", n_percent=round(share * 100), what=what
    )
    mend = Sentence("Make room, or a larger disk: nothing is written any more when it is full.")
    if share < LEAST_FREE:
        return wrong("disk", sentence, mend)
    return warning("disk", sentence, mend) if share < LITTLE_FREE else ok("disk", sentence)
