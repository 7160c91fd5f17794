"""The manifest of an export: what its files hold, by which whoever brings it in knows it whole."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import orjson
from pydantic import TypeAdapter, ValidationError

from app.errors import InvalidInput
from app.sentences import Sentence

NAME: Final = "manifest.json"
FORM: Final = 1
IMAGES: Final = "images"
"""The folder below an export's that holds the bytes of images."""


@dataclass(frozen=True)
class File:
    """One table's file: its rows, the SHA-256 of its NDJSON, its columns in their order.

    `last_number` is the last that was given to a row, also to one that is deleted; None where rows
    are not numbered, or none ever was.
    """

    n_rows: int
    sha256: str
    columns: list[str]
    last_number: int | None


@dataclass(frozen=True)
class Manifest:
    """What an export holds, and of which schema; it is written last, so a cut export has none.

    `images` are the names of the images whose bytes are in it, with their SHA-256.
    """

    form: int
    made_at: datetime
    schema: str
    files: dict[str, File]
    images: dict[str, str]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it beside the files."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    (folder / NAME).write_bytes(orjson.dumps(asdict(manifest), option=options))


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of an export.

    Raises:
        InvalidInput: there is none, or it is not ours.
    """
    try:
        text = (folder / NAME).read_bytes()
    except OSError:
        raise InvalidInput(
            Sentence(
                "There is no %(name)s in this folder: it is no export, or one that did not end.",
                name=NAME,
            )
        ) from None
    try:
        return TypeAdapter(Manifest).validate_json(text)
    except ValidationError:
        raise InvalidInput(
            Sentence("%(name)s is not one that this version writes.", name=NAME)
        ) from None
