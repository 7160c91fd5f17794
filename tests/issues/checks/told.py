"""Facts of an issue in which nothing is wrong, and what the checks say of changed ones."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

from app.content.reasons import EMPTY_POINT
from app.enums import Depth, LinkOutcome
from app.issues.checks.facts import (
    CheckedCategory,
    CheckedEdition,
    CheckedLine,
    CheckedSponsor,
    CheckedStory,
    IssueFacts,
    LinkSeen,
)
from app.issues.checks.finding import Finding
from app.issues.checks.registry import run_checks
from app.sentences import Sentence
from app.story_fields import Term

LEAVE: Final = "https://digest.dev/leave/the-readers-own"
POSTAL: Final = "1 Reading Lane\n1010 Vienna"
DAY: Final = date(2026, 11, 23)

COMPILER: Final = CheckedStory(
    id=41,
    position=1,
    category="devops",
    title="A compiler that explains itself",
    label="7 minute read",
    url="https://news.dev/compiler",
    summary="A new compiler tells in plain words why it refuses a program.",
    what="Version 2 shows the chain of reasons behind each error.",
    why_it_matters="People find mistakes in a third of the time.",
    takeaway="Try it on the module your team fears most.",
    deep_dive=("Each message carries the rule and the place that broke it.",),
    decoder=(Term("Compiler", "Turns source text into a program."),),
    article="",
)
MODEL: Final = replace(
    COMPILER,
    id=42,
    position=2,
    category="ai",
    title="Small models on small machines",
    url="https://models.dev/small",
    summary="A model that fits a phone answers as well as last year's largest.",
)
AI: Final = CheckedCategory("ai", "AI", "#5B3FD6", "#B3A4FF", has_readers=True)
DEVOPS: Final = CheckedCategory("devops", "DevOps", "#0B6B57", "#63CDB2", has_readers=True)
LOOK: Final = CheckedEdition(
    Depth.DEEP,
    subject="A compiler that explains itself",
    preheader="Small models on small machines",
    html=f'<p><a href="{LEAVE}">Leave</a></p><p>1 Reading Lane, 1010 Vienna</p>',
    text=f"Leave: {LEAVE}\n1 Reading Lane\n1010 Vienna\n",
    leave_url=LEAVE,
)
SPONSOR: Final = CheckedSponsor(
    "Example Hosting", "Servers that wake up before you do.", "https://hosting.dev/digest"
)
LINE: Final = CheckedLine(9, 214, "Try it.", EMPTY_POINT, "A compiler")
SEEN: Final = LinkSeen(
    LinkOutcome.UNREACHABLE,
    Sentence("leads in a circle"),
    datetime(2026, 11, 23, 5, 30, tzinfo=UTC),
)


def facts(**changes: Any) -> IssueFacts:
    """Build a combined issue of two stories with these changes."""
    fine = IssueFacts(
        issued_on=DAY,
        subject="",
        preheader="",
        category="",
        stories=(COMPILER, MODEL),
        categories=(AI, DEVOPS),
        postal_address=POSTAL,
        from_address="Devoured <digest@digest.dev>",
        editions=(LOOK,),
    )
    return replace(fine, **changes)


def story(**changes: Any) -> IssueFacts:
    """Build the issue with these changes to its first story."""
    return facts(stories=(replace(COMPILER, **changes), MODEL))


def seen(outcome: LinkOutcome, **changes: Any) -> IssueFacts:
    """Build the issue with this outcome at its first story's link."""
    return facts(links={COMPILER.url: replace(SEEN, outcome=outcome)}, **changes)


def look(**changes: Any) -> IssueFacts:
    """Build the issue with these changes to its one edition."""
    return facts(editions=(replace(LOOK, **changes),))


def found(told: IssueFacts) -> list[tuple[str, str, str]]:
    """(severity, code, pointer) of everything that all checks find."""
    return [brief(finding) for finding in run_checks(told)]


def brief(finding: Finding) -> tuple[str, str, str]:
    """Return (severity, code, pointer) of a finding."""
    return (finding.severity.value, finding.code, finding.place.pointer)
