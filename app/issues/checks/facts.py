"""What the checks look at: frozen values, so that every check is a pure function."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial

from app.enums import Depth, IssueState, LinkOutcome
from app.image_names import image_names_in
from app.issues.checks.finding import Location
from app.issues.links.within import links_of
from app.look import OURS, Look
from app.markup.prose import prose_of
from app.models import CategoryState
from app.rendering.inputs import Trimmed
from app.sentences import Sentence
from app.story_fields import WholeStory, map_markup, placed_texts


@dataclass(frozen=True, kw_only=True)
class CheckedStory(WholeStory):
    """One story as it stands; `category` is a slug, empty where there is none.

    Where it `reads_markdown`, checks look at the words without the markup.
    """

    id: int
    position: int
    reads_markdown: bool = False

    def place(self, path: str = "") -> Location:
        """Return where a finding about this field of it is."""
        return Location(story_id=self.id, position=self.position, field=path)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Return the words of every text that a mail shows, with its path; no empty ones."""
        return placed_texts(self._shown())

    def links(self) -> Iterator[tuple[str, str]]:
        """Return each address that a mail of it leads to, with the path of its field."""
        return links_of(self.url, self, reads_markdown=self.reads_markdown)

    def images(self) -> frozenset[str]:
        """Return the names of all images that it and its article may show."""
        return frozenset({self.image}) | image_names_in(self.article)

    def _shown(self) -> "CheckedStory":
        """Return the story with its marked-up texts as `Prose`."""
        if not self.reads_markdown:
            return self
        return replace(self, **map_markup(self, partial(prose_of, reads_markdown=True)))


@dataclass(frozen=True)
class CheckedSponsor:
    """Who pays for the Issue; `of_publication` is whether it is that of every Issue without one."""

    label: str
    text: str
    url: str
    of_publication: bool = False

    def place(self, path: str) -> Location:
        """Return where a finding about this field of it is."""
        return Location(field=f"sponsor/{path}", of_publication=self.of_publication)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield every text that a mail shows, with its path; empty ones are left out."""
        yield from ((path, text) for path in ("label", "text") if (text := getattr(self, path)))


@dataclass(frozen=True)
class CheckedCategory:
    """A category; `has_readers` is whether anybody who may be written to follows it."""

    slug: str
    name: str
    accent: str
    accent_dark: str
    has_readers: bool
    state: CategoryState = CategoryState.OPEN


@dataclass(frozen=True)
class CheckedLine:
    """A line of the loaded digest that no field took; `after` is a story's title, or empty."""

    id: int
    line: int
    text: str
    reason: str
    after: str


@dataclass(frozen=True)
class EarlierStory:
    """A story of another Issue of the last days that is on its way or was sent."""

    issue_id: int
    issued_on: date
    title: str
    url: str


@dataclass(frozen=True)
class Neighbour:
    """Another Issue of the same day and lane."""

    issue_id: int
    state: IssueState


@dataclass(frozen=True)
class LinkSeen:
    """What was last seen at a link; `detail` goes on after “the link”."""

    outcome: LinkOutcome
    detail: Sentence
    seen_at: datetime


@dataclass(frozen=True)
class CheckedEdition:
    """All categories of the Issue at one depth, rendered with its merge fields filled.

    With an `error` (a template's) there is nothing else. `trimmed` is what it gave up so as not to
    be clipped. `n_bytes` is what the HTML takes at most as it is mailed.
    """

    depth: Depth
    subject: str = ""
    preheader: str = ""
    html: str = ""
    text: str = ""
    leave_url: str = ""
    error: str = ""
    trimmed: tuple[Trimmed, ...] = ()
    n_bytes: int = 0


@dataclass(frozen=True)
class Lines:
    """Subject and preheader as inboxes show them, and whether templates made them.

    `category` is the slug of the one whose own templates did, for readers who get it alone; empty
    for those of the whole Issue.
    """

    subject: str
    preheader: str
    makes_subject: bool = False
    makes_preheader: bool = False
    category: str = ""

    @property
    def subject_place(self) -> Location:
        """Return where the subject can be changed."""
        return self._place("subject", is_made=self.makes_subject)

    @property
    def preheader_place(self) -> Location:
        """Return where the preheader can be changed."""
        return self._place("preheader", is_made=self.makes_preheader)

    def _place(self, name: str, *, is_made: bool) -> Location:
        if is_made and self.category:
            return Location(category=self.category, field=f"{name}_template")
        return Location(field=name)


@dataclass(frozen=True)
class IssueFacts:
    """All that is known of an Issue before it is sent.

    `category` is the slug of the one it is of, empty for a combined one. `categories` are all there
    are. `links` holds what was seen at the addresses of the stories and the sponsor, and
    `waiting_links` those that nobody looked at; both are empty where links are not checked.
    `has_readers`: anybody gets something of it; `leaves_readers_out`: somebody who could be written
    to gets nothing of it. `lines_of_categories` are of those that have templates for them.
    `sign_off_of_publication` is whether the last words are those of every Issue without some.
    `images` are the names of those that are stored, of stories and articles. `unplaced` are the
    first lines that no field took, `n_unplaced` is how many there are.
    """

    issued_on: date
    subject: str
    preheader: str
    category: str
    stories: tuple[CheckedStory, ...]
    categories: tuple[CheckedCategory, ...]
    postal_address: str
    from_address: str
    has_readers: bool = True
    leaves_readers_out: bool = False
    neighbours: tuple[Neighbour, ...] = ()
    earlier: tuple[EarlierStory, ...] = ()
    earlier_subjects: Mapping[str, date] = field(default_factory=dict)
    editions: tuple[CheckedEdition, ...] = ()
    checks_links: bool = True
    links: Mapping[str, LinkSeen] = field(default_factory=dict)
    waiting_links: frozenset[str] = frozenset()
    opening: str = ""
    sign_off: str = ""
    sign_off_of_publication: bool = False
    sponsor: CheckedSponsor | None = None
    lines_of_categories: tuple[Lines, ...] = ()
    look: Look = OURS
    unplaced: tuple[CheckedLine, ...] = ()
    images: frozenset[str] = frozenset()
    n_unplaced: int = 0

    def lines(self) -> tuple[Lines, ...]:
        """Return every subject and preheader that readers get: the editor's or the made ones."""
        edition = next((edition for edition in reversed(self.editions) if not edition.error), None)
        whole = Lines(
            self.subject or (edition.subject if edition else ""),
            self.preheader or (edition.preheader if edition else ""),
            makes_subject=not self.subject,
            makes_preheader=not self.preheader,
        )
        return (whole, *self.lines_of_categories)

    def own_texts(self) -> Iterator[tuple[Location, str]]:
        """Yield an editor's words around the stories, and where each can be changed."""
        yield Location(field="opening"), self.opening
        sign_off = Location(field="sign_off", of_publication=self.sign_off_of_publication)
        yield sign_off, self.sign_off

    def slugs_with_stories(self) -> frozenset[str]:
        """Return the slugs of the categories that have a story in it."""
        return frozenset(story.category for story in self.stories if story.category)
