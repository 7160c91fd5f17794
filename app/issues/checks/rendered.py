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
    """Find templates that cannot render the Issue at some depth; each mistake once."""
    for error in dict.fromkeys(edition.error for edition in facts.editions if edition.error):
        yield blocks(
            "template_error",
            f"A template is wrong: {error}.",
            "Mend the template, or give the category another one.",
        )


def size_budget(facts: IssueFacts) -> Iterator[Finding]:
    """Find editions that Gmail would clip, that are close to it, or gave up parts for it."""
    for edition in _finished(facts):
        kilobytes = edition.n_bytes / 1000
        size = f"With all categories at depth {edition.depth} the mail has {kilobytes:.0f} KB"
        if edition.trimmed:
            yield warns(
                "shortened",
                f"At depth {edition.depth} it would be too long for a mail, so it goes without "
                f"{_listed(edition.trimmed)}.",
                "Shorten stories, beginning with the longest deep dives, or let it be; the issue's "
                "cuts say whose mails are shortened.",
                Location(field=edition.depth),
                concerns=edition.text,
            )
        if edition.n_bytes > CLIP_BYTES:
            yield blocks(
                "over_budget",
                f"{size}; Gmail cuts it off at {CLIP_BYTES // 1000}.",
                "Drop or shorten stories, beginning with the longest deep dives.",
                Location(field=edition.depth),
            )
        elif edition.n_bytes > WARN_BYTES and not edition.trimmed:
            yield warns(
                "near_budget",
                f"{size} of {CLIP_BYTES // 1000}.",
                "Add no more to it; shorten the longest deep dives.",
                Location(field=edition.depth),
                concerns=edition.text,
            )


def what_every_mail_holds(facts: IssueFacts) -> Iterator[Finding]:
    """Check that HTML and text have the leave link, before any cut, and the postal address."""
    for edition in _finished(facts):
        at = edition.html.encode().find(edition.leave_url.encode())
        if at < 0 or edition.leave_url not in edition.text:
            yield blocks(
                "no_leave_link",
                f"The mail at depth {edition.depth} has no leave link in its "
                f"{'HTML' if at < 0 else 'text'}.",
                _WAY_OUT,
                Location(field=edition.depth),
            )
        elif at > CLIP_BYTES:
            yield blocks(
                "no_leave_link",
                f"The leave link at depth {edition.depth} comes after the place where Gmail cuts.",
                _WAY_OUT,
                Location(field=edition.depth),
            )
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
                f"The mail at depth {edition.depth} holds {{{{, a field that nothing filled in.",
                "Mend the template: it may use the fields of docs/templates.md only.",
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
                f"The image {source} has no alt text"
                + (", and it is all there is of a link." if linked else "."),
                'Say in alt="" what it shows; leave it empty only where it shows nothing.',
                Location(field=edition.depth),
            )


def _listed(trimmed: Iterable[Trimmed]) -> str:
    """List what was cut: `the Decoder of 9 stories, the Deep dive of 1 story`."""
    return ", ".join(
        f"{_GONE[step.what]} {len(step.titles)} {'story' if len(step.titles) == 1 else 'stories'}"
        for step in trimmed
    )


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
                f"The mail at depth {edition.depth} does not show the postal address in its"
                f" {name}.",
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
