"""Rules that settings of several subjects share; each raises ValueError with what to do."""

from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Final

MAX_DAYS: Final = 36_500
"""A hundred years: so many days before now there is still an instant to reckon with."""


def refuse_file(path: str) -> str:
    """Return the path of a folder, which need not be there yet; refuse one where a file is."""
    if path and Path(path).exists() and not Path(path).is_dir():
        raise ValueError("must be a folder, and there is a file at this path")
    return path


def refuse_wrong_networks(networks: Iterable[str], sentence: str) -> None:
    """Refuse settings that are no networks, and the network of all addresses, which trusts anybody.

    Raises:
        ValueError: with `sentence`, or saying that a network is everything.
    """
    for one in networks:
        try:
            is_everything = ip_network(one).prefixlen == 0
        except ValueError:
            raise ValueError(sentence) from None
        if is_everything:
            raise ValueError(f"{one} is every address there is; name the networks that are meant")
