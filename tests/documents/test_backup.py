"""The commands of docs/backup.md: a base backup, the log, and a recovery to a moment between."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import text

from app.container import Container, build
from app.db import migrate
from app.db.session import transaction
from app.delivery.account import account_pause
from app.delivery.send_epoch import SendEpoch, raise_epoch
from app.enums import ConsentSource, SubscriberState
from app.models import Subscriber
from app.readers.consent import Origin
from app.readers.leave import leave
from app.settings import Settings
from localdev.postgres import LocalPostgres, server_programs, start_postgres
from tests.cli.conftest import environment_of
from tests.documents.pages import COMMANDS, DOCS, Block, blocks
from tests.factories import make_subscriber

_BLOCKS: Final = [one for one in blocks(DOCS / "backup.md") if one.language == COMMANDS]
_SERVER: Final = re.compile(r"systemctl (stop|start|restart) postgresql")
_SECONDS: Final = 120


@dataclass
class Host:
    """The host of a database of its own; `systemctl` is done by us."""

    folder: Path
    said: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    _running: ExitStack = field(default_factory=ExitStack)
    postgres: LocalPostgres | None = None

    @property
    def data(self) -> Path:
        return self.folder / "postgres" / "data"

    def start(self) -> None:
        _give(self.data, self.folder / "postgres")
        starting = start_postgres(self.folder / "postgres", durable=False)
        self.postgres = self._running.enter_context(starting)

    def stop(self) -> None:
        self._running.close()

    def type(self, block: Block, meant: Mapping[str, str]) -> None:
        """Do what the block says, where it says `systemctl` by starting or stopping."""
        if verb := _SERVER.fullmatch(block.text.strip()):
            if verb[1] != "start":
                self.stop()
            if verb[1] != "stop":
                self.start()
            return
        if block.text.startswith("export "):  # a real host's values of what we have, too
            assert {*re.findall(r"(\w+)=", block.text)} <= {*self.variables, "PGHOST"}
            return
        script = block.text
        for there, here in meant.items():
            script = script.replace(there, here)
        assert self.postgres is not None
        done = subprocess.run(  # noqa: S603  # what the page says
            ["/bin/bash", "-c", f"set -euo pipefail\n{script}"],
            env={
                **self.variables,
                "PGHOST": str(self.postgres.path),
                "DEVOURED_DATABASE_URL": self.postgres.url,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{block.place}:\n{done.stdout}"
        self.said = done.stdout
        _give(self.data, self.folder / "backups" / "wal")


def _give(data: Path, folder: Path) -> None:
    """Let the folder belong to whom the data belongs to, as all of it does on a real host."""
    if os.geteuid() or not folder.exists():
        return
    owner = (data if data.exists() and data.stat().st_uid else folder).stat()
    for one in (folder, *folder.rglob("*")):
        os.chown(one, owner.st_uid, owner.st_gid, follow_symlinks=False)


@pytest.fixture
def host(settings: Settings) -> Iterator[Host]:
    with tempfile.TemporaryDirectory(prefix="devoured-backup-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL may run as another user
        host = Host(Path(folder))
        path = [str(server_programs()), str(Path(sys.executable).parent), os.environ["PATH"]]
        host.variables = {
            **{name: value for name, value in os.environ.items() if name in {"HOME", "LANG"}},
            **environment_of(settings),
            "PATH": os.pathsep.join(path),
            "DEVOURED_STATE_FOLDER": f"{folder}/state",
            "PGUSER": "devoured",
            "PGDATABASE": "devoured",
            "DATA": str(host.data),
            "BACKUPS": f"{folder}/backups",
        }
        for one in ("state", "backups"):
            (host.folder / one).mkdir()
        try:
            host.start()
            yield host
        finally:
            host.stop()


@contextmanager
def _service(host: Host, settings: Settings) -> Iterator[Container]:
    assert host.postgres is not None
    own = {"database_url": host.postgres.url, "state_folder": f"{host.folder}/state"}
    container = build(settings.model_copy(update=own))
    yield container
    container.engine.dispose()


def _be_used(container: Container) -> tuple[str, Sequence[int]]:
    """Let readers join and one leave again, and all lose what they follow; return when, and who.

    The moment is that between: there all have joined, and nobody has left or lost anything.
    """
    now = container.clock()
    with transaction(container.sessions) as session:
        who = [make_subscriber(session, follows=3).id for _ in range(2)]
    with transaction(container.sessions) as session:
        moment = session.scalar(text("SELECT clock_timestamp()"))
    epoch = SendEpoch(container.places, container.sessions)
    epoch.ask()
    assert raise_epoch(container.sessions, epoch)  # as each launch does
    with transaction(container.sessions) as session:
        leave(session, who[1], now, Origin(ConsentSource.PAGE))
    with transaction(container.sessions) as session:
        session.execute(text("UPDATE subscribers SET follows = 0"))
    return str(moment), who


def test_commands_of_the_page_bring_back_a_moment_and_who_left_since_stays_away(
    host: Host, settings: Settings
) -> None:
    assert host.postgres is not None
    migrate.upgrade(host.postgres.url)
    meant: dict[str, str] = {}
    who: Sequence[int] = ()
    for block in _BLOCKS:
        host.type(block, meant)
        if "pg_stat_archiver" in block.text:
            assert re.search(r"\| +0 \|", host.said), host.said
        if "pg_verifybackup" in block.text:
            (base,) = (host.folder / "backups").glob("base-*")
            with _service(host, settings) as container:
                moment, who = _be_used(container)
            meant = {"base-2026-11-29": base.name, "2026-11-29 10:15:00+00": moment}
        if "devoured account\n" in block.text:
            assert "older" in host.said, host.said

    with _service(host, settings) as container, transaction(container.sessions) as session:
        readers = [session.get_one(Subscriber, one) for one in who]
        assert [reader.follows for reader in readers] == [3, 3]
        assert [reader.state for reader in readers] == [
            SubscriberState.ACTIVE,
            SubscriberState.LEFT,
        ]
        assert account_pause(session, container.clock()) is None
