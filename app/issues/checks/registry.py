"""All checks, in the order in which an editor would go through an issue."""

from collections.abc import Callable, Iterable
from typing import Final

from app.issues.checks.article_images import images_of_articles
from app.issues.checks.audience import (
    empty_categories,
    empty_cuts,
    hidden_categories,
    homes_of_stories,
    retired_categories,
    unread_categories,
)
from app.issues.checks.contrast import readable_accents
from app.issues.checks.facts import IssueFacts
from app.issues.checks.finding import Finding
from app.issues.checks.linked import links_lead_somewhere
from app.issues.checks.markup import marked_up_text
from app.issues.checks.phrases import spam_phrases
from app.issues.checks.placeholders import placeholder_text
from app.issues.checks.rendered import (
    nothing_left_over,
    size_budget,
    templates_work,
    texts_for_images,
    what_every_mail_holds,
)
from app.issues.checks.repeats import repeats_of_earlier, repeats_within
from app.issues.checks.sender import day_is_free, who_sends
from app.issues.checks.stories import (
    complete_stories,
    images_of_stories,
    links_of_stories,
    nothing_unplaced,
)
from app.issues.checks.subjects import subject_and_preheader

Check = Callable[[IssueFacts], Iterable[Finding]]
"""A pure function; it finds the same in the same facts."""

CHECKS: Final[tuple[Check, ...]] = (
    complete_stories,
    nothing_unplaced,
    links_of_stories,
    images_of_stories,
    images_of_articles,
    links_lead_somewhere,
    homes_of_stories,
    hidden_categories,
    retired_categories,
    placeholder_text,
    marked_up_text,
    repeats_within,
    repeats_of_earlier,
    subject_and_preheader,
    spam_phrases,
    who_sends,
    day_is_free,
    readable_accents,
    empty_categories,
    unread_categories,
    empty_cuts,
    templates_work,
    size_budget,
    what_every_mail_holds,
    nothing_left_over,
    texts_for_images,
)


def run_checks(facts: IssueFacts) -> tuple[Finding, ...]:
    """Return every finding once: those that block first, then in the order of the checks."""
    found = {finding.id: finding for check in CHECKS for finding in check(facts)}
    return tuple(sorted(found.values(), key=lambda finding: not finding.blocks))
