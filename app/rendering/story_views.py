"""StoryFacts → what the templates see of a story: cut to the depth, and to what there is room for.

A template finds empty what the depth leaves out, so no template can say too much.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from app.directions import Direction, direction_of_text, isolated
from app.enums import Depth, Trim
from app.in_words import number
from app.language import gettext, ngettext
from app.markup.prose import Prose, has_signs, prose_of, words_of
from app.rendering.depths import SHOWN_FIELDS
from app.rendering.images import ImageView
from app.rendering.inputs import StoryFacts
from app.rendering.lines import one_line, shortened
from app.story_fields import StoryTexts, Term, fields_of, is_list, map_markup, read_texts
from app.web_addresses import host_of, web_address

COLUMN_PIXELS: Final = 560
"""How wide a mail's column is between its gutters (`emails/layout.mjml.j2`)."""

SHORT_CHARS: Final = 30
"""Enough to know a story by, and little enough to say for each of them."""


# Inline, for programs that read no styles. In the colour of its text a link can be read in any
# scheme, and of a story one link matters: its title's.
_IN_MAIL: Final = {
    "a": ' style="color:inherit"',
    "code": ' style="font-family:Menlo,Consolas,monospace"',
}


@dataclass(frozen=True)
class EntryView(Term):
    """One entry of the Decoder, as `entry` in templates."""


@dataclass(frozen=True, kw_only=True)
class StoryView(StoryTexts):
    """One story at the edition's depth; what the depth leaves out is empty.

    `href` is where the title leads and `host` says where that is, empty for our own pages.
    `read_url` is empty when the mail says all there is, when the title leads there too, and at the
    depth of headlines, which have one link each. `onward` is what the link there says, such as “7
    more points”. `short_title` names the story in about 30 characters, and no two stories of an
    edition alike; `anchor` is its place in the mail. `shown_image` is there where its image is
    stored and the depth shows it. `direction` is `ltr` or `rtl`, as most of its letters are
    written. Where it `is_marked_up`, its texts are `Prose`.
    """

    number: int
    href: str
    host: str
    read_url: str
    onward: str = ""
    short_title: str = ""
    anchor: str = ""
    shown_image: ImageView | None = None
    direction: Direction = Direction.LTR
    is_marked_up: bool = False

    @property
    def label_direction(self) -> Direction:
        """Return the direction of its label: `4 minute read` may stand beside a story in Arabic."""
        return direction_of_text(self.label, Direction.LTR if not self.label else self.direction)

    @property
    def label_lies_apart(self) -> bool:
        """Return whether it needs a direction of its own, beside a title that may be of two.

        Else its number would follow the last word of a title, as “store 4” where “4” is minutes.
        """
        others = {self.label_direction, direction_of_text(self.title, self.direction)}
        is_rtl = Direction.RTL in {self.direction, *others}
        return is_rtl or isolated(self.title, self.direction) != self.title

    def texts(self) -> Iterable[str]:
        """Return all that is read in it, in its order."""
        return read_texts(self)


def story_view(
    number: int,
    story: StoryFacts,
    depth: Depth,
    trims: Collection[Trim] = (),
    direction: Direction = Direction.LTR,
    short_title: str = "",
    anchor: str = "",
) -> StoryView:
    """Return the story as number `number` of its section, without what `trims` take from it.

    `direction` is that of the publication's language, for a story whose letters have none.
    """
    kept = _kept(story, depth, trims)
    out = web_address(story.url)
    onward = _onward(story, kept, trims, out, is_headline=depth is Depth.HEADLINES)
    texts: dict[str, Any] = {one.name: getattr(kept, one.name) for one in fields_of(StoryTexts)}
    is_marked_up = story.reads_markdown and has_signs("".join(read_texts(kept)))
    if is_marked_up:
        texts |= map_markup(kept, _in_html)
    texts["decoder"] = tuple(EntryView(one.term, one.definition) for one in texts["decoder"])
    words = partial(words_of, reads_markdown=story.reads_markdown)
    return StoryView(
        **texts,
        number=number,
        href=out or kept.read_url,
        host=host_of(out),
        read_url=kept.read_url if onward else "",
        onward=onward,
        short_title=short_title,
        anchor=anchor,
        shown_image=_image(kept),
        is_marked_up=is_marked_up,
        direction=direction_of_text(
            f"{story.title} {words(story.summary)} {words(story.what)}", direction
        ),
    )


def _image(kept: StoryFacts) -> ImageView | None:
    stored = kept.stored_image if kept.image else None
    if stored is None:
        return None
    width = min(stored.width, COLUMN_PIXELS)
    return ImageView(stored.src, width, max(1, round(stored.height * width / stored.width)))


def _onward(
    story: StoryFacts, kept: StoryFacts, trims: Collection[Trim], out: str, *, is_headline: bool
) -> str:
    """Return what the link to the reading page says; empty where a story needs none.

    `out` is where its title leads, empty where that is the reading page.
    """
    if story.n_more_bullets and kept.deep_dive:
        n = story.n_more_bullets
        return ngettext("%(n)s more point", "%(n)s more points", n) % {"n": number(n)}
    if story.n_more_terms and kept.decoder:
        n = story.n_more_terms
        return ngettext("%(n)s more term", "%(n)s more terms", n) % {"n": number(n)}
    says_all = kept == story and not story.has_article
    return "" if says_all or not out or (is_headline and not trims) else gettext("Read it all")


def _in_html(text: str) -> Prose:
    return prose_of(text, reads_markdown=True).for_html(str, _IN_MAIL)


def with_links(story: StoryView, link: Callable[[str], str]) -> StoryView:
    """Return the story for HTML with other addresses in its texts."""
    return _with_prose(story, lambda prose: prose.for_html(link, _IN_MAIL))


def with_refs(story: StoryView, ref: Callable[[str], str]) -> StoryView:
    """Return the story for a text part, where `ref` names the addresses in its texts."""
    return _with_prose(story, lambda prose: prose.for_text(ref))


def _with_prose(story: StoryView, change: Callable[[Prose], Prose]) -> StoryView:
    return replace(story, **map_markup(story, change)) if story.is_marked_up else story


def short_titles(titles: Iterable[str]) -> Iterator[str]:
    """Yield a short form of each title in order, numbered where two would be the same."""
    used: set[str] = set()
    numbers: dict[str, int] = {}
    for title in titles:
        short = name = shortened(one_line(title), SHORT_CHARS)
        while name.casefold() in used:
            numbers[short] = numbers.get(short, 1) + 1
            name = f"{short} ({numbers[short]})"
        used.add(name.casefold())
        yield name


def _kept(story: StoryFacts, depth: Depth, trims: Collection[Trim]) -> StoryFacts:
    """Return the story with every part emptied that the depth or the trims leave out."""
    kept: dict[str, Any] = {}
    for one in fields_of(StoryTexts):
        is_headline = one.from_depth is Depth.HEADLINES
        is_trimmed = one.name in trims or (Trim.HEADLINE in trims and not is_headline)
        if one.name not in SHOWN_FIELDS[depth] or is_trimmed:
            kept[one.name] = () if is_list(one) else ""
    if Trim.HEADLINE in trims:
        kept["summary"] = ""
    return replace(story, **kept) if kept else story
