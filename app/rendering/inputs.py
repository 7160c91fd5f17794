"""What a rendering is made from: frozen values, so that rendering stays pure."""

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from app.directions import Direction, direction_of, direction_of_text
from app.enums import Depth, Trim
from app.in_words import n_hours, n_minutes
from app.language import SOURCE, nearest
from app.line_breaks import line_breaks
from app.link_tokens import LinkTo
from app.look import OURS, Look
from app.rendering.images import ImageFacts
from app.rendering.our_words import Spoken, attributes_of_ours
from app.story_fields import StoryTexts


@dataclass(frozen=True)
class PublicationFacts:
    """Who sends: what masthead and footer say and look like, and the language of the stories.

    Our own words are said in that language, too, where there is a catalogue of it (`spoken`).
    """

    name: str
    tagline: str
    postal_address: str
    base_url: str
    language: str = "en"
    look: Look = OURS

    @property
    def spoken(self) -> str:
        """Return the code of the language that our own words in an edition are said in."""
        return nearest(self.language)

    @property
    def is_spoken(self) -> bool:
        """Return whether that is the language of the stories."""
        return not self.ours()

    @property
    def direction(self) -> Direction:
        """Return the direction of the language of the stories."""
        return direction_of(self.language)

    def ours(self) -> Markup:
        """Return the attributes of an element that holds our own words, for templates."""
        return attributes_of_ours(self.language)

    @property
    def line_breaks(self) -> str:
        """Return what style lets lines of the stories' language break well, if any."""
        return line_breaks(self.language)

    @property
    def postal_direction(self) -> Direction:
        """Return the direction of the postal address."""
        return direction_of_text(self.postal_address, self.direction)


@dataclass(frozen=True, kw_only=True)
class StoryFacts(StoryTexts):
    """One story, with the address of its reading page.

    `n_more_bullets` and `n_more_terms` are how many were left to that page (`rendering.points`).
    Where it `reads_markdown`, its texts are marked up as `app.markup` says.
    """

    minutes: int | None
    url: str
    read_url: str
    has_article: bool
    story_id: int = 0
    stored_image: ImageFacts | None = None
    n_more_bullets: int = 0
    n_more_terms: int = 0
    reads_markdown: bool = False


@dataclass(frozen=True)
class Section:
    """One category's part of an edition, stories in the editor's order.

    `template` names the file below `emails/sections/` without its ending; when it is empty, the
    one named like the slug is taken, or the default. `accent` and `accent_dark` are six-digit hex
    colours. With `is_lead` it is the lead story of the issue, which stands apart from its category.
    """

    slug: str
    name: str
    template: str
    accent: str
    accent_dark: str
    stories: tuple[StoryFacts, ...]
    is_lead: bool = False


@dataclass(frozen=True)
class LineTemplates:
    """What subject and preheader are made by (`rendering.subjects`); empty means the usual way."""

    subject: str = ""
    preheader: str = ""


@dataclass(frozen=True)
class SponsorFacts:
    """Who pays for an issue: a name, what they say, where it leads; name and url may be empty."""

    label: str
    text: str
    url: str


@dataclass(frozen=True)
class TrackingFacts:
    """That the links of an issue are tracked: whether each reader's apart, and opens too.

    `public_id` is the issue's, over which the codes of its links are signed.
    """

    issue_id: int
    public_id: int
    per_reader: bool
    opens: bool


@dataclass(frozen=True)
class EndingFacts:
    """What the end of a mail asks and offers.

    `asks_of` is the number of the Issue of which it asks whether it was good, 0 where it does not
    ask. `reply_to` is the address that answers go to, or empty. With `shares` the web copy is
    named, to be passed on.
    """

    asks_of: int = 0
    reply_to: str = ""
    shares: bool = False


