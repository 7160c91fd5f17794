"""Tracked links: put a mark for each link while an edition is rendered, and fill them later.

Once the HTML is finished the marks are settled twice: straight, as everybody but its readers is
shown it, and tracked, as it is mailed. So both are the same mail but for these addresses, and no
address that a template writes by itself (leave, preferences, the web copy) can become tracked.
The text part is made without marks: its links are read by people and stay as they are.
"""

import html
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from app.enums import LinkKind
from app.link_tokens import LinkTo, within
from app.rendering.inputs import EditionFacts, Section, TrackingFacts
from app.rendering.merge import READER
from app.rendering.story_views import StoryView, with_links
from app.rendering.templates import printable
from app.rendering.views import EditionView, SectionView
from app.web_addresses import is_web_address

Sign = Callable[[LinkTo, int], str]
"""Makes the code of a link of an issue with this public id.

It is `link_tokens.LinkSigner.sign` where the mail is to be sent.
"""

_END = "</body>"
_POINT = ' width="1" height="1" alt="" style="display:block;border:0"'
_PIXEL = re.compile(rf'<img src="[^"]*/o/[^"]*"{re.escape(_POINT)}>(?={_END})')


def without_pixel(page: str) -> str:
    """Return a tracked page whose opens are no longer counted."""
    return _PIXEL.sub("", page)


def unsigned(link: LinkTo, _public_id: int) -> str:
    """Return a placeholder as long as the link's code, which is enough to measure a mail."""
    return "x" * link.n_characters


@dataclass(frozen=True)
class MarkedLinks:
    """The links of one rendering in the order of their marks; `key` cannot be guessed."""

    key: str
    facts: TrackingFacts
    base_url: str
    links: list[tuple[LinkTo, str]]

    def mark(self, kind: LinkKind, url: str, story_id: int = 0) -> str:
        """Return a mark of letters and digits that stands for this link; empty for an empty URL."""
        if not url:
            return ""
        return self._marked(LinkTo(self.facts.issue_id, kind, story_id), printable(url))

    def mark_within(self, url: str, story_id: int) -> str:
        """Return a mark for a link in a story's texts; a mailbox's address as it is."""
        url = printable(url)
        if not is_web_address(url):
            return url
        return self._marked(within(self.facts.issue_id, story_id, url), url)

    def _marked(self, link: LinkTo, url: str) -> str:
        self.links.append((link, url))
        return f"{self.key}{len(self.links) - 1}x"

    def straight(self, page: str) -> str:
        """Return the page with every link untracked."""
        return self._settled(page, [html.escape(url, quote=False) for _, url in self.links])

    def tracked(self, page: str, sign: Sign) -> str:
        """Return the page with each link through our domain, and the pixel if opens are counted."""
        issue = self.facts.public_id
        codes = [self._address("c", sign(link, issue)) for link, _ in self.links]
        page = self._settled(page, codes)
        if not self.facts.opens:
            return page
        source = self._address("o", sign(LinkTo(self.facts.issue_id, LinkKind.PIXEL), issue))
        pixel = f'<img src="{source}"{_POINT}>'
        before, end, after = page.rpartition(_END)
        return f"{before}{pixel}{end}{after}"

    def found(self) -> tuple[tuple[LinkTo, str], ...]:
        """Return each link once, sorted, with its target; the pixel's target is empty."""
        pixel = [(LinkTo(self.facts.issue_id, LinkKind.PIXEL), "")] if self.facts.opens else []
        return tuple(sorted(dict([*self.links, *pixel]).items()))

    def _address(self, path: str, code: str) -> str:
        reader = f"{{{{{READER}}}}}" if self.facts.per_reader else ""
        return f"{self.base_url}/{path}/{code}{reader}"

    def _settled(self, page: str, addresses: list[str]) -> str:
        return re.sub(rf"{self.key}(\d+)x", lambda mark: addresses[int(mark[1])], page)


def mark_links(edition: EditionView, facts: EditionFacts) -> tuple[EditionView, MarkedLinks]:
    """Replace the links of stories and sponsor with marks; return what the marks mean.

    `facts` are what the view was made of, and say that links are tracked.
    """
    if facts.tracking is None:
        raise ValueError("the links of this edition are not tracked")
    places = MarkedLinks(
        f"x{secrets.token_hex(8)}l", facts.tracking, facts.publication.base_url, links=[]
    )
    sponsor = edition.sponsor
    return (
        replace(
            edition,
            issue_url=places.mark(LinkKind.ISSUE, edition.issue_url),
            sponsor=sponsor and replace(sponsor, href=places.mark(LinkKind.SPONSOR, sponsor.href)),
            sections=tuple(
                _section(places, view, section)
                for view, section in zip(edition.sections, facts.sections, strict=True)
            ),
        ),
        places,
    )


def _section(places: MarkedLinks, view: SectionView, section: Section) -> SectionView:
    # A story that was left out for want of room keeps its number.
    stories = tuple(
        _story(places, story, section.stories[story.number - 1].story_id) for story in view.stories
    )
    return replace(view, stories=stories)


def _story(places: MarkedLinks, story: StoryView, story_id: int) -> StoryView:
    return replace(
        with_links(story, partial(places.mark_within, story_id=story_id)),
        href=places.mark(LinkKind.STORY, story.href, story_id),
        read_url=places.mark(LinkKind.READING, story.read_url, story_id),
    )
