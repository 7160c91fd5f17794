"""The command line, `devoured`: one file per group of commands, loaded when it is asked for."""

from app.cli.entry import main

__all__ = ["main"]
