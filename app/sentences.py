"""Sentences that are said in English here, and in a reader's language where a page shows them.

A `Sentence` is a string, the English one, so that the API, the command line and logs need to know
nothing of it. It remembers what it was made of: `in_words.translated` says it again.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, Self

Value = str | int | float | date | Sequence[str]
"""What stands in a sentence: a text as it is, a word of ours to be translated (an enum's member or
another Sentence), a number, a day, an instant in UTC, or several names."""

_COUNT: Final = "n"


class Sentence(str):
    """A sentence with its places filled, as `%(title)s`, in English.

    A value that is named `n`, or `n_` and a word, is a count and gets its thousands divided; other
    numbers are names of something, as that of a line. Without values a `%` is a `%`.
    """

    __slots__ = ("many", "one", "values")
    one: str
    many: str
    values: dict[str, Value]

    def __new__(cls, one: str, /, **values: Value) -> Self:
        """Return the sentence with these values."""
        return cls._filled(one, "", values)

    @classmethod
    def _filled(cls, one: str, many: str, values: dict[str, Value]) -> Self:
        form = many if many and values[_COUNT] != 1 else one
        english = {name: _in_english(name, value) for name, value in values.items()}
        made = super().__new__(cls, form % english if values else form)
        made.one, made.many, made.values = one, many, values
        return made


def kept(text: str) -> dict[str, Any]:
    """Return a text as JSON that `said_again` makes the same Sentence of.

    Its values may be texts, numbers and other Sentences.
    """
    if not isinstance(text, Sentence):
        return {"one": text}
    values = {
        name: kept(value) if isinstance(value, Sentence) else value
        for name, value in text.values.items()
    }
    return {"one": text.one, "many": text.many, "values": values}


def said_again(as_json: Mapping[str, Any]) -> Sentence:
    """Return the Sentence that was `kept`."""
    values = {
        name: said_again(value) if isinstance(value, Mapping) else value
        for name, value in as_json.get("values", {}).items()
    }
    return Sentence._filled(as_json["one"], as_json.get("many", ""), values)  # noqa: SLF001 - its other maker


def counted(one: str, many: str, n: int, /, **values: Value) -> Sentence:
    """Return the one sentence for a count of 1, else the other; the count stands in it as `n`."""
    return Sentence._filled(one, many, {_COUNT: n, **values})  # noqa: SLF001 - its other maker


def N_(sentence: str) -> str:  # noqa: N802 - the name that tools and people know it by
    """Mark the sentence for translation where it is shown, and return it: for what is made once."""
    return sentence


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802 - as N_, for two forms
    """Mark the two forms of a counted sentence for translation, and return them."""
    return one, many


def is_count(name: str) -> bool:
    """Return whether the value of this name is how many there are."""
    return name == _COUNT or name.startswith(f"{_COUNT}_")


def _in_english(name: str, value: Value) -> str:
    match value:
        case str():
            return str(value)
        case datetime():
            return f"{value.astimezone(UTC):%d %B, %H:%M}"
        case date():
            return value.isoformat()
        case int() if is_count(name):
            return f"{value:,}"
        case int() | float():
            return f"{value:g}" if isinstance(value, float) else str(value)
        case _:
            return " and ".join(filter(None, [", ".join(value[:-1]), *value[-1:]]))
