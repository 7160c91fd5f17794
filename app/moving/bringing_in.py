"""Bringing in: an export into an empty installation, whole or not at all (docs/export.md)."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import Table, delete, func, literal_column, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import record_step
from app.container import Container
from app.db.copying import insert_json
from app.db.session import transaction
from app.delivery.account import pause_account
from app.delivery.alone import reason_of
from app.delivery.partitions import ISSUES_EACH, ensure_partition
from app.errors import InvalidInput, WrongState
from app.image_names import is_image_name
from app.models import DeliveryCount, Issue
from app.moving.lines import some_at_a_time
from app.moving.manifest import IMAGES, File, Manifest, read_manifest
from app.moving.tables import LATER, ONE_ROW, exported_columns, exported_tables
from app.moving.taking_out import Tell, schema_of
from app.readers.pepper import check_pepper
from app.sentences import Sentence

HELD: Final = (
    "All was brought in from an export. Stop where it comes from, then follow docs/export.md."
)


def bring_in(
    container: Container, actor: Actor, folder: Path, tell: Tell = lambda _name, _n: None
) -> Manifest:
    """Bring an export into this installation, which must be empty, and hold all sending.

    Every row keeps its number, and further ones go on behind them. It is one transaction: an
    import that is killed has done nothing. Memory is flat. Images are kept first, which does no
    harm without the rest.

    Raises:
        InvalidInput: the export is not whole, not of this schema, or a row of it cannot be taken.
        WrongState: there is something here already, or the database is not migrated.
        ConfigError: the export was made under another pepper.
    """
    manifest = read_manifest(folder)
    _check(manifest, schema_of(container))
    _keep_images(container, folder, manifest)
    with transaction(container.sessions) as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        _refuse_filled(session)
        for table in exported_tables():
            file = manifest.files[table.name]
            _fill(session, table, folder, file)
            tell(table.name, file.n_rows)
            if table.name == "installations":
                session.expire_all()
                check_pepper(session, container.pepper)
        _fill_later(session, folder)
        now = container.clock()
        pause_account(session, actor, HELD, now)
        after = {"made_at": manifest.made_at}
        record_step(session, actor, Verb.BRING_IN, "database", now, after=after)
    return manifest


def _check(manifest: Manifest, schema: str) -> None:
    """Raise InvalidInput where the export is not of this schema, to the column."""
    if manifest.schema != schema:
        raise InvalidInput(
            Sentence(
                "The export is of schema %(theirs)s and this version has %(ours)s: bring it in with"
                " the version that made it, and upgrade then.",
                theirs=manifest.schema,
                ours=schema,
            )
        )
    ours = {table.name: exported_columns(table) for table in exported_tables()}
    if ours != {name: file.columns for name, file in manifest.files.items()}:
        raise InvalidInput(
            Sentence("The export does not have the files and columns that this version writes.")
        )


def _refuse_filled(session: Session) -> None:
    """Take all tables for this transaction alone; raise WrongState where one has rows."""
    tables = exported_tables()
    names = ", ".join(table.name for table in tables)
    session.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))
    filled = [
        table.name
        for table in tables
        if table.name not in ONE_ROW
        and session.execute(select(literal_column("1")).select_from(table).limit(1)).first()
    ]
    if filled:
        raise WrongState(
            Sentence(
                "An export is brought into an empty installation, and this one has rows in"
                " %(tables)s. Make a new database, run devoured migrate, and nothing else before.",
                tables=", ".join(filled),
            )
        )


def _fill(session: Session, table: Table, folder: Path, file: File) -> None:
    columns = exported_columns(table)
    if table.name == LATER[0]:
        columns.remove(LATER[1])
    if table.name in ONE_ROW:
        session.execute(delete(table))
    if table.name == "deliveries":
        _make_partitions(session)
    digest, n_rows = hashlib.sha256(), 0
    for lines in _chunks(folder, table.name):
        try:
            insert_json(session, table.name, columns, lines)
        except DBAPIError as error:
            raise _bad(table.name, n_rows, len(lines), error) from None
        digest.update(b"".join(lines))
        n_rows += len(lines)
    if (n_rows, digest.hexdigest()) != (file.n_rows, file.sha256):
        raise InvalidInput(
            Sentence(
                "%(table)s.ndjson is not as it was written: it has %(n)s of %(n_all)s rows, or"
                " others.",
                table=table.name,
                n=n_rows,
                n_all=file.n_rows,
            )
        )
    if file.last_number is not None or (n_rows and "id" in table.columns):
        _go_on_behind(session, table, file.last_number or 0)


def _go_on_behind(session: Session, table: Table, last_number: int) -> None:
    """Let further rows be numbered behind all that ever were."""
    greatest = func.greatest(last_number, select(func.max(table.columns["id"])).scalar_subquery())
    sequence = func.pg_get_serial_sequence(table.name, "id")
    session.execute(select(func.setval(sequence, greatest)).where(sequence.is_not(None)))


def _chunks(folder: Path, name: str) -> Iterator[list[bytes]]:
    try:
        with (folder / f"{name}.ndjson").open("rb") as lines:
            yield from some_at_a_time(lines)
    except FileNotFoundError:
        raise InvalidInput(
            Sentence("%(table)s.ndjson is missing in the export.", table=name)
        ) from None


def _bad(name: str, n_before: int, n_lines: int, error: DBAPIError) -> InvalidInput:
    """Say which lines a table does not take and why, without an address that stands in them."""
    return InvalidInput(
        Sentence(
            "%(table)s.ndjson cannot be taken, in one of the lines %(first)s to %(last)s: %(why)s.",
            table=name,
            first=n_before + 1,
            last=n_before + n_lines,
            why=reason_of(error),
        )
    )


def _make_partitions(session: Session) -> None:
    """Make the partitions of the Issues whose ledger was not dropped."""
    kept = select(func.min(Issue.id)).where(
        Issue.launched_at.is_not(None), Issue.id.not_in(select(DeliveryCount.issue_id))
    )
    for issue_id in session.scalars(kept.group_by(Issue.id / ISSUES_EACH)):
        ensure_partition(session, issue_id)


def _fill_later(session: Session, folder: Path) -> None:
    """Fill the column that refers to a table that came later; versions stay as they are."""
    table, column = LATER
    session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    for lines in _chunks(folder, table):
        session.execute(
            text(
                f"UPDATE {table} t SET {column} = r.{column}"  # noqa: S608  # names of ours
                f" FROM json_populate_recordset(NULL::{table}, CAST(:rows AS json)) r"
                f" WHERE r.id = t.id AND r.{column} IS NOT NULL"
            ),
            {"rows": f"[{b','.join(lines).decode()}]"},
        )
    session.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def _keep_images(container: Container, folder: Path, manifest: Manifest) -> None:
    """Keep the images of an export; raise InvalidInput for one that is not as it was written."""
    if manifest.images and container.images is None:
        raise WrongState(
            Sentence("The export has images, and none are kept here: set DEVOURED_IMAGES.")
        )
    for name, sha256 in manifest.images.items():
        data = (folder / IMAGES / name).read_bytes() if is_image_name(name) else b""
        if hashlib.sha256(data).hexdigest() != sha256:
            raise InvalidInput(Sentence("The image %(name)s is not as it was written.", name=name))
        assert container.images is not None  # noqa: S101  # asked above
        container.images.put(name, data)
