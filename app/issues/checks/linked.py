"""What was seen at the links of the stories and the sponsor, when somebody last looked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from app.enums import LinkOutcome
from app.issues.checks.facts import IssueFacts, LinkSeen
from app.issues.checks.finding import Finding, Location, blocks, warns
from app.sentences import N_, Sentence, counted

_SPONSOR: Final = N_("the sponsor")
_FEW: Final = 3
"""With so many links and none of them reached, it is more likely our own way out that is shut."""

_WARNED: Final = {
    LinkOutcome.REFUSED: (
        "link_refused",
        N_("Open it yourself: some sites let people in and programs not. Then waive this."),
    ),
    LinkOutcome.FAILING: ("link_failing", N_("Look again later, or link to another source.")),
    LinkOutcome.UNREACHABLE: ("link_unreachable", N_("Mend the address, or look again later.")),
    LinkOutcome.LOOPING: (
        "link_loops",
        N_("Open it yourself, and link to the page at which you arrive."),
    ),
    LinkOutcome.PRIVATE: (
        "link_private",
        N_("Link to a page that readers can open; waive this if all of them can."),
    ),
    LinkOutcome.NOT_CHECKED: ("link_not_checked", N_("Open it yourself, then waive this.")),
}


LINK_CODES: Final = frozenset(code for code, _ in _WARNED.values())
"""The codes of the findings about a link of which a program cannot be sure."""


def links_lead_somewhere(facts: IssueFacts) -> Iterator[Finding]:
    """Find links that are gone, which block, and those that may be, which warn."""
    if not facts.checks_links:
        return
    if facts.waiting_links:
        n = len(facts.waiting_links)
        yield warns(
            "links_not_seen",
            counted("One link was not looked at yet.", "%(n)s links were not looked at yet.", n),
            Sentence("Wait a moment: that is done within seconds of a change. Then look again."),
            concerns=" ".join(sorted(facts.waiting_links)),
        )
    if _way_out_is_shut(facts):
        yield warns(
            "no_way_out",
            Sentence("Not one of %(n)s links could be reached.", n=len(facts.links)),
            Sentence(
                "The service seems to have no way out to the Internet: tell who runs it, who can"
                " also switch off that links are looked at."
            ),
            concerns=" ".join(sorted(facts.links)),
        )
        return
    for link in _links(facts):
        seen = facts.links.get(link.url)
        if seen is not None:
            yield from _finding(link, seen)


@dataclass(frozen=True)
class _Link:
    """A link, whose it is, and where it can be mended; `is_within` a text of a story or its own."""

    name: str
    url: str
    place: Location
    is_within: bool = False


def _links(facts: IssueFacts) -> Iterator[_Link]:
    for story in facts.stories:
        for path, url in story.links():
            yield _Link(f"“{story.title}”", url, story.place(path), is_within=path != "url")
    if facts.sponsor:
        yield _Link(Sentence(_SPONSOR), facts.sponsor.url, facts.sponsor.place("url"))


def _finding(link: _Link, seen: LinkSeen) -> Iterator[Finding]:
    values: dict[str, str | datetime] = {
        "name": link.name,
        "seen": seen.detail,
        "seen_at": seen.seen_at,
    }
    if link.is_within:
        detail = Sentence(
            "A link within the texts of %(name)s, to %(url)s, %(seen)s (%(seen_at)s UTC).",
            url=link.url,
            **values,
        )
    else:
        detail = Sentence("The link of %(name)s %(seen)s (%(seen_at)s UTC).", **values)
    if seen.outcome is LinkOutcome.GONE:
        mend = Sentence("Mend the address, link to another source, or take the link out.")
        # A text may hold several: each is a finding of its own.
        yield replace(
            blocks("link_gone", detail, mend, link.place),
            concerns=link.url if link.is_within else "",
        )
    elif seen.outcome in _WARNED:
        code, words = _WARNED[seen.outcome]
        yield warns(code, detail, Sentence(words), link.place, concerns=link.url)


def _way_out_is_shut(facts: IssueFacts) -> bool:
    outcomes = {seen.outcome for seen in facts.links.values()}
    return len(facts.links) >= _FEW and outcomes == {LinkOutcome.UNREACHABLE}
