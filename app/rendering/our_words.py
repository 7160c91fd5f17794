"""Our own words in a mail: the language that they are said in, beside that of the stories."""

from functools import lru_cache

from markupsafe import Markup

from app.directions import Direction, direction_of
from app.language import nearest


class Spoken:
    """What is said in one language: `language` is the code of its catalogue."""

    language: str

    @property
    def direction(self) -> Direction:
        """Return the direction in which our words lie."""
        return direction_of(self.language)


@lru_cache(maxsize=256)  # templates ask at every heading
def attributes_of_ours(language: str) -> Markup:
    """Return the attributes of an element of ours in a mail whose stories are in this language.

    It has none where there is a catalogue of that language; elsewhere we speak English.
    """
    spoken = nearest(language)
    if _name_of(spoken) == _name_of(language):
        return Markup("")
    turned = Markup(' dir="ltr"') if direction_of(language) is Direction.RTL else ""
    return Markup(' lang="{}"{}').format(spoken, turned)


def _name_of(tag: str) -> str:
    return tag.lower().partition("-")[0]
