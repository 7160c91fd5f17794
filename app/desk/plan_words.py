"""A plan in words: who is left out and why, what changed, how many more or fewer."""

from collections.abc import Mapping, Sequence
from typing import Final

from app.delivery.drift import has_drifted
from app.delivery.receptions import WhyNot
from app.enums import Depth, Trim
from app.errors import PlanChanged
from app.issues.cuts import Measured
from app.issues.plan import Compared, OfCategory
from app.models import Category
from app.pages.language import N_, gettext, listing, number

DEPTHS: Final = {
    Depth.HEADLINES: N_("Headlines"),
    Depth.BRIEF: N_("Brief"),
    Depth.DEEP: N_("Deep"),
    Depth.WHOLE: N_("Whole"),
}

_LEFT_OUT: Final = {
    WhyNot.NOTHING_TO_READ: N_("nothing to read: none of its categories followed"),
    WhyNot.PENDING: N_("address not confirmed"),
    WhyNot.LEFT: N_("left"),
    WhyNot.ERASED: N_("erased"),
    WhyNot.SUPPRESSED: N_("suppressed: bounced, complained, or by hand"),
    WhyNot.SILENT: N_("paused: no sign for long, and no answer when asked"),
    WhyNot.PAUSED: N_("paused: no issues wanted for a while"),
    WhyNot.WARM_UP: N_("beyond the day’s ceiling of the warm-up; they can read it on the web"),
    WhyNot.IN_DOUBT: N_("in doubt: nobody knows what they got"),
}
"""Why readers are left out, behind how many."""

_TRIMS: Final = {
    Trim.DECODER: N_("decoders"),
    Trim.DEEP_DIVE: N_("deep dives"),
    Trim.TAKEAWAY: N_("takeaways"),
    Trim.WHY_IT_MATTERS: N_("why it matters"),
    Trim.HEADLINE: N_("all but headlines"),
    Trim.STORY: N_("whole stories"),
}
"""What a mail gave up to fit, as one of a list."""

_GROUPS: Final = {
    "stories": N_("its stories"),
    "categories": N_("its categories"),
    "publication": N_("the publication"),
    "templates": N_("a template"),
    "issue": N_("its own lines"),
    "audience": N_("who it goes to"),
    "options": N_("how it goes out"),
    "revision": N_("it was edited, and is as it was again"),
}

_MINUS: Final = "\N{MINUS SIGN}"
_MUCH_PERCENT: Final = 20
"""So many of 100 more or fewer than the last time are said in a sentence."""


def plan_changed(error: PlanChanged) -> str:
    """Return that another plan was looked at than there is now, and what is different."""
    changed = listing([gettext(_GROUPS[one]) for one in error.changed])
    return gettext(
        "Nothing was approved: the plan is another one by now. What changed: %(changed)s. "
        "This is the plan as it is now."
    ) % {"changed": changed}


def left_out(why: WhyNot) -> str:
    """Return why readers are left out, in words."""
    return gettext(_LEFT_OUT[why]) if why in _LEFT_OUT else why.replace("_", " ")


def difference(one: Compared) -> str:
    """`+14`, `-280` with a true minus, `±0`; nothing where there is nothing to compare with."""
    if one.n_before is None:
        return ""
    n = one.n_readers - one.n_before
    return f"{'+' if n > 0 else _MINUS if n < 0 else '±'}{number(abs(n))}"


def much_changed(categories: Sequence[OfCategory]) -> list[tuple[str, int]]:
    """Return the names of categories with far more or fewer readers than before, and the share.

    The share is in whole percent, below zero where there are fewer.
    """
    return [
        (one.category.name, int(100 * (one.n_readers - one.n_before) / one.n_before))
        for one in categories
        if one.n_before and has_drifted(one.n_before, one.n_readers, _MUCH_PERCENT)
    ]


def given_up(mail: Measured) -> str:
    """Return what a mail gave up to fit, as `decoders and deep dives`."""
    return listing([gettext(_TRIMS[one.what]) for one in mail.trimmed])


def names_of(categories: Sequence[Category], follows: int) -> str:
    """`AI + DevOps`: the categories of a cut."""
    return " + ".join(category.name for category in categories if category.mask & follows)


def in_words() -> Mapping[str, object]:
    """Return what the templates of a plan say things with."""
    return {
        "depths_in_words": DEPTHS,
        "given_up": given_up,
        "left_out": left_out,
        "difference": difference,
        "much_changed": much_changed,
        "names_of": names_of,
    }
