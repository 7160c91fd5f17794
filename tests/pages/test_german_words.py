"""One German word for one thing, on pages, at the desk and in mails alike."""

import re
from typing import Final

from babel.messages.pofile import read_po

from app.pages.language import CATALOGUES

_PLACE: Final = re.compile(r"%\(\w+\)s|\{\w+\}")
_STORY: Final = re.compile(r"\bstor(y|ies)\b", re.IGNORECASE)
_MELDUNG: Final = re.compile(r"[Mm]eldung|Aufmacher")
"""The first of a newspaper's page has a word of its own."""

_OTHER: Final = re.compile(r"Beitr[aä]g")


def _said() -> list[tuple[str, str]]:
    with (CATALOGUES / "de.po").open("rb") as file:
        catalogue = read_po(file, locale="de", abort_invalid=True)
    pairs = []
    for message in catalogue:
        texts = [
            _PLACE.sub("", " ".join(one) if isinstance(one, tuple) else str(one))
            for one in (message.id, message.string)
        ]
        pairs.append((texts[0], texts[1]))
    return pairs


def test_story_is_meldung_everywhere() -> None:
    said = [(english, german) for english, german in _said() if _STORY.search(english)]
    assert len(said) > 100
    assert [one for one in said if not _MELDUNG.search(one[1])] == []
    assert [german for _, german in _said() if _OTHER.search(german)] == []
