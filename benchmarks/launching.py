"""Launching: freeze an audience into editions and batches, beside a bare INSERT..SELECT of ids."""

from typing import Final

from benchmarks.deployment import Deployment
from benchmarks.measure import Row, ratio
from benchmarks.sending import Ready, render_editions

_MEGA: Final = 1 << 20


def launch_row(deployment: Deployment, ready: Ready) -> tuple[Row, int]:
    """Measure a launch; return the row, and the issue that is launched and rendered now."""
    said = deployment.run("benchmarks.launcher", settings=deployment.settings(ready.name))
    render_editions(ready.container, said["issue"])
    row = Row(
        f"launch, {ready.n_readers:,} readers",
        f"{said['wall']:.2f} s",
        f"{said['floor']:.2f} s",
        ratio(said["wall"], said["floor"]),
        f"{said['peak'] / _MEGA:.0f} MB",
    )
    return row, said["issue"]
