"""Taking out: all that is kept, as NDJSON and as CSV, of one instant (docs/export.md)."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import Table, text
from sqlalchemy.orm import Session

from app.container import Container
from app.db.copying import json_lines
from app.db.migrate import current, head
from app.db.session import transaction
from app.errors import InvalidInput, Unavailable, WrongState
from app.images.stores import ImageStore
from app.moving.lines import some_at_a_time
from app.moving.manifest import FORM, IMAGES, File, Manifest, write_manifest
from app.moving.tables import CONDITIONS, exported_columns, exported_tables, key_of
from app.outside.base import StoreError
from app.readers.export import to_csv
from app.sentences import Sentence

_PRIVATE: Final = 0o700
_LAST_NUMBER: Final = text(
    "SELECT pg_sequence_last_value(pg_get_serial_sequence(:table, 'id')::regclass)"
)

Tell = Callable[[str, int], None]
"""Is told each file once it is written: its name and its rows."""


def take_out(container: Container, folder: Path, tell: Tell = lambda _name, _n: None) -> Manifest:
    """Write all that is kept into a new folder, as it is at one instant, and return what it is.

    Nothing is locked and memory is flat; what goes on meanwhile is not in it. Only who runs this
    may read the files. Opens a transaction of its own.

    Raises:
        InvalidInput: the folder has something in it.
        Unavailable: where images are kept does not answer.
        WrongState: the database has not been migrated to what this version needs.
        OSError: the disk refuses.
    """
    _make(folder)
    schema = schema_of(container)
    with transaction(container.sessions) as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        session.execute(text("SET TRANSACTION READ ONLY"))
        session.execute(text("SET LOCAL statement_timeout = 0"))
        files: dict[str, File] = {}
        for table in exported_tables():
            files[str(table.name)] = _write(session, table, folder)
            tell(table.name, files[table.name].n_rows)
    images = _write_images(container.images, folder)
    manifest = Manifest(FORM, container.clock(), schema, files, images)
    write_manifest(folder, manifest)
    return manifest


def _make(folder: Path) -> None:
    folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise InvalidInput(
            Sentence("The folder has something in it; an export is written into an empty one.")
        )
    folder.chmod(_PRIVATE)


def schema_of(container: Container) -> str:
    """Return the revision of the database, which is what this version needs.

    Raises:
        WrongState: it is another one.
    """
    if current(container.settings.database_url) != head():
        raise WrongState(
            Sentence(
                "The database is not at %(head)s, which this version needs: run devoured migrate.",
                head=head(),
            )
        )
    return head()


def _write(session: Session, table: Table, folder: Path) -> File:
    """Write one table in both forms."""
    columns = exported_columns(table)
    lines = json_lines(session, table.name, columns, key_of(table), CONDITIONS.get(table.name, ""))
    digest, n_rows = hashlib.sha256(), 0
    with (
        (folder / f"{table.name}.ndjson").open("xb") as as_json,
        (folder / f"{table.name}.csv").open("xb") as as_csv,
    ):
        as_csv.write(to_csv([columns]).encode())
        for some in some_at_a_time(lines):
            as_json.writelines(some)
            digest.update(b"".join(some))
            as_csv.write(to_csv(map(_cells, some)).encode())
            n_rows += len(some)
    last = session.scalar(_LAST_NUMBER, {"table": table.name}) if "id" in table.columns else None
    return File(n_rows, digest.hexdigest(), columns, last)


def _cells(line: bytes) -> list[str]:
    return [_cell(value) for value in orjson.loads(line).values()]


def _cell(value: Any) -> str:
    """Return a value as a cell: nothing for none, `true` and `false`, JSON for what has parts."""
    match value:
        case None:
            return ""
        case str():
            return value
        case _:
            return orjson.dumps(value).decode()


def _write_images(store: ImageStore | None, folder: Path) -> dict[str, str]:
    """Write the bytes of each image that the file of images names, and return their SHA-256.

    One whose bytes are gone is left out: whoever looks at it finds it missing today, too.
    """
    found: dict[str, str] = {}
    if store is None:
        return found
    (folder / IMAGES).mkdir()
    with (folder / "images.ndjson").open("rb") as lines:
        for line in lines:
            name = orjson.loads(line)["name"]
            try:
                data = store.get(name)
            except StoreError as error:
                raise Unavailable(
                    Sentence("Where images are kept %(why)s.", why=str(error))
                ) from None
            if data is not None:
                (folder / IMAGES / name).write_bytes(data)
                found[name] = hashlib.sha256(data).hexdigest()
    return found
