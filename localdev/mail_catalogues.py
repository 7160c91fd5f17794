"""`make catalogues`: the sentences of mails, for languages that mails speak and no page does."""

import sys
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from babel.plural import to_gettext

from app.language import CATALOGUES

FOLDER: Final = CATALOGUES / "mail"

_OF_MAILS: Final = (
    "emails/",
    "app/delivery/choice.py",
    "app/delivery/compose.py",
    "app/in_words.py",
    "app/rendering/merge.py",
    "app/rendering/story_views.py",
    "app/rendering/views.py",
)
"""Where sentences of mails stand, as the places in a catalogue begin."""


def sentences_of_mails(pot: Path) -> list[Message]:
    """Return those of all sentences, as `make catalogues` found them, that stand in mails."""
    with pot.open("rb") as file:
        found = read_po(file)
    return [one for one in found if one.id and _is_of_mails(one)]


def update(pot: Path) -> None:
    """Bring new sentences into each catalogue of mails, and drop those that are said no more."""
    template = Catalog()
    for one in sentences_of_mails(pot):
        template.add(one.id, locations=one.locations, flags=one.flags)
    for path in sorted(FOLDER.glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.stem)
        catalogue.update(template, no_fuzzy_matching=True)
        with path.open("wb") as file:
            file.write(plural_header(path.stem).encode())
            write_po(file, catalogue, omit_header=True, ignore_obsolete=True, width=100)


def plural_header(code: str) -> str:
    """Return the head of a catalogue: how many forms a count has in its language, as CLDR has it.

    That is three in Hebrew, which has a dual. What Babel takes by itself knows two.
    """
    forms = to_gettext(Locale.parse(code, sep="-").plural_form)
    return f'msgid ""\nmsgstr "Plural-Forms: {forms}\\n"\n\n'


def _is_of_mails(message: Message) -> bool:
    places = [f"/{place}" for place, _ in message.locations]
    return any(f"/{one}" in place for place in places for one in _OF_MAILS)


if __name__ == "__main__":
    update(Path(sys.argv[1]))
