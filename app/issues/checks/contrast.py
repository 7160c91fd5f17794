"""Whether a category's accents can be read on the card, in light and in dark."""

from collections.abc import Iterator

from app.issues.checks.facts import IssueFacts
from app.issues.checks.finding import Finding, Location, blocks
from app.look_contrast import faint_accents
from app.sentences import N_, Sentence

_MENDS = {
    "accent": N_("Choose a darker accent."),
    "accent_dark": N_("Choose a lighter accent."),
}


def readable_accents(facts: IssueFacts) -> Iterator[Finding]:
    """Find accents of the Issue's categories with too little contrast against the card."""
    used = facts.slugs_with_stories()
    for category in facts.categories:
        if category.slug not in used:
            continue
        accents = category.name, category.accent, category.accent_dark
        for field, sentence in faint_accents(*accents, facts.look):
            place = Location(category=category.slug, field=field)
            yield blocks("low_contrast", sentence, Sentence(_MENDS[field]), place)
