"""Spool: keep what a Transport answered on the local disk until the ledger has it.

A worker may hold the answer for fifty readers at the moment PostgreSQL goes away, or be killed
before it could write it down. So each answer is a file from when it comes until its Call is
closed: docs/adr/0020. Files hold ids, the provider's ids and its words for a refusal; nothing of
a person.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast, get_args

import orjson
import structlog

from app.enums import Cause
from app.transports.answers import Answer as Refusal
from app.transports.base import Accepted, InDoubt, Outcome, Refused, RefusedKind

_VERSION: Final = 1
_WAITS: Final = ".json"
_BROKEN: Final = ".broken"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Answer:
    """What the Transport said of a Call: an outcome for each of its readers, in their order.

    `opened_at` tells the Call from another of the same id, in a database that was restored.
    """

    call_id: int
    opened_at: datetime
    outcomes: Sequence[Outcome]


@dataclass
class SpooledAnswer:
    """An Answer that this process holds; nobody else writes it while `descriptor` is open.

    Without a descriptor it is in memory alone, and dies with the process.
    """

    answer: Answer
    path: Path | None = None
    descriptor: int | None = None

    @property
    def is_on_disk(self) -> bool:
        """Return whether the Answer outlives this process."""
        return self.path is not None

    def forget(self) -> None:
        """Remove the Answer, which the ledger has."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
        self.let_go()

    def let_go(self) -> None:
        """Leave the Answer to whoever looks next."""
        if self.descriptor is not None:
            os.close(self.descriptor)
        self.descriptor = None

    def set_aside(self) -> None:
        """Keep the Answer where nobody tries to write it again, for a person to look at."""
        if self.path is not None:
            self.path.replace(self.path.with_suffix(_BROKEN))
        self.let_go()

    def flush(self) -> None:
        """Have the Answer outlive the machine, too: its file and its name are written through."""
        if self.path is None or self.descriptor is None:
            return
        os.fsync(self.descriptor)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Spool:
    """The Answers of a folder that all worker processes of a machine share; None for no folder.

    What cannot be written is kept in memory, and said once.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._is_said = False

    def keep(self, answer: Answer) -> SpooledAnswer:
        """Take the Answer in hand, on disk if possible; raises nothing.

        It is in the kernel's hands when this returns, so that it outlives the process; `flush`
        has it outlive the machine.
        """
        if self._folder is None:
            return SpooledAnswer(answer)
        try:
            kept = _write(self._folder, answer)
        except OSError as error:
            self._say(error)
            return SpooledAnswer(answer)
        except TypeError:  # a provider's word that is no Unicode, which no database takes either
            return SpooledAnswer(answer)
        self._is_said = False
        return kept

    def check(self) -> None:
        """Make the folder, and say it now if nothing can be kept there; raises nothing."""
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            probe = self._folder / f".{os.getpid()}.try"
            probe.write_bytes(b"{}")
            probe.unlink()
        except OSError as error:
            self._say(error)

    def names(self) -> list[str]:
        """Return the files of waiting Answers, held by a process or not; oldest Call first."""
        if self._folder is None:
            return []
        try:
            found = [path.name for path in self._folder.iterdir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            self._say(error)
            return []
        return sorted((one for one in found if one.endswith(_WAITS)), key=_call_id)

    @contextmanager
    def lock(self, name: str) -> Iterator[SpooledAnswer | None]:
        """Lock this Answer and yield it; None if another process has it.

        One that is not forgotten is left to others.
        """
        kept = None if self._folder is None else _lock(self._folder / name)
        try:
            yield kept
        finally:
            if kept is not None:
                kept.let_go()

    def _say(self, error: OSError) -> None:
        if not self._is_said:
            _log.error("spool_cannot_be_written", folder=str(self._folder), because=error.strerror)
        self._is_said = True


def _write(folder: Path, answer: Answer) -> SpooledAnswer:
    """Write the Answer under its name only once it is whole, and hold it from before that."""
    path = folder / f"{answer.call_id}-{int(answer.opened_at.timestamp() * 1e6)}{_WAITS}"
    new = path.with_suffix(f".{os.getpid()}.new")
    text = orjson.dumps(_to_dict(answer))
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(text)
        new.rename(path)
    except OSError:
        os.close(descriptor)
        with suppress(OSError):
            new.unlink()
        raise
    return SpooledAnswer(answer, path, descriptor)


def _lock(path: Path) -> SpooledAnswer | None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        text = path.read_bytes()  # gone, if it was written between the two lines above
    except (BlockingIOError, FileNotFoundError):
        os.close(descriptor)
        return None
    try:
        return SpooledAnswer(_understood(text), path, descriptor)
    except (ValueError, KeyError, TypeError):
        _log.error("spooled_answer_not_understood", file=path.name)
        path.replace(path.with_suffix(_BROKEN))
        os.close(descriptor)
        return None


def _call_id(name: str) -> int:
    number = name.partition("-")[0]
    return int(number) if number.isdecimal() else 0


def _to_dict(answer: Answer) -> dict[str, Any]:
    answers = dict(_answers(answer.outcomes))
    gone = [place for place, one in answers.items() if one.is_gone]
    rows = {str(place): [one.cause.value, one.code] for place, one in answers.items()}
    return {
        "version": _VERSION,
        "call_id": answer.call_id,
        "opened_at": answer.opened_at.isoformat(),
        "outcomes": [_row(one) for one in answer.outcomes],
        **({"answers": rows} if rows else {}),
        **({"gone": gone} if gone else {}),
    }


def _answers(outcomes: Sequence[Outcome]) -> Iterator[tuple[int, Refusal]]:
    """Yield whose doing refusals were, by their places: beside the rows, which are as ever."""
    for place, one in enumerate(outcomes):
        if isinstance(one, Refused) and one.answer is not None:
            yield place, one.answer


def _row(outcome: Outcome) -> list[str]:
    """Return an outcome without the sentences of the provider."""
    match outcome:
        case Accepted(message_id):
            return ["accepted", message_id]
        case InDoubt(code):
            return ["in_doubt", code]
        case Refused(kind, code):
            return [kind, code]


def _understood(text: bytes) -> Answer:
    """Return the Answer of a file; raise ValueError, KeyError or TypeError where it is none."""
    record = orjson.loads(text)
    if record["version"] != _VERSION:
        raise ValueError(record["version"])
    outcomes = [_outcome(*row) for row in record["outcomes"]]
    gone = record.get("gone", [])  # the version before kept none
    for place, (cause, code) in record.get("answers", {}).items():
        refused = outcomes[int(place)]
        if isinstance(refused, Refused):
            said = Refusal(Cause(cause), code, is_gone=int(place) in gone)
            outcomes[int(place)] = replace(refused, answer=said)
    return Answer(int(record["call_id"]), datetime.fromisoformat(record["opened_at"]), outcomes)


def _outcome(kind: str, word: str) -> Outcome:
    if kind == "accepted":
        return Accepted(word)
    if kind == "in_doubt":
        return InDoubt(word)
    if kind not in get_args(RefusedKind):
        raise ValueError(kind)
    return Refused(cast("RefusedKind", kind), word)
