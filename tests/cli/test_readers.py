"""`devoured readers`: a file is shown before it is added, added once, and survives a kill."""

import csv
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.db.session import Sessions, transaction
from app.models import Consent, Import, Subscriber
from app.settings import Settings
from app.words import ImportState, SubscriberState
from tests.cli.conftest import Devoured, environment_of
from tests.factories import make_category, make_subscriber

NO_ADDRESS = "address: A mail address has an @ in it, as in name@example.com."
CONSENT = ("--consent", "They signed up on our old site.")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "old.csv"
    path.write_text(
        "E-mail;Status;Note\nann@example.com;subscribed;=1+1\nleft@example.com;subscribed;\n"
        "bob@example.com;cleaned;\nnobody;subscribed;=cmd\n"
    )
    return path


def n_active(sessions: Sessions) -> int:
    with transaction(sessions) as session:
        active = Subscriber.state == SubscriberState.ACTIVE
        return session.scalar(select(func.count()).where(active)) or 0


def test_dry_run_shows_columns_counts_and_bad_rows_and_adds_nobody(
    house: Devoured, sessions: Sessions, file: Path
) -> None:
    with transaction(sessions) as session:
        make_subscriber(session, "left@example.com", state=SubscriberState.LEFT)

    ran = house("readers", "import", str(file), "--dry-run")

    assert ran.code == 0, ran.err
    assert "E-mail" in ran.out
    assert "address" in ran.out
    for said in ("become active", "spared: they left", "the file says they bounced", "bad"):
        assert said in ran.out
    assert "1 bad row of 4" in ran.err
    assert "line 5: address:" in ran.err
    assert n_active(sessions) == 0
    with transaction(sessions) as session:
        assert session.scalars(select(Import.id)).all() == []


def test_import_adds_and_writes_bad_rows_to_a_file(
    house: Devoured, sessions: Sessions, file: Path
) -> None:
    with transaction(sessions) as session:
        make_category(session, "ai")

    ran = house("readers", "import", str(file), *CONSENT)

    assert ran.code == 0, ran.err
    assert "1 is done: 2 new readers." in ran.out
    assert n_active(sessions) == 2
    with file.with_name("old.csv.bad.csv").open(newline="") as bad:
        assert list(csv.reader(bad)) == [
            ["line", "reason", "E-mail", "Status", "Note"],
            [
                "5",
                NO_ADDRESS,
                "nobody",
                "subscribed",
                "'=cmd",
            ],
        ]
    again = house("readers", "import", str(file), *CONSENT)
    assert "0 new readers" in again.out
    assert n_active(sessions) == 2
    assert "old.csv" in house("readers", "imports").out


def test_export_prints_everybody(house: Devoured, sessions: Sessions) -> None:
    with transaction(sessions) as session:
        make_subscriber(session, "ann@example.com")

    ran = house("readers", "export")

    assert ran.code == 0
    assert ran.out.startswith("address,state,categories")
    assert "ann@example.com,active" in ran.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--consent"),
        (("--dry-run", "--map", "colour=Note"), "FIELD=COLUMN"),
        (("--dry-run", "--map", "address=Nowhere"), "no column “Nowhere”"),
        (("--dry-run", "--encoding", "ebcdic"), "utf-16"),
        (("--dry-run", "--form", "pigeon"), "mailchimp"),
        (("--dry-run", "--categories", "sport"), "sport"),
    ],
)
def test_import_is_refused_in_one_line_when_something_is_wrong(
    house: Devoured, sessions: Sessions, file: Path, arguments: tuple[str, ...], says: str
) -> None:
    ran = house("readers", "import", str(file), *arguments)

    assert ran.code == 2
    assert says in ran.err
    assert ran.err.count("\n") == 1
    with transaction(sessions) as session:
        assert session.scalars(select(Import.id)).all() == []


def test_missing_file_is_said(house: Devoured) -> None:
    ran = house("readers", "import", "nowhere.csv", "--dry-run")

    assert (ran.code, ran.err) == (2, "devoured: nowhere.csv: No such file or directory\n")


@pytest.mark.parametrize("state", [ImportState.READING, ImportState.ADDING])
def test_killed_import_leaves_no_one_half_added_and_ends_the_same(
    house: Devoured, sessions: Sessions, settings: Settings, tmp_path: Path, state: ImportState
) -> None:
    file = tmp_path / "many.csv"
    n_readers = 120_000
    file.write_text(
        "email,status\n"
        + "".join(f"reader{n}@example.com,active\n" for n in range(n_readers))
        + "left@example.com,active\n"
    )
    with transaction(sessions) as session:
        make_subscriber(session, "left@example.com", state=SubscriberState.LEFT)
    child = subprocess.Popen(  # noqa: S603  # ourselves
        [sys.executable, "-m", "app.cli", "readers", "import", str(file), *CONSENT],
        env={**os.environ, **environment_of(settings)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _kill_amid(sessions, state, child)
    with transaction(sessions) as session:
        n_here = session.scalar(
            select(func.count()).where(Subscriber.state == SubscriberState.ACTIVE)
        )
        assert session.scalar(select(func.count()).select_from(Consent)) == n_here
        assert session.scalars(select(Import.state)).one() is state
    assert (n_here or 0) < n_readers

    ran = house("readers", "import", str(file), *CONSENT)

    assert ran.code == 0, ran.err
    assert n_active(sessions) == n_readers
    with transaction(sessions) as session:
        left = session.scalars(select(Subscriber).where(Subscriber.address_key.like("left@%")))
        assert left.one().state is SubscriberState.LEFT
        assert session.scalar(select(func.count()).select_from(Consent)) == n_readers


def _kill_amid(sessions: Sessions, state: ImportState, child: "subprocess.Popen[bytes]") -> None:
    """Kill the child once its import has done a first step in this state, and before its last.

    Its row is locked meanwhile, so that no further step can be committed.
    """
    until = time.monotonic() + 60
    begun = Import.next_slot > 0 if state is ImportState.ADDING else Import.read_at > 0
    amid = select(Import.id).where(Import.state == state, begun).with_for_update()
    try:
        while time.monotonic() < until and child.poll() is None:
            with transaction(sessions) as session:
                if session.scalar(amid):
                    child.kill()
                    child.wait()
                    return
            time.sleep(0.002)
        pytest.fail("the import was over before it could be killed")
    finally:
        child.kill()
        child.wait()
