"""What only the finished mail shows: its size, what every mail must hold, what must not be left."""

from collections.abc import Iterable, Iterator
from html import unescape
from html.parser import HTMLParser
from typing import Final

from app.enums import Trim
from app.issues.checks.facts import EditionLook, IssueFacts
from app.issues.checks.finding import Finding, Place, blocks, warns
from app.rendering.budget import CLIP_BYTES, WARN_BYTES
from app.rendering.inputs import Trimmed

_GONE: Final = {
    Trim.DECODER: "the Decoder of",
    Trim.DEEP_DIVE: "the Deep dive of",
    Trim.TAKEAWAY: "the Takeaway of",
    Trim.WHY_IT_MATTERS: "Why it matters of",
    Trim.HEADLINE: "all but the headline of",
    Trim.STORY: "the whole of",
}

_WAY_OUT: Final = "Mend the template; every mail extends emails/layout.mjml.j2, which has it."


def templates_work(facts: IssueFacts) -> Iterator[Finding]:
    """Templates that cannot render the Issue at some depth; each mistake once."""
    for error in dict.fromkeys(look.error for look in facts.editions if look.error):
        yield blocks(
            "template_error",
            f"A template is wrong: {error}.",
            "Mend the template, or give the category another one.",
        )


def size_budget(facts: IssueFacts) -> Iterator[Finding]:
    """Editions that Gmail would clip, those close to it, and those that gave up parts for it."""
    for look in _finished(facts):
        size = (
            f"With all categories at depth {look.depth} the mail has {look.n_bytes / 1000:.0f} KB"
        )
        if look.trimmed:
            yield warns(
                "shortened",
                f"At depth {look.depth} it would be too long for a mail, so it goes without "
                f"{_listed(look.trimmed)}.",
                "Shorten stories, beginning with the longest deep dives, or let it be; the issue's "
                "cuts say whose mails are shortened.",
                Place(field=look.depth),
                concerns=look.text,
            )
        if look.n_bytes > CLIP_BYTES:
            yield blocks(
                "over_budget",
                f"{size}; Gmail cuts it off at {CLIP_BYTES // 1000}.",
                "Drop or shorten stories, beginning with the longest deep dives.",
                Place(field=look.depth),
            )
        elif look.n_bytes > WARN_BYTES and not look.trimmed:
            yield warns(
                "near_budget",
                f"{size} of {CLIP_BYTES // 1000}.",
                "Add no more to it; shorten the longest deep dives.",
                Place(field=look.depth),
                concerns=look.text,
            )


def what_every_mail_holds(facts: IssueFacts) -> Iterator[Finding]:
    """Check that HTML and text have the leave link, before any cut, and the postal address."""
    for look in _finished(facts):
        at = look.html.encode().find(look.leave_url.encode())
        if at < 0 or look.leave_url not in look.text:
            yield blocks(
                "no_leave_link",
                f"The mail at depth {look.depth} has no leave link in its "
                f"{'HTML' if at < 0 else 'text'}.",
                _WAY_OUT,
                Place(field=look.depth),
            )
        elif at > CLIP_BYTES:
            yield blocks(
                "no_leave_link",
                f"The leave link at depth {look.depth} comes after the place where Gmail cuts.",
                _WAY_OUT,
                Place(field=look.depth),
            )
        yield from _postal_address(facts.postal_address, look)


def nothing_left_over(facts: IssueFacts) -> Iterator[Finding]:
    """Braces of a merge field that nothing filled in."""
    for look in _finished(facts):
        if any("{{" in part for part in (look.subject, look.preheader, look.html, look.text)):
            yield blocks(
                "field_left_over",
                f"The mail at depth {look.depth} holds {{{{, a field that nothing filled in.",
                "Mend the template: it may use the fields of docs/templates.md only.",
                Place(field=look.depth),
            )


def texts_for_images(facts: IssueFacts) -> Iterator[Finding]:
    """Images without an alt text, and linked ones whose alt text is empty; each once.

    Source: WCAG 2.2, success criteria 1.1.1 and 2.4.4.
    """
    seen: set[str] = set()
    for look in _finished(facts):
        for source, alt, linked in _images(look.html):
            if source in seen or not (alt is None or (linked and not alt.strip())):
                continue
            seen.add(source)
            yield blocks(
                "no_alt_text",
                f"The image {source} has no alt text"
                + (", and it is all there is of a link." if linked else "."),
                'Say in alt="" what it shows; leave it empty only where it shows nothing.',
                Place(field=look.depth),
            )


def _listed(trimmed: Iterable[Trimmed]) -> str:
    """List what was cut: `the Decoder of 9 stories, the Deep dive of 1 story`."""
    return ", ".join(
        f"{_GONE[step.what]} {len(step.titles)} {'story' if len(step.titles) == 1 else 'stories'}"
        for step in trimmed
    )


def _finished(facts: IssueFacts) -> Iterable[EditionLook]:
    return (look for look in facts.editions if not look.error)


def _postal_address(postal_address: str, look: EditionLook) -> Iterator[Finding]:
    lines = [line.strip() for line in postal_address.splitlines() if line.strip()]
    page = unescape(look.html)
    for part, name in ((page, "HTML"), (look.text, "text")):
        flat = " ".join(part.split())
        if any(" ".join(line.split()) not in flat for line in lines):
            yield blocks(
                "no_postal_address",
                f"The mail at depth {look.depth} does not show the postal address in its {name}.",
                _WAY_OUT,
                Place(field=look.depth),
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
