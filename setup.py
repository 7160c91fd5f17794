"""Put what stands beside `app` in a checkout into it in a wheel; pyproject.toml says the rest.

A wheel's folders become neighbours of everybody's in site-packages, where `emails` and
`migrations` may be anybody's. `app/shipped.py` finds them in both places.
"""

from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

from setuptools import setup
from setuptools.command.build_py import build_py

SHIPPED = ("emails", "migrations")


class BuildWithShipped(build_py):
    """Copy the shipped folders below `app`; an editable install finds them in the checkout."""

    def run(self) -> None:
        """Build as setuptools does, but from nothing, then add the folders.

        Else a module or migration that has gone since an earlier build would be in the wheel.
        """
        if not self.editable_mode:
            rmtree(self.build_lib, ignore_errors=True)
        super().run()
        if not self.editable_mode:
            for folder in SHIPPED:
                copytree(
                    folder,
                    Path(self.build_lib, "app", folder),
                    ignore=ignore_patterns("__pycache__"),
                )


setup(cmdclass={"build_py": BuildWithShipped})
