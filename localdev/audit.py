"""`make audit`: are weaknesses known of the packages that we pin? pip-audit asks PyPI.

Where PyPI does not answer such questions, as without a network or behind a mirror, that is said
and no fault, unless it is called with `--required`: a change is not held up by somebody else's
outage, and the workflow's own job, which has a network, is red then. pip-audit itself
takes a package of which nothing is known for one without a weakness.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
TOOL: Final = ROOT / ".venv" / "audit" / "bin" / "pip-audit"
FIRST: Final = "uv"
"""The shortest list: where nobody answers for it, the others are not asked for."""

LISTS: Final = ("local", "dev", "client", "audit", "fuzz")
"""The lists that together hold every package; the runtime's are in `local`."""

ACCEPTED: Final[Mapping[str, str]] = {}
"""Weaknesses that do not reach us and have no mend yet, by id, and why they do not."""

NOT_ASKED: Final = "known weaknesses are not looked for: PyPI does not answer here"

_SECONDS: Final = 900


@dataclass(frozen=True)
class Told:
    """What was told of some packages: weaknesses, a line each, and who nothing is known of."""

    weak: Sequence[str]
    unknown: Sequence[str]
    n_known: int

    @property
    def has_answers(self) -> bool:
        """Return whether anything was told at all."""
        return self.n_known > 0


def read(report: str, accepted: Mapping[str, str] = ACCEPTED) -> Told:
    """Return what pip-audit's JSON says; nothing where it is none."""
    try:
        packages: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Told((), (), 0)
    known = [one for one in packages if "vulns" in one]
    weak = [
        f"{one['name']} {one['version']}: {weakness['id']}, mended in "
        f"{', '.join(weakness['fix_versions']) or 'no version yet'}"
        for one in known
        for weakness in one["vulns"]
        if not {weakness["id"], *weakness.get("aliases", ())} & accepted.keys()
    ]
    return Told(weak, [one["name"] for one in packages if "vulns" not in one], len(known))


def asked(name: str, tool: Path = TOOL) -> Told:
    """Return what is told of the packages in requirements/<name>.txt."""
    options = ("--require-hashes", "--disable-pip", "--progress-spinner", "off", "--timeout", "10")
    path = ROOT / "requirements" / f"{name}.txt"
    done = subprocess.run(  # noqa: S603  # a tool that we pin, and a file of ours
        [tool, "-r", path, *options, "-f", "json"],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    return read(done.stdout)


def main(*, is_required: bool, tool: Path = TOOL) -> int:
    """Print what is known; return 1 for a weakness, or where nobody answers who has to."""
    if not asked(FIRST, tool).has_answers:
        print(NOT_ASKED)  # noqa: T201  # a command's answer
        return int(is_required)
    told = [asked(name, tool) for name in (FIRST, *LISTS)]
    weak = sorted({line for one in told for line in one.weak})
    unknown = sorted({name for one in told for name in one.unknown})
    for line in weak:
        print(line)  # noqa: T201  # as above
    if unknown:
        print(f"nothing is known of {', '.join(unknown)}")  # noqa: T201  # as above
    return int(bool(weak) or (is_required and bool(unknown)))


if __name__ == "__main__":
    sys.exit(main(is_required="--required" in sys.argv[1:]))
