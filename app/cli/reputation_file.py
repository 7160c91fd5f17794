"""A file of what a mailbox provider says of us: a CSV of days, domains and shares of complaints."""

import csv
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from app.cli.failures import BadInput
from app.delivery.providers import PROVIDERS

_COLUMNS: Final = ("day", "domain", "complaint_rate")
_MOST_ROWS: Final = 10_000
_NAME: Final = re.compile(r"\w[\w .&-]{0,39}")
_DOMAIN: Final = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")


def provider_named(text: str) -> str:
    """Return a provider as it is called here, whichever way its letters are written.

    Raises:
        BadInput: it is no name.
    """
    known = {one.casefold(): one for one in PROVIDERS}
    name = known.get(text.strip().casefold(), text.strip())
    if not _NAME.fullmatch(name):
        raise BadInput("A provider's name is one to 40 letters, digits and spaces.")
    return name


def read_days(text: str, provider: str) -> list[dict[str, Any]]:
    """Read a CSV of `day`, `domain` and `complaint_rate` as rows for `reputation.keep_days`.

    A day is `2026-11-23`; a rate is a share of 1, as `0.0012`, or has a per cent sign: `0.12%`.

    Raises:
        BadInput: a column is missing, or what a line says is none of these.
    """
    lines = csv.DictReader(text.removeprefix("\ufeff").splitlines())
    missing = [one for one in _COLUMNS if one not in (lines.fieldnames or ())]
    if missing:
        raise BadInput(f"The file has no column {missing[0]}: it needs {', '.join(_COLUMNS)}.")
    rows: list[dict[str, Any]] = []
    for line in lines:
        if len(rows) == _MOST_ROWS:
            raise BadInput(f"The file has more than {_MOST_ROWS:,} lines.")
        try:
            rows.append(_row(line, provider))
        except ValueError as error:
            raise BadInput(f"Line {lines.line_num}: {error}.") from None
    return rows


def _row(line: Mapping[str, str | None], provider: str) -> dict[str, Any]:
    day, domain, rate = ((line[name] or "").strip() for name in _COLUMNS)
    if not _DOMAIN.fullmatch(domain.lower()):
        raise ValueError("there is no domain")
    return {
        "provider": provider,
        "domain": domain.lower(),
        "day": _day(day),
        "spam_rate": _share(rate),
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("a day is written as 2026-11-23") from None


def _share(text: str) -> float:
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ValueError("a rate is a share of 1, as 0.0012, or 0.12%")
    return share
