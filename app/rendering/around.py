"""What stands around the stories of an edition, as its templates see it: words, sponsor, end."""

from dataclasses import dataclass
from urllib.parse import quote

from app.directions import Direction, direction_of_text
from app.rendering.inputs import EditionFacts, SponsorFacts
from app.web_addresses import host_of, web_address


@dataclass(frozen=True)
class WordsView:
    """A paragraph in an editor's own words."""

    text: str
    direction: Direction


@dataclass(frozen=True)
class EndingView:
    """What the end of a mail asks and offers: addresses, or nothing.

    `asks` is what stands behind the reader's own link for an answer, which follows it.
    """

    asks: str
    reply: str
    share: str

    def __bool__(self) -> bool:
        return bool(self.asks or self.reply or self.share)


@dataclass(frozen=True)
class SponsorView:
    """Who pays; `href` is empty where there is no address to lead to, `host` says where that is."""

    label: str
    text: str
    href: str
    host: str
    direction: Direction


def words_view(text: str, otherwise: Direction) -> WordsView | None:
    """Return an editor's words with their direction; None for none."""
    return WordsView(text, direction_of_text(text, otherwise)) if text else None


def ending_view(facts: EditionFacts) -> EndingView:
    """Return what the end of the mail asks and offers."""
    ending = facts.ending
    return EndingView(
        asks=f"/issues/{ending.asks_of}/" if ending.asks_of else "",
        reply=f"mailto:{quote(ending.reply_to, safe='@')}" if ending.reply_to else "",
        share=facts.browser_url if ending.shares else "",
    )


def sponsor_view(sponsor: SponsorFacts | None, otherwise: Direction) -> SponsorView | None:
    """Return who pays; None where nobody does."""
    if sponsor is None or not sponsor.text:
        return None
    href = web_address(sponsor.url)
    direction = direction_of_text(sponsor.text, otherwise)
    return SponsorView(sponsor.label, sponsor.text, href, host_of(href), direction)
