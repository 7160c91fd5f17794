"""The language that a page or a mail is said in, and its catalogue.

`pages/negotiate.py` sets it once for each request, and whoever makes a mail for that mail
(`speaking`). So `gettext` here and `_()` in the templates need no argument to say a sentence in the
language of who reads.

English is what the source says. Any other language is a file of `pages/catalogues`, read when the
process starts: there is nothing compiled to commit, to build or to forget. Those in its folder
`mail` have the sentences of mails alone: letters and editions speak them, and no page does.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app import sentences
from app.accept_headers import weights_of
from app.directions import Direction, direction_of

N_: Final = sentences.N_

CATALOGUES: Final = Path(__file__).parent / "pages" / "catalogues"
SOURCE: Final = "en"

_OF_MAIL: Final = CATALOGUES / "mail"

_LOCALES: Final = {SOURCE: Locale("en", "GB")}


@dataclass(frozen=True)
class Language:
    """A language that pages and mails speak, or mails alone.

    `code` is its BCP 47 tag, `name` its own name for itself. `is_chosen` is set when the reader
    asked for it in the address, so that links go on asking.
    """

    code: str
    name: str
    locale: Locale
    is_chosen: bool = False

    @property
    def direction(self) -> Direction:
        """Return the direction in which it is written."""
        return direction_of(self.code)

    @property
    def chosen(self) -> "Language":
        """Return the same language, marked as chosen."""
        return replace(self, is_chosen=True)


@cache
def languages() -> Mapping[str, Language]:
    """Return every language that pages speak, with English first, by code."""
    codes = [SOURCE, *sorted(path.stem for path in CATALOGUES.glob("*.po"))]
    return {code: _language(code) for code in codes}


@cache
def mail_languages() -> Mapping[str, Language]:
    """Return every language that mails speak, those of the pages first, by code."""
    codes = sorted(path.stem for path in _OF_MAIL.glob("*.po"))
    return {**languages(), **{code: _language(code) for code in codes}}


_active: ContextVar[list[Language]] = ContextVar("language")
"""A list of one, for parts of a request run on threads of their own, which share it."""


def activate(language: Language) -> None:
    """Say everything in this language from here on, in the present request only."""
    _active.set([language])


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Say what is said within in the language of this code, whoever asked for it.

    Raises:
        KeyError: there is no catalogue of it; `nearest` finds one that there is.
    """
    before = _active.set([mail_languages()[code]])
    try:
        yield
    finally:
        _active.reset(before)


@lru_cache(maxsize=256)  # browsers send what tags they like
def known(tag: str) -> str:
    """Return the code of the language of mails that a BCP 47 tag asks for, empty for none.

    That is `de` for `de-AT`. Source: RFC 4647 3.4 (lookup).
    """
    parts = tag.lower().replace("_", "-").split("-")
    found = (_by_tag().get("-".join(parts[:n])) for n in range(len(parts), 0, -1))
    return next(filter(None, found), "")


def nearest(*tags: str) -> str:
    """Return the code of the first language of mails that these tags ask for, else English."""
    return next(filter(None, map(known, tags)), SOURCE)


def accepted(header: str, among: Collection[str]) -> str:
    """Return the code `among` these that an `Accept-Language` prefers, empty for none.

    Source: RFC 9110 12.5.4.
    """
    best, best_quality = "", 0.0
    for tag, quality in weights_of(header).items():
        code = known(tag)
        if code in among and quality > best_quality:
            best, best_quality = code, quality
    return best


@cache
def _by_tag() -> Mapping[str, str]:
    return {code.lower(): code for code in mail_languages()}


def prefer(code: str) -> None:
    """Say the present request in the language of this code, unless its address asks for another.

    Nothing changes for no code of ours, as for who never chose.
    """
    held = _active.get(None)
    if held and not held[0].is_chosen and code in languages():
        held[0] = languages()[code]


def present() -> Language:
    """Return the language of the present request; English when nobody set one."""
    held = _active.get(None)
    return held[0] if held else languages()[SOURCE]


def gettext(sentence: str) -> str:
    """Return the sentence in the reader's language; unchanged when nobody has translated it."""
    return _catalogue(present().code).gettext(sentence) if sentence else ""


def ngettext(one: str, many: str, n: int) -> str:
    """Return the one or the other sentence in the reader's language, as `n` requires."""
    return _catalogue(present().code).ngettext(one, many, n)


@cache
def _catalogue(code: str) -> NullTranslations:
    if code == SOURCE:
        return NullTranslations()
    folder = CATALOGUES if code in languages() else _OF_MAIL
    with (folder / f"{code}.po").open("rb") as file:
        found = read_po(file, locale=code, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, found)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _language(code: str) -> Language:
    try:
        locale = _LOCALES.get(code) or Locale.parse(code, sep="-")
    except UnknownLocaleError:  # pragma: no cover - a file of `catalogues/` is named wrongly
        raise ValueError(f"{code}.po names no language that Babel knows") from None
    return Language(code, Locale.parse(code, sep="-").get_display_name() or code, locale)
