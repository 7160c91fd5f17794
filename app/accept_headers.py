"""What a request prefers, as `Accept` and `Accept-Language` say it."""

import re
from typing import Final

_MAX_CHARS: Final = 1_000
"""What a browser sends is far shorter; the rest of a longer header is not read."""

_WEIGHT: Final = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?")


def weights_of(header: str) -> dict[str, float]:
    """Return what the header names, in small letters and its order, with weights from 0 to 1.

    Of what is named twice the greater weight counts; a part that cannot be read counts as 0.
    Wildcards are names like others. Source: RFC 9110, sections 12.4.2, 12.5.1 and 12.5.4.
    """
    weights: dict[str, float] = {}
    for part in header[:_MAX_CHARS].split(","):
        name, *parameters = (text.strip().lower() for text in part.split(";"))
        if name:
            weights[name] = max(weights.get(name, 0.0), _weight(parameters))
    return weights


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = (text.strip() for text in parameter.partition("="))
        if name == "q":
            return float(value) if _WEIGHT.fullmatch(value) else 0.0
    return 1.0
