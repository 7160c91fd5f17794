"""How an Issue goes out: at local hours, behind a canary, and what becomes of doubt."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import fields_of, record
from app.delivery.launch import LAST_HOUR_WITHIN
from app.enums import IssueState
from app.errors import FieldError, InvalidInput, WrongState
from app.issues.lifecycle import lock_issue, possible_steps
from app.models import Issue
from app.sentences import Sentence
from app.versions import Expected

_BEFORE_LAUNCH: Final = frozenset({IssueState.DRAFT, IssueState.APPROVED, IssueState.SCHEDULED})

POSSIBLE_IN: Final[Mapping[str, frozenset[IssueState]]] = {
    "at_local_hours": _BEFORE_LAUNCH,
    "canary_percent": _BEFORE_LAUNCH,
    "in_doubt_policy": frozenset(IssueState) - {IssueState.CANCELLED},
    # Scheduling sets it, so before that there is nothing to change.
    "send_not_after": frozenset({IssueState.SCHEDULED}),
}
"""In which states each option may be changed by itself."""

CANARY_PERCENT: Final = (0, 50)
"""The least and the most; 0 is no canary."""

_log = structlog.get_logger(__name__)


def last_hour_at(issue: Issue) -> datetime | None:
    """Return by when the last reader's hour has come; None where none is waited for."""
    if not issue.at_local_hours or issue.send_at is None:
        return None
    return issue.send_at + LAST_HOUR_WITHIN


def change_options(
    session: Session,
    actor: Actor,
    issue_id: int,
    options: Mapping[str, Any],
    now: datetime,
    expected: Expected = None,
) -> Issue:
    """Set these of `POSSIBLE_IN`.

    Raises:
        NotFound: there is no such Issue.
        WrongState: it is too late, or too early, for one of them.
        InvalidInput: one is out of its limits, or the latest start is before the start.
        Stale: it is of another version than `expected`.
    """
    issue = lock_issue(session, issue_id, expected)
    wrong = [name for name in options if issue.state not in POSSIBLE_IN[name]]
    if wrong:
        raise WrongState(
            Sentence(
                "Issue %(issue)s is %(state)s: %(fields)s cannot be changed.",
                issue=issue.id,
                state=issue.state,
                fields=wrong,
            ),
            possible_steps(issue.state),
        )
    before = fields_of(issue)
    set_options(issue, options)
    if "send_not_after" in options:
        _check_latest(issue, now)
    record(session, actor, Verb.CHANGE_OPTIONS, issue, now, before=before)
    _log.info("issue_options_changed", issue_id=issue.id, options=sorted(options))
    return issue


def set_options(issue: Issue, options: Mapping[str, Any]) -> None:
    """Set these of `POSSIBLE_IN` on an Issue that the caller has locked, and may change them.

    Raises:
        InvalidInput: the canary is out of its limits.
    """
    least, most = CANARY_PERCENT
    if not least <= options.get("canary_percent", least) <= most:
        fault = Sentence("must be between %(least)s and %(most)s", least=least, most=most)
        sentence = Sentence("Canary percent %(fault)s.", fault=fault)
        raise InvalidInput(sentence, [FieldError("/canary_percent", fault)])
    for name, value in options.items():
        setattr(issue, name, value)


def _check_latest(issue: Issue, now: datetime) -> None:
    latest, start = issue.send_not_after, issue.send_at
    if latest is None or (start is not None and latest < max(start, now)):
        raise InvalidInput(
            "An issue must be able to start.",
            [FieldError("/send_not_after", "is before the start, or has passed")],
        )
