"""Understood: every name of a column that is known here, as the tables of docs/import.md."""

from collections.abc import Iterable, Mapping

from app.readers.imports.fields import NOTHING, Field
from app.readers.imports.names import NAMES, SAYS_NOTHING
from app.readers.imports.services import SERVICES


def understood() -> str:
    """Return the tables: what names mean in any file, and in the exports of services.

    Names are folded: small letters, without accents, `_` between words; `*` is any end.
    """
    general = [(meaning.value, _ticked(names)) for meaning, names in NAMES.items()]
    general.append((NOTHING, _ticked(SAYS_NOTHING)))
    services = [
        (
            f"`{form.name}`",
            "; or ".join(map(_ticked, form.marks)),
            _meant(form.columns, form.nothing),
        )
        for form in SERVICES
        if form.marks
    ]
    return "\n\n".join(
        [
            _table(("field", "names in any file"), general),
            _table(("service", "known by", "what it means by its names"), services),
        ]
    )


def _meant(columns: Mapping[Field, str], nothing: str) -> str:
    meanings = [f"{meaning}: {_ticked(names)}" for meaning, names in columns.items()]
    if nothing:
        meanings.append(f"{NOTHING}: {_ticked(nothing)}")
    return "; ".join(meanings)


def _ticked(names: str) -> str:
    return " ".join(f"`{name}`" for name in names.split())


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