@dataclass(frozen=True)
class EditionFacts:
    """All that one edition says: the cut of an issue at one depth.

    `subject` and `preheader` are the editor's, or empty: then they are made by `lines`.
    `browser_url` shows this very edition on the web, `issue_url` all stories of the issue.
    `note` is what the mail about a correction says above its story; empty for others. `opening` and
    `sign_off` are an editor's words before the first story and after the last, or empty. Without
    `tracking` every link is straight. `shows_all_points` is whether a story at full depth shows all
    its bullets and terms, not the first.
    """

    publication: PublicationFacts
    issued_on: date
    subject: str
    preheader: str
    depth: Depth
    sections: tuple[Section, ...]
    browser_url: str
    issue_url: str
    lines: LineTemplates = LineTemplates()
    note: str = ""
    opening: str = ""
    sign_off: str = ""
    ending: EndingFacts = EndingFacts()
    sponsor: SponsorFacts | None = None
    tracking: TrackingFacts | None = None
    shows_all_points: bool = False


@dataclass(frozen=True)
class Trimmed:
    """One step down of an edition that was too long: what went, and the stories it went from."""

    what: Trim
    titles: tuple[str, ...]


@dataclass(frozen=True)
class RenderedMail:
    """A finished mail; `{{key}}` in it are the merge fields of `rendering.merge`.

    `n_bytes` is what its HTML takes once they are filled in, at most. `trimmed` says what it gave
    up to be no larger than a mail may be, in the order of `Trim`; empty for most.

    `html` has all links straight. `tracked_html` is what is mailed where links are tracked, empty
    elsewhere; `links` says what they are and where they lead, sorted.
    """

    subject: str
    html: str
    text: str
    n_bytes: int = 0
    trimmed: tuple[Trimmed, ...] = ()
    tracked_html: str = ""
    links: tuple[tuple[LinkTo, str], ...] = ()


@dataclass(frozen=True)
class ChoiceFacts:
    """What a reader chose, in words: `what` comes to them, `when`, and the day of the `first`.

    They hold names that are ours alone, and nothing that anybody typed. Each is empty where it
    cannot be said. `may_wait` while the domain is warmed up, and nothing is certain to reach them.
    """

    what: str = ""
    when: str = ""
    first: str = ""
    may_wait: bool = False


@dataclass(frozen=True)
class ConfirmationFacts(Spoken):
    """What the mail that asks for a confirmation says: nothing that anybody typed.

    `confirm_url` is the personal link to the page with the button.
    """

    publication: PublicationFacts
    confirm_url: str
    choice: ChoiceFacts = ChoiceFacts()
    language: str = SOURCE


@dataclass(frozen=True)
class LinkFacts(Spoken):
    """What a mail says that was asked for to get one link: nothing that anybody typed.

    `url` is the personal link, to one's own preferences or to the button for a new address.
    """

    publication: PublicationFacts
    url: str
    language: str = SOURCE


@dataclass(frozen=True)
class SignInFacts(Spoken):
    """What the mail with a link to the desk says: nothing that anybody typed.

    `url` signs its reader in once, within `minutes`.
    """

    publication: PublicationFacts
    url: str
    minutes: int
    language: str = SOURCE

    @property
    def good_for(self) -> str:
        """Return the span in words: `15 minutes`, `24 hours`."""
        hours, rest = divmod(self.minutes, 60)
        return n_hours(hours) if hours > 1 and rest == 0 else n_minutes(self.minutes)


@dataclass(frozen=True)
class WelcomeStory:
    """A story as the welcome mail names it."""

    title: str
    summary: str
    category: str
    read_url: str

    @property
    def direction(self) -> Direction:
        """Return the direction in which it is written."""
        return direction_of_text(f"{self.title} {self.summary}", Direction.LTR)


@dataclass(frozen=True)
class WelcomeFacts(Spoken):
    """What the mail to a new reader says; without `stories` it only says what comes when.

    `issue_url` is empty where there are none. The links are the reader's own.
    """

    publication: PublicationFacts
    stories: tuple[WelcomeStory, ...]
    issue_url: str
    leave_url: str
    preferences_url: str
    choice: ChoiceFacts = ChoiceFacts()
    language: str = SOURCE
