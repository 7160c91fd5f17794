"""What was seen at the links of the stories and the sponsor, when somebody last looked."""

from collections.abc import Iterator
from typing import Final

from app.enums import LinkOutcome
from app.issues.checks.facts import IssueFacts, LinkSeen
from app.issues.checks.finding import Finding, Location, blocks, warns

_FEW: Final = 3
"""With so many links and none of them reached, it is more likely our own way out that is shut."""

_WARNED: Final = {
    LinkOutcome.REFUSED: (
        "link_refused",
        "Open it yourself: some sites let people in and programs not. Then waive this.",
    ),
    LinkOutcome.FAILING: ("link_failing", "Look again later, or link to another source."),
    LinkOutcome.UNREACHABLE: ("link_unreachable", "Mend the address, or look again later."),
    LinkOutcome.LOOPING: (
        "link_loops",
        "Open it yourself, and link to the page at which you arrive.",
    ),
    LinkOutcome.PRIVATE: (
        "link_private",
        "Link to a page that readers can open; waive this if all of them can.",
    ),
    LinkOutcome.NOT_CHECKED: ("link_not_checked", "Open it yourself, then waive this."),
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
            f"{n} {'link was' if n == 1 else 'links were'} not looked at yet.",
            "Wait a moment, or ask for it: devoured check --links, POST …/checks/links.",
            concerns=" ".join(sorted(facts.waiting_links)),
        )
    if _way_out_is_shut(facts):
        yield warns(
            "no_way_out",
            f"Not one of {len(facts.links)} links could be reached.",
            "See whether this machine reaches the Internet; without a way out, switch "
            "DEVOURED_CHECK_LINKS off.",
            concerns=" ".join(sorted(facts.links)),
        )
        return
    for name, url, place in _links(facts):
        seen = facts.links.get(url)
        if seen is not None:
            yield from _finding(name, url, place, seen)


def _links(facts: IssueFacts) -> Iterator[tuple[str, str, Location]]:
    """Yield whose link it is, where it leads, and where it can be fixed."""
    yield from ((f"“{story.title}”", story.url, story.place("url")) for story in facts.stories)
    if facts.sponsor:
        yield "the sponsor", facts.sponsor.url, facts.sponsor.place("url")


def _finding(name: str, url: str, place: Location, seen: LinkSeen) -> Iterator[Finding]:
    detail = f"The link of {name} {seen.detail} ({seen.seen_at:%d %B, %H:%M} UTC)."
    if seen.outcome is LinkOutcome.GONE:
        yield blocks(
            "link_gone",
            detail,
            "Mend the address, link to another source, or take the link out.",
            place,
        )
    elif seen.outcome in _WARNED:
        code, mend = _WARNED[seen.outcome]
        yield warns(code, detail, mend, place, concerns=url)


def _way_out_is_shut(facts: IssueFacts) -> bool:
    outcomes = {seen.outcome for seen in facts.links.values()}
    return len(facts.links) >= _FEW and outcomes == {LinkOutcome.UNREACHABLE}
