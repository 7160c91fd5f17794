"""Where `devoured up` keeps its data, and the settings that it adds to a person's own."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.cli.failures import BadInput
from app.setting_sources import Given, Origin, file_variable_of, variable_of
from localdev.files import write_through

_OWN_SERVERS: Final = ("database_url", "redis_url")
_FOLDERS: Final = ("state_folder", "images")
_SECRETS: Final = ("secret_keys", "address_pepper")
_RANDOM_BYTES: Final = 48
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


def own_settings(place: Place, given: Mapping[str, Given]) -> dict[str, str]:
    """Return the variables of what nobody has said; make the secrets among them.

    `given` is what the environment and files say, by the names of settings. A person may say
    everything but where PostgreSQL and Valkey are.

    Raises:
        BadInput: other servers were named, which `up` would leave alone.
    """
    for name in _OWN_SERVERS:
        if _is_given(given, name):
            raise BadInput(
                f"{variable_of(name)} is set, but devoured up brings its own servers: unset it, or"
                " run devoured serve, worker and beat beside yours."
            )
    made = {
        "state_folder": str(place.folder / "state"),
        "images": str(place.folder / "images"),
        "trusted_proxies": _PROXY,  # it listens on this machine alone
    }
    own = {variable_of(name): value for name, value in made.items() if not _is_given(given, name)}
    for name in _FOLDERS:
        if variable_of(name) in own:
            Path(made[name]).mkdir(mode=0o700, exist_ok=True)
    for name in _SECRETS:
        if not _is_given(given, name):
            own[file_variable_of(name)] = str(_secret(place.folder, name))
    return own


def _is_given(given: Mapping[str, Given], name: str) -> bool:
    """Return whether somebody has said it, be it by a file that cannot be read."""
    return name in given and (given[name].value != "" or given[name].origin is Origin.FILE)


def _secret(folder: Path, name: str) -> Path:
    """Return the file of a secret, made once; `devoured signing-keys` may write it."""
    path = folder / "secrets" / variable_of(name).lower()
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_through(path, f"{secrets.token_urlsafe(_RANDOM_BYTES)}\n")
    return path
