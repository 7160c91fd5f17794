"""What editors of a document are told of where it stands, each in their own language."""

from collections.abc import Mapping
from typing import Any

from app.editing.store import Head
from app.enums import IssueState
from app.in_words import translated
from app.issues.written import told_of
from app.sentences import Sentence


def status_of(head: Head) -> dict[str, Any]:
    """Return what editors are told of where a document stands."""
    is_open = head.state == IssueState.DRAFT
    return {
        "name": str(head.name),
        "is_open": is_open,
        "because": ""
        if is_open
        else Sentence("The issue is %(state)s: only a draft can be edited.", state=head.state),
        "state": head.state,
        "revision": head.revision,
        "is_settled": not head.is_due,
        "problems": [
            {name: one[name] for name in ("story", "field", "entry")} | {"detail": told_of(one)}
            for one in head.problems
        ],
        "numbers": head.numbers,
    }


def in_words(status: Mapping[str, Any]) -> dict[str, Any]:
    """Return the status with each of its sentences in the language that is spoken."""
    return {
        name: translated(value)
        if isinstance(value, Sentence)
        else [in_words(one) for one in value]
        if name == "problems"
        else value
        for name, value in status.items()
    }
