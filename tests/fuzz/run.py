"""`make fuzz`: feed one target bytes for some seconds, led by the code that they reach.

`python -m tests.fuzz.run NAME SECONDS`. What is found lies in `var/fuzz` and fails; it is kept in
`tests/fuzz/corpus` once it is mended.
"""

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
_SECONDS_EACH = 10
_MEGABYTES = 2048
_MAX_BYTES = 4096


def main(name: str, seconds: str) -> None:
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
