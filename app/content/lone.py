"""Find headings that stand only once, by what follows: a category, a summary and `What:`.

What follows is looked at and not the line alone, so that a title without a label is found as well.
Backslashes before the lines that follow make no difference: whether a line would start a story does
not change when another one is escaped.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from app.content.headings import bare_heading, is_label, is_labelled, read_heading
from app.content.lines import WRAPPED
from app.content.matching import match_key, trimmed
from app.content.text_marks import FIELDS, is_banner, is_end, mark_name
from app.story_fields import MAX_CATEGORY, MAX_TITLE

_END: Final = "end"
_WHY: Final = FIELDS["Why it matters"]
_BACK: Final = 9
"""So many lines before `What:` at most: a heading, its like, a label, a category, a summary."""
_AHEAD: Final = 12
_AFTER_A_LABEL: Final = 6
_SAID_BEFORE: Final = frozenset({"summary", "url", "category", "label"})
_NO_END: Final = (".", ",", ";", ":")
_NO_CATEGORY_END: Final = (*_NO_END, "!", "?")


@dataclass(frozen=True)
class LoneHeadings:
    """Lines, counted from 0, that would start a story although they stand once.

    `strong` are followed by category, summary and `What:`, each with the last line that says the
    same heading again; `told` are those of them with `Why it matters:` as well. `labelled` have a
    label that says so and any mark soon after.
    """

    strong: dict[int, int] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)
    labelled: set[int] = field(default_factory=set)


def lone_headings(lines: Sequence[str], headings: Collection[int]) -> LoneHeadings:
    """Return the lines that would start a story by themselves, in one pass.

    `headings` are the lines that start one anyway, both times: nothing is looked at beyond them.
    """
    solid = [index for index, line in enumerate(lines) if line]
    names = {index: _END if index in headings else _name(lines[index]) for index in solid}
    found = LoneHeadings()
    for at, index in enumerate(solid):
        if names[index] == "what":
            ahead = {names[i] for i in solid[at + 1 : at + _AHEAD]}
            for start, last in _starts(lines, names, solid[max(0, at - _BACK) : at]):
                found.strong[start] = last
                if _WHY in ahead:
                    found.told.add(start)
        elif not names[index] and is_labelled(lines[index]):
            ahead = {names[i] for i in solid[at + 1 : at + 1 + _AFTER_A_LABEL]}
            if ahead - {"", _END, "point"}:
                found.labelled.add(index)
    return found


def _name(line: str) -> str:
    return _END if is_end(line) or is_banner(line) else mark_name(line)


def _starts(
    lines: Sequence[str], names: dict[int, str], before: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Yield each line before a `What:` that is a heading by what stands between, and its like."""
    stretch: list[int] = []
    for index in reversed(before):
        if names[index] and names[index] not in _SAID_BEFORE:
            return
        stretch.insert(0, index)
        if not names[index] and not lines[index][0].isspace():
            texts = [(names[i], trimmed(lines[i].lstrip("\\"))) for i in stretch]
            again = len(texts) > 1 and _says(texts[1][1]) == _says(texts[0][1])
            if _is_story(texts[0][1], texts[2:] if again else texts[1:]):
                yield index, stretch[1] if again else index


def _is_story(title: str, rest: Sequence[tuple[str, str]]) -> bool:
    """Return whether a title and what stands between it and `What:` begin a story."""
    is_sure = is_labelled(title)
    if len(title) > MAX_TITLE or (not is_sure and title.endswith(_NO_END)):
        return False
    plain = [text for name, text in rest if not name]
    if not any(name == "category" for name, _ in rest):
        if not plain or not _is_category(plain[0]):
            return False
        plain = plain[1:]
    has_mark = any(name == "summary" for name, _ in rest)
    if not plain:
        return has_mark or is_sure
    keys = [_says(title), *(_says(text) for name, text in rest if not name)]
    is_again = any(one == other for one, other in pairwise(keys))
    return not is_again and all(len(text) >= WRAPPED for text in plain[:-1])


def _is_category(text: str) -> bool:
    is_short = len(text) <= MAX_CATEGORY and not text.endswith(_NO_CATEGORY_END)
    return is_short and not is_labelled(text)


def _says(text: str) -> str:
    """Return the title that a line says as a heading, for comparing."""
    heading = read_heading(text) if len(text) <= MAX_TITLE * 2 else None
    titled = heading if heading and is_label(heading.label) else bare_heading(text)
    return match_key(titled.title)
