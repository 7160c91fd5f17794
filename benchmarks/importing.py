"""Importing: a CSV through the command line's own steps, beside a bare COPY of the same readers.

`python -m benchmarks.importing <n> <id of PostgreSQL>` measures in a process of its own and prints
JSON; settings come from the environment.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

import orjson
from sqlalchemy import text

from app.cli.import_files import upload
from app.cli.importing import add, read
from app.container import build
from app.db.copying import copy_lines
from app.db.session import transaction
from app.enums import Depth
from app.readers.imports.upload import FormatHints
from app.settings import load_settings
from benchmarks.deployment import Deployment
from benchmarks.measure import MICRO, Meter, Row, peak_bytes, ratio

_MEGA: Final = 1 << 20
_DOMAINS: Final = 5000


def import_row(deployment: Deployment, n_readers: int) -> Row:
    """Measure the seconds from the first byte to the last reader, and the most memory held."""
    name = f"import_{n_readers}"
    deployment.make_database(name)
    server = str(deployment.postgres.child.process.pid)
    settings = deployment.settings(name)
    said = deployment.run("benchmarks.importing", str(n_readers), server, settings=settings)
    return Row(
        f"import, {n_readers:,} readers",
        f"{said['wall']:.1f} s",
        f"{said['floor']:.1f} s",
        ratio(said["wall"], said["floor"]),
        f"{said['own'] / n_readers * MICRO:.0f} + {said['server'] / n_readers * MICRO:.0f} µs, "
        f"{said['peak'] / _MEGA:.0f} MB",
    )


def main(n_readers: int, server: int) -> None:
    """Import, then copy the same into a bare table, and print both as JSON."""
    container = build(load_settings(), enqueue_now=lambda _jobs: None)
    with TemporaryDirectory(prefix="devoured-bench-") as folder:
        file = Path(folder) / "readers.csv"
        with file.open("w", encoding="utf-8") as out:
            out.write("email,status,depth,confirmed_at\n")
            out.writelines(_line(number) for number in range(n_readers))
        meter = Meter(server)
        with file.open("rb") as source:
            import_id = upload(
                container, source, file, "", FormatHints(), follows=1, depth=Depth.BRIEF
            )
        read(container, import_id)
        row = add(container, import_id, "A benchmark's readers, who do not exist.")
        said: dict[str, Any] = vars(meter.spent())
    assert row.counts == {"added": n_readers}, row.counts  # noqa: S101  # else the figure is worth nothing
    said["peak"] = peak_bytes()
    with transaction(container.sessions) as session:
        session.execute(
            text("CREATE TABLE bare (address text UNIQUE, state text, depth text, at text)")
        )
        start = perf_counter()
        lines = (_line(number).replace(",", "\t") for number in range(n_readers))
        copy_lines(session, "bare", ("address", "state", "depth", "at"), lines)
    said["floor"] = perf_counter() - start
    sys.stdout.write("\n" + orjson.dumps(said).decode() + "\n")


def _line(number: int) -> str:
    domain = number * 2654435761 % _DOMAINS
    return f"reader{number}@mail{domain}.example,active,deep,2024-02-03 04:05:06\n"


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
