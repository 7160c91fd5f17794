"""A mail of every template, for the tests of their structure; four of them are kept byte for byte.

After a change that is meant: `.venv/bin/python -m tests.rendering.goldens`, then read the diff.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from app.delivery.compose import lead_first
from app.enums import LetterKind, Trim
from app.link_tokens import LinkSigner
from app.rendering.document import html_document, text_document
from app.rendering.edition import render_edition
from app.rendering.inputs import (
    ChoiceFacts,
    ConfirmationFacts,
    EditionFacts,
    EndingFacts,
    LinkFacts,
    RenderedMail,
    SignInFacts,
    TrackingFacts,
    WelcomeFacts,
    WelcomeStory,
)
from app.rendering.letter_facts import SunsetFacts
from app.rendering.letters import render_letter
from app.rendering.templates import Templates, our_templates
from app.rendering.views import Trims, edition_view
from tests.rendering.foreign import foreign_editions
from tests.rendering.samples import MARKED, PUBLICATION, QUIET_FIX, SPONSOR, edition, section

FOLDER: Final = Path(__file__).parent / "golden"
GOLDEN: Final = ("edition", "lead", "shortened", "correction", "marked", "welcome")
"""Mails of which every byte is kept: together they take every template of sections and parts.

What the others have of their own is held by tests that say what it is (`test_rendered_letters`,
`test_tracked`, `test_budget`), and how all of them look by the pictures in tests/browser.
"""
_HOME: Final = "https://devoured.example"
CHOICE: Final = ChoiceFacts(
    "AI and DevOps, the short version of every story",
    "Monday to Friday at 07:00 (Europe/Dublin)",
    "Wednesday 29 April",
)
SECTIONS: Final = {"general": "default", "ai": "ai", "devops": "devops", "security": "security"}


def mails(templates: Templates) -> Iterator[tuple[str, RenderedMail]]:
    """Yield every template's name and a mail made with it."""
    for slug, template in SECTIONS.items():
        yield template, render_edition(edition(section(slug)), templates)
    everything = edition(*(section(slug) for slug in SECTIONS), sponsor=SPONSOR)
    yield "edition", render_edition(everything, templates)
    yield "tracked", tracked(everything, templates)
    yield "lead", render_edition(led(), templates)
    yield from unusual(templates)
    for name, foreign in foreign_editions():
        yield name, render_edition(foreign, templates)
    facts = ConfirmationFacts(PUBLICATION, "https://devoured.example/confirm/eyJ.abc", CHOICE)
    yield "confirmation", render_letter(LetterKind.CONFIRMATION, facts, templates)
    for kind, path in (
        (LetterKind.PREFERENCES_LINK, "preferences"),
        (LetterKind.NEW_ADDRESS, "address"),
    ):
        link = LinkFacts(PUBLICATION, f"https://devoured.example/{path}/eyJ.abc")
        yield kind.value, render_letter(kind, link, templates)
    desk = SignInFacts(PUBLICATION, "https://devoured.example/desk/sign-in/eyJ.abc", 15)
    yield "sign_in", render_letter(LetterKind.SIGN_IN, desk, templates)
    yield "sunset", render_letter(LetterKind.SUNSET, sunset(), templates)
    yield "welcome", render_letter(LetterKind.WELCOME, welcome(), templates)
    early = replace(welcome(), stories=(), issue_url="")
    yield "welcome-early", render_letter(LetterKind.WELCOME, early, templates)
    waits = replace(welcome(), choice=replace(CHOICE, first="", may_wait=True))
    yield "welcome-waits", render_letter(LetterKind.WELCOME, waits, templates)


def sunset() -> SunsetFacts:
    """Return what the mail says that asks whether its reader still reads."""
    links = {name: f"{_HOME}/{name}/eyJ.abc" for name in ("stay", "leave", "preferences")}
    until = "Tuesday 29 December 2026"
    return SunsetFacts(PUBLICATION, until, links["stay"], links["leave"], links["preferences"])


def led() -> EditionFacts:
    """Return an edition of two categories that one story leads, with an editor's own words."""
    devops = section("devops")
    first, *others = devops.stories
    sections = [section("ai"), replace(devops, stories=(replace(first, story_id=1), *others))]
    return replace(
        edition(*lead_first(sections, 1), sponsor=SPONSOR),
        opening="Good morning. Today's first story is one to read twice & keep.",
        sign_off="Until tomorrow, Ada",
        ending=EndingFacts(7, "editors@devoured.example", shares=True),
    )


def golden(templates: Templates) -> Iterator[tuple[str, RenderedMail]]:
    """Return those of the mails that are kept."""
    return ((name, mail) for name, mail in mails(templates) if name in GOLDEN)


def unusual(templates: Templates) -> Iterator[tuple[str, RenderedMail]]:
    """Yield editions of a day that was too long, of marked-up texts, and of a correction."""
    long = edition(section("ai"), section("devops"), sponsor=SPONSOR)
    trims: Trims = {(0, 0): {Trim.DECODER}, (0, 1): {Trim.HEADLINE}, (1, 1): {Trim.STORY}}
    yield "shortened", _shortened(long, trims, templates)
    yield "clipped", _shortened(long, trims, templates, clipped=True)
    yield "marked", render_edition(edition(section("ai", MARKED)), templates)
    note = "A correction to our issue of 27 April 2026. The bug was fixed in version 4, not 3."
    yield "correction", render_edition(edition(section("ai", QUIET_FIX), note=note), templates)


def _shortened(
    facts: EditionFacts, trims: Trims, templates: Templates, *, clipped: bool = False
) -> RenderedMail:
    """Render the edition as if it were too long.

    One that is too long would be a golden file of 100 KB.
    """
    view = edition_view(facts, templates.section_names(), trims)
    known = {"edition": view, "clipped": clipped}
    return RenderedMail(
        view.subject,
        html_document("edition.mjml.j2", known, templates, personal=True),
        text_document("edition.txt.j2", {"edition": view}, templates, personal=True),
    )


def tracked(facts: EditionFacts, templates: Templates) -> RenderedMail:
    """Render the edition as mailed where clicks are kept for each reader and opens are counted."""
    followed = replace(facts, tracking=TrackingFacts(7, 7, per_reader=True, opens=True))
    mail = render_edition(followed, templates, LinkSigner(["the goldens' key"]).sign)
    return replace(mail, html=mail.tracked_html)


def welcome() -> WelcomeFacts:
    """Return what a new reader is told when an issue has come out already."""
    stories = (
        WelcomeStory("A model that fits a phone", "It answers & asks.", "AI", f"{_HOME}/read/7/1"),
        WelcomeStory("A <quieter> pager", "It rings once.", "DevOps", f"{_HOME}/read/7/2"),
    )
    links = f"{_HOME}/leave/eyJ.abc", f"{_HOME}/preferences/eyJ.abc"
    return WelcomeFacts(PUBLICATION, stories, f"{_HOME}/read/7", *links, CHOICE)


def files(mail: RenderedMail) -> dict[str, str]:
    """Return the mail's parts by file extension; a tag a line, so that a diff can be read."""
    return {"html": mail.html.replace("><", ">\n<") + "\n", "txt": f"{mail.subject}\n\n{mail.text}"}


def write() -> None:
    """Write all golden files anew."""
    for name, mail in golden(our_templates()):
        for ending, content in files(mail).items():
            (FOLDER / f"{name}.{ending}").write_text(content, encoding="utf-8")


if __name__ == "__main__":
    write()
