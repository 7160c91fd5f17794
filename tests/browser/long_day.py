"""A long day: 21 stories, each part as long as it was on a real one, in words of our own."""

from dataclasses import replace
from functools import cache
from importlib.resources import files
from itertools import count
from typing import Final

from app.content.parse import parse
from app.enums import Depth
from app.rendering.inputs import EditionFacts, Section, StoryFacts
from app.rendering.lines import shortened
from app.story_fields import Term
from tests.rendering.samples import BASE_URL, edition, section

# Characters of title, summary, what, why it matters, takeaway; of each bullet; of each term and
# its definition together.
_Lengths = tuple[tuple[int, int, int, int, int], tuple[int, ...], tuple[int, ...]]
_AI: Final[tuple[_Lengths, ...]] = (
    ((54, 170, 321, 259, 0), (), (112, 107, 103, 129)),
    ((51, 198, 276, 287, 0), (169, 195, 206, 110, 173, 147, 134, 181, 142, 163), (210, 131)),
    ((57, 139, 232, 216, 126), (), (134, 125, 124)),
    ((41, 190, 281, 256, 0), (146, 162, 152, 175, 128, 152, 206, 127, 139), (96, 89, 82, 56, 76)),
    ((35, 225, 388, 253, 188), (163, 135, 137, 147, 89, 148, 127, 131, 143, 116), (118, 164, 96)),
    ((61, 208, 370, 402, 319), (297, 352, 280, 357, 235, 321, 250, 331, 239, 247), (251, 256, 183)),
    ((36, 139, 337, 239, 184), (203, 170, 142, 186, 173, 267, 168, 201, 177), (167, 134, 154, 139)),
    ((30, 190, 259, 301, 209), (176, 174, 173, 150, 210, 122, 98, 164, 166, 133), (174, 113, 77)),
    ((5, 154, 271, 248, 135), (94, 142, 113, 153, 140, 139, 119, 61), (115, 108, 125)),
    ((36, 196, 388, 546, 0), (229, 256, 225, 172, 285, 223, 235, 172, 276, 297), (300, 168, 119)),
    ((34, 185, 284, 272, 0), (182, 127, 136, 128, 108, 78, 144, 109, 132), (140, 144, 126, 87)),
    ((38, 233, 380, 357, 0), (191, 152, 202, 203, 197, 201, 121, 187), (132, 128, 74, 113)),
    ((74, 173, 272, 212, 0), (), (155, 75)),
    ((33, 182, 322, 295, 0), (221, 151, 171, 169, 159, 159, 178, 176, 219, 192), (151, 125, 96)),
    ((30, 183, 290, 243, 209), (), (189, 88, 125)),
    ((62, 212, 288, 337, 0), (185, 152, 151, 120, 127, 113, 215, 142, 100, 155), (136, 154, 86)),
    ((76, 200, 283, 346, 198), (144, 138, 138, 177, 150, 142, 127, 132, 131), (137, 112, 149)),
    ((45, 167, 270, 265, 239), (204, 198, 156, 207, 211, 191, 143, 157, 139), (148, 154, 166)),
    ((63, 121, 249, 258, 164), (109, 129, 122, 98, 123, 64, 103), ()),
)
_DEVOPS: Final[tuple[_Lengths, ...]] = (
    ((77, 210, 297, 264, 183), (193, 219, 161, 229, 160, 148, 166, 245, 187), (129, 126, 118)),
    ((55, 203, 407, 342, 221), (171, 109, 153, 154, 143, 131, 190, 178, 87), (117, 142, 164)),
)


def long_day(depth: Depth) -> EditionFacts:
    """Return the edition of that day; its titles lead to the reading pages, as on that day."""
    numbers = count(1)
    sections: list[Section] = []
    for slug, lengths in (("ai", _AI), ("devops", _DEVOPS)):
        stories = [_story(next(numbers), one) for one in lengths]
        sections.append(replace(section(slug), stories=tuple(stories)))
    return edition(*sections, depth=depth)


def titles(facts: EditionFacts) -> list[str]:
    """Return the titles of all its stories."""
    return [story.title for section in facts.sections for story in section.stories]


def _story(number: int, lengths: _Lengths) -> StoryFacts:
    (title, *prose), bullets, terms = lengths
    words = _Words(number)
    summary, what, why_it_matters, takeaway = (words.of(n) for n in prose)
    return StoryFacts(
        title=f"{number} {words.of(title - 3)}".rstrip(".,;:"),
        label=f"{number} minute read",
        minutes=number,
        url="",
        read_url=f"{BASE_URL}/read/1/{number}",
        summary=summary,
        what=what,
        why_it_matters=why_it_matters,
        takeaway=takeaway,
        deep_dive=tuple(words.of(n) for n in bullets),
        decoder=tuple(Term(words.of(14), words.of(n - 14)) for n in terms),
        has_article=True,
    )


@cache
def _prose() -> str:
    data = files("localdev").joinpath("samples/digest.txt").read_bytes()
    return " ".join(" ".join(story.article.split()) for story in parse(data).stories)


class _Words:
    """Reads on in the articles of the sample digest, each story from a place of its own."""

    def __init__(self, number: int) -> None:
        prose = _prose()
        start = prose.index(" ", number * len(prose) // 30) + 1
        self._rest = f"{prose[start:]} {prose}"

    def of(self, n_chars: int) -> str:
        """Return the next words, in at most so many characters; nothing for none."""
        if n_chars <= 0:
            return ""
        text = shortened(self._rest, n_chars + 1).removesuffix("…")
        self._rest = self._rest[len(text) :].lstrip(" ,;:.–—-")
        return text[0].upper() + text[1:]
