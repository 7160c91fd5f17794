"""Where `devoured up` keeps its data, and the settings that it adds to a person's own."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.cli.failures import BadInput

_OWN_SERVERS: Final = ("DEVOURED_DATABASE_URL", "DEVOURED_REDIS_URL")
_PROXY: Final = "127.0.0.1,::1"


@dataclass(frozen=True)
class Place:
    """The folder that holds everything, and the port of 127.0.0.1 that the API listens on."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Return where the proxy finds the API and the pages."""
        return f"http://127.0.0.1:{self.port}"


def environment(
    place: Place, known: Mapping[str, str], given: Mapping[str, str], servers: Mapping[str, str]
) -> dict[str, str]:
    """Return the environment of the parts: what was given, and what `up` sees to itself.

    A person may say everything but where PostgreSQL and Valkey are. `known` are the folder's
    secrets, used where none were given; `servers` the two addresses, by variable.

    Raises:
        BadInput: other servers were named, which `up` would leave alone.
    """
    for name in _OWN_SERVERS:
        if given.get(name, servers[name]) not in ("", servers[name]):
            raise BadInput(
                f"{name} is set, but devoured up brings its own servers: unset it, or run"
                " devoured serve, worker and beat beside yours."
            )
    made = {
        "DEVOURED_SECRET_KEYS": known["signing_key"],
        "DEVOURED_ADDRESS_PEPPER": known["pepper"],
        "DEVOURED_STATE_FOLDER": str(place.folder / "state"),
        "DEVOURED_IMAGES": str(place.folder / "images"),
        "DEVOURED_TRUSTED_PROXIES": _PROXY,  # it listens on this machine alone
        "PYTHONUNBUFFERED": "1",
    }
    chosen = {name: value for name, value in given.items() if value or name not in made}
    return {**made, **chosen, **servers}


def take_environment(made: Mapping[str, str]) -> None:
    """Make this process's environment that of the parts, so that it reads the same settings."""
    os.environ.update(made)
