"""Findings: what was looked at, how it is, and what mends it; `docs/doctor.md` has each code."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from app.sentences import Sentence


class Level(StrEnum):
    """How something is; `unknown` is what could not be looked at, `wrong` alone fails."""

    OK = "ok"
    UNKNOWN = "unknown"
    WARNING = "warning"
    WRONG = "wrong"


CODES: Final = (
    *("database", "database_version", "database_extensions", "database_settings", "migrations"),
    *("broker", "broker_policy", "broker_persistence"),
    *("clock", "disk", "base_url"),
    *("aws_credentials", "ses_clock", "ses_account", "ses_sandbox", "ses_quota", "ses_enforcement"),
    *("ses_identity", "ses_dkim", "ses_mail_from", "ses_configuration_set", "ses_events"),
    *("events_queue", "events_topic", "aws_rights"),
    *("smtp_server", "sender", "dns", "dns_spf", "dns_dkim", "dns_dmarc", "dns_alignment"),
    *("dns_mail_from", "dns_ptr", "sunset", "round_trip", "notices"),
)
"""Everything that is looked at, in the order in which it is told."""

PAGE: Final = "docs/doctor.md"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: a sentence, and what mends it where it is not well.

    `explained` is where it says more, where that is not the doctor's own page.
    """

    code: str
    level: Level
    sentence: Sentence
    mend: Sentence | None = None
    explained: str = ""

    @property
    def page(self) -> str:
        """Return where it is explained, from the root of the source."""
        return self.explained or f"{PAGE}#{self.code}"


def ok(code: str, sentence: Sentence) -> Finding:
    """Say that something is well."""
    return Finding(code, Level.OK, sentence)


def warning(code: str, sentence: Sentence, mend: Sentence) -> Finding:
    """Say that something will do harm some day, or does a little."""
    return Finding(code, Level.WARNING, sentence, mend)


def wrong(code: str, sentence: Sentence, mend: Sentence) -> Finding:
    """Say that mail does not leave or arrive as it should, because of this."""
    return Finding(code, Level.WRONG, sentence, mend)


def unknown(code: str, sentence: Sentence, mend: Sentence | None = None) -> Finding:
    """Say that something could not be looked at."""
    return Finding(code, Level.UNKNOWN, sentence, mend)


def is_well(findings: Sequence[Finding]) -> bool:
    """Return whether none of them is wrong."""
    return all(one.level is not Level.WRONG for one in findings)


def as_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as programs read it, in English."""
    return {
        "code": finding.code,
        "level": finding.level.value,
        "sentence": str(finding.sentence),
        "mend": None if finding.mend is None else str(finding.mend),
        "page": finding.page,
    }
