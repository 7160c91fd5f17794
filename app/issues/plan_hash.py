"""The hash of a plan: what somebody approves, and what is another plan than that."""

import hashlib
from typing import Final

from sqlalchemy.orm import Session

from app.delivery.audience import audience_rule
from app.delivery.frozen import Parts, parts_of
from app.errors import PlanChanged
from app.issues.checks.gather import CheckSettings
from app.models import Issue
from app.sentences import Sentence

HASH_PATTERN: Final = r"^[0-9a-f]{32}-[0-9a-f]{28}$"
_N_HINT: Final = 4
_GROUPS: Final = (
    "stories",
    "categories",
    "publication",
    "templates",
    "issue",
    "audience",
    "options",
)
"""What a plan's hash can tell apart, in the order of its hints."""

_GROUP_OF: Final = {
    "story ": "stories",
    "category ": "categories",
    "order of categories": "categories",
    "publication": "publication",
    "template ": "templates",
}
_IN_WORDS: Final = {
    "stories": "its stories",
    "categories": "its categories",
    "publication": "the publication",
    "templates": "a template",
    "issue": "its own lines",
    "audience": "who it goes to",
    "options": "how it goes out",
    "revision": "it was edited, and is as it was again",
}


def refuse_other_plan(
    session: Session, issue: Issue, check_settings: CheckSettings, approved: str
) -> None:
    """Raise PlanChanged unless this is the hash of the Issue's plan, which the caller has locked.

    It is over the revision, all that the mails are made of, the rule that decides who gets them,
    and how they go out: not over the readers, of whom some come and go every minute.
    """
    parts = parts_of(session, issue, check_settings.templates, check_settings.base_url)
    present = plan_hash(session, issue, parts)
    if approved == present:
        return
    changed = _differences(approved, present)
    raise PlanChanged(
        Sentence(
            "The plan of issue %(issue)s is another one by now. What changed: %(parts)s. Look at"
            " the plan again and approve that.",
            issue=issue.id,
            parts=[Sentence(_IN_WORDS[one]) for one in changed],
        ),
        changed,
    )


def plan_hash(session: Session, issue: Issue, parts: Parts) -> str:
    """Return the hash of a plan whose mails are made of `parts`.

    It is a digest of everything, and a hint for each group after it, to say which changed.
    """
    groups: dict[str, list[object]] = {name: [] for name in _GROUPS}
    for name, mark in sorted(parts.items()):
        if name != "revision":
            groups[_group_of(name)].append((name, mark))
    groups["audience"] = list(audience_rule(session, issue))
    groups["options"] = [issue.at_local_hours, issue.canary_percent, issue.in_doubt_policy.value]
    marks = [_digest(groups[name]) for name in _GROUPS]
    whole = _digest([issue.id, issue.revision, *marks])
    return f"{whole[:32]}-{''.join(mark[:_N_HINT] for mark in marks)}"


def _group_of(part: str) -> str:
    return next((group for start, group in _GROUP_OF.items() if part.startswith(start)), "issue")


def _digest(values: object) -> str:
    return hashlib.sha256(repr(values).encode(errors="surrogatepass")).hexdigest()


def _differences(approved: str, present: str) -> list[str]:
    ours, theirs = (one.partition("-")[2] for one in (present, approved))
    places = range(0, len(ours), _N_HINT)
    differ = [
        group
        for group, place in zip(_GROUPS, places, strict=True)
        if ours[place : place + _N_HINT] != theirs[place : place + _N_HINT]
    ]
    return differ or ["revision"]
