"""Everything out and in again: what is brought in is what was there, table by table."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.images.stores import FolderImages
from app.moving.tables import exported_columns, exported_tables, key_of
from app.readers.pepper import check_pepper
from app.settings import Settings
from tests.cli.conftest import Devoured
from tests.factories import PEPPER, make_subscriber
from tests.moving.filling import IMAGE, fill_all

Tables = dict[str, list[Any]]


def rows_of(session: Session) -> Tables:
    """Return the rows of every exported table, as PostgreSQL writes them."""
    session.rollback()
    found = {}
    for table in exported_tables():
        columns = ", ".join(exported_columns(table))
        order = ", ".join(key_of(table))
        query = f"SELECT t::text FROM (SELECT {columns} FROM {table.name} ORDER BY {order}) t"  # noqa: S608  # names of ours
        found[table.name] = list(session.scalars(text(query)))
    return found


@pytest.fixture
def filled(session: Session) -> Tables:
    fill_all(session)
    check_pepper(session, PEPPER)
    session.commit()
    return rows_of(session)


def test_what_is_brought_in_is_what_was_taken_out(
    bare_house: Devoured,
    filled: Tables,
    session: Session,
    tmp_path: Path,
    settings: Settings,
    empty_again: Callable[[], None],
) -> None:
    folder = tmp_path / "out"
    images = FolderImages(Path(settings.images))
    images.put(IMAGE, b"of an image")
    assert all(filled.values())

    ran = bare_house("export-all", str(folder))

    assert ran.code == 0, ran.err
    assert folder.stat().st_mode & 0o777 == 0o700
    _look_at_both_forms(folder)

    session.close()
    images.delete(IMAGE)
    empty_again()
    ran = bare_house("import-all", str(folder))

    assert ran.code == 0, ran.err
    brought = rows_of(session)
    *audit, paused, last = brought["audit_entries"]
    assert brought | {"audit_entries": audit} == filled
    assert "pause_account" in paused
    assert "bring_in" in last
    because = session.scalars(text("SELECT paused_because FROM accounts")).one()
    assert "export.md" in because
    assert images.get(IMAGE) == b"of an image"


def _look_at_both_forms(folder: Path) -> None:
    for table in exported_tables():
        lines = (folder / f"{table.name}.ndjson").read_text().split("\n")[:-1]
        rows = [json.loads(line) for line in lines]
        with (folder / f"{table.name}.csv").open(newline="") as file:
            heading, *cells = csv.reader(file)
        assert heading == exported_columns(table) == list(rows[0])
        assert len(cells) == len(rows)


def test_what_cannot_be_brought_in_is_refused_whole(
    bare_house: Devoured,
    session: Session,
    tmp_path: Path,
    empty_again: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("ann@example.com", "ben@example.com"):
        make_subscriber(session, name)
    check_pepper(session, PEPPER)
    session.commit()
    folder, file = tmp_path / "out", tmp_path / "out" / "subscribers.ndjson"

    def refused(code: int, *words: str) -> None:
        ran = bare_house("import-all", str(folder))
        assert ran.code == code, ran.err
        assert all(word in ran.err for word in words), ran.err
        assert "ann@" not in ran.err

    refused(2, "manifest.json")
    assert bare_house("export-all", str(folder)).code == 0
    assert bare_house("export-all", str(folder)).code == 2
    refused(1, "subscribers", "new database")

    session.close()
    empty_again()
    before = rows_of(session)
    session.close()
    lines = file.read_text()
    first = lines[: lines.index("\n") + 1]
    for damaged, words in (
        (first, ("subscribers.ndjson", "1 of 2 rows")),
        (lines.replace("ben@", "eve@"), ("subscribers.ndjson", "not as it was written")),
        (lines[:-20], ("subscribers.ndjson", "lines 1 to 2")),
        (first * 2, ("subscribers.ndjson", "lines 1 to 2", "pk_subscribers")),
        (
            re.sub(r'"id":\d+', '"id":"ann@example.com"', lines),
            ("subscribers.ndjson", "lines 1 to 2"),
        ),
    ):
        file.write_text(damaged)
        refused(2, *words)
    file.unlink()
    refused(2, "subscribers.ndjson is missing")
    file.write_text(lines)
    monkeypatch.setenv("DEVOURED_ADDRESS_PEPPER", "another pepper than that of the export")
    refused(2, "DEVOURED_ADDRESS_PEPPER")
    assert rows_of(session) == before
