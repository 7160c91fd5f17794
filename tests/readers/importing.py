"""Files of readers, taken all the way as the command line and a worker do."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.actors import CLI
from app.db.session import Sessions, transaction
from app.enums import Depth, ImportState
from app.models import Import, Subscriber
from app.readers.imports.advance import advance
from app.readers.imports.intake import Intake
from app.readers.imports.quick import QuickAddresses
from app.readers.imports.reading import Reader
from app.readers.imports.upload import (
    FormatHints,
    add_piece,
    begin_import,
    end_upload,
    get_import,
    start,
)
from tests.factories import PEPPER


@dataclass
class Importer:
    """Takes files, a piece at a time."""

    sessions: Sessions
    now: datetime
    follows: int = 0

    def upload(self, file: str | bytes, name: str = "readers.csv", **guess: object) -> int:
        data = file.encode() if isinstance(file, str) else file
        encoding = str(guess.pop("encoding", ""))
        with transaction(self.sessions) as session:
            row = begin_import(session, name, follows=self.follows, depth=Depth.BRIEF, now=self.now)
            intake = Intake(encoding)
            for at in range(0, len(data), 100):
                add_piece(session, row.id, intake.feed(data[at : at + 100]))
            add_piece(session, row.id, intake.end())
            end_upload(session, CLI, row.id, intake.encoding, FormatHints(**guess))  # type: ignore[arg-type]  # of tests
        return row.id

    def advance(self, import_id: int) -> bool:
        reader = Reader(PEPPER, QuickAddresses(allow_reserved=False))
        return advance(self.sessions, import_id, reader, lambda: self.now, lambda _jobs: None)

    def finish(self, import_id: int) -> Import:
        while self.advance(import_id):
            pass
        return self.shown(import_id)

    def read(self, file: str | bytes, name: str = "readers.csv", **guess: object) -> Import:
        """Read the file and return the Import."""
        return self.finish(self.upload(file, name, **guess))

    def add(self, file: str | bytes, name: str = "readers.csv", **guess: object) -> Import:
        """Add the readers of the file and return the Import."""
        row = self.read(file, name, **guess)
        assert row.state == ImportState.READY, row.error
        with transaction(self.sessions) as session:
            start(session, CLI, row.id, "They signed up on our old site.", self.now)
        return self.finish(row.id)

    def shown(self, import_id: int) -> Import:
        with transaction(self.sessions) as session:
            return get_import(session, import_id)

    def states(self) -> dict[str, str]:
        """Return the state of each address in the database."""
        with transaction(self.sessions) as session:
            rows = session.execute(select(Subscriber.address, Subscriber.state))
            return {str(address): str(state) for address, state in rows}
