"""The depths that a reader chooses among, each with a sentence that says what it is."""

from collections.abc import Iterable, Mapping
from typing import Final

from app.enums import Depth
from app.models import Publication
from app.pages.language import N_, gettext

_SENTENCES: Final = {
    Depth.HEADLINES: N_("Titles, and one sentence for each."),
    Depth.BRIEF: N_("What happened, why it matters and what to take from it."),
    Depth.DEEP: N_("All of that, the first details behind it, and terms explained."),
    Depth.WHOLE: N_("All of that, with every detail and every term."),
}
_DEEP_WITH_ALL_POINTS: Final = N_("All of that, the details behind it, and the terms explained.")

DEPTH_NAMES: Final = (N_("Headlines"), N_("Brief"), N_("Deep"), N_("Whole"))
"""What templates call the depths: each is its word with a capital."""

AT_FIRST: Final = (Depth.HEADLINES, Depth.BRIEF, Depth.DEEP)
"""What who signs up chooses among; that `deep` leaves something out is seen in the first mail."""


def depths_at_signup(publication: Publication, chosen: str) -> Mapping[Depth, str]:
    """Return what the form to sign up offers: three depths, and the one that was `chosen`."""
    return _told(publication, [one for one in Depth if one in AT_FIRST or one == chosen])


def depths_of_reader(publication: Publication, chosen: str) -> Mapping[Depth, str]:
    """Return what a reader's own page offers.

    Where the publication shows all points `whole` is what `deep` is: only who has it is asked.
    """
    hides_whole = publication.shows_all_points and chosen != Depth.WHOLE
    return _told(publication, AT_FIRST if hides_whole else tuple(Depth))


def _told(publication: Publication, depths: Iterable[Depth]) -> Mapping[Depth, str]:
    sentences = _SENTENCES | (
        {Depth.DEEP: _DEEP_WITH_ALL_POINTS} if publication.shows_all_points else {}
    )
    return {one: gettext(sentences[one]) for one in depths}
