"""`make fuzz`: feed targets bytes for some seconds each, led by the code that they reach.

`python -m tests.fuzz.run SECONDS NAME…`. What is found lies in `var/fuzz` and fails; it is kept in
`tests/fuzz/corpus` once it is mended. What leads is loaded once, for ten seconds of CPU, and each
target gets a copy of the process.
"""

import os
import sys
from pathlib import Path

import atheris

_LED_BY = [
    *("app.content", "app.markup", "app.events", "app.readers.imports", "app.readers.proof"),
    *("app.tokens", "app.link_tokens", "app.addresses", "app.web_addresses", "app.networks"),
    *("app.accept_headers", "app.api.nul", "app.api.fields", "app.editing.frames"),
    *("app.editing.encoded", "app.images.reading", "app.transports.replies"),
]
"""What reads; the rest of the application is loaded by it, and would take as long as the search."""

with atheris.instrument_imports(include=_LED_BY, enable_loader_override=False):
    from tests.fuzz.targets import TARGETS

_FOUND = Path("var") / "fuzz"
_KEPT = Path("tests") / "fuzz" / "corpus"
_AT_ONCE = 2
_SECONDS_EACH = 10
_MEGABYTES = 2048
_MAX_BYTES = 4096
_LINES = 40
"""How much of what a target said is shown where it failed."""


def main(seconds: str, *names: str) -> None:
    """Fuzz these targets, two at once; end with 1 and what was said where one found something."""
    _FOUND.mkdir(parents=True, exist_ok=True)
    waiting = [name for name in TARGETS if name in names]
    assert len(waiting) == len(names), f"one of {names} is none of {[*TARGETS]}"
    running: dict[int, str] = {}
    failed = []
    while waiting or running:
        while waiting and len(running) < _AT_ONCE:
            name = waiting.pop(0)
            running[_begin(name, seconds)] = name
        pid, status = os.wait()
        name = running.pop(pid)
        if status != 0:
            failed.append(name)
            print(*_log(name).read_text(errors="replace").splitlines()[-_LINES:], sep="\n")  # noqa: T201  # what a person who looks for it reads
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


def _begin(name: str, seconds: str) -> int:
    """Return the process that fuzzes this target, with what it says in its log."""
    pid = os.fork()
    if pid == 0:
        log = os.open(_log(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        for stream in (1, 2):
            os.dup2(log, stream)
        _fuzz(name, seconds)
        os._exit(1)  # atheris ends the process itself
    return pid


def _log(name: str) -> Path:
    return _FOUND / f"{name}.log"


def _fuzz(name: str, seconds: str) -> None:
    """Fuzz the target until its time is over; the process ends with 0 where nothing was found."""
    new, kept = _FOUND / name, _KEPT / name
    for folder in (new, kept):
        folder.mkdir(parents=True, exist_ok=True)
    options = (
        f"-max_total_time={seconds}",
        f"-timeout={_SECONDS_EACH}",
        f"-rss_limit_mb={_MEGABYTES}",
        f"-max_len={_MAX_BYTES}",
        f"-artifact_prefix={_FOUND}/{name}-",
        "-verbosity=0",
        "-print_final_stats=1",
    )
    atheris.Setup([sys.argv[0], *options, str(new), str(kept)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
