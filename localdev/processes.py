"""Child processes that end with their parent: how one machine runs its servers and workers.

Each child has a session of its own, so that Ctrl-C in the terminal reaches only the parent, which
then stops its children in the order it likes. A parent that is killed takes them along.
"""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from localdev import tether

_POLL_SECONDS: Final = 0.01
_LONGEST_POLL_SECONDS: Final = 0.25
_HOST: Final = "127.0.0.1"
_BACKLOG: Final = 512
_ENDINGS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ELSEWHERE: Final = Path(os.devnull)
_MAX_SOCKET_BYTES: Final = 103
"""What sockaddr_un holds without its final zero on macOS; Linux has 107. Source: unix(7)."""


class Account(NamedTuple):
    """The user and group a child runs as."""

    uid: int
    gid: int


class ChildError(Exception):
    """A child did not start, did not get ready in time, or may not use its folder."""


@dataclass(frozen=True)
class Child:
    """A process that was started here; `log` takes what it prints, unless our output does."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


def start_child(
    name: str,
    command: Sequence[str],
    *,
    log: Path | None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    account: Account | None = None,
    pass_fds: Sequence[int] = (),
    on_orphaned: signal.Signals = signal.SIGKILL,
) -> Child:
    """Start a child; `log` is begun anew, `cwd` is entered before it becomes `account`.

    Without a `log` it prints where we print.

    `on_orphaned` is what the kernel sends it when the thread that called this ends, so call it from
    one that lasts: the main thread. Linux only; elsewhere the log says that nothing does.

    Source: prctl(2), PR_SET_PDEATHSIG.
    """
    uid, gid = account or ("-", "-")
    tied = (sys.executable, "-I", "-S", tether.__file__)
    terms = (str(os.getpid()), str(int(on_orphaned)), str(uid), str(gid))
    with ExitStack() as stack:
        output = None if log is None else stack.enter_context(_begun(log))
        process = subprocess.Popen(  # noqa: S603  # the commands are ours, never a shell's
            [*tied, *terms, *command],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=pass_fds,
        )
    return Child(name, process, log or _ELSEWHERE)


def _begun(log: Path) -> BinaryIO:
    log.parent.mkdir(parents=True, exist_ok=True)
    return log.open("wb")


def stop(child: Child, seconds: float, first: signal.Signals = signal.SIGTERM) -> int:
    """Stop the child and return its exit code; it and its children are gone.

    `first` goes to the child alone, which knows in what order to end its own (Celery's pool would
    drop its tasks); after `seconds` the whole group is killed.
    """
    with suppress(ProcessLookupError):
        child.process.send_signal(first)
    with suppress(subprocess.TimeoutExpired):
        child.process.wait(seconds)
    with suppress(ProcessLookupError):
        os.killpg(child.process.pid, signal.SIGKILL)
    return child.process.wait()


def tell_to_stop(children: Iterable[Child]) -> None:
    """Ask each to end, without waiting for any."""
    for child in children:
        with suppress(ProcessLookupError):
            child.process.terminate()


def finish(child: Child, seconds: float) -> None:
    """Wait until the child has ended well.

    Raises:
        ChildError: it failed, or took longer than `seconds` and was killed.
    """
    try:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(seconds)
    finally:  # a signal that ends our waiting ends the child as well
        code = stop(child, 0, signal.SIGKILL)
    if code != 0:
        raise ChildError(f"{child.name} ended with {code}: {last_lines(child.log)}")


def wait_until(ready: Callable[[], bool], seconds: float, child: Child | None = None) -> None:
    """Wait until `ready` returns true.

    It is called a hundred times a second at first, then ever less often, down to four times a
    second: a server that recovers for minutes logs each time that it is asked.

    Raises:
        ChildError: `seconds` have passed, or `child` has ended before; with its last lines.
    """
    began = time.monotonic()
    deadline = began + seconds
    while not ready():
        if child is not None and child.process.poll() is not None:
            raise ChildError(
                f"{child.name} ended with {child.process.returncode} before it was ready: "
                f"{last_lines(child.log)}"
            )
        now = time.monotonic()
        if now > deadline:
            log = f": {last_lines(child.log)}" if child else ""
            raise ChildError(f"{child.name if child else 'It'} was not ready in {seconds:g} s{log}")
        time.sleep(max(_POLL_SECONDS, min((now - began) / 10, _LONGEST_POLL_SECONDS)))


def last_lines(log: Path, n_lines: int = 8) -> str:
    """Return the end of a log, for a message; where there is none, where to look."""
    if log == _ELSEWHERE:
        return "its own lines are above"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-n_lines:])


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def listen(port: int = 0) -> socket.socket:
    """Return a socket that listens on this port of 127.0.0.1, for 0 on a free one.

    Hand it to the child that is to serve there (`pass_fds`): a port that was only seen to be free
    may be another process's by the time the child asks for it.

    Raises:
        OSError: somebody listens there; OverflowError: there is no such port.
    """
    return socket.create_server((_HOST, port), backlog=_BACKLOG)


@contextmanager
def claim(folder: Path, seconds: float = 10.0) -> Iterator[int]:
    """Yield a descriptor of `folder` that holds its lock; make the folder if it is not there.

    Hand it to a server (`pass_fds`): the lock then lasts as long as the server does, and whoever
    gets it knows that no server is left there. `seconds` leave a killed one time to go.

    Raises:
        ChildError: another process uses the folder, or there can be none or nothing in it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise ChildError(f"{folder} cannot be used as a folder: {error.strerror}") from None
    try:
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ChildError(f"{folder} cannot be written: make it this user's own")
        try:
            wait_until(lambda: _lock(descriptor), seconds)
        except ChildError:
            raise ChildError(f"{folder} is in use by another process") from None
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def short_path(folder: Path, socket_name: str) -> Iterator[Path]:
    """Yield a path of `folder` by which a client can reach a socket in it.

    It is the folder's own, or a link in the temporary folder where that is too long for a socket,
    or has a comma, at which libpq would cut it.
    """
    path = folder.absolute()
    n_bytes = len(os.fsencode(path / socket_name))
    if n_bytes <= _MAX_SOCKET_BYTES and "," not in str(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="devoured-") as nearby:
        link = Path(nearby) / "data"
        link.symlink_to(path)
        yield link


@contextmanager
def orderly_end() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into an ordinary end, as Ctrl-C is one, and let nothing cut it short.

    Raises:
        KeyboardInterrupt: one of the three came.
    """

    def end(*_: Any) -> None:
        for number in _ENDINGS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in _ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
