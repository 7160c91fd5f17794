"""What templates are tried on: editions and letters that take every branch of ours."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from app.enums import Depth, LetterKind, Trim
from app.language import mail_languages
from app.rendering.images import ImageFacts
from app.rendering.inputs import (
    ChoiceFacts,
    ConfirmationFacts,
    EditionFacts,
    EndingFacts,
    LinkFacts,
    PublicationFacts,
    Section,
    SignInFacts,
    SponsorFacts,
    StoryFacts,
    WelcomeFacts,
    WelcomeStory,
)
from app.rendering.letter_facts import LetterFacts, SunsetFacts
from app.rendering.views import Trims
from app.story_fields import Term

_BASE: Final = "https://digest.example"
_PUBLICATION: Final = PublicationFacts("Sample", "A tagline", "1 Street\nTown", _BASE)
_IMAGE: Final = "3f786850e387550fdab836ed7e6dc881de23001b.jpg"
_GERMAN: Final = replace(_PUBLICATION, language="de")
_FRENCH: Final = replace(_PUBLICATION, language="fr")
_ARABIC: Final = replace(_PUBLICATION, language="ar")

WHOLE: Final = StoryFacts(
    title="Ten & more: “signs” < that > templates get wrong",
    label="4 minute read",
    minutes=4,
    url="https://news.example/story?from=digest&page=2",
    read_url=f"{_BASE}/read/1/1",
    summary="One sentence.",
    what="What happened.",
    why_it_matters="Why it matters.",
    takeaway="What to do.",
    deep_dive=("A detail", "Another"),
    decoder=(Term("Term", "what it means"), Term("Other term", "what that means")),
    has_article=True,
)
"""A story that says all that one can."""

MARKED: Final = replace(
    WHOLE,
    reads_markdown=True,
    summary="One *short* sentence, [with its source](https://source.example/?a=1&b=2).",
    what="`What()` happened.",
    why_it_matters="Why it **matters**.",
    takeaway="[Ask us](mailto:editors@sample.example), and *never* guess.",
    deep_dive=("A `detail`", "[Another](https://source.example/other)"),
    decoder=(Term("Term", "what it *means*"), Term("Other term", "what `that()` means")),
)
"""One that uses every mark that there is."""

_PICTURED: Final = replace(
    WHOLE,
    image=_IMAGE,
    image_alt="What “the image” shows & says",
    image_caption="Who made it",
    stored_image=ImageFacts(f"{_BASE}/images/{_IMAGE}", 1200, 675),
)
_SPARSE: Final = replace(
    WHOLE,
    label="",
    minutes=None,
    url="",
    read_url=f"{_BASE}/read/1/2",
    takeaway="",
    deep_dive=(),
    decoder=(),
    has_article=False,
)
_SPONSOR: Final = SponsorFacts("Who pays", "What they say.", "https://sponsor.example/?a=1&b=2")

_ENDING: Final = EndingFacts(1, "editors@sample.example", shares=True)

_CHOICE: Final = ChoiceFacts("Sample & more, in depth", "every day at 07:00", "Monday 5 January")

SHORTENED: Final[Trims] = {(0, 0): {Trim.HEADLINE}, (0, 1): {Trim.STORY}}
"""What two stories give up so that the branches for long editions are taken."""


def whole_edition(template: str, *stories: StoryFacts, depth: Depth = Depth.DEEP) -> EditionFacts:
    """Build an edition of one category with this template."""
    section = Section("sample", "Sample", template, "#1F5FA8", "#8AB8F0", stories)
    return EditionFacts(
        publication=_PUBLICATION,
        issued_on=date(2026, 1, 5),
        subject="",
        preheader="",
        depth=depth,
        sections=(section,),
        browser_url=f"{_BASE}/editions/1",
        issue_url=f"{_BASE}/read/1",
    )


def paid(facts: EditionFacts) -> EditionFacts:
    """Return the edition with a sponsor."""
    return replace(facts, sponsor=_SPONSOR)


def editions(template: str) -> Iterator[EditionFacts]:
    """Return samples: each kind of story at each depth, a sponsor, a note, a lead, languages.

    And those that lie right to left, by themselves and among others.
    """
    for depth in Depth:
        for stories in ((WHOLE, _SPARSE), (_SPARSE,)):
            yield whole_edition(template, *stories, depth=depth)
        yield whole_edition(template, MARKED, depth=depth)
        yield whole_edition(template, _PICTURED, replace(_PICTURED, image_caption=""), depth=depth)
    with_sponsor = paid(whole_edition(template, WHOLE))
    yield with_sponsor
    for publication in (_GERMAN, _FRENCH, _ARABIC):
        yield replace(with_sponsor, publication=publication)
        (section,) = with_sponsor.sections
        led = replace(
            with_sponsor,
            publication=publication,
            sections=(replace(section, is_lead=True), section),
        )
        said = replace(led, opening="Good morning.", sign_off="Until tomorrow")
        yield replace(said, ending=_ENDING)
    yield whole_edition(template, replace(WHOLE, title="مرحبا", summary="ملخص", what="خبر"))
    yield replace(with_sponsor, sponsor=replace(_SPONSOR, label="", url=""), note="A correction.")


def letters() -> Iterator[tuple[LetterKind, LetterFacts]]:
    """Yield every letter with templates, in each language of ours, to English and other stories."""
    for publication in (_PUBLICATION, _GERMAN):
        for spoken in mail_languages():
            yield from _letters_of(publication, spoken)


def _letters_of(
    publication: PublicationFacts, spoken: str
) -> Iterator[tuple[LetterKind, LetterFacts]]:
    """Yield them in one language, the welcome with and without stories."""
    for choice in (_CHOICE, replace(_CHOICE, when="", first=""), ChoiceFacts()):
        link = f"{_BASE}/confirm/x"
        yield LetterKind.CONFIRMATION, ConfirmationFacts(publication, link, choice, spoken)
    yield LetterKind.PREFERENCES_LINK, LinkFacts(publication, f"{_BASE}/preferences/x", spoken)
    yield LetterKind.NEW_ADDRESS, LinkFacts(publication, f"{_BASE}/address/x", spoken)
    yield LetterKind.SIGN_IN, SignInFacts(publication, f"{_BASE}/desk/sign-in/x", 15, spoken)
    story = WelcomeStory("A title & more", "One sentence.", "Sample", f"{_BASE}/read/1/1")
    links = f"{_BASE}/leave/x", f"{_BASE}/preferences/x"
    page = f"{_BASE}/read/1"
    waits = replace(_CHOICE, first="", may_wait=True)
    for stories, choice in (((story,), _CHOICE), ((story,), waits), ((), waits)):
        facts = WelcomeFacts(publication, stories, page if stories else "", *links, choice, spoken)
        yield LetterKind.WELCOME, facts
    stay = f"{_BASE}/stay/x"
    yield LetterKind.SUNSET, SunsetFacts(publication, "Monday", stay, *links, spoken)
    early = WelcomeFacts(publication, (), "", *links, language=spoken)
    yield LetterKind.WELCOME, early
