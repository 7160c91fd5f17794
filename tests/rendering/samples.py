"""Editions for these tests: our own stories, in as many looks as there are."""

from dataclasses import replace
from datetime import date
from typing import Any, Final

from app.enums import Depth
from app.rendering.inputs import EditionFacts, PublicationFacts, Section, SponsorFacts, StoryFacts
from app.story_fields import Term

BASE_URL: Final = "https://devoured.example"

PUBLICATION: Final = PublicationFacts(
    name="Devoured",
    tagline="A morning paper for people who build",
    postal_address="1 Harbour Street\nDublin 2\nIreland",
    base_url=BASE_URL,
)

QUIET_FIX: Final = StoryFacts(
    title="A quiet fix for a loud bug in a session store",
    label="4 minute read",
    minutes=4,
    url="https://www.example.org/session-store?from=digest&page=2",
    read_url=f"{BASE_URL}/read/1/1",
    summary="A library that many sign-in pages use kept sessions alive for a day too long.",
    what="Sessions were compared by the second and the clock by the hour.",
    why_it_matters="Anybody with a copied cookie had a day to use it.",
    takeaway="Upgrade, and sign everybody out once.",
    deep_dive=("It came in with a change of time zones", "Stores with a clean-up job were safe"),
    decoder=(
        Term("Session store", "where a site remembers who is signed in"),
        Term("Cookie", "a note"),
    ),
    has_article=True,
)

SMALL_MODEL: Final = replace(
    QUIET_FIX,
    title="A small model that reads long tables",
    label="GitHub Repo",
    minutes=None,
    url="",
    read_url=f"{BASE_URL}/read/1/2",
    summary="It fits on a phone & answers from ten thousand rows.",
    takeaway="",
    deep_dive=(),
    decoder=(),
    has_article=False,
)

MARKED: Final = replace(
    QUIET_FIX,
    reads_markdown=True,
    summary="A library kept sessions alive *for a day too long*, [it says](https://example.org/it).",
    what="Sessions were compared by the **second** and the clock by the **hour**.",
    why_it_matters="Anybody with a [copied cookie](https://example.org/cookie?a=1&b=2) had a day.",
    takeaway="Run `store upgrade --all`, and *sign everybody out* once.",
    deep_dive=("It came in with `tz_convert()`", "Stores with a *clean-up job* were **safe**"),
    decoder=(
        Term("Session store", "where a site [remembers](https://example.org/it) who is signed in"),
        Term("Cookie", "a `name=value` note"),
    ),
)
"""Uses marks in each field that may have them."""

SPONSOR: Final = SponsorFacts(
    label="Example Hosting",
    text="Servers that wake up before you do.",
    url="https://www.example.com/devoured?a=1&b=2",
)

_COLOURS: Final = {
    "ai": ("AI", "#5B3FD6", "#B3A4FF"),
    "devops": ("DevOps", "#0B6B57", "#63CDB2"),
    "security": ("Security", "#A3285F", "#F08CB5"),
    "general": ("General", "#B4371F", "#F58A72"),
}


def section(slug: str = "general", *stories: StoryFacts, template: str = "") -> Section:
    """Build a category with its own colours, with two stories if none are given."""
    name, accent, accent_dark = _COLOURS[slug]
    return Section(slug, name, template, accent, accent_dark, stories or (QUIET_FIX, SMALL_MODEL))


def edition(*sections: Section, depth: Depth = Depth.DEEP, **changes: Any) -> EditionFacts:
    """Build an edition of 28 April 2026; one general section if none are given."""
    facts = EditionFacts(
        publication=PUBLICATION,
        issued_on=date(2026, 4, 28),
        subject="",
        preheader="",
        depth=depth,
        sections=sections or (section(),),
        browser_url=f"{BASE_URL}/editions/4f1c2a",
        issue_url=f"{BASE_URL}/read/1",
    )
    return replace(facts, **changes)


def edition_of(**changes: Any) -> EditionFacts:
    """Build an edition of one story with these changes."""
    return edition(section("general", replace(QUIET_FIX, **changes)))
