"""Who is erased is gone from the files of readers too, and their import says what it needs now."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import func, select

from app.actors import CLI
from app.db.session import Sessions, transaction
from app.enums import ConsentSource, Depth, ImportState
from app.errors import WrongState
from app.models import Import, ImportBadRow, ImportPiece, Subscriber
from app.readers.consent import Origin
from app.readers.erasure import erase
from app.readers.imports.reading import SHOWN
from app.readers.imports.upload import (
    FormatHints,
    add_piece,
    begin_import,
    change_import,
    end_upload,
    start,
)
from tests.factories import make_subscriber
from tests.readers.importing import Importer
from tests.readers.whole_database import places_of, spellings

GONE = "secret.person@example.com"
FILE = f"email,status\nann@example.com,active\n{GONE.title()},active\nbob@example.com,active\n"

EraseThem = Callable[[], None]


@pytest.fixture
def erase_them(sessions: Sessions, now: datetime) -> EraseThem:
    """Return a function that erases the reader GONE, who is there from the beginning."""
    with transaction(sessions) as session:
        reader: Subscriber = make_subscriber(session, GONE)

    def do() -> None:
        with transaction(sessions) as session:
            erase(session, None, reader.id, now, Origin(ConsentSource.PAGE))

    return do


def _places(sessions: Sessions, needle: str = GONE) -> set[str]:
    with transaction(sessions) as session:
        return places_of(session, spellings(needle))


def _lines_of_bad_rows(sessions: Sessions) -> list[int]:
    with transaction(sessions) as session:
        return list(session.scalars(select(ImportBadRow.line).order_by(ImportBadRow.line)))


def test_import_that_was_read_is_started_without_its_file_and_without_who_was_erased(
    importer: Importer, sessions: Sessions, erase_them: EraseThem
) -> None:
    row = importer.read(FILE)
    assert _places(sessions) >= {"import_pieces.data", "import_rows.address"}
    erase_them()
    assert _places(sessions) == set()
    assert importer.shown(row.id).state is ImportState.READY
    with pytest.raises(WrongState, match="upload it again"), transaction(sessions) as session:
        change_import(session, CLI, row.id, {"depth": Depth.DEEP}, importer.now)
    with transaction(sessions) as session:
        start(session, CLI, row.id, "They signed up on our old site.", importer.now)
    done = importer.finish(row.id)
    assert (done.state, done.counts) == (ImportState.DONE, {"added": 2})


def test_import_that_was_still_to_be_read_fails_and_asks_for_its_file_again(
    importer: Importer, sessions: Sessions, erase_them: EraseThem
) -> None:
    import_id = importer.upload(FILE)
    erase_them()
    assert _places(sessions, "@example.com") == set()
    row = importer.shown(import_id)
    assert (row.state, importer.advance(import_id)) == (ImportState.FAILED, False)
    assert row.error is not None
    assert row.error.endswith("upload it again.")


def test_file_that_is_still_coming_in_is_refused_from_then_on(
    sessions: Sessions, erase_them: EraseThem, now: datetime
) -> None:
    with transaction(sessions) as session:
        row = begin_import(session, "readers.csv", follows=0, depth=Depth.BRIEF, now=now)
        add_piece(session, row.id, FILE.encode())
    erase_them()
    assert _places(sessions) == set()
    with pytest.raises(WrongState, match="upload it again"), transaction(sessions) as session:
        add_piece(session, row.id, b"more")
    with pytest.raises(WrongState, match="upload it again"), transaction(sessions) as session:
        end_upload(session, CLI, row.id, "utf-8", FormatHints())


def test_import_that_is_adding_goes_on_without_who_was_erased(
    importer: Importer, sessions: Sessions, erase_them: EraseThem
) -> None:
    row = importer.read(FILE)
    with transaction(sessions) as session:
        start(session, CLI, row.id, "They signed up on our old site.", importer.now)
    erase_them()
    assert _places(sessions) == set()
    assert importer.finish(row.id).counts == {"added": 2}


@pytest.mark.parametrize("border", range(1, len(GONE)))
def test_file_goes_where_the_address_lies_across_the_border_of_two_pieces(
    sessions: Sessions, erase_them: EraseThem, now: datetime, border: int
) -> None:
    with transaction(sessions) as session:
        row = begin_import(session, "readers.csv", follows=0, depth=Depth.BRIEF, now=now)
        add_piece(session, row.id, f"email,n\nann@example.com,1\n{GONE[:border]}".encode())
        add_piece(session, row.id, f"{GONE[border:]},1\n".encode())
        end_upload(session, CLI, row.id, "utf-8", FormatHints())
    assert "import_pieces.data" not in _places(sessions)
    erase_them()
    with transaction(sessions) as session:
        assert session.scalar(select(func.count()).select_from(ImportPiece)) == 0


def test_bad_rows_that_name_them_go_and_those_of_others_stay(
    importer: Importer, sessions: Sessions, erase_them: EraseThem
) -> None:
    long = "x" * (SHOWN - len("secret.person@ex")) + GONE
    importer.read(
        f"email,status\nann@example.com,{GONE.upper()}\nno address,{long}\n{GONE},odd\n"
        f"nobody,{long.replace('secret', 'public')}\nbob@example.com,odd\n"
    )
    assert _lines_of_bad_rows(sessions) == [2, 3, 4, 5, 6]
    erase_them()
    assert _lines_of_bad_rows(sessions) == [5, 6]
    assert _places(sessions, "secret.person") == set()


def test_file_that_spells_their_domain_in_its_own_letters_goes_too(
    importer: Importer, sessions: Sessions, now: datetime
) -> None:
    with transaction(sessions) as session:
        reader: Subscriber = make_subscriber(session, "ada@xn--strae-oqa.de")
    importer.read("email,n\nAda@Straße.de,1\n")
    with transaction(sessions) as session:
        erase(session, None, reader.id, now, Origin(ConsentSource.PAGE))
    assert _places(sessions, "straße.de") == set()


def test_import_without_them_keeps_its_file(
    importer: Importer, sessions: Sessions, erase_them: EraseThem
) -> None:
    row = importer.read("email,status\nann@example.com,active\nbob@example.com,odd\n")
    erase_them()
    with transaction(sessions) as session:
        change_import(session, CLI, row.id, {"depth": Depth.DEEP}, importer.now)
    assert importer.finish(row.id).counts == {"added": 1}
    with transaction(sessions) as session:
        assert session.get_one(Import, row.id).depth is Depth.DEEP
