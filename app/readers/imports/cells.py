"""Cells: write an apostrophe before what a spreadsheet would run as a formula."""

from typing import Final

_RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def guard(cell: str) -> str:
    """Return the cell as it may stand in a file that people open in a spreadsheet.

    Source: OWASP, "CSV injection". An apostrophe is doubled, so that `unguard` undoes it exactly.
    """
    return f"'{cell}" if cell.startswith(_RISKY) else cell


def unguard(cell: str) -> str:
    """Return the cell before it was guarded, here or by the service that a file is from."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_RISKY) else cell
