"""What Hypothesis draws for this folder: stories, and lines that look like marks."""

import re
from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from app.content.drafts import Digest, Sponsor, StoryDraft
from app.content.limits import faults, sponsor_faults
from app.content.normal import normal, one_line
from app.story_fields import Term

MARKS = [
    "Fresh Devoured",
    "Digest devoured!",
    "Summary",
    "Summary: s",
    "What:",
    "What: a (b)",
    "what: x",
    "Why it matters: y",
    "Takeaway: z",
    "Link: https://example.org/a",
    "Link: nowhere",
    "Story image: nowhere",
    f"Story image: {'0c' * 20}.jpg",
    "Story image shows: a",
    "Story image caption: b",
    "Deep dive",
    "Decoder:",
    "Original article",
    "  • point",
    "  • a: b",
    "• point (b)",
    "- item",
    "- **a:** b",
    "a (b)",
    "a ()",
    "What: a",
    "\\ (b)",
    "## a (b)",
    "## a",
    "### Deep dive",
    "### Decoder",
    "### Original article",
    "**What:** x",
    "**Category:** AI",
    "**Link**: https://example.org/",
    "a",
    "5 minute read",
    "a (5 minute read)",
    "A (5\u00a0minute read)",
    "[a](https://example.org/a) (b)",
    "[a (b)](https://example.org/a)",
    "a (b) <https://example.org/a>",
    '<a href="https://example.org/a">a</a> (b)',
    "**a (b)**",
    "# a (b)",
    "a\t5 min read\tb",
    "| a | 5 min read |",
    "Category: AI",
    "<https://example.org/a>",
    "*What:* x",
    "What\tx",
    "Opening: a",
    "Opening:",
    "**Sign-off:** b",
    "Sign off\ta (5 minute read)",
    "AI",
    "\u200ba (b)\u200b",
    "Digest\u00a0devoured!",
    "a line that is longer than fifty characters, as wrapped ones are",
    "a line that is longer than fifty characters, as wrapped ones are (5",
    "(5 minute read)",
    "minute read)",
    "\\minute read)",
    "--",
    "Best,",
    "---",
    "",
    "",
    " ",
    "\u00a0",
]
_PIECES = ["\\", "\\\\", "(", ")", " (", ": ", ":** ", ":", "**", "• ", "a", "b", " ", "  ", "\t"]
_ANY_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)

_STORIES = [
    ["a", "AI", "b", "What: x", "Why it matters: y"],
    ["a", "a", "AI", "b", "What: x"],
    ["a (5 minute read)", "AI", "What: x"],
    ["a", "5 minute read", "AI", "Summary", "b", "Link: https://example.org/a", "What: x"],
]
"""What starts a story without a heading that is said twice."""

lines = st.one_of(
    st.sampled_from(MARKS),
    st.lists(st.sampled_from(_PIECES), max_size=8).map("".join),
    st.tuples(st.sampled_from(["\\", "\\\\", "\\\\\\"]), st.sampled_from(MARKS)).map("".join),
    _ANY_TEXT,
)
_begun = st.sampled_from(_STORIES).map("\n".join)
texts = st.lists(st.one_of(lines, lines, lines, _begun), max_size=30).map("\n".join)
short = st.one_of(lines, st.just(""))
urls = st.sampled_from(["", "https://example.org/a?b=(c)", "http://müller.example/"])
stories = (
    st.builds(
        StoryDraft,
        title=lines,
        label=short,
        category=short,
        url=urls,
        summary=short,
        what=short,
        why_it_matters=short,
        takeaway=short,
        deep_dive=st.lists(lines, max_size=3).map(tuple),
        image=st.sampled_from(["", f"{'0a' * 20}.jpg", f"https://example.org/x/{'0b' * 20}.png"]),
        image_alt=short,
        image_caption=short,
        decoder=st.lists(st.builds(Term, term=short, definition=short), max_size=3).map(tuple),
        article=st.lists(st.one_of(lines, lines, _begun), max_size=8).map("\n".join),
    )
    .map(normal)
    .filter(lambda story: not [*faults(story)])
)
sponsors = st.builds(
    Sponsor, text=lines.map(one_line), label=short.map(one_line), url=urls.map(one_line)
).filter(lambda sponsor: not [*sponsor_faults(sponsor)])
_digests = st.builds(
    Digest,
    stories=st.lists(stories, max_size=4).map(tuple),
    issued_on=st.none() | st.dates(min_value=date(1000, 1, 1)),
    subject=short.map(one_line),
    preheader=short.map(one_line),
    opening=short.map(one_line),
    sign_off=short.map(one_line),
    sponsor=st.none() | sponsors,
)


def _led(digest: Digest, lead: int | None) -> Digest:
    return replace(digest, lead=lead if lead in range(len(digest.stories)) else None)


digests = st.builds(_led, _digests, st.none() | st.integers(0, 3))

_KEYS = st.sampled_from(["stories", "title", "url", "decoder", "term", "deep_dive", "unplaced"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | lines,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(_KEYS | st.text(max_size=3), inner, max_size=3)
        | st.fixed_dictionaries({"stories": st.lists(inner, max_size=2)})
        | st.fixed_dictionaries({"title": inner}, optional={"decoder": inner, "url": inner})
    ),
    max_leaves=8,
)


def words(text: str) -> set[str]:
    """Return the words of a text, in lower case."""
    return set(re.findall(r"\w+", text.lower()))


def words_of(digest: Digest) -> set[str]:
    """Return every word that a digest holds, in its stories or unplaced."""
    found = words(" ".join(item.text for item in digest.unplaced))
    found |= words(f"{digest.opening} {digest.sign_off}")
    for story in digest.stories:
        entries = (part for entry in story.decoder for part in (entry.term, entry.definition))
        plain = replace(story, deep_dive=(), decoder=())
        found |= words(" ".join([*map(str, vars(plain).values()), *story.deep_dive, *entries]))
    return found
