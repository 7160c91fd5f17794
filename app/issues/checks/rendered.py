"""What only the finished mail shows: its size, what every mail must hold, what must not be left."""

from collections.abc import Iterable, Iterator
from html import unescape
from html.parser import HTMLParser
from typing import Final

from app.enums import Trim
from app.issues.checks.facts import CheckedEdition, IssueFacts
from app.issues.checks.finding import Finding, Location, blocks, warns
from app.rendering.budget import CLIP_BYTES, WARN_BYTES
from app.rendering.inputs import Trimmed
from app.sentences import N_, NN_, Sentence, Value, counted

_PARTS: Final = {"HTML": N_("HTML"), "text": N_("plain text")}
_IMAGE: Final = N_("The image %(image)s has no alt text.")
_LINKED_IMAGE: Final = N_("The image %(image)s has no alt text, and it is all there is of a link.")
_GONE: Final = {
    Trim.DECODER: NN_("the Decoder of one story", "the Decoder of %(n)s stories"),
    Trim.DEEP_DIVE: NN_("the Deep dive of one story", "the Deep dive of %(n)s stories"),
    Trim.TAKEAWAY: NN_("the Takeaway of one story", "the Takeaway of %(n)s stories"),
    Trim.WHY_IT_MATTERS: NN_("Why it matters of one story", "Why it matters of %(n)s stories"),
    Trim.HEADLINE: NN_(
        "all but the headline of one story", "all but the headline of %(n)s stories"
    ),
    Trim.STORY: NN_("the whole of one story", "the whole of %(n)s stories"),
}

_WAY_OUT: Final = Sentence("Mend the template: every mail begins with the common layout's parts.")


def templates_work(facts: IssueFacts) -> Iterator[Finding]:
    """Find templates that cannot render the Issue at some depth; each mistake once."""
    for error in dict.fromkeys(edition.error for edition in facts.editions if edition.error):
        yield blocks(
            "template_error",
            Sentence("A template is wrong: %(error)s.", error=error),
            Sentence("Mend the template, or give the category another one."),
        )


def size_budget(facts: IssueFacts) -> Iterator[Finding]:
    """Find editions that Gmail would clip, that are close to it, or gave up parts for it."""
    for edition in _finished(facts):
        place = Location(field=edition.depth)
        sizes: dict[str, Value] = {"depth": edition.depth, "n_size": round(edition.n_bytes / 1000)}
        if edition.trimmed:
            yield warns(
                "shortened",
                Sentence(
                    "At depth “%(depth)s” it would be too long for a mail, so it goes without"
                    " %(parts)s.",
                    depth=edition.depth,
                    parts=_listed(edition.trimmed),
                ),
                Sentence(
                    "Shorten stories, beginning with the longest deep dives, or let it be; the"
                    " issue's cuts say whose mails are shortened."
                ),
                place,
                concerns=edition.text,
            )
        if edition.n_bytes > CLIP_BYTES:
            yield blocks(
                "over_budget",
                Sentence(
                    "With all categories at depth “%(depth)s” the mail has %(n_size)s KB; Gmail"
                    " cuts it off at %(n_most)s.",
                    **sizes,
                    n_most=CLIP_BYTES // 1000,
                ),
                Sentence("Drop or shorten stories, beginning with the longest deep dives."),
                place,
            )
        elif edition.n_bytes > WARN_BYTES and not edition.trimmed:
            yield warns(
                "near_budget",
                Sentence(
                    "With all categories at depth “%(depth)s” the mail has %(n_size)s of %(n_most)s"
                    " KB.",
                    **sizes,
                    n_most=CLIP_BYTES // 1000,
                ),
                Sentence("Add no more to it; shorten the longest deep dives."),
                place,
                concerns=edition.text,
            )


def what_every_mail_holds(facts: IssueFacts) -> Iterator[Finding]:
    """Check that HTML and text have the leave link, before any cut, and the postal address."""
    for edition in _finished(facts):
        place = Location(field=edition.depth)
        at = edition.html.encode().find(edition.leave_url.encode())
        if at < 0 or edition.leave_url not in edition.text:
            where = "HTML" if at < 0 else "text"
            detail = Sentence(
                "The mail at depth “%(depth)s” has no leave link in its %(part)s.",
                depth=edition.depth,
                part=Sentence(_PARTS[where]),
            )
            yield blocks("no_leave_link", detail, _WAY_OUT, place)
        elif at > CLIP_BYTES:
            detail = Sentence(
                "The leave link at depth “%(depth)s” comes after the place where Gmail cuts.",
                depth=edition.depth,
            )
            yield blocks("no_leave_link", detail, _WAY_OUT, place)
        yield from _postal_address(facts.postal_address, edition)


def nothing_left_over(facts: IssueFacts) -> Iterator[Finding]:
    """Find braces of a merge field that nothing filled in."""
    for edition in _finished(facts):
        if any(
            "{{" in part
            for part in (edition.subject, edition.preheader, edition.html, edition.text)
        ):
            yield blocks(
                "field_left_over",
                Sentence(
                    "The mail at depth “%(depth)s” holds {{, a field that nothing filled in.",
                    depth=edition.depth,
                ),
                Sentence("Mend the template: it names a field that there is not."),
                Location(field=edition.depth),
            )


def texts_for_images(facts: IssueFacts) -> Iterator[Finding]:
    """Find images without an alt text, and linked ones whose alt text is empty; each once.

    Source: WCAG 2.2, success criteria 1.1.1 and 2.4.4.
    """
    seen: set[str] = set()
    for edition in _finished(facts):
        for source, alt, linked in _images(edition.html):
            if source in seen or not (alt is None or (linked and not alt.strip())):
                continue
            seen.add(source)
            yield blocks(
                "no_alt_text",
                Sentence(_LINKED_IMAGE if linked else _IMAGE, image=source),
                Sentence(
                    'Say in alt="" what it shows; leave it empty only where it shows nothing.'
                ),
                Location(field=edition.depth),
            )


def _listed(trimmed: Iterable[Trimmed]) -> list[Sentence]:
    """List what was cut: `the Decoder of 9 stories and the Deep dive of one story`."""
    return [counted(*_GONE[step.what], len(step.titles)) for step in trimmed]


def _finished(facts: IssueFacts) -> Iterable[CheckedEdition]:
    return (edition for edition in facts.editions if not edition.error)


def _postal_address(postal_address: str, edition: CheckedEdition) -> Iterator[Finding]:
    lines = [line.strip() for line in postal_address.splitlines() if line.strip()]
    page = unescape(edition.html)
    for part, name in ((page, "HTML"), (edition.text, "text")):
        flat = " ".join(part.split())
        if any(" ".join(line.split()) not in flat for line in lines):
            yield blocks(
                "no_postal_address",
                Sentence(
                    "The mail at depth “%(depth)s” does not show the postal address in its"
                    " %(part)s.",
                    depth=edition.depth,
                    part=Sentence(_PARTS[name]),
                ),
                _WAY_OUT,
                Location(field=edition.depth),
            )


class _Images(HTMLParser):
    """Collects (source, alt text or None, whether it stands in a link)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str | None, bool]] = []
        self._links = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._links += 1
        elif tag == "img":
            given = dict(attrs)
            alt = (given["alt"] or "") if "alt" in given else None
            self.found.append((given.get("src") or "", alt, self._links > 0))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._links = max(0, self._links - 1)


def _images(html: str) -> list[tuple[str, str | None, bool]]:
    if "<img" not in html.lower():  # most mails hold none, and reading one whole takes 5 ms
        return []
    images = _Images()
    images.feed(html)
    return images.found
