"""What is told to be wrong at this moment, among what the doctor finds."""

from collections.abc import Sequence
from typing import Final

from app.doctor.findings import Finding, Level
from app.models import Notice
from app.sentences import Sentence
from app.watch.alerts import page_of
from app.watch.notices import sentence_of

CODE: Final = "notices"


def findings_of(notices: Sequence[Notice]) -> list[Finding]:
    """Return a finding for each notice that is open, with the page of its alert."""
    return [_finding(one) for one in notices]


def _finding(notice: Notice) -> Finding:
    return Finding(
        CODE,
        Level.WRONG if notice.is_critical else Level.WARNING,
        sentence_of(notice),
        Sentence("Do what the alerts say of %(name)s.", name=notice.name),
        page_of(notice.name),
    )
