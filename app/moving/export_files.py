"""An export of posts as it lies there: an archive, a folder, or its one file."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import orjson

from app.errors import InvalidInput, TooLarge
from app.moving.posts import Files, Row, Source, folded, source_of
from app.sentences import Sentence

MAX_BYTES: Final = 512 << 20
"""What all texts of an export may hold."""

MAX_FILES: Final = 100_000
_TABLES: Final = ("posts.csv", "emails.csv", "emails.json")
_TEXTS: Final = (".csv", ".json", ".html", ".md")
_MAX_CELL: Final = 16 << 20


def read_export(path: Path) -> tuple[Source, list[Row], Files]:
    """Return whose export this is, its posts, and its other files by name.

    All of it is in memory, texts alone: an export of a daily issue over ten years is 50 MB.

    Raises:
        InvalidInput: there are no posts in it, or of a service that is not known.
        TooLarge: it holds more than `MAX_BYTES`.
        OSError: it cannot be read.
    """
    texts = dict(_texts(path))
    name = next((one for one in _TABLES if one in texts), "")
    if not name:
        name = next((one for one in texts if one.endswith((".json", ".csv"))), "")
    if not name:
        raise InvalidInput(
            Sentence("There is no table of posts in it, such as %(known)s.", known=[*_TABLES])
        )
    rows = [folded(row) for row in _rows(name, texts.pop(name))]
    if not rows:
        raise InvalidInput(Sentence("%(name)s has no post in it.", name=name))
    return source_of(rows[0]), rows, texts


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the texts of an export, by their names without the folder that holds all of them."""
    if path.is_dir():
        found = [one for one in path.rglob("*") if one.suffix in _TEXTS and one.is_file()]
        _refuse_large(sum(one.stat().st_size for one in found), len(found))
        for one in sorted(found):
            yield one.relative_to(path).as_posix(), _decoded(one.name, one.read_bytes())
    elif zipfile.is_zipfile(path):
        yield from _unzipped(path)
    else:
        _refuse_large(path.stat().st_size, 1)
        yield path.name, _decoded(path.name, path.read_bytes())


def _unzipped(path: Path) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(path) as archive:
        found = [
            one
            for one in archive.infolist()
            if one.filename.endswith(_TEXTS) and not one.filename.startswith("__MACOSX")
        ]
        _refuse_large(sum(one.file_size for one in found), len(found))
        tops = {PurePosixPath(one.filename).parts[0] for one in found}
        top = f"{tops.pop()}/" if len(tops) == 1 else ""
        for one in found:
            try:
                data = archive.read(one)
            except (RuntimeError, zipfile.BadZipFile, NotImplementedError):
                raise InvalidInput(
                    Sentence("%(name)s in the archive is damaged or locked.", name=one.filename)
                ) from None
            yield one.filename.removeprefix(top), _decoded(one.filename, data)


def _refuse_large(n_bytes: int, n_files: int) -> None:
    if n_bytes > MAX_BYTES or n_files > MAX_FILES:
        raise TooLarge(
            Sentence(
                "An export of posts may have %(most)s MiB of texts in %(n_files)s files at most.",
                most=MAX_BYTES >> 20,
                n_files=MAX_FILES,
            )
        )


def _decoded(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError:
        raise InvalidInput(Sentence("%(name)s is not UTF-8.", name=name)) from None


def _rows(name: str, text: str) -> Iterator[Mapping[str, Any]]:
    if name.endswith(".csv"):
        csv.field_size_limit(_MAX_CELL)
        try:
            for row in csv.DictReader(io.StringIO(text, newline="")):
                yield {key: value for key, value in row.items() if key and value is not None}
        except csv.Error as error:
            raise _unreadable(name, str(error)) from None
        return
    try:
        yield from _listed(orjson.loads(text))
    except orjson.JSONDecodeError as error:
        raise _unreadable(name, str(error)) from None


def _listed(said: Any) -> list[Mapping[str, Any]]:
    """Return the posts of a JSON file: a list of them, or the first database of Ghost's."""
    if isinstance(said, dict):
        databases = said.get("db")
        inner = databases[0] if isinstance(databases, list) and databases else said
        data = inner.get("data") if isinstance(inner, dict) else None
        said = data.get("posts") if isinstance(data, dict) else None
    if not isinstance(said, list):
        return []
    return [one for one in said if isinstance(one, dict)]


def _unreadable(name: str, why: str) -> InvalidInput:
    return InvalidInput(Sentence("%(name)s cannot be read: %(why)s", name=name, why=why))
